"""The state of a local Slack workspace, and what can happen in it. It knows nothing of HTTP.

Whatever changes it notes in `changes`; what the bot may hear of goes out through `tell`. In a channel that workspaces share,
what happens in one happens in all of them, and each bot there hears of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from bot.playground import events, naming
from bot.playground.app import App, Installation
from bot.playground.changed import ChangedMessages
from bot.playground.changes import Changes
from bot.playground.clock import Clock, Move, Stamps, after
from bot.playground.dnd import is_resting
from bot.playground.events import Event
from bot.playground.grants import Grants
from bot.playground.markup import paged, rich_text, typed
from bot.playground.records import Conversation, File, Message, Team, User, UserGroup
from bot.playground.unread import Unread
from bot.playground.views import Views, with_ids
from bot.playground.wire import Json


@dataclass(frozen=True)
class Notification:
    """Somebody was notified, which nobody is who must not be disturbed: `who` is a user id, or `!channel`, `!here`, `!everyone`."""

    who: str
    message: Message


class World:
    """One workspace of those that one Slack has, and what it knows of the app. `installation` is None where the app is not
    installed. Whoever is put `beside` another has the same time and the same changes."""

    def __init__(self, team: Team, app: App, clock: Clock, beside: "World | None" = None) -> None:
        self.team = team
        self.app = app
        self.clock = clock
        self.installation: Installation | None = Installation(team.id)
        self.changes: Changes = beside.changes if beside else Changes()
        self.stamps: Stamps = beside.stamps if beside else Stamps(clock)
        self.worlds: list[World] = beside.worlds if beside else []
        """All workspaces of this Slack, the first one first."""
        self.worlds.append(self)
        self.tell: Callable[[Event], None] = lambda _: None
        self.cursors_expired = 0
        self.most_history = 1000
        """Messages a page of history or replies; 15 of an app sold outside the Marketplace."""
        self.everybody_manages_groups = True
        """Whether the workspace lets everybody, and so a bot, change its user groups."""
        self.bot = User(app.user_id, app.name.lower(), app.name, app.name, is_bot=True, bot_id=app.bot_id)
        self.clear()

    def clear(self) -> None:
        """Only the bot is left."""
        self.users: dict[str, User] = {}
        self.conversations: dict[str, Conversation] = {}
        self.groups: dict[str, UserGroup] = {}
        self.paged: list[Notification] = []
        self.grants = Grants()
        self.views = Views(self.next_ts)
        self.unread = Unread()
        self.changed = ChangedMessages()
        self.add_user(self.bot)

    def expire_cursors(self) -> None:
        """Those that were given out until now lead nowhere: `invalid_cursor`."""
        self.cursors_expired += 1

    def add_user(self, user: User) -> User:
        user.team_id = user.team_id or self.team.id
        self.users[user.id] = user
        self.changes.note()
        return user

    def add_conversation(self, conversation: Conversation) -> Conversation:
        self.conversations[conversation.id] = conversation
        self.changes.note()
        return conversation

    def add_group(self, group: UserGroup) -> UserGroup:
        self.groups[group.id] = group
        self.changes.note()
        return group

    def change_group(self, group: UserGroup, users: Sequence[str]) -> UserGroup:
        """Puts these people into a group, in the place of all who were in it."""
        updated = int(self.clock.now().timestamp())
        changed = self.add_group(replace(group, users=tuple(users), updated=updated))
        self.tell(events.group_updated(changed, self.team, self.next_ts()))
        return changed

    def user(self, name: str) -> User:
        """By id or name. Raises LookupError."""
        for user in self.users.values():
            if name in {user.id, user.name, user.display_name}:
                return user
        message = f"nobody is called “{name}”"
        raise LookupError(message)

    def conversation(self, name: str) -> Conversation:
        """By id or name, with or without #. Raises LookupError."""
        for conversation in self.conversations.values():
            if name.removeprefix("#") in {conversation.id, conversation.name} - {""}:
                return conversation
        message = f"there is no channel “{name}”"
        raise LookupError(message)

    def direct(self, user: User) -> Conversation:
        """The direct messages between a person and the bot, opened where they are not yet."""
        for conversation in self.conversations.values():
            if conversation.kind == "im" and user.id in conversation.members:
                return conversation
        return self.add_conversation(
            Conversation(f"D{user.id[1:]}", "", "im", members={user.id, self.app.user_id})
        )

    def next_ts(self) -> str:
        return self.stamps.next()

    @property
    def latest_ts(self) -> str:
        return self.stamps.latest

    def sharing(self, conversation: Conversation) -> list["World"]:
        """The workspaces that have this conversation, this one included."""
        if not conversation.teams:
            return [self]
        return [each for each in self.worlds if each.conversations.get(conversation.id) is conversation]

    def names(self) -> dict[str, str]:
        return naming.names(self.users.values(), self.conversations.values())

    def say(
        self,
        author: User,
        conversation: Conversation,
        text: str,
        *,
        thread_ts: str | None = None,
        files: Sequence[File] = (),
        broadcast: bool = False,
    ) -> Message:
        """A person posts what they typed."""
        markup = typed(text, self.names())
        return self.post(
            Message(
                self.next_ts(),
                conversation,
                author,
                markup,
                [rich_text(markup)],
                thread_ts=thread_ts,
                files=tuple(files),
                broadcast=broadcast,
            )
        )

    def file(self, owner: User, name: str, mimetype: str = "image/jpeg", size: int = 48_213) -> File:
        return File(
            f"F0{token_hex(4).upper()}", name, mimetype, size, owner.id, int(self.clock.now().timestamp())
        )

    def post(self, message: Message) -> Message:
        """Puts a message where it belongs; the bot hears of it where it is a member and others see it."""
        message.blocks = with_ids(message.blocks)
        self.keep(message)
        if not message.only_for:
            named = self._page(message)
            for each in self.sharing(message.conversation):
                each.wait_for_readers(message, named)
            self._tell(message.conversation, lambda to: events.posted(message, to.team, to.app))
        return message

    def keep(self, message: Message) -> None:
        """Puts a message where it belongs and tells nobody; what follows will be newer."""
        message.conversation.messages.append(message)
        self.stamps.follow(message.ts)
        self._note(message)

    def edit(self, message: Message, text: str, blocks: list[Json] | None = None) -> None:
        """Without blocks, those of a person's message are made anew and a bot's are gone."""
        before = message.to_wire(self.team, self.app)
        message.text = text
        made = [rich_text(text)] if blocks is None and not message.author.is_bot else blocks or []
        message.blocks = with_ids(made)
        message.edited_ts = self.next_ts()
        message.edits += 1
        if not message.only_for:
            self._page(message)
            self._tell(message.conversation, lambda to: events.changed(message, before, to.team, to.app))
        self._note(message)

    def delete(self, message: Message) -> None:
        before = message.to_wire(self.team, self.app)
        message.deleted = True
        for each in self.sharing(message.conversation):
            each.unread.drop(message)
        if not message.only_for:
            now = self.next_ts()
            self._tell(message.conversation, lambda _: events.deleted(message, before, now))
        self._note(message)

    def react(self, user: User, message: Message, name: str, *, remove: bool = False) -> None:
        """Adds a reaction, or takes it away."""
        people = message.reactions.setdefault(name, [])
        if (user.id in people) != remove:
            return
        people.remove(user.id) if remove else people.append(user.id)
        event = events.reacted(user, message, name, self.next_ts(), removed=remove)
        self._tell(message.conversation, lambda _: [event])
        self._note(message)

    def join(self, user: User, conversation: Conversation) -> None:
        conversation.members.add(user.id)
        event = events.joined(user, conversation, self.team, self.next_ts())
        self._tell(conversation, lambda _: [event])
        self.changes.note()

    def leave(self, user: User, conversation: Conversation) -> None:
        conversation.members.discard(user.id)
        event = events.left(user, conversation, self.team, self.next_ts())
        self._tell(conversation, lambda _: [event])
        self.changes.note()

    def change_id(self, conversation: Conversation, new: str) -> None:
        """A private channel is shared with another organisation: its ID is another from now on, and for good."""
        sharing = self.sharing(conversation)
        old, conversation.id = conversation.id, new
        for each in sharing:
            each.conversations = {room.id: room for room in each.conversations.values()}
        event = events.id_changed(old, new, self.next_ts())
        self._tell(conversation, lambda _: [event])
        self.changes.note()

    def join_team(self, user: User) -> None:
        self.add_user(user)
        self.tell(events.team_joined(user, self.team, self.next_ts()))

    def change_user(self, user: User) -> None:
        """Says that a profile, a zone or an account is not what it was."""
        self.tell(events.user_changed(user, self.team, self.next_ts()))
        self.changes.note()

    def pause(self, user: User, move: Move | None) -> None:
        """Keeps somebody's notifications back from now on until then; None ends that."""
        now = self.clock.now()
        user.paused_from = now.timestamp()
        user.paused_until = after(now, move, user.tz).timestamp() if move else 0
        self.changes.note()

    def rest_at_night(self, user: User, *, on: bool) -> None:
        user.rests_at_night = on
        self.changes.note()

    def read(self, user: User, conversation: Conversation, ts: str) -> None:
        """Somebody has seen what stands in a conversation up to this message."""
        if self.unread.read(user.id, conversation, ts):
            self.changes.note()

    def move_time(self, move: Move, user: User) -> None:
        """For all; days are those of this person's zone."""
        self.clock.move(move, user.tz)
        self.changes.note()

    def open_home(self, user: User) -> None:
        home = self.views.homes.get(user.id)
        view = home.to_wire(self.team, self.app) if home else None
        self.tell(events.home_opened(user, self.direct(user), view, self.next_ts()))

    def _note(self, message: Message) -> None:
        """This message has changed, and with it the thread that it stands in."""
        self.changes.note()
        root = message.conversation.find(message.thread_ts) if message.thread_ts else None
        for world in self.sharing(message.conversation):
            for each in filter(None, (root, message)):
                world.changed.note(each, self.changes.version)

    def _page(self, message: Message) -> list[str]:
        named = paged(message.text, message.blocks)
        now = self.clock.now()
        resting = {who for who in named if who in self.users and is_resting(self.users[who], now)}
        self.paged += [Notification(who, message) for who in named if who not in resting]
        return named

    def wait_for_readers(self, message: Message, named: Iterable[str]) -> None:
        """A message waits for its readers here. `named` is what `paged` found in it."""
        members = message.conversation.members - {message.author.id}
        readers = [user.id for user in self.users.values() if user.id in members and not user.is_bot]
        self.unread.add(message, readers, naming.mentioned(named, self.users, self.groups))

    def _tell(self, conversation: Conversation, told: Callable[["World"], Iterable[Event]]) -> None:
        """Tells each bot in a conversation; what it is told may depend on its workspace."""
        for each in self.sharing(conversation):
            if each.app.user_id in conversation.members:
                for event in told(each):
                    each.tell(replace(event, team_id=self.team.id, is_shared=bool(conversation.teams)))
