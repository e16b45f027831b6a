"""A conversation in the stand-in, written as it is told: `await ana.types("/ticket Printer down", in_="support")`.

Everything waits for conditions, at most thirty seconds, on a machine that is busy with much else,, and says what there was instead.
"""

from collections.abc import Sequence

from bot.playground.choosing import Chooser
from bot.playground.client import Client, Interaction
from bot.playground.clock import Move
from bot.playground.connect import modals
from bot.playground.form import Form
from bot.playground.inputs import elements
from bot.playground.records import Conversation, File, Message, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


class Channel:
    """A channel as those who are in it see it."""

    def __init__(self, world: World, conversation: Conversation) -> None:
        self._world = world
        self.conversation = conversation

    @property
    def id(self) -> str:
        return self.conversation.id

    @property
    def messages(self) -> list[Message]:
        """What everybody there sees, threads included, oldest first."""
        return self.conversation.visible

    async def shows(self, words: str) -> Message:
        """The newest message that has these words, as soon as there is one."""

        def found() -> Message | None:
            return next((each for each in reversed(self.messages) if words in each.shown), None)

        def otherwise() -> str:
            return f"#{self.conversation.name} never showed “{words}”; it shows {_all(self.messages)}"

        return await self._world.changes.until(found, otherwise=otherwise)

    def archive(self) -> None:
        self.conversation.is_archived = True

    def invite_bot(self) -> None:
        self._world.join(self._world.bot, self.conversation)

    def remove_bot(self) -> None:
        self._world.leave(self._world.bot, self.conversation)


class Answer:
    """What came of something a person did. `trouble` is Slack's word where the bot failed: `operation_timeout`."""

    def __init__(self, interaction: Interaction) -> None:
        self._client = interaction.client
        self._world = interaction.client.world
        self._interaction = interaction
        self.status = interaction.status
        self.trouble = interaction.trouble

    @property
    def messages(self) -> list[Message]:
        """What the bot answered, in its answer or over the response_url, oldest first."""
        hook = self._interaction.hook
        return [
            message
            for conversation in self._world.conversations.values()
            for message in conversation.messages
            if hook and message.via == hook.id and not message.deleted
        ]

    async def shows(self, words: str) -> Message:
        """The answer that has these words, as soon as there is one."""

        def found() -> Message | None:
            return next((each for each in self.messages if words in each.shown), None)

        def otherwise() -> str:
            return f"no answer showed “{words}”; there is {_all(self.messages)}, trouble: {self.trouble}"

        return await self._world.changes.until(found, otherwise=otherwise)

    async def form(self) -> Form:
        """The form that opened upon it, as soon as it has."""
        trigger = self._interaction.trigger

        def found() -> View | None:
            return self._world.views.find(trigger.view_id) if trigger and trigger.view_id else None

        def otherwise() -> str:
            return f"no form opened; the answer was {_all(self.messages)}, trouble: {self.trouble}"

        view = await self._world.changes.until(found, otherwise=otherwise)
        return Form(self._world, self._client, self._interaction.user, view)


class Menu:
    """The menu of a message."""

    def __init__(self, person: "Person", message: Message) -> None:
        self._person = person
        self._message = message

    async def picks(self, name: str) -> Answer:
        return await self._person.picks_message_shortcut(name, self._message)

    async def chooses(self, name: str) -> Form:
        """The form that this message shortcut opens."""
        return await (await self.picks(name)).form()


