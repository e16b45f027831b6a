"""How the desk answers where Slack gives it nothing to answer on: by a mark, in words, or to one person alone."""

from dataclasses import replace

import pytest

from bot.domain.outbox import Target
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from tests.journeys.conftest import Office

WORDS = {"text": "T-1 is on hold."}


@pytest.fixture
async def order(ben: Person) -> Message:
    return ben.says("take", reply_to=ben.says("The printer is dead"))


async def say(office: Office, to: Message, **how: object) -> None:
    target = Target(channel=to.conversation.id, thread_ts=to.thread_ts, user=to.author.id)
    await office.runtime.tools.answers.say(office.workspace, f"C:{to.ts}", target, WORDS, **how)  # type: ignore[arg-type]
    await office.runtime.settled()


def said(office: Office, channel: Channel) -> list[Message]:
    return [each for each in channel.conversation.visible if each.author is office.slack.world.bot]


async def test_a_mark_stands_on_the_order_itself(office: Office, support: Channel, order: Message) -> None:
    await say(office, order, reaction="heavy_check_mark", reacts_to=order.ts)
    assert order.reactions == {"heavy_check_mark": [office.slack.world.bot.id]}
    assert said(office, support) == []


@pytest.mark.parametrize("scopes", [{"reactions:write"}, set()])
async def test_words_stand_in_the_thread_where_slack_takes_no_mark(
    office: Office, support: Channel, order: Message, scopes: set[str]
) -> None:
    world = office.slack.world
    world.app = replace(world.app, scopes=world.app.scopes - scopes)
    if not scopes:
        office.slack.faults.fail("reactions.add", "too_many_emoji")
    await say(office, order, reaction="heavy_check_mark", reacts_to=order.ts)
    (words,) = said(office, support)
    assert (words.text, words.thread_ts, order.reactions) == (WORDS["text"], order.thread_ts, {})
    assert await office.runtime.not_ready() is None, "a scope that is missing for marks stops no card"


async def test_what_is_private_is_seen_by_one_person_in_the_thread(
    office: Office, ben: Person, order: Message
) -> None:
    await say(office, order, private=True)
    (words,) = office.slack.ephemerals(to=ben)
    assert (words.text, words.thread_ts) == (WORDS["text"], order.thread_ts)


async def test_what_is_private_goes_to_direct_messages_where_it_would_not_show(
    office: Office, ben: Person, support: Channel, order: Message
) -> None:
    office.slack.world.leave(office.slack.world.users[ben.id], support.conversation)
    await say(office, order, private=True)
    assert office.slack.ephemerals(to=ben) == []
    assert [each.text for each in ben.messages.messages] == [WORDS["text"]]


async def test_in_direct_messages_all_that_is_said_is_private_and_stays(office: Office, ben: Person) -> None:
    direct = office.slack.world.direct(office.slack.world.users[ben.id])
    target = Target(channel=direct.id, user=ben.id)
    await office.runtime.tools.answers.say(office.workspace, "D:1", target, WORDS, private=True)
    await office.runtime.settled()
    assert [(each.text, each.only_for) for each in direct.messages] == [(WORDS["text"], None)]
