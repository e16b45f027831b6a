"""The stand-in's time is moved forward, and everybody lives by it: the page, the terminal, and a bot beside it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from dateutil import tz

from bot.playground import seed, snapshot
from bot.playground.app import read_manifest
from bot.playground.clock import Clock, Move
from bot.playground.standin import StandIn, start_standin
from bot.playground.world import World
from tests.patience import PATIENCE
from tests.playground.conftest import MANIFEST

BERLIN = "Europe/Berlin"


def standing(iso: str) -> Clock:
    """A clock that stands at this moment of Berlin until it is moved."""
    moment = datetime.fromisoformat(iso).replace(tzinfo=tz.gettz(BERLIN))
    return Clock(lambda: moment.astimezone(UTC))


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        ("hour", "2026-11-29T22:30", "2026-11-29T23:30"),
        ("hour", "2026-11-29T23:30", "2026-11-30T00:30"),
        ("hour", "2026-03-29T01:30", "2026-03-29T03:30"),  # the clocks go forward
        ("morning", "2026-11-29T22:30:40", "2026-11-30T09:00"),
        ("morning", "2026-11-29T00:10", "2026-11-30T09:00"),
        ("morning", "2026-03-28T12:00", "2026-03-29T09:00"),  # the clocks go forward at night
        ("morning", "2026-10-24T12:00", "2026-10-25T09:00"),  # and back
        ("morning", "2026-12-31T18:00", "2027-01-01T09:00"),
        ("week", "2026-11-29T22:30", "2026-12-06T22:30"),
        ("week", "2026-03-25T10:15", "2026-04-01T10:15"),  # an hour less has passed
    ],
)
def test_the_time_is_moved_by_the_days_of_a_zone(move: Move, before: str, after: str) -> None:
    clock = standing(before)
    clock.move(move, BERLIN)
    assert clock.now() == standing(after).now()


def test_nine_tomorrow_is_that_of_whoever_moves_the_time() -> None:
    clock = standing("2026-11-29T22:30")  # 16:30 in New York
    clock.move("morning", "America/New_York")
    assert clock.now() == standing("2026-11-30T15:00").now()


@pytest.mark.parametrize(("seconds", "moved"), [(10, 10), (3600, 86_400)])
async def test_whoever_waits_is_woken_when_the_time_is_moved_there(seconds: float, moved: float) -> None:
    clock = standing("2026-11-29T22:30")
    waits = asyncio.create_task(clock.wait(asyncio.Event(), seconds))
    for step in (seconds / 2, seconds / 4):
        await asyncio.sleep(0)
        clock.advance(step)
    await asyncio.sleep(0)
    assert not waits.done()
    clock.advance(moved)
    await waits


async def test_whoever_has_just_begun_to_wait_is_woken_when_the_time_is_moved() -> None:
    clock = standing("2026-11-29T22:30")
    waits = asyncio.create_task(clock.wait(asyncio.Event(), 1000))
    await asyncio.sleep(0)  # it waits, and what it waits with has not begun
    clock.move("week", BERLIN)
    async with asyncio.timeout(PATIENCE):
        await waits


@pytest.mark.parametrize("seconds", [None, 10.0])
async def test_whoever_waits_is_woken_by_what_it_waits_for(seconds: float | None) -> None:
    woken = asyncio.Event()
    waits = asyncio.create_task(standing("2026-11-29T22:30").wait(woken, seconds))
    await asyncio.sleep(0)
    assert not waits.done()
    woken.set()
    await waits


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(MANIFEST, clock=standing("2026-11-29T22:30")) as standin:
        yield standin


async def test_what_is_said_after_a_move_stands_on_the_day_that_it_is_then(slack: StandIn) -> None:
    ana = slack.person("ana")
    before = float(ana.says("Good night").ts)
    ana.moves_time("morning")
    after = datetime.fromtimestamp(float(ana.says("Good morning").ts), tz.gettz(BERLIN))
    assert f"{after:%Y-%m-%d %H:%M}" == "2026-11-30 09:00"
    assert after.timestamp() > before


def test_a_moved_time_is_there_again_after_a_restart() -> None:
    """Else the newest messages would lie in the future, and the desk's reminders a week away."""
    worlds = [World(seed.TEAM, read_manifest(MANIFEST), standing("2026-11-29T22:30")) for _ in range(2)]
    seed.fill(worlds[0])
    worlds[0].move_time("week", worlds[0].user("ana"))
    worlds[0].move_time("hour", worlds[0].user("ana"))
    snapshot.load(worlds[1], snapshot.dump(worlds[0]))
    assert worlds[1].clock.now() == worlds[0].clock.now()
    assert worlds[1].clock.ahead == timedelta(days=7, hours=1)
