"""What people are told of an installation is told once, also after a crash between the two databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation, Tokens, refused
from bot.domain.outbox import Job
from bot.domain.people import Person
from bot.domain.workspace import Workspace
from bot.services.installation_notices import InstallationNotices
from bot.services.kept_installations import KeptInstallations
from bot.services.people import People
from bot.services.ports.installations import InstallationStore
from bot.services.ports.store import Hold, HoldLost, Store, Transaction
from bot.tasks import Supervisor
from storage import installation_store, open_store
from tests.services.test_kept_installations import Slack, Time
from tests.stores import store_url

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HERE, BRANCH = Workspace(team_id="T1"), Workspace(team_id="T2")
ONE = Hold("installations", "one replica", 1)
URL = "https://desk.example.com/slack/install"


class Desk(NamedTuple):
    store: Store
    kept: InstallationStore
    people: People
    time: Time

    async def started(self) -> tuple[KeptInstallations, InstallationNotices]:
        """As after a start, a minute later."""
        self.time.now += timedelta(minutes=1)
        found = KeptInstallations(self.kept, Slack(self.time), Supervisor(self.time), self.time)
        await found.load()
        return found, InstallationNotices(self.store, self.people, found, URL, self.time)

    async def jobs(self, workspace: Workspace = HERE) -> list[Job]:
        return [*await self.store.read(workspace).jobs()]

    async def delivered(self, workspace: Workspace = HERE) -> None:
        """Whatever waits has gone out."""
        jobs = await self.jobs(workspace)

        async def work(tx: Transaction) -> None:
            for job in jobs:
                await tx.dequeue(job.id)

        await self.store.change(workspace, work)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store, time = open_store(store_url(tmp_path)), Time()
    kept = installation_store(store, [SecretStr(Fernet.generate_key().decode())])
    assert await store.hold(ONE.name, ONE.holder, 60) == ONE
    yield Desk(store, kept, People(store, time), time)
    await store.close()


def installation(installation_id: str = "T1", by: str = "U1", since: datetime = NOW) -> Installation:
    is_org_wide = installation_id.startswith("E")
    return Installation(
        id=installation_id,
        team_id=None if is_org_wide else installation_id,
        enterprise_id=installation_id if is_org_wide else None,
        is_org_wide=is_org_wide,
        bot_user="U0BOT",
        installed_by=by,
        since=since,
        tokens=Tokens(
            access=SecretStr("xoxb-1"), refresh=SecretStr("xoxe-1"), expires_at=NOW + timedelta(hours=12)
        ),
    )


async def installer(desk: Desk) -> str | None:
    return (await desk.store.read(HERE).settings()).installer


async def test_whoever_installs_it_is_welcomed_once_and_known_each_time(desk: Desk) -> None:
    installations, notices = await desk.started()
    await installations.install(installation(since=desk.time.now), {"*"})
    for _ in range(2):
        await notices.tell(ONE)
    (welcome,) = await desk.jobs()
    assert (welcome.target.user, welcome.target.channel, welcome.claimed_at) == ("U1", None, None)
    assert welcome.notice
    assert welcome.notice.model_dump()["event"] == "installed"
    assert await installer(desk) == "U1"
    await desk.delivered()
    installations, notices = await desk.started()
    await notices.tell(ONE)
    await installations.install(installation(by="U2", since=desk.time.now), {"*"})
    await notices.tell(ONE)
    assert await desk.jobs() == []
    assert await installer(desk) == "U2"


async def test_after_a_crash_the_welcome_is_looked_for_before_it_is_posted_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    installations, notices = await desk.started()
    await installations.install(installation(since=desk.time.now), {"*"})

    async def full(*_: object) -> None:
        raise StoreUnavailable("no room")

    with monkeypatch.context() as crashed:
        crashed.setattr(desk.kept, "change", full)
        with pytest.raises(StoreUnavailable):
            await notices.tell(ONE)
    (first,) = await desk.jobs()
    await desk.delivered()
    for _, again in [(installations, notices), await desk.started()]:
        await again.tell(ONE)
    (second,) = await desk.jobs()
    assert second.id == first.id
    assert (first.call, second.call) == ("post", "find")


async def test_an_organisation_is_welcomed_in_the_first_of_its_workspaces_once_there_is_one(
    desk: Desk,
) -> None:
    installations, notices = await desk.started()
    org = await installations.install(installation("E1", since=desk.time.now), {"*"})
    await notices.tell(ONE)
    assert await desk.store.workspaces() == []
    await installations.grant(org, ["T2", "T1"], desk.time.now)
    await notices.tell(ONE)
    assert len(await desk.jobs()) == 1
    assert await desk.jobs(BRANCH) == []


async def test_installer_and_admins_hear_once_that_it_has_to_be_installed_again(desk: Desk) -> None:
    admin = Person(id="U2", names=("Dana",), is_admin=True)
    robot, member = Person(id="U3", names=("R",), is_admin=True, is_bot=True), Person(id="U4", names=("E",))
    await desk.people.learn(HERE, [admin, robot, member])
    installations, notices = await desk.started()
    made = await installations.install(installation(since=desk.time.now), {"*"})
    await notices.tell(ONE)
    await desk.delivered()
    await installations.note(made, lambda each: refused(each, made.tokens, desk.time.now))
    for _ in range(2):
        await notices.tell(ONE)
    told = await desk.jobs()
    assert sorted(each.target.user for each in told) == ["U1", "U2"]
    assert URL in str(told[0].notice)
    await desk.delivered()
    _, notices = await desk.started()
    await notices.tell(ONE)
    assert await desk.jobs() == []


@pytest.mark.tinydb(reason="a file of one workspace is damaged")
async def test_one_workspace_that_cannot_be_opened_keeps_nothing_from_the_others(
    tmp_path: Path,
) -> None:
    (tmp_path / "T0.json").write_text('{"meta": garbage')
    store, time = open_store(store_url(tmp_path)), Time()
    kept = installation_store(store, [SecretStr(Fernet.generate_key().decode())])
    here = Desk(store, kept, People(store, time), time)
    assert await store.hold(ONE.name, ONE.holder, 60) == ONE
    installations, notices = await here.started()
    for team in ("T0", "T1"):
        await installations.install(installation(team), {"*"})
    with pytest.raises(StoreUnavailable):
        await notices.tell(ONE)
    assert await installer(here) == "U1"
    (welcome,) = await here.jobs()
    assert welcome.target.user == "U1"
    await store.close()


async def test_what_waits_of_a_token_is_not_said_once_it_is_installed_again(desk: Desk) -> None:
    installations, notices = await desk.started()
    made = await installations.install(installation(since=desk.time.now), {"*"})
    await notices.tell(ONE)
    await desk.delivered()
    await installations.note(made, lambda each: refused(each, made.tokens, desk.time.now))
    await notices.tell(ONE)
    assert len(await desk.jobs()) == 1
    desk.time.now += timedelta(hours=13)
    await installations.install(installation(since=desk.time.now), {"*"})
    await notices.tell(ONE)
    assert await desk.jobs() == []


async def test_where_another_replica_told_until_now_the_welcome_is_looked_for_before_it_is_posted(
    desk: Desk,
) -> None:
    """That one died once it had posted, and before it could write that down."""
    installations, notices = await desk.started()
    made = await installations.install(installation(since=desk.time.now), {"*"})
    await notices.tell(ONE)
    await desk.delivered()
    await installations.note(
        made, lambda each: each.model_copy(update={"noted_at": None, "welcomed_at": None})
    )
    await desk.store.let_go(ONE)
    other = await desk.store.hold(ONE.name, "another", 60)
    assert other
    found = KeptInstallations(desk.kept, Slack(desk.time), Supervisor(desk.time), desk.time)
    await found.load()
    of_another = InstallationNotices(desk.store, desk.people, found, URL, desk.time)
    await of_another.tell(other)
    (again,) = await desk.jobs()
    assert again.claimed_at == made.since
    await desk.delivered()
    await installations.note(
        made, lambda each: each.model_copy(update={"noted_at": None, "welcomed_at": None})
    )
    with pytest.raises(HoldLost):
        await notices.tell(ONE)
    assert await desk.jobs() == []
