"""Several processes on one store know of the same installations, and ask Slack once for what it gives once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation
from bot.services.kept_installations import KeptInstallations, NotAllowed
from bot.services.one_at_a_time import OneAtATime
from bot.services.ports.messenger import NoAnswer, Unauthorized
from bot.services.ports.store import Hold
from bot.tasks import Supervisor
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables, holds
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.installations import TinyDBInstallations
from tests.services.test_kept_installations import (
    HALF_A_DAY,
    HOUR,
    KEYRING,
    NOW,
    ONE,
    Slack,
    Time,
    of_organisation,
    of_team,
    tokens,
)


class Holds:
    """Those of a store that several processes have, which a test takes away from them."""

    is_shared = True

    def __init__(self) -> None:
        self._holds = holds.Holds()
        self.is_away = False

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None:
        if self.is_away:
            raise StoreUnavailable("away")
        return self._holds.take(name, holder, seconds)

    async def let_go(self, hold: Hold) -> None:
        self._holds.let_go(hold)


class Replicas(NamedTuple):
    one: KeptInstallations
    other: KeptInstallations
    slack: Slack
    time: Time
    kept: TinyDBInstallations
    holds: Holds


@pytest_asyncio.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[Replicas]:
    time, holds = Time(), Holds()
    lock, tasks, slack = FolderLock(tmp_path), Supervisor(time), Slack(time)
    deployment = DeploymentDB(tmp_path, lock, deployment_tables.ALL)
    kept = TinyDBInstallations(deployment, KEYRING)
    one, other = (KeptInstallations(kept, slack, tasks, time, OneAtATime(holds)) for _ in range(2))
    await asyncio.gather(one.load(), other.load())
    yield Replicas(one, other, slack, time, kept, holds)
    await tasks.stop(1)
    deployment.close()
    lock.release()


async def test_what_is_installed_through_one_the_other_knows_once_it_has_looked(replicas: Replicas) -> None:
    one, other = replicas.one, replicas.other
    heard: list[tuple[str, bool]] = []
    other.on_change(lambda each: heard.append((each.id, each.is_active)))
    made = await one.install(of_team(), {"*"})
    await other.catch_up()
    assert other.workspace_of(None, "T1") == ONE
    await other.end(made, "uninstalled", NOW + HOUR)
    await one.catch_up()
    assert one.workspace_of(None, "T1") is None
    await one.catch_up()
    await other.catch_up()
    assert heard == [("T1", True), ("T1", False)]


async def test_what_one_changes_undoes_nothing_that_the_other_has_changed(replicas: Replicas) -> None:
    one, other = replicas.one, replicas.other
    org = await one.install(of_organisation(), {"*"})
    await other.catch_up()
    await asyncio.gather(one.grant(org, ["T1"], NOW), other.grant(org, ["T2"], NOW))
    for each in (one, other):
        await each.catch_up()
        found = each.get("E1")
        assert found
        assert found.teams == {"T1", "T2"}


async def test_what_is_forgotten_is_known_to_none(replicas: Replicas) -> None:
    one, other = replicas.one, replicas.other
    heard: list[tuple[str, bool]] = []
    await one.install(of_team(), {"*"})
    await other.catch_up()
    other.on_change(lambda each: heard.append((each.id, each.is_active)))
    await replicas.kept.forget("T1")
    await other.catch_up()
    assert other.workspace_of(None, "T1") is None
    assert [*other.all] == []
    assert heard == [("T1", False)]


async def test_of_two_who_are_the_first_at_once_in_two_processes_one_is(replicas: Replicas) -> None:
    tries = [replicas.one.install(of_team("T1"), None), replicas.other.install(of_team("T2"), None)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Installation", "NotAllowed"]
    assert len(await replicas.kept.all()) == 1


async def test_a_stranger_is_not_the_first_where_another_process_has_one(replicas: Replicas) -> None:
    await replicas.one.install(of_team("T1"), None)
    with pytest.raises(NotAllowed):
        await replicas.other.install(of_team("T2"), None)
    assert await replicas.other.install(of_team("T1"), None)


async def test_a_hundred_who_find_it_expired_in_two_processes_have_it_refreshed_once(
    replicas: Replicas,
) -> None:
    await replicas.one.install(of_team(), {"*"})
    await replicas.other.catch_up()
    replicas.time.now += HALF_A_DAY
    both = (replicas.one, replicas.other)
    found = await asyncio.gather(*(each.token(ONE) for each in both for _ in range(50)))
    assert {*found} == {"xoxb-T1+"}
    assert replicas.slack.calls == 1


async def test_who_does_not_know_yet_that_it_was_refreshed_asks_nobody(replicas: Replicas) -> None:
    await replicas.one.install(of_team(), {"*"})
    await replicas.other.catch_up()
    replicas.time.now += HALF_A_DAY
    assert await replicas.one.token(ONE) == "xoxb-T1+"
    assert await replicas.other.token(ONE) == "xoxb-T1+"
    assert replicas.slack.calls == 1


async def test_who_waited_for_a_refresh_that_slack_refused_hears_the_same(replicas: Replicas) -> None:
    await replicas.one.install(of_team(), {"*"})
    await replicas.other.catch_up()
    replicas.time.now += HALF_A_DAY
    replicas.slack.used.add("T1")
    asked = (replicas.one.token(ONE), replicas.other.token(ONE))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Unauthorized, Unauthorized]
    assert replicas.slack.calls <= 2


async def test_where_the_store_is_away_slack_is_not_asked(replicas: Replicas) -> None:
    """It gives a new token once, and no other process could hear of it."""
    made = await replicas.one.install(of_team(), {"*"})
    replicas.holds.is_away = True
    with pytest.raises(NoAnswer):
        await replicas.one.refresh.now(made)
    assert replicas.slack.calls == 0
    assert await replicas.one.token(ONE) == "xoxb-T1"


async def test_a_token_that_serves_from_memory_does_so_whatever_another_process_changes(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = replicas.one, replicas.other
    made = await one.install(of_team(), {"*"})
    await other.catch_up()
    change = replicas.kept.change

    async def full(*arguments: object) -> Installation | None:
        if replicas.slack.calls:
            raise StoreUnavailable("no room")
        return await change(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(replicas.kept, "change", full)
        replicas.time.now += HALF_A_DAY
        assert await one.token(ONE) == "xoxb-T1+"
    await other.note(made, lambda each: each.model_copy(update={"name": "Acme"}))
    await one.catch_up()
    assert await one.token(ONE) == "xoxb-T1+"
    await one.save_unsaved()
    await other.catch_up()
    assert await other.token(ONE) == "xoxb-T1+"
    anew = of_team().model_copy(
        update={"tokens": tokens("anew", replicas.time.now), "since": NOW + HALF_A_DAY}
    )
    await other.install(anew, {"*"})
    await one.catch_up()
    assert await one.token(ONE) == "xoxb-anew"
    assert (await replicas.kept.all())[0].tokens.access == SecretStr("xoxb-anew")
