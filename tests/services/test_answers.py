"""What is said to people who spoke to us: once for a key, whatever becomes of Slack or of us meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.outbox import Target
from bot.services.answers import Answers
from bot.services.ports.messenger import ChannelClosed, ReactionRefused
from tests.services.courier_kit import DESK, Lost, Office

IN_THREAD = Target(channel="C1", thread_ts="1.0", user="U1")
WORDS = {"text": "T-1 is on hold."}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    await office.courier.start()
    yield office
    await office.close()


def answers(office: Office) -> Answers:
    return Answers(office.store, lambda: office.now)


def posted(office: Office) -> list[object]:
    return [message.job.answer and message.job.answer.message for message in office.slack.messages.values()]


async def test_what_is_said_twice_for_one_key_stands_there_once(office: Office) -> None:
    for words in (WORDS, {"text": "Something else by now."}):
        await answers(office).say(DESK, "C1:2.0", IN_THREAD, words)
        await office.deliver_all()
    assert (posted(office), await office.jobs()) == ([WORDS], [])


async def test_two_who_say_it_at_the_same_time_say_it_once(office: Office) -> None:
    await asyncio.gather(*(answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS) for _ in range(5)))
    await office.deliver_all()
    assert posted(office) == [WORDS]


async def test_words_whose_answer_was_lost_are_looked_for_and_not_said_again(office: Office) -> None:
    office.slack.script[None] = [Lost("timeout")]
    await answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS)
    await office.deliver_all()
    assert (office.asked(), posted(office)) == (["post", "find"], [WORDS])


@pytest.mark.parametrize("how", [{"private": True}, {"reaction": "heavy_check_mark"}])
async def test_what_passes_cannot_be_looked_for_and_is_shown_again(
    office: Office, how: dict[str, object]
) -> None:
    office.slack.script[None] = [Lost("timeout")]
    await answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS, **how)  # type: ignore[arg-type]
    await office.deliver_all()
    assert (office.asked(), await office.jobs()) == (["show", "show"], [])


async def test_what_cannot_be_shown_privately_is_said_directly_and_once(office: Office) -> None:
    office.slack.script[None] = [ChannelClosed("user_not_in_channel"), Lost("timeout")]
    await answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS, private=True)
    await office.deliver_all()
    assert office.asked() == ["show", "post", "find"]
    assert [place.channel for place in office.slack.messages] == ["U1"]


async def test_words_stand_where_slack_takes_no_reaction(office: Office) -> None:
    office.slack.script[None] = [ReactionRefused("missing_scope"), Lost("timeout")]
    await answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS, reaction="heavy_check_mark")
    await office.deliver_all()
    assert (office.asked(), posted(office)) == (["show", "post", "find"], [WORDS])


async def test_an_answer_outlives_a_restart(office: Office) -> None:
    office.slack.script[None] = [asyncio.Event()]
    await answers(office).say(DESK, "C1:2.0", IN_THREAD, WORDS, reaction="heavy_check_mark")
    await office.rest()
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert [job.answer and job.answer.reaction for job in office.slack.private] == ["heavy_check_mark"]
    assert await office.jobs() == []
