"""Who is asked about in many workspaces, and when: those where somebody is, and not all of them at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import manifest
from bot.domain.installation import Installation, Tokens
from bot.domain.workspace import Workspace
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.services.people import People
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from handlers.outbound.clients import Clients
from handlers.outbound.member_listing import listed_again, spread
from handlers.outbound.member_sync import MemberSync
from handlers.slack.context import services
from storage import open_store
from tests.handlers.test_clients import Installed
from tests.handlers.test_member_sync import Time
from tests.patience import PATIENCE
from tests.stores import store_url

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
HOUR, DAY, UNUSED = timedelta(hours=1), timedelta(days=1), 900.0


@pytest.mark.parametrize(
    ("last", "later", "seconds"),
    [
        (None, timedelta(), 0.0),  # never: at once
        (None, HOUR, 0.0),
        (NOW - HOUR, timedelta(), 23 * 3600.0),
        (NOW - HOUR, HOUR, 23 * 3600.0),
        (NOW - DAY + HOUR / 2, HOUR, 3600.0),  # it is due soon after
        (NOW - DAY, timedelta(), 0.0),
        (NOW - DAY, HOUR, 3600.0),  # it is due since before we were started
        (NOW - 9 * DAY, HOUR, 3600.0),
        (NOW + HOUR, HOUR, 0.0),  # the clock was set back
    ],
)
def test_a_list_is_read_again_after_a_day_and_later_where_many_are(
    last: datetime | None, later: timedelta, seconds: float
) -> None:
    assert listed_again(last, begun=NOW, later=later, now=NOW) == seconds


def test_what_is_due_when_we_start_comes_at_its_own_time_and_then() -> None:
    at = NOW + HOUR
    assert listed_again(NOW - 9 * DAY, begun=NOW, later=HOUR, now=at) == 0


def test_a_thousand_workspaces_are_spread_over_the_hours() -> None:
    over = timedelta(hours=4)
    parts = [spread(Workspace(team_id=f"T0{number:08X}"), over) for number in range(1000)]
    assert all(timedelta() <= part < over for part in parts)
    by_minutes = [int(part / timedelta(minutes=20)) for part in parts]
    assert all(40 <= by_minutes.count(slot) <= 130 for slot in range(12)), "83 is an even part"
    assert spread(Workspace(team_id="T1"), over) == spread(Workspace(enterprise_id="E1", team_id="T1"), over)


class Syncs:
    """Two workspaces that are installed, and what asks about their people."""

    def __init__(self, slack: StandIn, store: Store) -> None:
        self.slack = slack
        self.time = Time(slack)
        self.installed = Installed(
            **{team: slack.in_workspace(team).world.app.bot_token for team in slack.workspaces}
        )
        clients = Clients(self.installed, slack.api_url)
        self.tasks = Supervisor(slack.clock.now, self.time.wait)
        tools = services(store, People(store, slack.clock.now), self.installed, slack.clock.now)
        self.people = tools.people
        self.sync = MemberSync(clients.of, tools, self.tasks)


ONE, TWO = Workspace(team_id="T0ONE"), Workspace(team_id="T0TWO")


@pytest.fixture
async def syncs(tmp_path: Path) -> AsyncIterator[Syncs]:
    async with await start_standin(manifest.read(), team=Team("T0ONE", "One", "one")) as slack:
        slack.add_workspace(Team("T0TWO", "Two", "two"), installed=True)
        store = open_store(store_url(tmp_path))
        syncs = Syncs(slack, store)
        async with asyncio.timeout(PATIENCE):
            yield syncs
        await syncs.tasks.stop(0)
        await store.close()


async def test_a_start_asks_nothing_and_a_request_only_about_its_own_workspace(syncs: Syncs) -> None:
    syncs.sync.start()
    await syncs.sync.introduced()
    assert not syncs.slack.exchanges.of("users.list")
    syncs.sync.use(TWO)
    syncs.sync.use(TWO)
    await syncs.sync.introduced()
    assert (await syncs.people.of(TWO)).knows("U0TWOADA")
    assert not (await syncs.people.of(ONE)).knows("U0TWOADA")
    assert len(syncs.slack.exchanges.of("users.list")) == 1
    assert len(syncs.slack.exchanges.of("auth.test")) == 0, "who we are is known from the installation"


async def test_where_nobody_asks_any_more_neither_do_we(syncs: Syncs) -> None:
    syncs.sync.start()
    syncs.sync.use(ONE)
    syncs.sync.use(TWO)
    await syncs.sync.introduced()
    await syncs.slack.until(lambda: UNUSED in syncs.time.waits)
    assert syncs.sync.in_use == set(), "both were there before the look that comes with the start"
    assert _under_way(syncs) == 2
    syncs.sync.use(TWO)
    syncs.time.goes_on(UNUSED)
    await syncs.slack.until(lambda: syncs.time.waits.count(UNUSED) == 2)
    await syncs.tasks.idle("member_sync: ending")
    assert _under_way(syncs) == 1
    syncs.sync.use(ONE)
    assert _under_way(syncs) == 2


async def test_whoever_comes_while_it_ends_begins_it_anew(syncs: Syncs) -> None:
    syncs.sync.start()
    syncs.sync.use(ONE)
    syncs.sync.stop(ONE)
    syncs.sync.use(ONE)
    await syncs.sync.introduced()
    await syncs.tasks.idle("member_sync: ending")
    assert _under_way(syncs) == 1
    assert (await syncs.people.of(ONE)).knows("U0ANA")


async def test_a_store_that_closes_and_an_installation_that_ends_end_it_too(syncs: Syncs) -> None:
    syncs.sync.start()
    syncs.sync.use(ONE)
    syncs.sync.use(TWO)
    await syncs.sync.introduced()
    syncs.sync.stop(ONE)
    await syncs.tasks.idle("member_sync: ending")
    assert _under_way(syncs) == 1
    del syncs.installed.tokens["T0TWO"]
    syncs.sync.follow(_installation("T0TWO", syncs, ended=True))
    await syncs.tasks.idle("member_sync: ending")
    assert _under_way(syncs) == 0


async def test_a_new_installations_people_are_read_before_anybody_asks(syncs: Syncs) -> None:
    syncs.sync.start()
    old = _installation("T0ONE", syncs).model_copy(update={"since": syncs.slack.clock.now() - DAY})
    syncs.sync.follow(old)  # it was given another token
    assert _under_way(syncs) == 0
    new = _installation("T0TWO", syncs)
    syncs.sync.follow(new)
    syncs.sync.follow(new)
    await syncs.sync.introduced()
    assert (await syncs.people.of(TWO)).knows("U0TWOADA")
    assert _under_way(syncs) == 1


async def test_the_people_of_what_an_organisation_was_given_are_read_one_workspace_after_the_other(
    syncs: Syncs,
) -> None:
    syncs.sync.start()
    now = syncs.slack.clock.now()
    org = _installation("T0ORG", syncs).model_copy(
        update={
            "id": "E1",
            "team_id": None,
            "is_org_wide": True,
            "since": now - DAY,
            "teams": frozenset({"T0OLD", "T0ONE", "T0TWO"}),
            "teams_at": {"T0OLD": now - DAY, "T0ONE": now, "T0TWO": now},
        }
    )
    for _ in range(2):
        syncs.sync.follow(org)
    await syncs.slack.until(lambda: TWO.id in syncs.sync.in_use)
    assert (await syncs.people.of(ONE)).knows("U0ANA"), "it was the first"
    await syncs.sync.introduced()
    assert (await syncs.people.of(TWO)).knows("U0TWOADA")
    assert len(syncs.slack.exchanges.of("users.list")) == 2


async def test_no_name_of_a_task_is_a_workspaces(syncs: Syncs) -> None:
    """They are labels of figures, which would grow with every team."""
    syncs.sync.start()
    syncs.sync.use(ONE)
    syncs.sync.use(TWO)
    await syncs.sync.introduced()
    names = [each.name for each in syncs.tasks.status()]
    assert len(names) == len(set(names))
    assert not [name for name in names if "T0" in name]


def _under_way(syncs: Syncs) -> int:
    """In how many workspaces everybody is listed."""
    return sum(each.under_way for each in syncs.tasks.status() if each.name == "member_sync: users.list")


def _installation(team: str, syncs: Syncs, *, ended: bool = False) -> Installation:
    now = syncs.slack.clock.now() + timedelta(seconds=1)
    return Installation(
        id=team,
        team_id=team,
        bot_user="U1",
        installed_by="U2",
        since=now,
        tokens=Tokens(access=SecretStr("xoxb-x")),
        ended="uninstalled" if ended else None,
    )
