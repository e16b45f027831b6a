"""What Slack does when a person does something: its client's checks, the request to the bot, what becomes of the answer.

The driver of the tests and the playground's page both act through this.
"""

from dataclasses import dataclass

from bot.playground.app import Shortcut
from bot.playground.blocks import check_view
from bot.playground.blocks.checks import Refused, array, exactly_one, record
from bot.playground.blocks.compositions import OPTION, OPTION_GROUP
from bot.playground.connect import owner
from bot.playground.deliveries import Deliveries, Reply
from bot.playground.grants import Hook, Trigger
from bot.playground.hooks import respond
from bot.playground.inputs import CHOSEN, HOLDING, refusals
from bot.playground.markup import escape, typed
from bot.playground.payloads import Payloads
from bot.playground.records import Conversation, Message, User
from bot.playground.views import View
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

APP_GONE = "app_not_installed"
CANNOT_CONNECT = "We had some trouble connecting. Try again?"
_OFFER = record(
    {},
    {"options": array(OPTION, 100, least=0), "option_groups": array(OPTION_GROUP, 100)},
    also=exactly_one("options", "option_groups"),
)


@dataclass(frozen=True)
class Interaction:
    """One thing a person did. `trouble` is Slack's own word where the bot did not answer as it should. `client` is that of the
    workspace whose app heard of it."""

    client: "Client"
    user: User
    status: int | None
    trouble: str | None
    trigger: Trigger | None = None
    hook: Hook | None = None


@dataclass(frozen=True)
class Offer:
    """What an external select offers: groups of options, or one without a label."""

    groups: list[Json]
    trouble: str | None = None

    @property
    def options(self) -> list[Json]:
        return [option for group in self.groups for option in group["options"]]


