"""Nobody forgets a ticket, as people meet it: who has it is asked, who asked for it is answered, and what is done closes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.queues import Queue, Rotation
from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn
from tests.journeys.timed import MONDAY, TimedOffice, opened, timed_slack, with_directory

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
ASKED = "nothing has happened to T-1 Printer down for days. Are you still working on it?"
ASKED_AGAIN = "asks again about T-1 Printer down"


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with timed_slack() as standin:
        yield standin


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path) -> AsyncIterator[TimedOffice]:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        yield office


@pytest.fixture
async def taken(office: TimedOffice, ana: Person, ben: Person, support: Channel) -> None:
    """Ben's ticket, which Ana has, in a queue that Dana owns; Chloe is on call there. Both rules are on."""
    chloe, dana = office.person("chloe"), office.person("dana")
    turns = Rotation(people=(chloe.id,), rule="FREQ=WEEKLY;BYDAY=MO;BYHOUR=8", zone="Etc/UTC", start=MONDAY)
    queue = Queue(name="field", channel=support.id, owner=dana.id, rotation=turns)
    await office.switch_on("stale", "close", queues=(queue,), default_queue="field")
    await ben.types(LINE)
    await office.shown()
    await ana.presses(await support.shows("T-1"), "Assign to me")
    await office.shown()


def said(channel: Channel, words: str) -> list[str]:
    return [message.shown for message in channel.messages if words in message.shown]


@pytest.mark.usefixtures("taken")
async def test_whoever_has_it_is_asked_once_and_says_that_they_are_on_it(
    office: TimedOffice, ana: Person
) -> None:
    await office.later(days=5)
    question = await ana.messages.shows(ASKED)
    await ana.presses(question, "Still working on it")
    await ana.messages.shows("You are still working on *T-1*.")
    assert (await office.history(1))[-1].what == "still_working"
    await office.later(days=4)
    assert said(ana.messages, ASKED) == []
    await office.later(days=1)
    await ana.messages.shows(ASKED)


@pytest.mark.usefixtures("taken")
async def test_without_an_answer_the_queues_lead_hears_of_it_and_gives_it_to_somebody(
    office: TimedOffice, ana: Person
) -> None:
    dana = office.person("dana")
    await office.later(days=5)
    await ana.messages.shows(ASKED)
    await office.later(days=5)
    told = await dana.messages.shows("nothing has happened to T-1 Printer down for days")
    assert "and ana has it." in told.shown
    form = await (await dana.presses(told, "Assign…")).form()
    assert form.title == "Assign T-1"
    await office.later(days=60)
    assert len(said(ana.messages, ASKED)) == len(said(dana.messages, "for days")) == 1


@pytest.mark.usefixtures("taken")
async def test_a_stale_ticket_is_given_back_or_put_on_hold_from_the_question(
    office: TimedOffice, ana: Person
) -> None:
    await office.later(days=5)
    form = await (await ana.presses(await ana.messages.shows(ASKED), "Hold…")).form()
    assert form.title == "Hold T-1"
    await form.fill(holdReason="Waiting for the fuser")
    assert (await form.submit()).closed
    await ana.types("/ticket resume T-1")
    await office.later(days=5)
    await ana.presses(await ana.messages.shows(ASKED), "Give it back")
    await ana.messages.shows("*T-1* is yours no more. Nobody has it now.")
    assert (await office.ticket(1)).assigned_user_id is None


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("pressed", ["Give it back", "Still working on it"])
async def test_an_old_question_does_nothing_to_what_somebody_else_has_by_now(
    office: TimedOffice, ana: Person, pressed: str
) -> None:
    await office.later(days=5)
    question = await ana.messages.shows(ASKED)
    await ana.types("/ticket assign T-1 @chloe")
    as_it_was = await office.history(1)
    await (await ana.presses(question, pressed)).shows("<@U0CHLOE> has T-1 now.")
    assert await office.history(1) == as_it_was


