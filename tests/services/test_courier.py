"""The courier with the real store; only Slack is scripted, and the clock stands still unless told."""

import asyncio
import errno
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from bot.domain.contract import parse
from bot.domain.directory import Directory
from bot.domain.outbox import Job, Target
from bot.domain.ticket import Origin, Place, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.courier import AT_ONCE, Courier, exponential
from bot.services.ports import TryAgain, Undeliverable
from storage import open_store

DESK = Workspace(team_id="T111")
OTHER = Workspace(team_id="T222")
SECRET = "https://hooks.slack.invalid/commands/secret"  # noqa: S105


class Slack:
    """Accepts every card, unless the script of its ticket has something else for it: an error, or a wait."""

    def __init__(self, happened: asyncio.Event) -> None:
        self.script: dict[int, list[Exception | asyncio.Event]] = defaultdict(list)
        self.asked: list[Ticket] = []
        self.accepted: list[tuple[Workspace, int, str]] = []
        self.at_once = self.most_at_once = 0
        self._happened = happened

    async def show_card(
        self, workspace: Workspace, target: Target, ticket: Ticket, directory: Directory
    ) -> Place | None:
        del directory
        self.asked.append(ticket)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self._happened.set()
        try:
            match self.script[ticket.number] and self.script[ticket.number].pop(0):
                case Exception() as error:
                    raise error
                case asyncio.Event() as gate:
                    await gate.wait()
        finally:
            self.at_once -= 1
        self.accepted.append((workspace, ticket.number, target.user))
        return Place(channel=target.channel, ts=f"{len(self.accepted)}.0") if target.channel else None


