"""Pages on a real store: each step is told once, whatever fails, and Slack is asked beside the transaction."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.clock.alerts import OnIt
from bot.domain.clock.dnd import DndWindow
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.timers import Timer
from bot.domain.errors import Forbidden, NotFound, NotKnown
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock_subjects import subjects
from bot.services.hand_pages import HandPages
from bot.services.ports.store import Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from tests.services.clock_kit import ANA, BEN, CHLOE, DESK, MONDAY, NETWORK, ClockedDesk

MINUTE = timedelta(minutes=1)
SETTINGS = WorkspaceSettings(
    queues=(NETWORK,), clock=ClockSettings(since=dict.fromkeys(("warn", "escalate", "unclaimed"), MONDAY))
)
PAGES = [f"{BEN} paged T-1", f"{CHLOE} paged T-1", "U0DANA paged T-1"]
BEN_ACTS = Actor(user=BEN, is_known=True, is_agent=True, queues=("network",))


class Asked:
    """Who has do-not-disturb on, and how often that was asked. It changes the store each time: inside of a transaction
    that would never end."""

    def __init__(self, desk: ClockedDesk, *silenced: str) -> None:
        self.desk = desk
        self.silenced = silenced
        self.users: list[Collection[str]] = []

    async def __call__(self, workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        now = self.desk.now

        async def work(tx: Transaction) -> None:
            await tx.keep_timer(Timer(subject="other:1", at=now + timedelta(days=99)))

        await self.desk.store.change(workspace, work)
        self.users.append(users)
        return {user: DndWindow(now, now + timedelta(hours=8), is_daily=False) for user in self.silenced}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ClockedDesk]:
    desk = await ClockedDesk(tmp_path).open()
    await desk.set_up(SETTINGS)
    yield desk
    await desk.close()


async def critical(desk: ClockedDesk) -> None:
    await desk.create(priority="critical", assignedQueue="network")
    await desk.jobs()


def asking(desk: ClockedDesk, *silenced: str) -> Asked:
    asked = Asked(desk, *silenced)
    desk.subjects |= subjects(desk.people, timedelta(), asked)
    return asked


async def test_every_step_is_told_once_after_a_restart_at_each(desk: ClockedDesk) -> None:
    await critical(desk)
    told: list[str] = []
    for minutes in (10, 10, 24, 25, 25, 40, 40, 90):
        await desk.at(MONDAY + minutes * MINUTE)
        told += await desk.told()
        await desk.close()
        await desk.open()
    assert told == PAGES


async def test_a_page_whose_saving_fails_is_told_once_afterwards(desk: ClockedDesk) -> None:
    await critical(desk)
    whole = desk.subjects["ticket"]

    class Fails:
        async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
            await whole.strike(tx, workspace, timer, now)
            raise RuntimeError

    desk.subjects["ticket"] = Fails()
    await desk.at(MONDAY + 10 * MINUTE)
    assert await desk.told() == []
    desk.subjects["ticket"] = whole
    await desk.at(MONDAY + 11 * MINUTE)
    await desk.at(MONDAY + 12 * MINUTE)
    assert await desk.told() == PAGES[:1]


async def test_a_clock_that_is_set_back_and_forth_tells_nothing_twice(desk: ClockedDesk) -> None:
    await critical(desk)
    for minutes in (10, -500, 26, 3, 26, 60, 26, 400):
        await desk.at(MONDAY + minutes * MINUTE)
    assert await desk.told() == PAGES


async def test_slack_is_asked_beside_the_transaction_and_only_before_somebody_is_paged(
    desk: ClockedDesk,
) -> None:
    asked = asking(desk)
    await desk.create(assignedQueue="network", slaDueAt=(MONDAY + 100 * MINUTE).isoformat())
    await desk.jobs()
    await desk.at(MONDAY + 80 * MINUTE)
    assert (await desk.told(), asked.users) == ([f"{BEN} due_soon T-1"], [])
    await desk.at(MONDAY + 100 * MINUTE)
    assert await desk.told() == [f"{BEN} late T-1"]
    assert asked.users == [(BEN, CHLOE, "U0DANA")]


async def test_whoever_cannot_be_reached_is_paged_with_the_next_one_at_once(desk: ClockedDesk) -> None:
    asking(desk, BEN, CHLOE)
    await critical(desk)
    await desk.at(MONDAY + 10 * MINUTE)
    assert await desk.told() == PAGES


async def test_where_the_question_fails_the_page_is_tried_again(desk: ClockedDesk) -> None:
    async def silence(workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        del workspace, users
        raise RuntimeError

    await critical(desk)
    whole = dict(desk.subjects)
    desk.subjects |= subjects(desk.people, timedelta(), silence)
    await desk.at(MONDAY + 10 * MINUTE)
    assert await desk.told() == []
    desk.subjects |= whole
    await desk.at(MONDAY + 11 * MINUTE)
    assert await desk.told() == PAGES[:1]


async def test_of_two_who_press_at_once_the_first_is_on_it(desk: ClockedDesk) -> None:
    await critical(desk)
    await desk.at(MONDAY + 10 * MINUTE)
    steps = TicketSteps(desk.store, desk.read)
    await steps.acknowledge(DESK, 1, StepRequest(BEN_ACTS, "press:1"))
    with pytest.raises(OnIt, match=f"@{BEN} is on T-1 already"):
        await steps.acknowledge(DESK, 1, StepRequest(ANA, "press:2"))
    before = await desk.ticket(1)
    assert await steps.acknowledge(DESK, 1, StepRequest(BEN_ACTS, "press:1")) == before, "what comes twice"
    assert before.assigned_user_id == BEN


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (Actor(user=BEN), NotKnown),
        (Actor(user=BEN, is_known=True), Forbidden),
        (Actor(user=BEN, is_known=True, is_agent=True, is_outsider=True), Forbidden),
        (Actor(user=BEN, unread=(NETWORK,)), NotKnown),
    ],
)
async def test_who_may_not_page(desk: ClockedDesk, actor: Actor, error: type[Exception]) -> None:
    with pytest.raises(error):
        await HandPages(desk.store, desk.read).page(DESK, actor, "network VPN", uuid4().hex)
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_a_page_by_hand_is_answered_once_by_whoever_may_and_forgotten_after_a_day(
    desk: ClockedDesk,
) -> None:
    pages = HandPages(desk.store, desk.read)
    made = await pages.page(DESK, ANA, "network VPN is down", "command:1")
    await desk.at(MONDAY + MINUTE)
    with pytest.raises(Forbidden):
        await pages.answer(DESK, Actor(user="U0EMIL", is_known=True), made.id)
    with pytest.raises(NotKnown):
        await pages.answer(DESK, Actor(user="U0EMIL"), made.id)
    answered = await pages.answer(DESK, BEN_ACTS, made.id)
    assert answered.page.answered_by == BEN
    admin = Actor(user="U0EMIL", is_known=True, is_admin=True)
    assert (await pages.answer(DESK, admin, made.id)).page.answered_by == BEN
    notices = [job.notice for job in await desk.store.read(DESK).jobs() if job.notice]
    assert [getattr(each, "event", None) for each in notices] == ["paged", "told", "answered"]
    await desk.at(MONDAY + timedelta(days=2))
    with pytest.raises(NotFound, match="That page is over"):
        await pages.answer(DESK, BEN_ACTS, made.id)
    assert await desk.store.read(DESK).timers_of("page") == []


async def test_a_page_by_hand_goes_on_in_a_queue_that_gets_another_name(desk: ClockedDesk) -> None:
    pages = HandPages(desk.store, desk.read)
    made = await pages.page(DESK, ANA, "network VPN is down", "command:1")
    renamed = NETWORK.model_copy(update={"name": "networks"})
    await desk.set_up(SETTINGS.with_queue(renamed, instead_of="network"))
    await desk.at(MONDAY + MINUTE)
    notices = [job.notice for job in await desk.store.read(DESK).jobs() if job.notice]
    assert [(each.queue, each.people) for each in notices] == [("networks", (BEN,))] * 2  # type: ignore[union-attr]
    agent = Actor(user="U0EMIL", is_known=True, is_agent=True, queues=("networks",))
    assert (await pages.answer(DESK, agent, made.id)).page.answered_by == "U0EMIL"


HELP = NETWORK.model_copy(update={"name": "help", "channel": "C0HELP", "rotation": None, "owner": "U0FAY"})
NO_QUEUE = {
    "the default queue": (SETTINGS.model_copy(update={"queues": (HELP,), "default_queue": "help"}), "U0FAY"),
    "an admin": (SETTINGS.model_copy(update={"queues": ()}), "U0GUS"),
}


@pytest.mark.parametrize(("left", "who"), NO_QUEUE.values(), ids=NO_QUEUE)
async def test_of_a_queue_that_was_removed_somebody_else_is_paged(
    desk: ClockedDesk, left: WorkspaceSettings, who: str
) -> None:
    await desk.people.learn(DESK, [Person(id="U0GUS", names=("gus",), is_admin=True)])
    await critical(desk)
    await desk.set_up(left)
    await desk.at(MONDAY + 10 * MINUTE)
    assert await desk.told() == [f"{who} paged T-1"]
