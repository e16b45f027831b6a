"""The clock on a real store: what comes due happens once, whatever the wall clock does, and a crash, and a long sleep."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.calendars import business_hours, due
from bot.domain.clock.context import CLOCK
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.timers import FEW, Digest, Timer
from bot.domain.errors import StoreUnavailable
from bot.domain.news import News
from bot.domain.public_holidays import public_holidays
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock import LONGEST_SLEEP, Subject
from bot.services.ports.store import Transaction
from bot.services.ports.tasks import TurnFailed
from bot.services.queue_timers import look_again
from bot.services.ticket_times import swept_from
from tests.services.clock_kit import BEN, CHLOE, DESK, MONDAY, NETWORK, ClockedDesk

HOUR = timedelta(hours=1)
BACK = ["U0BEN came_back T-1", "U0EMIL came_back T-1"]
"""What whoever has it, and its requester, are told of a hold that has ended."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ClockedDesk]:
    desk = await ClockedDesk(tmp_path).open()
    yield desk
    await desk.close()


def wire(moment: datetime) -> str:
    return moment.isoformat()


async def held(desk: ClockedDesk, until: datetime, **fields: str) -> int:
    number = (await desk.create(**fields)).number
    await desk.step(number, "hold", holdReason="waiting for parts", holdUntil=wire(until))
    await desk.jobs()
    return number


async def test_a_hold_that_is_over_ends_and_whoever_has_the_ticket_is_told_once(desk: ClockedDesk) -> None:
    number = await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    await desk.at(MONDAY + HOUR - timedelta(seconds=1))
    assert (await desk.ticket(number)).status == "on_hold"
    for moment in (MONDAY + HOUR, MONDAY + HOUR, MONDAY + 9 * HOUR):
        await desk.at(moment)
    ticket = await desk.ticket(number)
    assert (ticket.status, ticket.hold_reason, ticket.hold_until) == ("in_progress", None, None)
    entry = await desk.store.read(DESK).last_entry(number, "hold_ended")
    assert entry
    assert {change.field: change.before for change in entry.changes}["holdReason"] == "waiting for parts"
    assert sorted(await desk.told()) == BACK


async def test_what_somebody_resumed_in_time_does_not_come_back(desk: ClockedDesk) -> None:
    number = await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    await desk.step(number, "resume")
    await desk.jobs()
    assert await desk.store.read(DESK).timers(limit=9) == []
    await desk.at(MONDAY + 2 * HOUR)
    assert await desk.told() == []


async def test_a_hold_that_is_put_off_ends_at_its_new_time(desk: ClockedDesk) -> None:
    number = await held(desk, MONDAY + HOUR)
    await desk.step(number, "resume")
    await desk.step(number, "hold", holdReason="again", holdUntil=wire(MONDAY + 3 * HOUR))
    await desk.at(MONDAY + 2 * HOUR)
    assert (await desk.ticket(number)).status == "on_hold"
    await desk.at(MONDAY + 3 * HOUR)
    assert (await desk.ticket(number)).status == "in_progress"


async def test_a_ticket_that_nobody_has_comes_back_to_whoever_is_on_call(desk: ClockedDesk) -> None:
    await desk.set_up(WorkspaceSettings(queues=(NETWORK,)))
    number = (await desk.create(assignedQueue="network")).number
    await desk.step(number, "triage", snoozedUntil=wire(MONDAY + HOUR))
    await desk.jobs()
    await desk.at(MONDAY + HOUR)
    assert (await desk.ticket(number)).snoozed_until is None
    assert await desk.told() == ["U0BEN came_back T-1"], "its requester knows of no snooze"


async def test_calendars_are_laid_out_at_the_start_and_not_for_the_first_ticket(desk: ClockedDesk) -> None:
    calendar = business_hours("Europe/Berlin").model_copy(update={"name": "at the start", "country": "SE"})
    await desk.set_up(WorkspaceSettings(clock=ClockSettings(calendars=(calendar,))))
    await desk.clock.start()
    await desk.clock.stop()
    read = public_holidays.cache_info().misses
    due(MONDAY, timedelta(hours=2_000), calendar)
    assert public_holidays.cache_info().misses == read