class Client:
    """Of one workspace. What somebody does with a message or a form of another workspace's app, that one's client takes:
    `all_clients` has them by team id."""

    def __init__(
        self, world: World, deliveries: Deliveries, payloads: Payloads, all_clients: dict[str, "Client"]
    ) -> None:
        self.world = self._world = world
        self._deliveries = deliveries
        self._payloads = payloads
        self._all = all_clients
        self._all[world.team.id] = self

    async def command(self, user: User, conversation: Conversation, line: str) -> Interaction:
        """`/ticket …` typed in a channel. Raises LookupError where no app has that command."""
        name, _, text = line.partition(" ")
        if name == "/invite":
            return self._invite(user, conversation, text)
        if name not in self._world.app.commands or not self._world.installation:
            message = f"{name} is not a valid command"
            raise LookupError(message)
        escapes = self._world.app.commands[name].should_escape
        sent = typed(text.strip(), self._world.names(), labels=True) if escapes else escape(text.strip())
        trigger, hook = self._trigger(user), self._hook(user, conversation)
        reply = await self._send(self._payloads.slash_command(user, conversation, name, sent, trigger, hook))
        return self._interaction(user, reply, trigger, hook, self._shown(reply, hook))

    async def global_shortcut(self, user: User, shortcut: Shortcut) -> Interaction:
        if not self._world.installation:
            return Interaction(self, user, None, APP_GONE)
        trigger = self._trigger(user)
        reply = await self._send(self._payloads.global_shortcut(user, shortcut, trigger))
        return self._interaction(user, reply, trigger)

    async def message_shortcut(self, user: User, shortcut: Shortcut, message: Message) -> Interaction:
        if not self._world.installation:
            return Interaction(self, user, None, APP_GONE)
        trigger, hook = self._trigger(user), self._hook(user, message.conversation, message)
        payload = self._payloads.message_shortcut(user, shortcut, message, trigger, hook)
        return self._interaction(user, await self._send(payload), trigger, hook)

    async def act(
        self, user: User, source: Message | View, block: Json, element: Json, chosen: object = None
    ) -> Interaction:
        """A button pressed, or something chosen whose block dispatches at once. What an input of a view holds comes
        along; elsewhere it is `chosen`."""
        if (other := self._owner(source)) is not self:
            return await other.act(user, source, block, element, chosen)
        if not self._world.installation:
            return Interaction(self, user, None, APP_GONE)
        if isinstance(source, View):
            hook, entry = None, source.values.get(block["block_id"], {}).get(element["action_id"], {})
        else:
            hook, entry = self._hook(user, source.conversation, source), {}
        if chosen is not None:
            entry = {CHOSEN[element["type"]]: chosen}
        action = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "type": element["type"],
            **{name: element[name] for name in ("text", "value", "style") if name in element},
            **entry,
        }
        trigger = self._trigger(user)
        payload = self._payloads.block_actions(user, source, action, trigger, hook)
        return self._interaction(user, await self._send(payload), trigger, hook)

    async def suggest(
        self, user: User, source: Message | View, block: Json, element: Json, text: str
    ) -> Offer:
        """What an external select offers for what was typed; nothing where the bot did not answer well."""
        if (other := self._owner(source)) is not self:
            return await other.suggest(user, source, block, element, text)
        if not self._world.installation:
            return Offer([], APP_GONE)
        if len(text) < element.get("min_query_length", 3):
            return Offer([])
        payload = self._payloads.block_suggestion(user, source, block["block_id"], element["action_id"], text)
        reply = await self._send(payload)
        return Offer([] if reply.trouble else _groups(reply.content), reply.trouble)

    async def submit(self, user: User, view: View) -> Interaction | None:
        """The form's submit button; None where the client itself refused, and said why below the inputs."""
        if (other := self._owner(view)) is not self:
            return await other.submit(user, view)
        view.trouble = None
        view.errors = refusals(view.blocks, view.values)
        self._world.changes.note()
        if view.errors:
            return None
        if not self._world.installation:
            view.trouble = CANNOT_CONNECT
            return Interaction(self, user, None, APP_GONE)
        trigger = self._trigger(user)
        reply = await self._send(self._payloads.view_submission(user, view, trigger))
        trouble = reply.trouble
        if trouble is None and not self._obeyed(view, reply.content):
            trouble = "invalid_response"
        view.trouble = CANNOT_CONNECT if trouble else None
        return self._interaction(user, reply, trigger, trouble=trouble)

    async def close(self, user: User, view: View, *, all_of_them: bool = False) -> None:
        """The form's close button or, for all of them, its cross. The bot hears of it where it asked to."""
        if (other := self._owner(view)) is not self:
            await other.close(user, view, all_of_them=all_of_them)
            return
        clears = bool(view.content.get("clear_on_close"))
        gone = self._world.views.close(view, all_of_them=all_of_them or clears)
        self._world.changes.note()
        for each in gone:
            if each.content.get("notify_on_close") and self._world.installation:
                await self._send(self._payloads.view_closed(user, each))

    def fill(self, view: View, block: Json, element: Json, value: object) -> None:
        """Puts a value, in the form of Slack's state, into an input."""
        place = HOLDING[element["type"]].state
        inputs = view.values[block["block_id"]]
        entry = inputs[element["action_id"]] | {place: value}
        # New objects: what was sent before stays in the exchanges as it was
        view.values = view.values | {block["block_id"]: inputs | {element["action_id"]: entry}}
        self._world.changes.note()

    def _obeyed(self, view: View, answer: object) -> bool:
        """Does what the answer to a submission asks for; false where Slack would not understand it."""
        if answer in ("", {}):
            self._world.views.close(view)
            self._world.changes.note()
            return True
        if not isinstance(answer, dict):
            return False
        try:
            match answer.get("response_action"):
                case "clear":
                    self._world.views.close(view, all_of_them=True)
                case "errors":
                    view.errors = _errors(view, answer.get("errors"))
                case "update" if not check_view(answer.get("view")):
                    self._world.views.update(view, answer["view"])
                case "push" if not check_view(answer.get("view")):
                    self._world.views.push(view.user, answer["view"])
                case _:
                    return False
        except SlackError:
            return False
        self._world.changes.note()
        return True

    def _shown(self, reply: Reply, hook: Hook) -> str | None:
        """Shows the answer to a slash command; says what was wrong with it, if anything."""
        if reply.trouble or not reply.content:
            return reply.trouble
        body = reply.content if isinstance(reply.content, dict) else {"text": str(reply.content)}
        try:
            respond(self._world, hook, body)
        except SlackError as error:
            return error.code
        return None

    def _interaction(
        self,
        user: User,
        reply: Reply,
        trigger: Trigger | None = None,
        hook: Hook | None = None,
        trouble: str | None = None,
    ) -> Interaction:
        return Interaction(self, user, reply.status, trouble or reply.trouble, trigger, hook)

    async def _send(self, payload: Json) -> Reply:
        return await self._deliveries.send(payload, team=self._world.team.id)

    def _owner(self, source: Message | View) -> "Client":
        return self._all[owner(self._world, source).team.id]

    def _invite(self, user: User, conversation: Conversation, names: str) -> Interaction:
        """`/invite @Deskhand`, Slack's own. Raises LookupError where nobody is called that."""
        for name in names.split():
            who = self._world.user(name.removeprefix("@"))
            if who.is_bot and not self._world.installation:
                message = f"{who.display_name} is not installed here"
                raise LookupError(message)
            if who.id not in conversation.members:
                self._world.join(who, conversation)
        return Interaction(self, user, 200, None)

    def _trigger(self, user: User) -> Trigger:
        return self._world.grants.trigger(user.id, self._world.clock.now())

    def _hook(self, user: User, conversation: Conversation, source: Message | None = None) -> Hook:
        return self._world.grants.hook(user.id, conversation, source, self._world.clock.now())


def _errors(view: View, errors: object) -> dict[str, str]:
    """Errors by block_id, where each belongs to an input block. Raises SlackError."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_arguments")
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise SlackError("invalid_arguments")
    return errors


def _groups(answer: object) -> list[Json]:
    """The groups offered; none where one of their options breaks a rule, as Slack shows none then."""
    try:
        _OFFER(answer, "")
    except Refused:
        return []
    return list(answer.get("option_groups", [answer])) if isinstance(answer, dict) else []
