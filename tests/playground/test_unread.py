"""What waits unread for whom, as the sidebar shows it."""

import json

import pytest

from bot.playground.driver import Person
from bot.playground.page.doing import take
from bot.playground.page.sight import Sight
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.playground.unread import Count
from tests.playground.conftest import Bot


@pytest.fixture
def ana(slack: StandIn) -> Person:
    return slack.person("ana")


@pytest.fixture
def ben(slack: StandIn) -> Person:
    return slack.person("ben")


def waits(slack: StandIn, who: str, channel: str = "support") -> Count:
    return slack.world.unread.count(slack.world.user(who).id, slack.world.conversation(channel))


def reads(slack: StandIn, who: Person, ts: str) -> None:
    slack.world.read(who.user, slack.world.conversation("support"), ts)


async def test_the_example_is_read(slack: StandIn) -> None:
    assert waits(slack, "ana") == Count(0, 0)


async def test_a_message_waits_for_all_others_and_counts_for_whom_it_mentions(
    slack: StandIn, ben: Person
) -> None:
    ben.says("Is @ana there?")
    assert waits(slack, "ana") == Count(1, 1)
    assert waits(slack, "chloe") == Count(1, 0)
    assert waits(slack, "ben") == Count(0, 0), "their own"
    assert waits(slack, "deskhand") == Count(0, 0), "the bot reads by itself"


@pytest.mark.parametrize(
    ("mention", "told"), [("<!channel>", {"ana", "emil", "dana"}), ("<!subteam^S0FIELD>", {"emil"})]
)
async def test_everybody_and_groups_are_mentioned_too(slack: StandIn, mention: str, told: set[str]) -> None:
    world = slack.world
    support = world.conversation("support")
    world.post(Message(world.next_ts(), support, world.user("ben"), f"Please look {mention}"))
    assert {who for who in ("ana", "emil", "dana") if waits(slack, who).mentions} == told


async def test_a_reply_waits_only_for_whom_it_mentions(slack: StandIn, ben: Person) -> None:
    root = slack.channel("support").messages[0]
    ben.says("Still down", reply_to=root)
    assert waits(slack, "ana") == Count(0, 0)
    ben.says("Can you come, @ana?", reply_to=root)
    assert waits(slack, "ana") == Count(1, 1)
    assert waits(slack, "chloe") == Count(0, 0)


async def test_what_has_been_seen_is_read_and_what_came_since_is_not(
    slack: StandIn, ana: Person, ben: Person
) -> None:
    seen = ben.says("One, @ana")
    ben.says("Two, @ana")
    version = slack.world.changes.version
    reads(slack, ana, seen.ts)
    assert waits(slack, "ana") == Count(1, 1)
    assert waits(slack, "chloe") == Count(2, 0)
    assert slack.world.changes.version == version + 1
    reads(slack, ana, seen.ts)
    assert slack.world.changes.version == version + 1, "nothing has changed"


async def test_what_is_deleted_waits_no_more_and_an_edit_tells_nobody(slack: StandIn, ben: Person) -> None:
    gone, edited = ben.says("Hello @ana"), ben.says("Hello")
    ben.deletes(gone)
    ben.edits(edited, "Hello <@U0ANA>")
    assert waits(slack, "ana") == Count(1, 0)


async def test_every_direct_message_counts_and_what_only_one_person_sees_does_not(
    slack: StandIn, bot: Bot, ana: Person
) -> None:
    await bot.client.chat_postMessage(channel=ana.id, text="T-1 is yours")
    await bot.client.chat_postEphemeral(channel="C0SUPPORT", user=ana.id, text="Psst <@U0ANA>")
    direct = ana.messages.conversation
    assert slack.world.unread.count(ana.id, direct) == Count(1, 1)
    assert waits(slack, "ana") == Count(0, 0)


async def test_the_page_tells_whose_mentions_wait_and_reads_a_channel(slack: StandIn, ben: Person) -> None:
    message = ben.says("Is @ana there?")
    sight = Sight(slack.page.scene, slack.world.user("chloe"))
    assert json.loads(sight.news() or "")["unread"] == {
        "channels": {"C0SUPPORT": {"messages": 1, "mentions": 0}},
        "people": {"U0ANA": 1},
    }
    ask = {"action": "read", "as": "U0ANA", "channel": "C0SUPPORT", "ts": message.ts}
    assert await take([slack.page.scene], json.dumps(ask).encode()) == (200, {"ok": True})
    assert json.loads(sight.news() or "")["unread"]["people"] == {}


async def test_starting_over_forgets_what_waited(slack: StandIn, ben: Person) -> None:
    ben.says("Is @ana there?")
    await slack.page.scene.start_over()
    assert waits(slack, "ana") == Count(0, 0)