@pytest.mark.usefixtures("taken")
async def test_an_old_question_does_nothing_to_what_nobody_has_by_now(
    office: TimedOffice, ana: Person
) -> None:
    await office.later(days=5)
    question = await ana.messages.shows(ASKED)
    await ana.types("/ticket unassign T-1")
    as_it_was = await office.history(1)
    await (await ana.presses(question, "Still working on it")).shows("Nobody has T-1 now.")
    assert await office.history(1) == as_it_was


@pytest.mark.usefixtures("taken")
async def test_a_requester_who_asks_again_is_answered_in_the_thread_and_then_on_call_hears_of_it(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    card = await support.shows("Private note")
    await office.later(hours=2)
    ben.says("Any news?", reply_to=card)
    await office.shown()
    line = await support.shows("hears that you ask about T-1 Printer down.")
    assert line.thread_ts == card.ts
    assert "ana hears that you ask" in line.shown
    assert "Any news?" in (await ana.messages.shows(ASKED_AGAIN)).shown
    ben.says("Hello?", reply_to=card)
    await office.later(minutes=31)
    told = await support.shows("and ana has not answered")
    assert f"<@{office.person('chloe').id}>" in told.shown
    ben.says("Hello??", reply_to=card)
    await office.later(hours=5)
    assert len(said(support, "hears that you ask")) == 1
    ana.says("Sorry! The fuser comes tomorrow.", reply_to=card)
    await office.later(hours=1)
    ben.says("Thanks, and the tray?", reply_to=card)
    await office.later(hours=1)
    assert len(said(support, "hears that you ask")) == 1, "that was a question, and no second one"
    ben.says("The tray is broken as well", reply_to=card)
    await office.shown()
    assert len(said(support, "hears that you ask")) == 2


@pytest.mark.usefixtures("taken")
async def test_a_resolved_ticket_says_when_it_closes_and_does(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ana.types("/ticket resolve T-1 Replaced the fuser")
    await office.shown()
    told = await support.shows("resolved T-1")
    assert "It closes by itself <!date^" in told.shown
    before = len(ana.messages.messages)
    await office.later(days=7)
    assert (await office.ticket(1)).status == "closed"
    await support.shows("Deskhand closed T-1 Printer down.")
    entry = (await office.history(1))[-1]
    assert (entry.actor, entry.what) == ("clock", "closed")
    assert len(ana.messages.messages) == before, "nobody else is told"
    history = await (await ben.types("/ticket history T-1")).form()
    assert history.shows("Deskhand closed it")


@pytest.mark.usefixtures("taken")
async def test_a_resolved_ticket_that_is_opened_again_stays_open(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ana.types("/ticket resolve T-1 Replaced the fuser")
    await office.shown()
    await office.later(days=3)
    await ben.presses(await support.shows("resolved T-1"), "Not yet")
    await office.later(days=30)
    assert (await office.ticket(1)).status == "in_progress"


async def test_without_the_rules_nothing_of_it_happens(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.shown()
    card = await support.shows("T-1")
    await ana.presses(card, "Assign to me")
    await office.later(days=30)
    ben.says("Any news?", reply_to=card)
    await office.later(hours=1)
    await ana.types("/ticket resolve T-1 Replaced the fuser")
    await office.shown()
    assert "closes by itself" not in (await support.shows("resolved T-1")).shown
    await office.later(days=90)
    assert (await office.ticket(1)).status == "resolved"
    assert said(ana.messages, "for days") == said(support, "has been told") == []
    assert (await office.ticket(1)).clock is None


async def test_what_was_there_before_the_switch_counts_from_then(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.shown()
    await ana.presses(await support.shows("T-1"), "Assign to me")
    await office.later(days=90)
    await office.switch_on("stale", "close")
    await office.later(days=4)
    assert said(ana.messages, ASKED) == []
    await office.later(days=1)
    await ana.messages.shows(ASKED)
