"""Do-not-disturb that lies in a shift: tonight's, that of another night, a pause, and none."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.clock.dnd import DndInShift, DndWindow, ShiftSpan, in_shifts, shifts_ahead
from bot.domain.queues import Override, Queue, Rotation

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = DndWindow(NOW + 10 * HOUR, NOW + 20 * HOUR, is_daily=True)  # 22:00 to 8:00
PAUSE = DndWindow(NOW, NOW + HOUR, is_daily=False)


def overlap(window: DndWindow, start: timedelta, end: timedelta | None) -> tuple[timedelta, timedelta] | None:
    shift = ShiftSpan("network", "ANA", NOW + start, None if end is None else NOW + end)
    found = in_shifts([shift], {"ANA": window})
    assert all((each.queue, each.person) == ("network", "ANA") for each in found)
    return (found[0].start - NOW, found[0].end - NOW) if found else None


@pytest.mark.parametrize(
    ("window", "start", "end", "found"),
    [
        (NIGHT, timedelta(), 7 * DAY, (10 * HOUR, 20 * HOUR)),
        (NIGHT, timedelta(), None, (10 * HOUR, 20 * HOUR)),
        (NIGHT, timedelta(), 10 * HOUR, None),
        (NIGHT, timedelta(), 11 * HOUR, (10 * HOUR, 20 * HOUR)),
        (NIGHT, 20 * HOUR, 33 * HOUR, None),
        (NIGHT, 7 * DAY, 14 * DAY, (7 * DAY + 10 * HOUR, 7 * DAY + 20 * HOUR)),
        (NIGHT, 7 * DAY + 15 * HOUR, 8 * DAY, (7 * DAY + 10 * HOUR, 7 * DAY + 20 * HOUR)),
        (NIGHT, 7 * DAY + 20 * HOUR, 8 * DAY, None),
        (PAUSE, timedelta(), 7 * DAY, (timedelta(), HOUR)),
        (PAUSE, HOUR, 7 * DAY, None),
        (PAUSE, 7 * DAY, 14 * DAY, None),
    ],
    ids=[
        "tonight",
        "a shift without end",
        "a shift that ends as the night begins",
        "an hour of the night",
        "a day's shift",
        "a night of next week",
        "a shift that begins at night",
        "a shift that begins in the morning",
        "a pause now",
        "a pause that is over then",
        "a pause comes once",
    ],
)
def test_the_first_do_not_disturb_in_a_shift_is_found(
    window: DndWindow, start: timedelta, end: timedelta | None, found: tuple[timedelta, timedelta] | None
) -> None:
    assert overlap(window, start, end) == found


def test_of_whom_nothing_is_known_nothing_is_said() -> None:
    assert in_shifts([ShiftSpan("network", "BEN", NOW, None)], {"ANA": NIGHT}) == []


TURNS = Rotation(people=("ANA", "BEN"), rule="FREQ=DAILY;BYHOUR=9", zone="Etc/UTC", start=NOW)
MORNING = NOW + 21 * HOUR


def queue(*overrides: Override, rotation: Rotation | None = TURNS) -> Queue:
    return Queue(name="network", channel="C1", owner="DANA", rotation=rotation, overrides=overrides)


@pytest.mark.parametrize(
    ("of", "left", "shifts"),
    [
        (queue(), (), [("ANA", NOW, MORNING), ("BEN", MORNING, MORNING + DAY)]),
        (queue(), ("BEN",), [("ANA", NOW, None)]),
        (queue(rotation=None), (), []),
        (
            queue(Override(person="CHLOE", start=NOW + HOUR, end=NOW + 2 * HOUR)),
            (),
            [("ANA", NOW, NOW + HOUR), ("CHLOE", NOW + HOUR, NOW + 2 * HOUR)],
        ),
        (
            queue(Override(person="CHLOE", start=NOW + HOUR, end=NOW + 2 * HOUR), rotation=None),
            (),
            [("CHLOE", NOW + HOUR, NOW + 2 * HOUR)],
        ),
    ],
    ids=["turns", "the other has left", "nobody", "a swap", "a swap alone"],
)
def test_the_shift_that_goes_on_and_the_next_are_looked_at(
    of: Queue, left: tuple[str, ...], shifts: list[tuple[str, datetime, datetime | None]]
) -> None:
    assert [*shifts_ahead(of, NOW, left)] == [ShiftSpan("network", *each) for each in shifts]


def test_each_queue_is_told_by_itself() -> None:
    shifts = [ShiftSpan(name, "ANA", NOW, None) for name in ("network", "field")]
    assert in_shifts(shifts, {"ANA": PAUSE}) == [
        DndInShift(name, "ANA", NOW, NOW + HOUR) for name in ("network", "field")
    ]
