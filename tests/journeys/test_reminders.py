"""Reminders, as people ask for them: at their time, once, to whom they are for, and not to whom they are no more for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn
from tests.journeys.timed import TimedOffice, opened, timed_slack, with_directory

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
TOMORROW_9 = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with timed_slack() as standin:
        yield standin


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path) -> AsyncIterator[TimedOffice]:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        yield office


def words_of(channel: Channel) -> list[str]:
    return [message.shown for message in channel.messages if "alarm_clock" in message.shown]


async def test_a_typed_reminder_comes_directly_at_its_time_and_once(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    answer = await ana.types("/ticket remind T-1 tomorrow 9am Call Rosa")
    await answer.shows("I'll remind you of *T-1*")
    await office.at(TOMORROW_9 - timedelta(seconds=1))
    assert words_of(ana.messages) == []
    await office.at(TOMORROW_9)
    await office.later(hours=1)
    (told,) = words_of(ana.messages)
    assert "You wanted to be reminded of" in told
    assert "T-1 Printer down" in told
    assert "Call Rosa" in told
    assert words_of(ben.messages) == []
