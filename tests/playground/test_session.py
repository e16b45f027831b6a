"""Lines said in a terminal, and what comes of them."""

import io
from functools import partial

import pytest
from rich.console import Console

from bot.playground.session import Session
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot


class Terminal:
    """What Ana says, and what is drawn."""

    def __init__(self, slack: StandIn) -> None:
        self._drawn = io.StringIO()
        console = Console(file=self._drawn, width=100)
        self._session = Session(slack, "ana", console, partial(StandIn.events_taken, slack))

    async def says(self, line: str) -> str:
        """What is drawn upon it."""
        self._drawn.truncate(0)
        await self._session.say(line)
        return self._drawn.getvalue()


@pytest.fixture
def ana(slack: StandIn) -> Terminal:
    return Terminal(slack)


async def test_a_mention_is_told_of_and_a_reaction_to_it_is_drawn(
    slack: StandIn, bot: Bot, ana: Terminal
) -> None:
    async def nod(body: Json) -> None:
        event = body["event"]
        await bot.client.reactions_add(
            channel=event["channel"], timestamp=event["ts"], name="white_check_mark"
        )

    bot.on["app_mention"] = nod
    assert "Deskhand reacts with :white_check_mark: to Ana Weber" in await ana.says("@Deskhand take T-1")
    assert slack.channel("support").messages[-1].text == "<@U0DESK> take T-1"
    assert "reacts" not in await ana.says("Thanks!")


@pytest.mark.parametrize("line", ["/dm @Deskhand mine", "/msg @deskhand mine"])
async def test_a_direct_message_goes_to_the_bot_and_its_answer_is_drawn(
    bot: Bot, ana: Terminal, line: str
) -> None:
    async def answer(body: Json) -> None:
        if "bot_id" not in body["event"]:
            await bot.client.chat_postMessage(channel=body["event"]["channel"], text="You have none.")

    bot.on["message"] = answer
    drawn = await ana.says(line)
    assert "in direct messages" in drawn
    assert "You have none." in drawn
    first = bot.of("message")[0]["event"]
    assert (first["channel_type"], first["text"]) == ("im", "mine")


async def test_a_direct_message_to_anybody_else_is_told_to_be_none(bot: Bot, ana: Terminal) -> None:
    assert "direct messages with @Deskhand alone" in await ana.says("/dm @ben Hi")
    assert bot.heard == []


async def test_a_plus_and_an_emoji_react_to_the_newest_message(
    slack: StandIn, bot: Bot, ana: Terminal
) -> None:
    said = slack.person("ben").says("The lobby printer is dead")
    await ana.says("+:ticket:")
    assert said.reactions == {"ticket": ["U0ANA"]}
    (event,) = [body["event"] for body in bot.of("reaction_added")]
    assert (event["reaction"], event["item"]["ts"]) == ("ticket", said.ts)
    assert await ana.says("+:ticket: or not")
    assert slack.channel("support").messages[-1].text == "+:ticket: or not"


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("+1 h", "Monday, 23 November 2026, 11:00"),
        ("Tomorrow 9:00", "Tuesday, 24 November 2026, 09:00"),
        ("+1 week", "Monday, 30 November 2026, 10:00"),
    ],
)
async def test_a_line_moves_the_time_and_says_what_it_is_then(
    bot: Bot, ana: Terminal, line: str, now: str
) -> None:
    assert f"It is {now} for Ana Weber" in await ana.says(line)
    assert bot.heard == []