class Person:
    """Somebody who does things in the workspace."""

    def __init__(self, world: World, client: Client, user: User) -> None:
        self._world = world
        self._client = client
        self.user = user

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def messages(self) -> Channel:
        """This person's direct messages with the bot."""
        return Channel(self._world, self._world.direct(self.user))

    @property
    def home(self) -> View | None:
        """The App Home as the bot last published it."""
        return self._world.views.homes.get(self.id)

    @property
    def modals(self) -> list[View]:
        """What this person has open, the topmost last."""
        return modals(self._world, self.id)

    async def types(self, line: str, in_: str = "support") -> Answer:
        """A slash command. Raises LookupError where no app has it."""
        conversation = self._world.conversation(in_)
        return self._answer(await self._client.command(self.user, conversation, line))

    def says(
        self,
        text: str,
        in_: str | Channel = "support",
        *,
        reply_to: Message | None = None,
        files: Sequence[str] = (),
    ) -> Message:
        """Posts a message, or replies to one where that stands; `files` are file names."""
        conversation = in_.conversation if isinstance(in_, Channel) else self._world.conversation(in_)
        if reply_to:
            conversation = reply_to.conversation
        attached: list[File] = [self._world.file(self.user, name) for name in files]
        thread_ts = (reply_to.thread_ts or reply_to.ts) if reply_to else None
        return self._world.say(self.user, conversation, text, thread_ts=thread_ts, files=attached)

    def edits(self, message: Message, text: str) -> None:
        self._world.edit(message, text)

    def deletes(self, message: Message) -> None:
        self._world.delete(message)

    def reacts(self, message: Message, name: str, *, remove: bool = False) -> None:
        self._world.react(self.user, message, name, remove=remove)

    def moves_time(self, move: Move) -> None:
        """For everybody."""
        self._world.move_time(move, self.user)

    def pauses_notifications(self, until: Move) -> None:
        self._world.pause(self.user, until)

    def resumes_notifications(self) -> None:
        self._world.pause(self.user, None)

    def rests_at_night(self, *, on: bool = True) -> None:
        """Do Not Disturb by schedule, from 22:00 to 8:00."""
        self._world.rest_at_night(self.user, on=on)

    def opens_home(self) -> None:
        self._world.open_home(self.user)

    def opens_menu(self, message: Message) -> Menu:
        return Menu(self, message)

    async def picks_shortcut(self, name: str) -> Answer:
        """A global shortcut."""
        shortcut = self._world.app.shortcut(name, "global")
        return self._answer(await self._client.global_shortcut(self.user, shortcut))

    async def uses_shortcut(self, name: str) -> Form:
        """The form that a global shortcut opens."""
        return await (await self.picks_shortcut(name)).form()

    async def picks_message_shortcut(self, name: str, message: Message) -> Answer:
        shortcut = self._world.app.shortcut(name, "message")
        return self._answer(await self._client.message_shortcut(self.user, shortcut, message))

    async def presses(self, where: Message | Answer | View, button: str) -> Answer:
        """A button of a message (of an answer: its newest), or of Home, by its action_id or its text. Where it asks a question
        first, the answer is yes."""
        source = _source(where)
        block, element = find_element(source.blocks, button)
        return self._answer(await self._client.act(self.user, source, block, element))

    async def selects(self, where: Message | Answer | View, menu: str, value: object) -> Answer:
        """A choice in a menu of a message or of Home, as in `Form.fill`."""
        source = _source(where)
        block, element = find_element(source.blocks, menu)
        chosen = await Chooser(self._world, self._client, self.user, source).held(block, element, value)
        return self._answer(await self._client.act(self.user, source, block, element, chosen))

    def _answer(self, interaction: Interaction) -> Answer:
        return Answer(interaction)


def find_element(blocks: list[Json], name: str) -> tuple[Json, Json]:
    """An element by action_id or by the text on it, with its block. Raises LookupError."""
    known: list[str] = []
    for block, element in elements(blocks):
        text = element.get("text", {}).get("text")
        if name in {element["action_id"], text}:
            return block, element
        known.append(text or element["action_id"])
    message = f"there is no “{name}” here, only {', '.join(known) or 'nothing to press'}"
    raise LookupError(message)


def _source(where: Message | Answer | View) -> Message | View:
    if not isinstance(where, Answer):
        return where
    if not where.messages:
        message = f"there was no answer to act on; trouble: {where.trouble}"
        raise LookupError(message)
    return where.messages[-1]


def _all(messages: list[Message]) -> str:
    return "; ".join(f"“{message.shown}”" for message in messages[-5:]) or "nothing"
