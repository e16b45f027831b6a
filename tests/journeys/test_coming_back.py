"""Holds and snoozes end by themselves, as people meet it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn
from tests.journeys.timed import TimedOffice, opened, timed_slack, with_directory

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


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
    """Ben's ticket, which Ana has."""
    await ben.types(LINE)
    await office.shown()
    await ana.presses(await support.shows("T-1"), "Assign to me")
    await office.shown()


def said(channel: Channel, words: str) -> list[str]:
    return [message.shown for message in channel.messages if words in message.shown]


@pytest.mark.usefixtures("taken")
async def test_a_hold_ends_and_both_hear_what_it_waited_for(
    office: TimedOffice, ana: Person, support: Channel
) -> None:
    answer = await ana.types("/ticket hold T-1 until wed 9:00 the new fuser")
    assert "Nothing wakes" not in (await answer.shows("On hold")).shown
    await office.later(days=1)
    assert (await office.ticket(1)).status == "on_hold"
    await office.later(days=1)
    told = await ana.messages.shows("T-1 Printer down is back. It waited for: the new fuser")
    assert "Open thread" in told.shown
    await support.shows("T-1 Printer down goes on. It waited for: the new fuser")
    card = await support.shows("Private note")
    assert "In progress" in card.shown
    assert "fuser" not in card.shown
    history = await (await ana.types("/ticket history T-1")).form()
    assert history.shows("Deskhand ended its hold, which was over")
    await office.later(days=30)
    assert len(said(ana.messages, "is back")) == 1


@pytest.mark.usefixtures("taken")
async def test_a_snooze_ends_and_its_requester_hears_nothing(
    office: TimedOffice, ana: Person, support: Channel
) -> None:
    await ana.types("/ticket snooze T-1 until wed 9:00")
    await office.later(days=2)
    await ana.messages.shows("T-1 Printer down is back.")
    assert said(support, "goes on") == []
    assert "snoozed" not in (await support.shows("Private note")).shown


@pytest.mark.usefixtures("taken")
async def test_a_hold_without_an_end_and_one_that_was_resumed_never_come_back(
    office: TimedOffice, ana: Person
) -> None:
    await ana.types("/ticket hold T-1 waiting for parts")
    await office.later(days=400)
    assert (await office.ticket(1)).status == "on_hold"
    await ana.types("/ticket resume T-1")
    await ana.types("/ticket hold T-1 until in 2 days the vendor")
    await ana.types("/ticket resume T-1")
    await ana.types("/ticket hold T-1 until in 4 days the courier")
    await office.later(days=3)
    assert said(ana.messages, "is back") == []
    await office.later(days=1)
    await ana.messages.shows("is back. It waited for: the courier")


@pytest.mark.usefixtures("taken")
async def test_a_time_of_day_stays_what_it_is_where_summer_begins_meanwhile(
    office: TimedOffice, ana: Person
) -> None:
    zone = (await office.runtime.people.of(office.workspace)).zone(ana.id)
    await office.at(datetime(2027, 3, 26, 12, tzinfo=zone))
    await ana.types("/ticket hold T-1 until monday 9:00 the new fuser")
    await office.at(datetime(2027, 3, 29, 8, 59, tzinfo=zone))
    assert (await office.ticket(1)).status == "on_hold"
    await office.at(datetime(2027, 3, 29, 9, 0, 1, tzinfo=zone))
    assert (await office.ticket(1)).status == "in_progress"


async def test_after_a_downtime_each_person_gets_one_message_of_many(slack: StandIn, tmp_path: Path) -> None:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        ana, ben = office.person("ana"), office.person("ben")
        for number in range(1, 7):
            await ben.types(LINE)
            await ana.types(f"/ticket take T-{number}")
            await ana.types(f"/ticket hold T-{number} until in {number} hours the new fuser")
        await office.shown()
    slack.clock.advance(7 * 24 * 3600)
    for _ in range(2):  # the second start has nothing to say
        async with opened(slack, tmp_path / "data") as office:
            await office.shown()
            begun = {"ana": "6 tickets need a look", "ben": "There is news of 6 tickets of yours"}
            for name, words in begun.items():
                (told,) = said(office.person(name).messages, f"{words}: 6 back from waiting.")
                assert "T-6" in told
            assert said(office.channel("support"), "goes on") == []


@pytest.mark.usefixtures("taken")
async def test_a_wall_clock_that_is_set_back_repeats_nothing(office: TimedOffice, ana: Person) -> None:
    await ana.types("/ticket hold T-1 until in 2 hours the new fuser")
    await office.later(hours=2)
    await ana.messages.shows("is back")
    office.slack.clock.ahead -= timedelta(hours=5)
    await office.shown()
    await office.later(hours=9)
    assert len(said(ana.messages, "is back")) == 1
    assert [entry.what for entry in await office.history(1)].count("hold_ended") == 1