async def test_a_clock_that_is_set_back_repeats_nothing(desk: ClockedDesk) -> None:
    await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    await desk.at(MONDAY + 2 * HOUR)
    for moment in (MONDAY - 24 * HOUR, MONDAY + HOUR, MONDAY + 400 * 24 * HOUR):
        await desk.at(moment)
    assert sorted(await desk.told()) == BACK


async def test_after_a_downtime_each_person_gets_one_digest(desk: ClockedDesk) -> None:
    for hours in range(1, FEW + 3):
        await held(desk, MONDAY + hours * HOUR, assignedUserId=BEN)
    for hours in range(1, FEW + 1):
        await held(desk, MONDAY + hours * HOUR, assignedUserId=CHLOE)
    await desk.at(MONDAY + 7 * 24 * HOUR)
    told = await desk.told()
    assert told.count("U0BEN 5 came_back") == 1
    assert sorted(each for each in told if CHLOE in each) == [f"U0CHLOE came_back T-{n}" for n in (6, 7, 8)]
    assert told.count("U0EMIL 8 came_back") == 1, "who asked for all of them"
    assert len(told) == 2 + FEW


async def test_a_crash_between_loses_nothing_and_repeats_nothing(desk: ClockedDesk, tmp_path: Path) -> None:
    await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    desk.now = MONDAY + 2 * HOUR
    await desk.clock.turn()
    await desk.close()
    again = await ClockedDesk(tmp_path).open()
    await again.at(MONDAY + 3 * HOUR)
    assert sorted(await again.told()) == BACK
    await again.close()


async def test_the_clock_sleeps_until_the_next_moment_but_never_long(desk: ClockedDesk) -> None:
    assert await desk.clock.turn() == LONGEST_SLEEP
    await held(desk, MONDAY + HOUR)
    assert await desk.clock.turn() == LONGEST_SLEEP
    desk.now = MONDAY + HOUR - timedelta(seconds=4)
    assert await desk.clock.turn() == 4


async def test_a_new_timer_wakes_the_clock(desk: ClockedDesk) -> None:
    woken: list[object] = []
    desk.store.on_timers(woken.append)
    await desk.create()
    assert not woken
    await held(desk, MONDAY + HOUR)
    assert {*woken} == {DESK}
    assert len(woken) == 1 or desk.store.is_shared  # where the look for others' timers may find it as well


class Fails:
    """Fails on one subject, until it is mended."""

    def __init__(self, other: Subject, name: str) -> None:
        self.other = other
        self.name: str | None = name

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        await self.other.strike(tx, workspace, timer, now)
        if timer.subject == self.name:
            raise RuntimeError


async def test_one_subject_that_fails_holds_up_no_other_and_is_tried_again(desk: ClockedDesk) -> None:
    broken = await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    await held(desk, MONDAY + 2 * HOUR, assignedUserId=CHLOE)
    fails = Fails(desk.subjects["ticket"], f"ticket:{broken}")
    desk.subjects["ticket"] = fails
    await desk.at(MONDAY + 2 * HOUR)
    assert sorted(await desk.told()) == ["U0CHLOE came_back T-2", "U0EMIL came_back T-2"]
    assert (await desk.ticket(broken)).status == "on_hold"
    fails.name = None
    await desk.at(MONDAY + 2 * HOUR + timedelta(minutes=1))
    assert sorted(await desk.told()) == BACK


async def test_a_store_that_takes_nothing_is_asked_again(
    desk: ClockedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(desk, MONDAY + HOUR, assignedUserId=BEN)
    desk.now = MONDAY + HOUR

    async def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "change", full)
        with pytest.raises(TurnFailed, match="store_unavailable"):
            await desk.clock.turn()
        assert await desk.clock.turn() > 0, "it is put off, and the clock goes on"
    await desk.at(MONDAY + HOUR + timedelta(seconds=LONGEST_SLEEP))
    assert sorted(await desk.told()) == BACK


