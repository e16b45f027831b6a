"""What Slack tells of installations: each shape that its documentation and SDKs show, and what follows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.installation import Installation, Tokens
from bot.services.installations import OneInstallation
from bot.services.kept_installations import KeptInstallations
from bot.tasks import Supervisor
from handlers.installing import EVENTS, Lifecycle
from handlers.installing.lifecycle import ASKED
from handlers.slack.events import Event
from storage.common.keyring import Keyring
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.installations import TinyDBInstallations
from tests.services.test_kept_installations import Slack, Time

SINCE = datetime(2026, 11, 29, 12, tzinfo=UTC)
AFTER, BEFORE = int((SINCE + timedelta(hours=1)).timestamp()), int((SINCE - timedelta(hours=1)).timestamp())
ORG_WIDE = {"enterprise_id": "E1", "team_id": None, "is_bot": True, "is_enterprise_install": True}
IN_ORG = {"enterprise_id": "E1", "team_id": "T2", "is_bot": True, "is_enterprise_install": False}


def payload(event: dict[str, Any], at: int = AFTER, **outer: object) -> Event:
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_time": at, **outer}
    return Event.model_validate({**body, "event": event})


def installation(installation_id: str, enterprise: str | None = None) -> Installation:
    is_org_wide = installation_id.startswith("E")
    return Installation(
        id=installation_id,
        team_id=None if is_org_wide else installation_id,
        enterprise_id=installation_id if is_org_wide else enterprise,
        is_org_wide=is_org_wide,
        bot_user=f"U{installation_id}",
        installed_by="U1",
        since=SINCE,
        tokens=Tokens(access=SecretStr("xoxb-1")),
    )


@pytest_asyncio.fixture
async def kept(tmp_path: Path) -> AsyncIterator[KeptInstallations]:
    """T1 by itself; the organisation E1, and T3 of it by itself, too."""
    lock, time = FolderLock(tmp_path), Time()
    tasks = Supervisor(time)
    deployment = DeploymentDB(tmp_path, lock, deployment_tables.ALL)
    store = TinyDBInstallations(deployment, Keyring([SecretStr(Fernet.generate_key().decode())]))
    found = KeptInstallations(store, Slack(time), tasks, time)
    for each in (installation("T1"), installation("E1"), installation("T3", "E1")):
        await found.install(each, {"*"})
    yield found
    await tasks.stop(1)
    deployment.close()
    lock.release()


def served(kept: KeptInstallations) -> set[str]:
    asked = (("T1", None), ("T2", "E1"), ("T3", "E1"), ("T4", "E1"))
    return {team for team, enterprise in asked if kept.workspace_of(enterprise, team, is_told=True)}


async def unasked(_: Installation) -> bool:
    raise AssertionError


def lifecycle(kept: KeptInstallations) -> Lifecycle:
    return Lifecycle(kept, lambda: SINCE, Supervisor(lambda: SINCE), unasked)


def revoked(**tokens: list[str]) -> dict[str, Any]:
    return {"type": "tokens_revoked", "tokens": tokens}


GONE = {"type": "app_uninstalled"}
TAKEN = {"type": "team_access_revoked", "team_ids": ["T2", "T4"]}
NESTED = {"team_id": None, "enterprise_id": "E1", "api_app_id": "A1", "event": TAKEN}
"""As the documentation shows it."""


@pytest.mark.parametrize(
    ("event", "still"),
    [
        (payload(GONE), {"T2", "T3", "T4"}),
        (payload(GONE, BEFORE), {"T1", "T2", "T3", "T4"}),
        (payload(GONE, team_id="T9"), {"T1", "T2", "T3", "T4"}),
        (payload(GONE, team_id="T2", enterprise_id="E1"), {"T1", "T3", "T4"}),
        (payload(GONE, team_id="T2", authorizations=[IN_ORG]), {"T1", "T3", "T4"}),
        (payload(GONE, team_id=None, enterprise_id="E1"), {"T1", "T3"}),
        (payload(GONE, team_id="E1", enterprise_id="E1"), {"T1", "T3"}),
        (payload(GONE, team_id="T2", authorizations=[ORG_WIDE]), {"T1", "T3"}),
        (payload(GONE, BEFORE, team_id="T2", authorizations=[ORG_WIDE]), {"T1", "T2", "T3", "T4"}),
        (payload(revoked(bot=["UT1"])), {"T2", "T3", "T4"}),
        (payload(revoked(bot=["UT1"], oauth=["U7"])), {"T2", "T3", "T4"}),
        (payload(revoked(oauth=["UT1"])), {"T1", "T2", "T3", "T4"}),
        (payload(revoked(oauth=["UT1"], bot=[])), {"T1", "T2", "T3", "T4"}),
        (payload(revoked(bot=["U0ELSE"])), {"T1", "T2", "T3", "T4"}),
        (payload(revoked(bot=["UT1"]), BEFORE), {"T1", "T2", "T3", "T4"}),
        (payload(revoked(bot=["UE1"]), team_id=None, enterprise_id="E1"), {"T1", "T3"}),
        (payload(revoked(bot=["UE1"]), team_id="T3", authorizations=[ORG_WIDE]), {"T1", "T3"}),
        (payload(TAKEN, team_id=None, enterprise_id="E1"), {"T1", "T3"}),
        (payload(TAKEN, team_id="T2", authorizations=[IN_ORG]), {"T1", "T3"}),
        (payload(NESTED, team_id="T2", authorizations=[IN_ORG]), {"T1", "T3"}),
        (payload(TAKEN, BEFORE, team_id=None, enterprise_id="E1"), {"T1", "T2", "T3", "T4"}),
        (payload(TAKEN, team_id="T1"), {"T1", "T2", "T3", "T4"}),  # of no organisation
    ],
)
async def test_what_slack_tells_of_an_installation_ends_what_it_is_about(
    kept: KeptInstallations, event: Event, still: set[str]
) -> None:
    assert served(kept) == {"T1", "T2", "T3", "T4"}
    hear = lifecycle(kept).hears[event.event.type]
    for _ in range(2):  # Slack tells everything at least once
        await hear(event)
        assert served(kept) == still


async def test_a_team_that_is_given_back_is_served_again(kept: KeptInstallations) -> None:
    hears = lifecycle(kept).hears
    await hears["team_access_revoked"](payload(TAKEN, team_id=None, enterprise_id="E1"))
    given = {"type": "team_access_granted", "team_ids": ["T4"]}
    await hears["team_access_granted"](payload(given, AFTER + 60, team_id=None, enterprise_id="E1"))
    assert served(kept) == {"T1", "T3", "T4"}


async def test_where_one_token_stands_in_the_settings_nothing_follows() -> None:
    one = OneInstallation(SecretStr("xoxb-1"), lambda _: None, lambda: SINCE)
    hears = Lifecycle(one, lambda: SINCE, Supervisor(lambda: SINCE), None).hears
    assert hears.keys() == {*EVENTS}
    await hears["app_uninstalled"](payload(GONE))
    assert one.workspace_of(None, "T1")


@pytest.mark.parametrize("seconds", [-280, -15, 0, 15, 280])
@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("event", [GONE, revoked(bot=["UT1"])])
async def test_of_what_happened_close_to_the_installation_slack_is_asked(
    kept: KeptInstallations, event: dict[str, Any], seconds: int, *, is_over: bool
) -> None:
    """Our clock may be slow or fast by so much: nobody can tell from the times which of both was first."""
    asked: list[str] = []

    async def ask(installation: Installation) -> bool:
        asked.append(installation.id)
        return is_over

    tasks = Supervisor(lambda: SINCE)
    told = payload(event, int(SINCE.timestamp()) + seconds)
    await Lifecycle(kept, lambda: SINCE, tasks, ask).hears[event["type"]](told)
    await tasks.idle(ASKED)
    assert asked == ["T1"]
    assert ("T1" in served(kept)) is not is_over


async def test_installed_anew_while_slack_is_asked_it_goes_on(kept: KeptInstallations) -> None:
    async def ask(asked: Installation) -> bool:
        anew = asked.model_copy(update={"since": SINCE + timedelta(seconds=20)})
        await kept.install(anew, {"*"})
        return True

    tasks = Supervisor(lambda: SINCE)
    told = payload(GONE, int(SINCE.timestamp()))
    await Lifecycle(kept, lambda: SINCE, tasks, ask).hears["app_uninstalled"](told)
    await tasks.idle(ASKED)
    assert "T1" in served(kept)
