"""How Slack is asked who is in the workspace: a real store and the stand-in's API, and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot import manifest
from bot.domain.people import WorkspacePeople
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.clock import Clock
from bot.playground.records import User
from bot.playground.standin import StandIn, start_standin
from bot.playground.wire import Json
from bot.services.installations import OneInstallation
from bot.services.people import People
from bot.tasks import Supervisor
from handlers.outbound.member_sync import MemberSync
from handlers.slack.context import services
from storage import open_store
from tests.installed import clients_of, one_installation
from tests.patience import PATIENCE
from tests.stores import store_url

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTES_5, DAY = 300.0, 86_400.0
ONCALL = Queue(name="network", channel="C0ONCALL", owner="U0DANA")
LEADS = Queue(name="leads", channel="C0LEADS", owner="U0DANA")
FIELD = Queue(name="field", channel="C0SUPPORT", group="S0FIELD", owner="U0DANA")


@dataclass
class Time:
    """Short waits are over at once, and have taken their time; long ones end when the test says so."""

    slack: StandIn
    waits: list[float] = field(default_factory=list)
    _later: list[asyncio.Event] = field(default_factory=list)

    async def wait(self, woken: asyncio.Event, seconds: float | None) -> None:
        if seconds is None:
            await woken.wait()
            return
        self.waits.append(seconds)
        if seconds < MINUTES_5 / 2:
            self.slack.clock.advance(seconds)
            await asyncio.sleep(0)
        else:
            self._later.append(asyncio.Event())
            self.slack.world.changes.note()
            await self._later[-1].wait()

    def goes_on(self, seconds: float) -> None:
        self.slack.clock.advance(seconds)
        later, self._later = self._later, []
        for each in later:
            each.set()


@dataclass
class Start:
    """A desk between its start and its end, as far as it learns who is who."""

    slack: StandIn
    time: Time
    people: People
    sync: MemberSync
    installation: OneInstallation
    tasks: Supervisor

    async def known(self) -> WorkspacePeople:
        return await self.people.of(Workspace(team_id=self.slack.world.team.id))

    async def calls(self, method: str, count: int) -> list[Json]:
        """The arguments of the calls, once there were so many."""
        await self.slack.until(lambda: len(self.slack.exchanges.of(method)) >= count)
        return self.slack.calls(method)


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(manifest.read(), clock=Clock(lambda: NOW)) as slack:
        slack.limits.enforced = True
        yield slack


@asynccontextmanager
async def started(slack: StandIn, folder: Path, *queues: Queue) -> AsyncIterator[Start]:
    time = Time(slack)
    store = open_store(store_url(folder))
    people = People(store, slack.clock.now)
    if queues:
        settings = WorkspaceSettings(queues=queues)
        await store.change(Workspace(team_id=slack.world.team.id), lambda tx: tx.keep_settings(settings))
    installation = one_installation(slack.bot_token)
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    tools = services(store, people, installation, slack.clock.now)
    tasks = Supervisor(slack.clock.now, time.wait)
    sync = MemberSync(clients_of(slack).of, tools, tasks, one=(installation, client))
    sync.start()
    try:
        async with asyncio.timeout(PATIENCE):
            yield Start(slack, time, people, sync, installation, tasks)
    finally:
        await tasks.stop(0)
        await store.close()


def crowd(slack: StandIn, count: int) -> None:
    for number in range(count):
        slack.world.users[f"U1{number:05}"] = User(f"U1{number:05}", f"worker{number}", f"Worker {number}")


def cursors(slack: StandIn) -> list[str]:
    return [str(call.get("cursor") or "") for call in slack.calls("users.list")]


async def test_ten_thousand_people_are_listed_as_fast_as_slack_lets_and_no_page_twice(
    slack: StandIn, tmp_path: Path
) -> None:
    crowd(slack, 10_000)
    busy = slack.faults.limit("users.list", retry_after=7, after=30)
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        known = await start.known()
    assert all(known.knows(user) for user in slack.world.users)
    assert busy.struck == 1
    pages = len(slack.world.users) // 200 + 1
    asked = cursors(slack)
    assert len(asked) == pages + 1, "Slack's limit of 20 a minute is kept without being told"
    assert len(set(asked)) == pages
    assert asked[30] == asked[31], "what was refused is asked for again"
    assert 7 in start.time.waits
    assert slack.clock.now() - NOW < timedelta(minutes=3)


async def test_slacks_own_wait_is_kept_also_where_it_is_longer_than_ours(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.faults.limit("users.list", retry_after=120, times=2)
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        assert start.time.waits.count(120) == 2


async def test_a_restart_goes_on_at_the_page_where_it_was(slack: StandIn, tmp_path: Path) -> None:
    crowd(slack, 900)
    slack.faults.break_down("users.list", times=None, after=2)
    async with started(slack, tmp_path) as start:
        await start.calls("users.list", 3)
    before = cursors(slack)
    slack.faults.clear()
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        known = await start.known()
    assert cursors(slack)[len(before)] == before[-1] != ""
    assert "" not in cursors(slack)[len(before) :], "no page is read again"
    assert all(known.knows(user) for user in slack.world.users)
    assert known.left == frozenset(), "who was listed before the restart is still there"


async def test_a_cursor_that_has_expired_begins_the_list_again(slack: StandIn, tmp_path: Path) -> None:
    crowd(slack, 900)
    slack.faults.break_down("users.list", times=None, after=2)
    async with started(slack, tmp_path) as start:
        await start.calls("users.list", 3)
    before = len(cursors(slack))
    slack.faults.clear()
    slack.world.expire_cursors()
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        assert (await start.known()).knows("U100899")
    after = cursors(slack)[before:]
    assert after[0] != ""
    assert after[1] == ""
    assert len(after) == 1 + 5


async def test_a_cursor_that_expires_again_and_again_makes_no_storm(slack: StandIn, tmp_path: Path) -> None:
    crowd(slack, 900)
    async with started(slack, tmp_path) as start:
        slack.faults.fail("users.list", "invalid_cursor", after=1)
        slack.faults.fail("users.list", "invalid_cursor", after=2)
        await start.calls("users.list", 4)
        await slack.until(lambda: start.time.waits.count(MINUTES_5) == 3)  # the groups', the queues' and this
        start.time.goes_on(MINUTES_5)
        await start.sync.introduced()
    assert [bool(cursor) for cursor in cursors(slack)[:5]] == [False, True, False, True, False]


async def test_people_who_were_listed_less_than_a_day_ago_are_not_asked_for(
    slack: StandIn, tmp_path: Path
) -> None:
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
    slack.clock.advance(DAY - 60)
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        assert (await start.known()).knows("U0ANA")
        assert len(slack.exchanges.of("users.list")) == 1
        await start.calls("users.list", 2)


async def test_whoever_is_listed_no_more_has_left(slack: StandIn, tmp_path: Path) -> None:
    odd = slack.world.add_user(User("U0ODD", "odd", "Odd"))
    guest = slack.world.add_user(User("U0GUEST", "gus", "Gus", is_restricted=True))
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        del slack.world.users["U0BEN"], slack.world.users[guest.id]
        odd.is_bot = "perhaps"  # type: ignore[assignment]  # there, though nobody can read it
        await slack.until(lambda: DAY in start.time.waits)
        start.time.goes_on(DAY)
        await start.calls("users.list", 2)
        await slack.until(lambda: start.time.waits.count(DAY) == 2)
        known = await start.known()
    assert known.left == {"U0BEN"}
    assert known.knows("U0ODD")


async def test_a_list_of_nobody_is_a_failure_that_is_told_and_tried_again(
    slack: StandIn, tmp_path: Path
) -> None:
    users = dict(slack.world.users)
    slack.world.users.clear()
    async with started(slack, tmp_path) as start:
        await start.calls("users.list", 3)
        (listing,) = (each for each in start.tasks.status() if each.name == "member_sync: users.list")
        assert dict(listing.failures) == {"no_members": 2}
        slack.world.users.update(users)
        await start.sync.introduced()
        assert (await start.known()).knows("U0ANA")


async def test_a_list_that_lacks_even_the_bot_says_of_nobody_that_they_left(
    slack: StandIn, tmp_path: Path
) -> None:
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        for user in slack.world.users.keys() - {"U0BEN"}:
            del slack.world.users[user]
        await slack.until(lambda: DAY in start.time.waits)
        start.time.goes_on(DAY)
        await slack.until(lambda: start.time.waits.count(DAY) == 2)
        known = await start.known()
    assert known.left == frozenset()
    assert known.knows("U0ANA")


@pytest.mark.parametrize("error", ["no_permission", "missing_scope", "fatal_error", "HTTP 503"])
async def test_groups_that_slack_refuses_cost_no_channel_its_agents(
    error: str, slack: StandIn, tmp_path: Path
) -> None:
    async with started(slack, tmp_path, ONCALL, FIELD) as start:
        await start.sync.introduced()
    if error.startswith("HTTP"):
        slack.faults.break_down("usergroups.list", 503, times=None)
    else:
        slack.faults.fail("usergroups.list", error, times=None)
    slack.clock.advance(MINUTES_5)
    with capture_logs() as logs:
        async with started(slack, tmp_path) as start:
            await start.sync.introduced()
            known = await start.known()
    assert known.members(FIELD) == frozenset({"U0BEN", "U0EMIL"}), "what was known stays known"
    assert known.channels[ONCALL.channel] == slack.channel("ops-oncall").conversation.members
    said = [(log["task"], log["why"]) for log in logs if log["log_level"] == "warning"]
    assert set(said) == {("member_sync: usergroups.list", error)}


async def test_groups_and_channels_do_not_wait_for_the_list_of_people(slack: StandIn, tmp_path: Path) -> None:
    slack.faults.limit("users.list", retry_after=3600, times=None)
    async with started(slack, tmp_path, ONCALL, FIELD) as start:
        await start.calls("usergroups.list", 1)
        await start.calls("conversations.members", 1)
        await slack.until(lambda: start.time.waits.count(MINUTES_5) == 3)
        known = await start.known()
    assert known.members(FIELD) == frozenset({"U0BEN", "U0EMIL"})
    assert known.members(ONCALL)
    assert not known.knows("U0ANA")


async def test_a_channels_pages_go_on_where_slack_said_to_wait(slack: StandIn, tmp_path: Path) -> None:
    crowd(slack, 900)
    slack.world.conversations[ONCALL.channel].members |= slack.world.users.keys()
    slack.faults.limit("conversations.members", retry_after=7, times=5, after=3)
    async with started(slack, tmp_path, ONCALL) as start:
        await start.sync.introduced()
        await slack.until(lambda: start.time.waits.count(7) == 5)
        await slack.until(lambda: start.time.waits.count(MINUTES_5) == 3)
        known = await start.known()
    asked = [str(call.get("cursor") or "") for call in slack.calls("conversations.members")]
    assert asked.count("") == 1, "no page is read again"
    assert asked[3:9] == asked[3:4] * 6
    assert known.members(ONCALL) == frozenset(slack.world.conversations[ONCALL.channel].members)


async def test_who_we_are_is_asked_for_until_slack_tells(slack: StandIn, tmp_path: Path) -> None:
    slack.faults.break_down("auth.test", times=2)
    async with started(slack, tmp_path) as start:
        await start.sync.introduced()
        assert start.installation.own_user(Workspace(team_id=slack.world.team.id)) == slack.world.bot.id


async def test_a_channel_that_slack_refuses_is_asked_for_again_by_itself(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.channel("support-leads").remove_bot()
    with capture_logs() as logs:
        async with started(slack, tmp_path, ONCALL, LEADS) as start:
            await start.sync.introduced()
            known = await start.known()
            assert known.members(ONCALL)
            assert known.members(LEADS) is None
            await slack.until(lambda: 256 in start.time.waits)
            calls = slack.calls("conversations.members")
            assert [call["channel"] for call in calls].count(ONCALL.channel) == 1
            slack.channel("support-leads").invite_bot()
            start.time.goes_on(MINUTES_5)
            await slack.until(lambda: start.time.waits.count(MINUTES_5) == 3 + 4)
            assert (await start.known()).members(LEADS)
    refused = [log for log in logs if log["log_level"] == "warning"]
    assert {(log["task"], log["whose"], log["why"]) for log in refused} == {
        ("member_sync: conversations.members", "T0NORTHGATE C0LEADS", "channel_not_found")
    }
    assert [log["again_in"] for log in refused[:3]] == [1, 2, 4]


async def test_groups_are_asked_for_often_only_where_a_queue_has_one(slack: StandIn, tmp_path: Path) -> None:
    async with started(slack, tmp_path / "one", ONCALL) as start:
        await start.sync.introduced()
        start.time.goes_on(MINUTES_5)
        await start.calls("conversations.members", 2)
        assert len(slack.exchanges.of("usergroups.list")) == 1
    async with started(slack, tmp_path / "other", FIELD) as start:
        await start.sync.introduced()
        start.time.goes_on(MINUTES_5)
        await start.calls("usergroups.list", 3)


async def test_a_channel_is_followed_as_long_as_a_queue_is_triaged_there(
    slack: StandIn, tmp_path: Path
) -> None:
    async with started(slack, tmp_path, ONCALL) as start:
        await start.sync.introduced()
    async with started(slack, tmp_path, LEADS) as start:
        await start.sync.introduced()
        known = await start.known()
    assert known.channels.keys() == {LEADS.channel}


async def test_a_workspace_that_is_closed_and_used_again_at_once_is_followed_again(
    slack: StandIn, tmp_path: Path
) -> None:
    store = open_store(store_url(tmp_path))
    tasks, workspace = Supervisor(slack.clock.now), Workspace(team_id=slack.world.team.id)
    installation = one_installation(slack.bot_token, team=slack.world.team.id, bot=slack.world.bot.id)
    tools = services(store, People(store, slack.clock.now), installation, slack.clock.now)
    sync = MemberSync(clients_of(slack).of, tools, tasks)
    sync.start()
    sync.use(workspace)
    await sync.introduced()
    sync.stop(workspace)
    sync.use(workspace)
    await tasks.idle("member_sync: ending")
    followed = {each.name: each.under_way for each in tasks.status()}
    await tasks.stop(1)
    await store.close()
    assert followed["member_sync: users.list"] == 1