async def test_holds_from_before_there_was_a_clock_end_too(desk: ClockedDesk) -> None:
    numbers = [await held(desk, MONDAY + HOUR, assignedUserId=BEN) for _ in range(2)]

    async def forget(tx: Transaction) -> None:
        for number in numbers:
            await tx.drop_timer(f"ticket:{number}")

    await desk.store.change(DESK, forget)
    await desk.clock.start()
    await desk.clock.stop()
    await desk.at(MONDAY + HOUR)
    assert [(await desk.ticket(number)).status for number in numbers] == ["in_progress"] * 2


async def test_a_timer_of_what_nobody_knows_is_forgotten(desk: ClockedDesk) -> None:
    await desk.store.change(DESK, lambda tx: tx.keep_timer(Timer(subject="later version:1", at=MONDAY)))
    await desk.at(MONDAY + HOUR)
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_what_a_sweep_finds_is_told_once_all_of_it_is_known(desk: ClockedDesk) -> None:
    for _ in range(110):
        await desk.create(assignedUserId=BEN, slaDueAt=wire(MONDAY + HOUR))
    await desk.store.change(DESK, forget_timers)
    await desk.jobs()
    since = dict.fromkeys(("warn", "escalate"), MONDAY)
    clock = ClockSettings.model_validate({"begun": True, "since": since})
    await desk.set_up(WorkspaceSettings(clock=clock))
    await desk.store.change(DESK, lambda tx: tx.keep_timer(swept_from(1)))
    await desk.at(MONDAY + 2 * HOUR)
    assert await desk.told() == ["U0BEN 110 late"]


async def forget_timers(tx: Transaction) -> None:
    for timer in await tx.timers_of("ticket"):
        await tx.drop_timer(timer.subject)


async def test_a_clock_that_was_a_year_ahead_for_a_moment_stops_nothing(desk: ClockedDesk) -> None:
    queue = NETWORK.model_copy(update={"on_call_group": "S0ONCALL"})
    await desk.set_up(WorkspaceSettings(queues=(queue,)))
    await desk.store.change(DESK, lambda tx: look_again(tx, queue, MONDAY))
    await desk.at(MONDAY + 400 * 24 * HOUR)
    desk.now = MONDAY + HOUR
    await desk.at(MONDAY + HOUR)
    timer = await desk.store.read(DESK).timer("queue:network")
    assert timer
    assert timer.at == MONDAY + 7 * 24 * HOUR
    late = Timer(subject="digest:U0BEN", at=MONDAY + 400 * 24 * HOUR, digest=Digest())
    await desk.store.change(DESK, lambda tx: tx.keep_timer(late))
    await desk.at(MONDAY)
    assert await desk.store.read(DESK).timer("digest:U0BEN") is None


async def test_a_page_that_began_while_the_clock_was_a_year_ahead_goes_on(desk: ClockedDesk) -> None:
    since = dict.fromkeys(("unclaimed",), MONDAY)
    clock = ClockSettings.model_validate({"begun": True, "since": since})
    await desk.set_up(WorkspaceSettings(queues=(NETWORK,), clock=clock))
    ahead = MONDAY + 400 * 24 * HOUR
    desk.now = ahead
    await desk.create(assignedQueue="network", priority="critical")
    await desk.at(ahead + HOUR)
    await desk.jobs()
    await desk.at(MONDAY)
    await desk.at(MONDAY + HOUR)
    assert sum("paged T-1" in each for each in await desk.told()) >= 1


def test_a_digest_counts_tickets_and_not_what_is_told_of_them() -> None:
    digest = Digest()
    for number, event in ((1, "due_soon"), (1, "due_soon"), (1, "late"), (2, "due_soon")):
        news = News.model_validate({"event": event, "role": "assignee", "to": BEN, "by": CLOCK, "version": 1})
        digest = digest.with_one(number, news)
    assert (digest.tickets, dict(digest.counts)) == (2, {"due_soon": 2, "late": 1})
    assert len(digest.first) == 4
