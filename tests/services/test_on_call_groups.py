"""A group that follows on call, wherever the process dies: it ends as whoever is on call, and its owner hears once why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.clock.shifts import LastShift, Refusal
from bot.domain.clock.timers import Timer, subject
from bot.domain.on_call_groups import GroupNotice
from bot.domain.outbox import group_job
from bot.domain.people import Person
from bot.domain.queues import Override, Queue, Rotation
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.on_call_groups import OnCallGroups
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.messenger import NoAnswer, Unauthorized
from bot.services.ports.store import Store, Transaction
from bot.services.ports.user_groups import GroupRefused
from bot.services.queue_timers import look_again
from bot.tasks import Supervisor
from tests.services.courier_kit import DESK, Office
from tests.services.test_courier_properties import Mortal, MortalMessenger, MortalStore

GROUP, EMIL, ANA = "S0ONCALL", "U0EMIL", "U0ANA"
DAY = timedelta(days=1)


@dataclass
class Groups:
    """User groups in Slack, which refuses as long as there is a `refusal`, and gives no answer where one is lost."""

    mortal: Mortal
    members: list[str] = field(default_factory=list)
    refusal: str | None = None
    lost: list[Exception] = field(default_factory=list)

    async def become(self, _: Workspace, group: str, user: str) -> None:
        assert group == GROUP
        await self.mortal.passes()
        if self.refusal:
            raise GroupRefused(self.refusal)
        self.members.append(user)
        if self.lost:
            raise self.lost.pop()
        await self.mortal.passes()


class Desk(Office):
    """Its process dies at given points of its life, and is started again."""

    def __init__(self, folder: Path, deaths: list[int]) -> None:
        self.mortal = Mortal(deaths)
        self.groups = Groups(self.mortal)
        super().__init__(folder, dead=lambda: self.mortal.dead)

    def new_courier(self, store: Store | None = None) -> Courier:
        mortal: Store = MortalStore(store or self.store, self.mortal)  # type: ignore[assignment]
        self.people = People(self.store, lambda: self.now)
        follow = OnCallGroups(mortal, self.groups, self.people, lambda: self.now).follow
        return Courier(
            mortal,
            MortalMessenger(self.slack, self.mortal),
            lambda: self.now,
            Supervisor(lambda: self.now),
            backoff=self.backoff,
            on_group=follow,
        )

    async def change(self, number: int = 1, workspace: Workspace = DESK, *overrides: Override) -> None:
        """The queue as its rotation and these have it; somebody has noticed a change of shift."""
        del number
        turn = Rotation(people=(EMIL, ANA), rule="FREQ=DAILY;BYHOUR=9", zone="Etc/UTC", start=self.now)
        queue = Queue(
            name="network",
            channel="C1",
            owner="U0DANA",
            on_call_group=GROUP,
            rotation=turn,
            overrides=overrides,
        )

        async def work(tx: Transaction) -> None:
            await tx.keep_settings(WorkspaceSettings(queues=(queue,)))
            if await tx.timer(subject("queue", "network")) is None:
                await look_again(tx, queue, self.now)
            await tx.enqueue(group_job(GROUP, queue.owner, self.now))

        await self.store.change(workspace, work)

    async def live(self) -> None:
        """Until nothing is left to be done, in this life or the next."""
        await self.courier.start()
        await self.rest()
        while self.mortal.dead or self.times():
            if self.mortal.dead:
                await self.close()
                self.mortal.revive()
                self.open()
                await self.courier.start()
            else:
                self.advance(max(0.0, (min(self.times()) - self.now).total_seconds()))
            await self.rest()

    async def timer(self) -> Timer:
        timer = await self.store.read(DESK).timer(subject("queue", "network"))
        assert timer
        return timer

    def told(self) -> list[Refusal]:
        notices = [message.job.notice for message in self.slack.messages.values()]
        return [notice.refusal for notice in notices if isinstance(notice, GroupNotice)]


async def at_each_death(folder: Path, life: Callable[[Desk], object]) -> int:
    """Lives it once for each moment in which the process can die. How many there are."""
    for at in count(1):
        desk = Desk(folder / str(at), [at])
        with capture_logs():
            await life(desk)  # type: ignore[misc]
        await desk.close()
        if desk.mortal._left > 0:
            return at - 1
    raise AssertionError


async def test_wherever_it_dies_the_group_is_whoever_is_on_call(tmp_path: Path) -> None:
    async def life(desk: Desk) -> None:
        await desk.change()
        await desk.live()
        assert set(desk.groups.members) == {EMIL}
        assert len(desk.groups.members) <= 2, "once, and once more where nobody knows"
        assert (await desk.jobs(), desk.told()) == ([], [])

    assert await at_each_death(tmp_path, life) >= 3


async def test_wherever_it_dies_the_owner_hears_once_why_not(tmp_path: Path) -> None:
    async def life(desk: Desk) -> None:
        desk.groups.refusal = "permission_denied"
        await desk.change()
        await desk.live()
        assert desk.told() == [Refusal(why="permission_denied")]
        assert (await desk.timer()).shift == LastShift(refused=Refusal(why="permission_denied"))
        assert (await desk.jobs(), desk.groups.members) == ([], [])

    assert await at_each_death(tmp_path, life) >= 6


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, [])
    await desk.people.learn(DESK, [Person(id=user, names=(user,)) for user in (EMIL, ANA)])
    return desk


async def test_the_newest_wins_whenever_it_is_delivered(desk: Desk) -> None:
    """Two changes of shift lie in an outage: the group becomes whoever is on call as it ends."""
    await desk.change()
    desk.now += DAY
    await desk.live()
    assert desk.groups.members == [ANA]
    await desk.close()


async def test_an_answer_that_is_lost_is_asked_for_again(desk: Desk) -> None:
    desk.groups.lost = [NoAnswer("TimeoutError")]
    await desk.change()
    await desk.live()
    assert desk.groups.members == [EMIL, EMIL]
    assert (await desk.jobs(), desk.told()) == ([], [])
    await desk.close()


async def test_a_token_that_is_refused_stops_the_workspace_and_keeps_the_job(desk: Desk) -> None:
    desk.groups.lost = [Unauthorized("token_revoked")]
    await desk.change()
    await desk.live()
    assert desk.courier.status().stopped == {"token_revoked": 1}
    assert [job.group for job in await desk.jobs()] == [GROUP]
    assert desk.told() == []
    await desk.close()


async def test_a_cause_is_told_again_only_after_it_was_another(desk: Desk) -> None:
    await desk.courier.start()
    for refusal in (
        "permission_denied",
        "permission_denied",
        "missing_scope",
        "missing_scope",
        None,
        "missing_scope",
    ):
        desk.groups.refusal = refusal
        await desk.change()
        await desk.deliver_all()
    assert [each.why for each in desk.told()] == ["permission_denied", "missing_scope", "missing_scope"]
    await desk.close()


async def test_what_is_about_a_person_is_told_once_for_each(desk: Desk) -> None:
    await desk.courier.start()
    desk.groups.refusal = "invalid_user"
    for days in (0, 0, 1, 0):
        start = desk.now
        swap = Override(person=ANA, start=start, end=start + DAY)
        await desk.change(1, DESK, *([swap] if days else []))
        await desk.deliver_all()
    assert [each.person for each in desk.told()] == [EMIL, ANA, EMIL]
    await desk.close()


async def test_a_group_that_no_queue_has_any_more_is_left_alone(desk: Desk) -> None:
    await desk.change()
    await desk.store.change(DESK, lambda tx: tx.keep_settings(WorkspaceSettings()))
    await desk.live()
    assert (desk.groups.members, await desk.jobs()) == ([], [])
    await desk.close()


async def test_where_nobody_keeps_groups_the_job_is_set_aside(desk: Desk) -> None:
    desk.courier = Courier(
        desk.store, desk.slack, lambda: desk.now, Supervisor(lambda: desk.now), backoff=desk.backoff
    )
    await desk.change()
    await desk.live()
    assert dict(desk.courier.status().set_aside) == {"nobody_keeps_groups": 1}
    await desk.close()
