"""The playground in a terminal: lines are said, and what Slack would show is drawn.

A line is what one types in Slack: a command, words, `/dm @Deskhand mine`, or `+:ticket:` for the newest message. And as on
the page, `+1 h`, `Tomorrow 9:00` and `+1 week` move the time.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from dateutil import tz
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from bot.playground import terminal
from bot.playground.clock import Move
from bot.playground.driver import Person
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.playground.wire import Json

CHANNEL = "support"
_DIRECT = re.compile(r"/(?:dm|msg)\s+@(\S+)\s+(.+)", re.DOTALL)
_REACTION = re.compile(r"\+:([^\s:]+):")
_MOVES: dict[str, Move] = {"+1 h": "hour", "tomorrow 9:00": "morning", "+1 week": "week"}


class Session:
    """One person at the keyboard. `settled` waits until the bot has done all it had to do."""

    def __init__(
        self, slack: StandIn, who: str, console: Console, settled: Callable[[], Awaitable[None]]
    ) -> None:
        """Raises LookupError where nobody is called that."""
        self._slack = slack
        self._person: Person = slack.person(who)
        self._console = console
        self._settled = settled
        self._drawn: Json | None = None  # the form that was drawn last, as it was

    async def say(self, line: str) -> None:
        """Does what the line is, and draws what came of it."""
        before, reacted = set(self._visible()), self._reactions()
        head = Text.assemble((f"{self._person.user.name}", "bold cyan"), (f" in #{CHANNEL}  ", "dim"), line)
        self._console.print(head)
        trouble = await self._send(line)
        await self._settled()
        if trouble:
            self._draw(Text(f"Slack shows: {trouble}", "red"))
        for message in self._visible():
            if message not in before and message.author.is_bot:
                self._draw_message(message)
        for message, name in self._reactions() - reacted:
            self._draw(
                Text(
                    f"{self._slack.world.bot.real_name} reacts with :{name}: to {message.author.real_name}",
                    "dim",
                )
            )
        self._draw_form()

    async def _send(self, line: str) -> str | None:
        """What Slack itself has to say of it, where the bot did not answer."""
        if move := _MOVES.get(line.lower()):
            self._person.moves_time(move)
            self._draw(
                Text(f"It is {self._now():%A, %d %B %Y, %H:%M} for {self._person.user.real_name}", "dim")
            )
            return None
        if reaction := _REACTION.fullmatch(line):
            self._person.reacts(self._slack.channel(CHANNEL).messages[-1], reaction[1])
            return None
        if direct := _DIRECT.fullmatch(line):
            return self._say_directly(*direct.groups())
        if not line.startswith("/"):
            self._person.says(line, in_=CHANNEL)
            return None
        try:
            return (await self._person.types(line, in_=CHANNEL)).trouble
        except LookupError as error:  # no app has this command
            return str(error)

    def _say_directly(self, name: str, words: str) -> str | None:
        app = self._slack.world.bot
        if name.lower() not in {app.name, app.display_name.lower()}:
            return f"The playground has direct messages with @{app.display_name} alone."
        self._person.says(words, in_=self._person.messages)
        return None

    def _visible(self) -> list[Message]:
        """All that this person sees, oldest first."""
        return sorted(
            (
                message
                for conversation in self._slack.world.conversations.values()
                if self._person.id in conversation.members
                for message in conversation.messages
                if not message.deleted and message.only_for in {None, self._person.id}
            ),
            key=lambda message: message.ts,
        )

    def _reactions(self) -> set[tuple[Message, str]]:
        """The emoji that the bot has put below messages."""
        bot = self._slack.world.bot.id
        return {
            (message, name)
            for message in self._visible()
            for name, people in message.reactions.items()
            if bot in people
        }

    def _draw_message(self, message: Message) -> None:
        room = message.conversation.name
        where = f"in #{room}" if room else "in direct messages"
        self._console.print(Padding(Text(where, "dim"), (1, 0, 0, 2)))
        drawn = terminal.message(
            message.author.display_name or message.author.real_name,
            message.author.is_bot,
            datetime.fromtimestamp(float(message.ts), UTC),
            message.text,
            message.blocks,
            ephemeral=message.only_for is not None,
            names=self._names(),
        )
        self._console.print(Padding(drawn, (0, 0, 0, 2)))

    def _draw_form(self) -> None:
        """The form on top, where it is not the one drawn already."""
        top = next(reversed(self._person.modals), None)
        seen = {"hash": top.hash, "values": top.values, "errors": top.errors} if top else None
        if top and seen != self._drawn:
            self._draw(terminal.form(top.content, top.values, top.errors, self._names()))
        self._drawn = seen

    def _draw(self, drawn: RenderableType) -> None:
        self._console.print(Padding(drawn, (1, 0, 1, 2)))

    def _names(self) -> terminal.Names:
        world = self._slack.world
        users = {user.id: user.display_name or user.real_name for user in world.users.values()}
        channels = {each.id: each.name for each in world.conversations.values()}
        return terminal.Names(users, channels, self._now())

    def _now(self) -> datetime:
        """In this person's zone."""
        return self._slack.clock.now().astimezone(tz.gettz(self._person.user.tz) or UTC)