class Office:
    """A store on disk, Slack, a clock and a courier between them. `user` tells the jobs of a ticket apart."""

    def __init__(self, folder: Path) -> None:
        self.happened = asyncio.Event()
        self.slack = Slack(self.happened)
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.waits: list[int] = []
        self.url = f"tinydb:{folder}"
        self.open()

    def open(self) -> None:
        self.store = open_store(self.url, on_commit=lambda _: self.happened.set())
        self.courier = Courier(self.store, self.slack, lambda: self.now, backoff=self._backoff)

    def _backoff(self, attempts: int) -> float:
        self.waits.append(attempts)
        return 0

    async def close(self) -> None:
        await self.courier.stop(grace=0)
        await self.store.close()

    async def enqueue(
        self,
        number: int,
        user: str = "U1",
        *,
        channel: str | None = "C1",
        workspace: Workspace = DESK,
        ticket: bool = True,
    ) -> None:
        async with self.store.transaction(workspace) as transaction:
            if ticket and await transaction.ticket(number) is None:
                await transaction.save(new_ticket(number), now=self.now)
            count = len(await transaction.jobs())
            target = Target(channel=channel, response_url=SECRET, user=user)
            name = UUID(int=1000 * number + count)
            await transaction.enqueue(
                Job(id=name, number=number, target=target, created_at=self.now, due_at=self.now)
            )
        self.courier.wake(workspace)

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Waits for a condition, looking again whenever Slack is asked or something is committed."""
        async with asyncio.timeout(5):
            while not await condition():
                await self.happened.wait()
                self.happened.clear()

    async def until_delivered(self) -> None:
        async def empty() -> bool:
            return await self.courier.depth() == 0

        await self.until(empty)

    async def until_asked(self, times: int) -> None:
        async def asked() -> bool:
            return len(self.slack.asked) == times

        await self.until(asked)

    async def until_postponed(self, attempts: int = 1) -> Job:
        async def postponed() -> bool:
            jobs = await self.store.read(DESK).jobs()
            return bool(jobs) and jobs[0].attempts == attempts

        await self.until(postponed)
        return (await self.store.read(DESK).jobs())[0]

    async def ticket(self, number: int, workspace: Workspace = DESK) -> Ticket:
        found = await self.store.read(workspace).ticket(number)
        assert found
        return found

    @property
    def users(self) -> list[str]:
        return [user for _, _, user in self.slack.accepted]


def new_ticket(number: int) -> Ticket:
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Printer down",
    }
    origin, now = Origin(way="command"), datetime(2026, 11, 23, 8, tzinfo=UTC)
    return opened(parse(wire), ticket_id=UUID(int=number), number=number, actor="U1", origin=origin, now=now)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    yield office
    await office.close()


async def test_a_card_is_shown_once_and_its_place_kept_in_the_ticket(office: Office) -> None:
    office.courier.start()
    await office.enqueue(1)
    await office.until_delivered()
    assert office.users == ["U1"]
    place = Place(channel="C1", ts="1.0")
    assert await office.ticket(1) == new_ticket(1).model_copy(update={"cards": (place,)})


async def test_a_card_that_only_its_requester_sees_leaves_no_place(office: Office) -> None:
    office.courier.start()
    await office.enqueue(1, channel=None)
    await office.until_delivered()
    assert office.users == ["U1"]
    assert await office.ticket(1) == new_ticket(1)


async def test_five_tickets_are_shown_at_the_same_time(office: Office) -> None:
    office.courier.start()
    gate = asyncio.Event()
    for number in range(1, 6):
        office.slack.script[number].append(gate)
        await office.enqueue(number)
    await office.until_asked(5)
    assert office.slack.accepted == []
    gate.set()
    await office.until_delivered()
    assert sorted(number for _, number, _ in office.slack.accepted) == [1, 2, 3, 4, 5]
    assert [len((await office.ticket(number)).cards) for number in range(1, 6)] == [1] * 5


async def test_no_more_than_the_limit_are_under_way_and_all_arrive(office: Office) -> None:
    gate = asyncio.Event()
    tickets = range(1, 2 * AT_ONCE + 2)
    for number in tickets:
        office.slack.script[number].append(gate)
        await office.enqueue(number)
    office.courier.start()
    await office.until_asked(AT_ONCE)
    gate.set()
    await office.until_delivered()
    assert office.slack.most_at_once == AT_ONCE
    assert [number for _, number, _ in office.slack.accepted] == list(tickets)


async def test_the_jobs_of_one_ticket_arrive_in_order_though_the_first_fails(office: Office) -> None:
    office.slack.script[1] = [TryAgain("fatal_error"), RuntimeError("bug"), TryAgain("fatal_error")]
    for user in ("first", "second", "third"):
        await office.enqueue(1, user)
    office.courier.start()
    await office.until_delivered()
    assert office.users == ["first", "second", "third"]
    assert office.waits == [1, 2, 3]
    assert [place.ts for place in (await office.ticket(1)).cards] == ["1.0", "2.0", "3.0"]


async def test_a_slow_ticket_and_a_broken_one_hold_up_no_other(office: Office) -> None:
    slow = asyncio.Event()
    office.slack.script[1] = [slow]
    office.slack.script[2] = [TryAgain("ratelimited", after=3600)]
    for number in (1, 1, 2, 2, 3, 3):
        await office.enqueue(number)
    office.courier.start()

    async def third_is_done() -> bool:
        return [job.number for job in await office.store.read(DESK).jobs()] == [1, 1, 2, 2]

    await office.until(third_is_done)
    assert [number for _, number, _ in office.slack.accepted] == [3, 3]
    slow.set()


async def test_nothing_is_tried_again_before_the_time_slack_asked_for(office: Office) -> None:
    office.slack.script[1] = [TryAgain("ratelimited", after=30)]
    office.courier.start()
    await office.enqueue(1)
    job = await office.until_postponed()
    assert (job.due_at, job.last_error) == (office.now + timedelta(seconds=30), "ratelimited")
    assert office.waits == []

    office.now += timedelta(seconds=29.9)
    await office.enqueue(2)
    await office.until_asked(2)
    assert [ticket.number for ticket in office.slack.asked] == [1, 2]

    office.now += timedelta(seconds=0.1)
    office.courier.wake(DESK)
    await office.until_delivered()
    assert [ticket.number for ticket in office.slack.asked] == [1, 2, 1]


async def test_it_wakes_by_itself_when_a_job_is_due(office: Office) -> None:
    office.courier = Courier(office.store, office.slack, lambda: datetime.now(UTC))
    office.slack.script[1] = [TryAgain("ratelimited", after=0.01)]
    office.courier.start()
    await office.enqueue(1)
    await office.until_delivered()
    assert office.users == ["U1"]


async def test_what_never_can_be_shown_is_given_up_and_the_next_follows(office: Office) -> None:
    office.slack.script[1] = [Undeliverable("invalid_blocks")]
    await office.enqueue(1, "first")
    await office.enqueue(1, "second")
    await office.enqueue(99, ticket=False)
    with capture_logs() as logs:
        office.courier.start()
        await office.until_delivered()
    assert office.users == ["second"]
    given_up = {line["reason"] for line in logs if line["log_level"] == "error"}
    assert given_up == {"invalid_blocks", "there is no such ticket"}


async def test_a_fault_of_ours_is_tried_again_and_logged_with_its_traceback_and_no_secret(
    office: Office,
) -> None:
    office.slack.script[1] = [ZeroDivisionError(SECRET), TryAgain("timeout")]
    with capture_logs() as logs:
        office.courier.start()
        await office.enqueue(1)
        await office.until_delivered()
    assert office.users == ["U1"]
    failed = next(line for line in logs if line["event"] == "card_failed")
    assert failed["exc_info"]
    assert SECRET not in str(logs)


async def test_a_restart_goes_on_with_what_was_left_in_every_workspace(office: Office) -> None:
    await office.enqueue(1, "first")
    await office.enqueue(1, "second")
    await office.enqueue(1, "other", workspace=OTHER)
    await office.close()
    office.open()
    office.courier.start()
    await office.until_delivered()
    assert sorted(office.users) == ["first", "other", "second"]
    assert office.users.index("first") < office.users.index("second")
    assert len((await office.ticket(1, OTHER)).cards) == 1


async def test_a_workspace_that_appears_at_run_time_is_served(office: Office) -> None:
    office.courier.start()
    await office.enqueue(1)
    await office.until_delivered()
    await office.enqueue(1, "other", workspace=OTHER)
    await office.until_delivered()
    assert office.slack.accepted == [(DESK, 1, "U1"), (OTHER, 1, "other")]


async def test_a_store_that_fails_after_the_post_makes_no_second_post(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, faults = os.fsync, iter(range(3))

    def failing(handle: int) -> None:
        if next(faults, None) is not None:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    await office.enqueue(1)
    monkeypatch.setattr(os, "fsync", failing)
    office.courier.start()
    await office.until_delivered()
    assert len(office.slack.asked) == 1
    assert office.waits == [1, 2, 3]
    assert len((await office.ticket(1)).cards) == 1


async def test_stopping_lets_a_delivery_under_way_end(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    office.courier.start()
    await office.enqueue(1, "first")
    await office.enqueue(1, "second")
    await office.until_asked(1)
    stopping = asyncio.create_task(office.courier.stop(grace=5))
    for _ in range(10):  # turns of the loop: plenty for whatever would not wait
        await asyncio.sleep(0)
    assert not stopping.done()
    gate.set()
    await stopping
    assert office.users == ["first"]
    assert [job.target.user for job in await office.store.read(DESK).jobs()] == ["second"]


async def test_a_delivery_that_outlasts_the_grace_stays_in_the_outbox(office: Office) -> None:
    office.slack.script[1] = [asyncio.Event()]
    office.courier.start()
    await office.enqueue(1)
    await office.until_asked(1)
    await office.close()
    office.open()
    office.courier.start()
    await office.until_delivered()
    assert office.users == ["U1"]


async def test_a_change_during_the_delivery_is_kept(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    office.courier.start()
    await office.enqueue(1)
    await office.until_asked(1)
    changed = new_ticket(1).model_copy(update={"summary": "Fixed", "version": 2})
    async with office.store.transaction(DESK) as transaction:
        await transaction.save(changed, now=office.now)
    await office.enqueue(1)
    gate.set()
    await office.until_delivered()
    assert [ticket.summary for ticket in office.slack.asked] == ["Printer down", "Fixed"]
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.version, len(ticket.cards)) == ("Fixed", 2, 2)


async def test_depth_and_oldest_count_all_workspaces(office: Office) -> None:
    assert (await office.courier.depth(), await office.courier.oldest()) == (0, None)
    first = office.now
    await office.enqueue(1)
    office.now += timedelta(minutes=1)
    await office.enqueue(1, workspace=OTHER)
    assert (await office.courier.depth(), await office.courier.oldest()) == (2, first)


def test_the_back_off_begins_at_a_second_doubles_and_ends_at_an_hour() -> None:
    for attempts, longest in [(1, 1), (2, 2), (3, 4), (11, 1024), (13, 3600), (10_000, 3600)]:
        waits = [exponential(attempts) for _ in range(50)]
        assert 0.8 * longest <= min(waits) < max(waits) <= longest
