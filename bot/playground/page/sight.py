"""What one person sees of the workspace: all of it first, then what has changed since."""

import json
from collections import Counter

from bot.playground.connect import modals
from bot.playground.exchanges import Exchange
from bot.playground.page import fault
from bot.playground.page.scene import Scene
from bot.playground.records import Conversation, Message, User
from bot.playground.views import View
from bot.playground.wire import Json

_EXCHANGES = 500
"""How many of the newest are told of at first."""


class Sight:
    """Remembers what its viewer has been told. `since` is a ts: what only one person sees for a moment, ephemeral
    messages and open modals, is gone from a page that has come up later, as it is in Slack after a reload."""

    def __init__(self, scene: Scene, viewer: User, since: str = "") -> None:
        self._scene = scene
        self._viewer = viewer
        self._since = since
        self._version = -1
        self._told: dict[str, str] = {}
        self._rooms: set[Conversation] | None = None
        self._number = 0
        self._unanswered: list[Exchange] = []

    def news(self) -> str | None:
        """The next event's data, as JSON; None where nothing of what this person sees has changed."""
        since, self._version = self._version, self._scene.world.changes.version
        rooms = set(self._scene.conversations(self._viewer))
        whole = rooms != self._rooms
        self._rooms = rooms
        if whole:
            self._told, self._number, self._unanswered = {}, 0, []
        messages = self._all_messages() if whole else self._messages(since, rooms)
        parts = self._small() | messages | self._exchanges()
        if not parts:
            return None
        return json.dumps({"version": self._version, "whole": whole, **parts}, separators=(",", ":"))

    def _small(self) -> Json:
        """What is little enough to be told as a whole whenever it has changed."""
        views, viewer = self._scene.world.views, self._viewer.id
        home = views.homes.get(viewer)
        now: Json = {
            "people": self._scene.people(),
            "workspaces": self._scene.workspaces(),
            "install": self._scene.install(),
            "conversations": [_conversation(each) for each in self._scene.conversations(self._viewer)],
            "modals": [
                _view(each) for each in modals(self._scene.world, viewer) if each.opened > self._since
            ],
            "unread": self._unread(),
            "home": _view(home) if home else None,
            "faults": fault.listed(self._scene.faults),
            "ahead": self._scene.world.clock.ahead.total_seconds(),
        }
        written = {name: json.dumps(value) for name, value in now.items()}
        changed = [name for name, value in written.items() if self._told.get(name) != value]
        self._told = written
        return {name: now[name] for name in changed}

    def _all_messages(self) -> Json:
        told = []
        for conversation in self._scene.conversations(self._viewer):
            replies = _replies(conversation)
            told += [_message(each, replies) for each in conversation.messages if self._sees(each)]
        return {"messages": told}

    def _messages(self, since: int, rooms: set[Conversation]) -> Json:
        changed = [
            each
            for each in self._scene.world.changed.since(since)
            if each.conversation in rooms and self._may_see(each)
        ]
        replies = {room.id: _replies(room) for room in {each.conversation for each in changed}}
        parts = {
            "messages": [_message(m, replies[m.conversation.id]) for m in changed if not m.deleted],
            "gone": [_id(each) for each in changed if each.deleted],
        }
        return {name: part for name, part in parts.items() if part}

    def _sees(self, message: Message) -> bool:
        return not message.deleted and self._may_see(message)

    def _may_see(self, message: Message) -> bool:
        if message.only_for is None:
            return True
        return message.only_for == self._viewer.id and message.ts > self._since

    def _unread(self) -> Json:
        """By channel what waits for the viewer, and by person how many mentions wait; only where there are any."""
        scene, unread = self._scene, self._scene.world.unread
        mentions = {
            user.id: sum(unread.count(user.id, each).mentions for each in scene.conversations(user))
            for user in scene.world.users.values()
        }
        counts = {each.id: unread.count(self._viewer.id, each) for each in scene.conversations(self._viewer)}
        return {
            "channels": {
                channel: {"messages": count.messages, "mentions": count.mentions}
                for channel, count in counts.items()
                if count.messages
            },
            "people": {user: many for user, many in mentions.items() if many},
        }

    def _exchanges(self) -> Json:
        new: list[Exchange] = []
        for each in reversed(self._scene.exchanges.all):
            if each.number <= self._number or len(new) == _EXCHANGES:
                break
            if each.team in {None, self._scene.world.team.id}:
                new.append(each)
        new.reverse()
        told = [each for each in self._unanswered if each.ended] + new
        self._unanswered = [each for each in self._unanswered + new if not each.ended]
        self._number = new[-1].number if new else self._number
        return {"exchanges": [_exchange(each) for each in told]} if told else {}


def _replies(conversation: Conversation) -> Counter[str | None]:
    return Counter(each.thread_ts for each in conversation.visible if each.thread_ts != each.ts)


def _id(message: Message) -> str:
    return f"{message.conversation.id}:{message.ts}"


def _message(message: Message, replies: Counter[str | None]) -> Json:
    return {
        "id": _id(message),
        "channel": message.conversation.id,
        "ts": message.ts,
        "author": message.author.id,
        "isApp": message.author.is_bot,
        "text": "\n".join(filter(None, (message.text, message.attached))),
        "blocks": message.blocks,
        "threadTs": message.thread_ts,
        "files": [
            {"id": each.id, "name": each.name, "mimetype": each.mimetype, "size": each.size}
            for each in message.files
        ],
        "onlyForMe": message.only_for is not None,
        "editedTs": message.edited_ts,
        "edits": message.edits,
        "reactions": {name: people for name, people in message.reactions.items() if people},
        "replyCount": replies[message.ts],
        "broadcast": message.broadcast,
    }


def _conversation(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "name": conversation.name,
        "kind": conversation.kind,
        "members": sorted(conversation.members),
        "isArchived": conversation.is_archived,
        "isShared": bool(conversation.teams),
    }


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "kind": view.kind,
        "content": view.content,
        "values": view.values,
        "errors": view.errors,
        "trouble": view.trouble,
        "rootId": view.root_id,
        "previousId": view.previous_id,
        "hash": view.hash,
    }


def _exchange(exchange: Exchange) -> Json:
    return {
        "number": exchange.number,
        "direction": exchange.direction,
        "kind": exchange.kind,
        "at": exchange.at,
        "status": exchange.status,
        "milliseconds": exchange.milliseconds,
        "error": _error(exchange),
    }


def _error(exchange: Exchange) -> str | None:
    """Slack's word for what was wrong with a call: it mostly comes with HTTP's status 200."""
    answer = exchange.answer
    if exchange.direction == "to_bot" or not isinstance(answer, dict) or answer.get("ok"):
        return None
    return str(answer.get("error"))
