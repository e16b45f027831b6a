"""A change of shift on a real store: noticed once, at its moment or after a downtime, and told to the two whom it is about."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.clock.shifts import HandOver
from bot.domain.clock.timers import subject
from bot.domain.outbox import Job
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.queues import LONGEST, RULES, Override, Queue, Rotation, on_call, rotation
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock import Subject
from bot.services.ports.store import Transaction
from bot.services.queue_timers import look_again
from bot.services.rota import Rota
from bot.services.workspace_settings import AdminSettings
from tests.services.clock_kit import BEN, CHLOE, DESK, MONDAY, NETWORK, ClockedDesk

SECOND, HOUR, DAY, WEEK = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
EMIL = "U0EMIL"
DANA = Actor(user="U0DANA", is_known=True, is_agent=True, is_admin=True, reads_all_notes=True)
ON: dict[RuleName, datetime] = {"hand_over": MONDAY - WEEK}
GROUP = "S0ONCALL"
PERSONS = [Person(id=user, names=(user.lower(),)) for user in (BEN, CHLOE, EMIL)]


class Shifted(ClockedDesk):
    """Its hand-overs are on, unless a test says otherwise."""

    async def begin(self, queue: Queue = NETWORK, **clock: object) -> None:
        await self.people.learn(DESK, PERSONS)
        await self.set_up(WorkspaceSettings(clock=ClockSettings.model_validate({"since": ON, **clock})))
        self.admin = AdminSettings(self.store, self.people, self.read)
        self.rota = Rota(self.store, self.people, self.read)
        await self.save(queue)
        await self.at(self.now)
        await self.take()

    async def save(self, queue: Queue, instead_of: str | None = None) -> None:
        await self.admin.save_queue(DESK, DANA, queue, instead_of=instead_of)

    async def take(self) -> Sequence[Job]:
        """What is to be done in Slack since the last time that somebody asked."""
        jobs = await self.store.read(DESK).jobs()
        for job in jobs:
            await self.store.change(DESK, lambda tx, job=job: tx.dequeue(job.id))  # type: ignore[misc]
        return jobs

    async def handed(self) -> list[tuple[str, list[HandOver]]]:
        """Who is told of which changes of shift."""
        return [(job.target.user, [*job.hand_overs]) for job in await self.take() if job.hand_overs]

    async def shifts(self) -> list[str]:
        """`U0BEN: U0BEN -> U0CHLOE`, for each message."""
        return [
            f"{user}: {', '.join(f'{each.off} -> {each.on}' for each in handed)}"
            for user, handed in await self.handed()
        ]

    async def swap(self, person: str, start: datetime, end: datetime) -> str:
        override = Override(person=person, start=start, end=end, key=f"{person}{start}")
        await self.rota.cover(DESK, DANA, "network", override)
        return override.id

    async def groups(self) -> list[str]:
        return [job.group for job in await self.take() if job.group]


BOTH = [f"{BEN}: {BEN} -> {CHLOE}", f"{CHLOE}: {BEN} -> {CHLOE}"]
BACK = [f"{CHLOE}: {CHLOE} -> {BEN}", f"{BEN}: {CHLOE} -> {BEN}"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Shifted]:
    desk = Shifted(tmp_path)
    await desk.open()
    yield desk
    await desk.close()


@pytest.fixture
async def busy(desk: Shifted) -> Shifted:
    """There is something to hand over: one ticket."""
    await desk.begin()
    await desk.create(assignedQueue="network")
    await desk.take()
    return desk


async def test_both_are_told_at_the_moment_of_the_change_and_once(busy: Shifted) -> None:
    await busy.at(MONDAY + WEEK - timedelta(seconds=1))
    assert await busy.shifts() == []
    await busy.at(MONDAY + WEEK)
    assert await busy.shifts() == BOTH
    for moment in (MONDAY + WEEK, MONDAY + WEEK + DAY):
        await busy.at(moment)
    assert await busy.shifts() == []
    await busy.at(MONDAY + 2 * WEEK)
    assert await busy.shifts() == BACK


async def test_a_queue_that_is_set_up_hands_nothing_over(desk: Shifted) -> None:
    await desk.create(assignedQueue="network")
    await desk.begin()
    await desk.at(MONDAY + HOUR)
    assert await desk.shifts() == []


async def test_where_there_is_nothing_to_say_nothing_is_said(desk: Shifted) -> None:
    await desk.begin()
    await desk.create(assignedQueue="field")
    done = await desk.create(assignedQueue="network", assignedUserId=BEN)
    await desk.step(done.number, "resolve", resolution="Replaced it")
    await desk.at(MONDAY + WEEK)
    assert await desk.shifts() == []


@pytest.mark.parametrize("clock", [{"since": {}}, {"off": {"hand_over": ("Network",)}}])
async def test_a_rule_that_is_off_says_nothing(desk: Shifted, clock: dict[str, object]) -> None:
    await desk.begin(NETWORK, **clock)
    await desk.create(assignedQueue="network")
    await desk.at(MONDAY + WEEK)
    assert await desk.shifts() == []


async def test_after_a_week_of_downtime_there_is_one_hand_over_the_newest(desk: Shifted) -> None:
    every_day = Rotation(
        people=(BEN, CHLOE, EMIL), rule=RULES["Every day, 9:00"], zone="Etc/UTC", start=MONDAY
    )
    await desk.begin(NETWORK.model_copy(update={"rotation": every_day}))
    await desk.create(assignedQueue="network")
    await desk.take()
    await desk.at(MONDAY + WEEK + HOUR)
    assert await desk.shifts() == BOTH, "the seventh day is Chloe's"
    await desk.at(MONDAY + WEEK + DAY)
    assert await desk.shifts() == [f"{CHLOE}: {CHLOE} -> {EMIL}", f"{EMIL}: {CHLOE} -> {EMIL}"]


async def test_a_downtime_after_which_the_same_person_is_on_call_says_nothing(busy: Shifted) -> None:
    await busy.at(MONDAY + 2 * WEEK)
    assert await busy.shifts() == []


async def test_a_swap_within_a_shift_is_two_changes(busy: Shifted) -> None:
    await busy.swap(EMIL, MONDAY + HOUR, MONDAY + 2 * HOUR)
    await busy.at(MONDAY + HOUR)
    assert await busy.shifts() == [f"{BEN}: {BEN} -> {EMIL}", f"{EMIL}: {BEN} -> {EMIL}"]
    await busy.at(MONDAY + 2 * HOUR)
    assert await busy.shifts() == [f"{EMIL}: {EMIL} -> {BEN}", f"{BEN}: {EMIL} -> {BEN}"]


async def test_a_swap_that_begins_and_is_ended_at_once_changes_hands_twice(busy: Shifted) -> None:
    swap = await busy.swap(EMIL, MONDAY, MONDAY + DAY)
    await busy.at(MONDAY)
    assert await busy.shifts() == [f"{BEN}: {BEN} -> {EMIL}", f"{EMIL}: {BEN} -> {EMIL}"]
    await busy.rota.end(DESK, DANA, swap)
    await busy.at(MONDAY)
    assert await busy.shifts() == [f"{EMIL}: {EMIL} -> {BEN}", f"{BEN}: {EMIL} -> {BEN}"]


async def test_a_swap_that_is_ended_before_it_begins_changes_nothing(busy: Shifted) -> None:
    await busy.rota.end(DESK, DANA, await busy.swap(EMIL, MONDAY + HOUR, MONDAY + 2 * HOUR))
    for hours in range(4):
        await busy.at(MONDAY + hours * HOUR)
    assert await busy.shifts() == []


async def test_a_rotation_that_is_edited_during_a_shift_changes_hands_at_once(busy: Shifted) -> None:
    edited = Rotation(people=(CHLOE, BEN), rule="FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", zone="Etc/UTC", start=MONDAY)
    await busy.save(NETWORK.model_copy(update={"rotation": edited}), "network")
    await busy.at(MONDAY)
    assert await busy.shifts() == BOTH


async def test_a_rotation_that_is_taken_out_leaves_nobody_on_call(busy: Shifted) -> None:
    await busy.save(NETWORK.model_copy(update={"rotation": None}), "network")
    await busy.at(MONDAY)
    assert await busy.shifts() == [f"{BEN}: {BEN} -> None"]
    await busy.swap(EMIL, MONDAY + HOUR, MONDAY + 2 * HOUR)
    await busy.at(MONDAY + HOUR)
    assert await busy.shifts() == [f"{EMIL}: None -> {EMIL}"]


async def test_who_has_left_is_told_nothing_and_their_turn_goes_to_the_next_at_once(busy: Shifted) -> None:
    await busy.people.learn(DESK, [PERSONS[0].model_copy(update={"has_left": True})])
    await busy.at(MONDAY + SECOND)
    assert await busy.shifts() == [f"{CHLOE}: {BEN} -> {CHLOE}"]
    for weeks in (1, 2):
        await busy.at(MONDAY + weeks * WEEK)
        assert await busy.shifts() == [], "Ben's turn is Chloe's"


async def test_whoever_is_here_again_has_their_turn_at_once(busy: Shifted) -> None:
    await busy.people.learn(DESK, [PERSONS[0].model_copy(update={"has_left": True})])
    await busy.at(MONDAY + HOUR)
    await busy.take()
    await busy.people.learn(DESK, [PERSONS[0]])
    await busy.at(MONDAY + HOUR + SECOND)
    assert await busy.shifts() == BACK


async def test_the_group_loses_who_left_before_the_next_hand_off(desk: Shifted) -> None:
    await desk.begin(NETWORK.model_copy(update={"on_call_group": GROUP}))
    await desk.people.learn(DESK, [PERSONS[0].model_copy(update={"has_left": True})])
    await desk.at(MONDAY + SECOND)
    assert await desk.groups() == [GROUP]
    await desk.people.learn(DESK, [PERSONS[2].model_copy(update={"has_left": True})])
    await desk.at(MONDAY + HOUR)
    assert await desk.groups() == [], "Emil takes no turns"


async def test_a_queue_with_another_name_goes_on_with_its_shift(busy: Shifted) -> None:
    await busy.save(NETWORK.model_copy(update={"name": "networks"}), "Network")
    assert await busy.store.read(DESK).timer(subject("queue", "network")) is None
    await busy.create(assignedQueue="networks")
    await busy.at(MONDAY + WEEK)
    ((_, (handed,)), _) = await busy.handed()
    assert (handed.queue, handed.off, handed.on) == ("networks", BEN, CHLOE)


async def test_a_queue_that_is_removed_has_no_shifts(busy: Shifted) -> None:
    await busy.admin.remove_queue(DESK, DANA, "Network")
    assert await busy.store.read(DESK).timers(limit=9) == []
    await busy.at(MONDAY + WEEK)
    assert await busy.shifts() == []


async def test_a_clock_that_is_set_back_repeats_no_change(busy: Shifted) -> None:
    await busy.at(MONDAY + WEEK)
    await busy.take()
    for moment in (MONDAY + HOUR, MONDAY + WEEK, MONDAY + WEEK + HOUR):
        await busy.at(moment)
    assert await busy.shifts() == []


async def test_who_takes_over_several_queues_gets_one_message(busy: Shifted) -> None:
    await busy.save(NETWORK.model_copy(update={"name": "field", "channel": "C0FIELD"}))
    await busy.create(assignedQueue="field")
    await busy.at(MONDAY)
    await busy.take()
    await busy.at(MONDAY + WEEK)
    handed = await busy.handed()
    assert [(user, [each.queue for each in of]) for user, of in handed] == [
        (BEN, ["network", "field"]),
        (CHLOE, ["network", "field"]),
    ]


async def test_the_late_ones_are_named_first_then_the_critical_ones_and_ten_at_most(desk: Shifted) -> None:
    await desk.begin()
    await desk.create(assignedQueue="network", priority="critical")
    await desk.create(assignedQueue="network", slaDueAt=(MONDAY + HOUR).isoformat())
    for _ in range(10):
        await desk.create(assignedQueue="network")
    await desk.at(MONDAY + WEEK)
    ((_, (handed,)), _) = await desk.handed()
    assert (handed.open, handed.late, handed.critical) == (12, 1, 1)
    assert handed.numbers == (2, 1, 12, 11, 10, 9, 8, 7, 6, 5)


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 3, 28, tzinfo=BERLIN),
        datetime(2026, 10, 24, tzinfo=BERLIN),
        datetime(2028, 2, 28, tzinfo=BERLIN),
    ],
)
@pytest.mark.parametrize("hour", [0, 2, 3, 9])
async def test_each_day_of_a_change_of_the_clocks_has_one_change_of_shift(
    desk: Shifted, day: datetime, hour: int
) -> None:
    """Looked at every quarter of an hour for three days, each hand-off is noticed in the quarter in which it is."""
    desk.now = day.astimezone(UTC)
    turn = rotation((BEN, CHLOE), f"FREQ=DAILY;BYHOUR={hour}", "Europe/Berlin", day - timedelta(minutes=1))
    queue = NETWORK.model_copy(update={"rotation": turn})
    await desk.begin(queue, since={"hand_over": desk.now - WEEK})
    await desk.create(assignedQueue="network")
    await desk.take()
    changes, holder, end = 0, on_call(queue, desk.now), (day + 3 * DAY).astimezone(UTC)
    while (moment := desk.now + timedelta(minutes=15)) < end:
        await desk.at(moment)
        following = on_call(queue, desk.now)
        told = await desk.shifts()
        assert told == (
            [f"{user}: {holder} -> {following}" for user in (holder, following)]
            if holder != following
            else []
        )
        changes += holder != following
        holder = following
    assert changes == (3 if hour else 2)


class Dies(Exception):
    pass


class Mortal:
    """A Subject that does its work, and whose process ends before that is durable."""

    def __init__(self, inner: Subject) -> None:
        self._inner = inner

    async def strike(self, tx: Transaction, workspace: Workspace, timer: object, now: datetime) -> None:
        await self._inner.strike(tx, workspace, timer, now)  # type: ignore[arg-type]
        raise Dies


async def test_a_crash_at_a_change_loses_none_and_makes_none_twice(busy: Shifted) -> None:
    busy.now = MONDAY + WEEK
    (timer,) = await busy.store.read(DESK).timers(limit=1)
    mortal = Mortal(busy.subjects["queue"])

    async def work(tx: Transaction) -> None:
        await tx.drop_timer(timer.subject)
        await mortal.strike(tx, DESK, timer, busy.now)

    with pytest.raises(Dies):
        await busy.store.change(DESK, work)
    await busy.close()
    await busy.open()
    await busy.at(MONDAY + WEEK)
    assert await busy.shifts() == BOTH


async def test_what_was_set_up_before_there_was_a_clock_has_shifts_too(desk: Shifted) -> None:
    await desk.set_up(WorkspaceSettings(queues=(NETWORK,), clock=ClockSettings(since=ON)))
    await desk.create(assignedQueue="network")
    await desk.clock.start()
    await desk.clock.stop()
    await desk.at(MONDAY)
    await desk.take()
    await desk.at(MONDAY + WEEK)
    assert await desk.shifts() == BOTH


async def test_a_group_is_set_as_it_is_chosen_and_at_each_change(desk: Shifted) -> None:
    await desk.begin()
    with_group = NETWORK.model_copy(update={"on_call_group": GROUP})
    await desk.save(with_group, "network")
    await desk.at(MONDAY)
    assert await desk.groups() == [GROUP]
    await desk.at(MONDAY + DAY)
    assert await desk.groups() == []
    await desk.at(MONDAY + WEEK)
    assert await desk.groups() == [GROUP]
    await desk.save(with_group, "network")
    await desk.at(MONDAY + WEEK)
    assert await desk.groups() == [GROUP], "whoever saves the queue wants it tried again"


async def test_a_queue_without_rotation_is_looked_at_again_in_a_year(desk: Shifted) -> None:
    await desk.begin(NETWORK.model_copy(update={"rotation": None}))
    (timer,) = await desk.store.read(DESK).timers(limit=9)
    assert timer.at == MONDAY + LONGEST


async def test_looking_again_forgets_nothing_of_the_shift(busy: Shifted) -> None:
    for _ in range(2):
        await busy.store.change(DESK, lambda tx: look_again(tx, NETWORK, busy.now))
    await busy.at(MONDAY)
    assert await busy.shifts() == []
    (timer,) = await busy.store.read(DESK).timers(limit=9)
    assert timer.shift
    assert (timer.shift.on_call, timer.at) == (BEN, MONDAY + WEEK)
