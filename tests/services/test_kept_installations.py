"""Installations in memory and on disk: whom they serve, and how their tokens are refreshed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation, Tokens
from bot.domain.workspace import Workspace
from bot.services.installations import OneInstallation, may_go_on
from bot.services.kept_installations import KeptInstallations, NotAllowed
from bot.services.ports.installations import RefreshRefused
from bot.services.ports.messenger import NoAnswer, NotDelivered, Unauthorized
from bot.tasks import Supervisor
from storage.common.keyring import Keyring
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.installations import TinyDBInstallations

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR, HALF_A_DAY = timedelta(hours=1), timedelta(hours=12)
KEYRING = Keyring([SecretStr(Fernet.generate_key().decode())])
ONE, TWO = Workspace(team_id="T1"), Workspace(team_id="T2")


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Slack:
    """Makes tokens of refresh tokens, each of which it takes once."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.calls = 0
        self.used = set[str]()
        self.fault: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.is_asked = asyncio.Event()
        self.is_busy = asyncio.Event()
        self.loses_answers = False

    async def refreshed(self, installation: Installation) -> Tokens:
        self.calls += 1
        self.is_asked.set()
        if self.calls == 8:
            self.is_busy.set()
        await self.answers.wait()
        if self.fault:
            raise self.fault
        refresh = installation.tokens.refresh
        name = refresh.get_secret_value() if refresh else ""
        if name in self.used:
            raise RefreshRefused("invalid_refresh_token")
        self.used.add(name)
        if self.loses_answers:
            raise NoAnswer("TimeoutError")
        return tokens(f"{name}+", self._time.now)


def tokens(name: str, now: datetime = NOW) -> Tokens:
    return Tokens(access=SecretStr(f"xoxb-{name}"), refresh=SecretStr(name), expires_at=now + HALF_A_DAY)


class Desk(NamedTuple):
    installations: KeptInstallations
    slack: Slack
    time: Time
    kept: TinyDBInstallations
    deployment: DeploymentDB

    async def anew(self) -> KeptInstallations:
        """As after a restart."""
        found = KeptInstallations(self.kept, self.slack, Supervisor(self.time), self.time)
        await found.load()
        return found


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    time = Time()
    lock, tasks, slack = FolderLock(tmp_path), Supervisor(time), Slack(time)
    deployment = DeploymentDB(tmp_path, lock, deployment_tables.ALL)
    kept = TinyDBInstallations(deployment, KEYRING)
    yield Desk(KeptInstallations(kept, slack, tasks, time), slack, time, kept, deployment)
    await tasks.stop(1)
    deployment.close()
    lock.release()


def of_team(team: str = "T1", enterprise: str | None = None) -> Installation:
    return Installation(
        id=team,
        team_id=team,
        enterprise_id=enterprise,
        bot_user=f"U{team}",
        installed_by="U1",
        since=NOW,
        tokens=tokens(team),
    )


def of_organisation(since: datetime = NOW) -> Installation:
    return of_team("E1").model_copy(
        update={"team_id": None, "enterprise_id": "E1", "is_org_wide": True, "since": since}
    )


async def test_what_is_installed_is_found_by_its_team(desk: Desk) -> None:
    installations = desk.installations
    assert installations.workspace_of(None, "T1") is None
    await installations.install(of_team(), {"*"})
    assert installations.workspace_of(None, "T1") == ONE
    assert installations.workspace_of("E9", "T1") == ONE
    assert installations.workspace_of(None, "T2") is None
    assert installations.workspace_of("E1", None) is None
    assert installations.own_user(ONE) == "UT1"
    assert await installations.token(ONE) == "xoxb-T1"
    with pytest.raises(Unauthorized, match="not_installed"):
        await installations.token(TWO)
    assert (await desk.anew()).workspace_of(None, "T1") == ONE


async def test_an_organisation_serves_its_teams_and_says_so_after_a_restart(desk: Desk) -> None:
    installations = desk.installations
    await installations.install(of_organisation(), {"*"})
    assert installations.workspace_of(None, "T1") is None
    found = installations.workspace_of("E1", "T1", is_told=True)
    assert found == ONE
    assert found.enterprise_id == "E1"
    told = asyncio.Event()
    installations.on_change(lambda _: told.set())
    await told.wait()  # until it is written down
    for each in (installations, await desk.anew()):
        org = each.of(ONE)  # as a store names it that was there before its organisation
        assert org
        assert org.is_org_wide
        assert org.teams == frozenset({"T1"})


async def test_a_team_that_is_taken_from_an_organisation_is_served_no_more(desk: Desk) -> None:
    installations = desk.installations
    org = await installations.install(of_organisation(), {"*"})
    await installations.grant(org, ["T1", "T2"], NOW)
    await installations.take(org, ["T1"], NOW + HOUR)
    assert installations.workspace_of("E1", "T1", is_told=True) is None
    assert installations.of(ONE) is None
    assert installations.workspace_of(None, "T2") == TWO
    await installations.grant(org, ["T1"], NOW + 2 * HOUR)
    assert installations.workspace_of("E1", "T1") == ONE


async def test_a_team_is_an_organisations_only_where_slack_says_that_the_app_is_there(desk: Desk) -> None:
    installations = desk.installations
    org = await installations.install(of_organisation(), {"*"})
    await installations.grant(org, ["T1"], NOW)
    assert installations.has_team("E1", "T1")
    for team in ("T-STRANGER", "E1", None):
        assert not installations.has_team("E1", team)
        assert installations.workspace_of("E1", team) is None
        assert installations.of(Workspace(team_id=team or "T9")) is None
    assert installations.workspace_of("E1", "E1", is_told=True) is None, "an organisation is no team"
    await installations.grant(org, ["E1"], NOW)
    found = installations.get("E1")
    assert found
    assert found.teams == {"T1"}


async def test_a_guests_organisation_takes_over_no_team_that_is_known_to_be_anothers(desk: Desk) -> None:
    installations = desk.installations
    theirs = of_organisation().model_copy(update={"teams": frozenset({"T2"})})
    await installations.install(theirs, {"*"})
    await installations.install(of_team("T1"), {"*"})
    guests = of_organisation(NOW + HOUR).model_copy(update={"id": "E2", "enterprise_id": "E2"})
    await installations.install(guests, {"*"})
    for team, serves in (("T1", "T1"), ("T2", "E1")):
        found = installations.workspace_of("E2", team, is_told=True)
        assert found
        installation = installations.of(found)
        assert installation
        assert installation.id == serves


async def test_a_request_gives_no_team_back_that_was_taken_meanwhile(desk: Desk) -> None:
    """The request was first, and what it tells is written last."""
    installations = desk.installations
    org = await installations.install(of_organisation(), {"*"})
    assert installations.workspace_of("E1", "T1", is_told=True) == ONE
    await installations.take(org, ["T1"], NOW + HOUR)
    await installations.grant(org, ["T1"])
    assert (await desk.anew()).workspace_of("E1", "T1", is_told=True) is None


async def test_a_team_that_joins_an_organisation_is_served_by_the_newer_of_both(desk: Desk) -> None:
    installations = desk.installations
    await installations.install(of_team(enterprise="E1"), {"*"})
    await installations.install(of_organisation(NOW + HOUR), {"*"})
    assert installations.workspace_of("E1", "T1") == ONE
    assert await installations.token(Workspace(enterprise_id="E1", team_id="T1")) == "xoxb-E1"
    org = next(each for each in installations.all if each.is_org_wide)
    await installations.take(org, ["T1"], NOW + 2 * HOUR)
    assert await installations.token(Workspace(enterprise_id="E1", team_id="T1")) == "xoxb-T1"


async def test_deliveries_go_on_where_another_installation_takes_over(desk: Desk) -> None:
    installations = desk.installations
    org = await installations.install(of_organisation(), {"*"})
    await installations.grant(org, ["T1"], NOW)
    own = await installations.install(of_team().model_copy(update={"since": NOW + HOUR}), {"*"})
    other = await installations.install(of_team("T2"), {"*"})
    heard: list[tuple[str, bool]] = []
    installations.on_change(lambda each: heard.append((each.id, may_go_on(ONE, installations, each))))
    await installations.end(other, "revoked", NOW + HOUR)
    await installations.end(own, "revoked", NOW + HOUR)  # from now on the organisation's serves
    await installations.take(org, ["T1"], NOW + 2 * HOUR)
    assert heard == [("T2", False), ("T1", True), ("E1", False)]


async def test_deliveries_go_on_where_a_team_is_taken_from_its_organisation_and_has_its_own(
    desk: Desk,
) -> None:
    installations = desk.installations
    await installations.install(of_team(), {"*"})
    org = await installations.install(of_organisation(NOW + HOUR), {"*"})
    await installations.grant(org, ["T1"], NOW + HOUR)
    heard: list[bool] = []
    installations.on_change(lambda each: heard.append(may_go_on(ONE, installations, each)))
    await installations.take(org, ["T1"], NOW + 2 * HOUR)
    assert heard == [True]


async def test_of_two_who_are_the_first_at_once_one_is(desk: Desk) -> None:
    each = (of_team("T1"), of_team("T2"))
    tries = [desk.installations.install(installation, None) for installation in each]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Installation, NotAllowed]
    assert [kept.id for kept in await desk.kept.all()] == ["T1"]


async def test_while_a_token_is_taken_over_no_stranger_is_the_first(desk: Desk) -> None:
    installations = desk.installations
    installations.first_is_taken = True
    with pytest.raises(NotAllowed):
        await installations.install(of_team("T2"), None)
    await installations.take_over(of_team("T1"))
    with pytest.raises(NotAllowed):
        await installations.install(of_team("T2"), None)
    assert await installations.install(of_team("T1"), None)
    assert await installations.install(of_team("T3"), {"T3"})


async def test_an_installation_that_has_ended_serves_nobody_and_made_anew_it_does(desk: Desk) -> None:
    installations = desk.installations
    heard: list[bool] = []
    installations.on_change(lambda each: heard.append(each.is_active))
    made = await installations.install(of_team(), {"*"})
    await installations.end(made, "uninstalled", NOW + HOUR)
    assert installations.workspace_of(None, "T1") is None
    with pytest.raises(Unauthorized, match="not_installed"):
        await installations.token(ONE)
    await installations.end(made, "revoked", NOW + HOUR)  # Slack tells both
    anew = of_team().model_copy(update={"since": NOW + 2 * HOUR, "tokens": tokens("anew")})
    await installations.install(anew, {"*"})
    await installations.end(made, "uninstalled", NOW + HOUR)  # and tells it late
    assert await installations.token(ONE) == "xoxb-anew"
    assert heard == [True, False, True]


async def test_a_token_of_the_settings_is_taken_over_where_nothing_is_installed(desk: Desk) -> None:
    installations = desk.installations
    await installations.take_over(of_team())
    assert await installations.token(ONE) == "xoxb-T1"
    mine = of_team().model_copy(update={"tokens": tokens("oauth")})
    await installations.install(mine, None)
    await installations.take_over(of_team())
    assert await installations.token(ONE) == "xoxb-oauth"


async def test_a_hundred_who_find_it_expired_have_it_refreshed_once(desk: Desk) -> None:
    installations = desk.installations
    await installations.install(of_team(), {"*"})
    desk.time.now += HALF_A_DAY
    found = await asyncio.gather(*(installations.token(ONE) for _ in range(100)))
    assert {*found} == {"xoxb-T1+"}
    assert desk.slack.calls == 1
    again = await desk.anew()
    assert await again.token(ONE) == "xoxb-T1+"
    assert desk.slack.calls == 1


async def test_what_slack_says_to_have_expired_is_refreshed_whatever_our_clock_says(desk: Desk) -> None:
    installations = desk.installations
    await installations.install(of_team(), {"*"})
    desk.time.now -= 2 * HALF_A_DAY  # it was set back, and Slack's was not
    assert await installations.token(ONE) == "xoxb-T1"
    asked = [installations.token(ONE, expired="xoxb-T1") for _ in range(9)]
    assert {*await asyncio.gather(*asked)} == {"xoxb-T1+"}
    assert await installations.token(ONE, expired="xoxb-T1") == "xoxb-T1+"
    assert desk.slack.calls == 1


async def test_whoever_gives_up_waiting_does_not_end_the_refresh(desk: Desk) -> None:
    installations = desk.installations
    await installations.install(of_team(), {"*"})
    desk.time.now += HALF_A_DAY
    desk.slack.answers.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await installations.token(ONE)
    desk.slack.answers.set()
    assert await installations.token(ONE) == "xoxb-T1+"
    assert desk.slack.calls == 1


async def test_an_answer_that_is_lost_leaves_the_old_token_until_it_ends(desk: Desk) -> None:
    installations = desk.installations
    made = await installations.install(of_team(), {"*"})
    desk.time.now += HALF_A_DAY - HOUR
    desk.slack.loses_answers = True
    with pytest.raises(NoAnswer):
        await installations.refresh.now(made)
    desk.time.now += timedelta(minutes=1)
    with pytest.raises(Unauthorized, match="token_expired"):
        await installations.refresh.now(made)
    assert await installations.token(ONE) == "xoxb-T1"
    kept = installations.of(ONE)
    assert kept
    assert kept.has_refusal_to_tell
    assert installations.refresh.due_at(kept) is None
    desk.time.now += HOUR
    with pytest.raises(Unauthorized, match="token_expired"):
        await installations.token(ONE)
    assert installations.workspace_of(None, "T1") == ONE  # its tickets are still saved
    assert desk.slack.calls == 2
    anew = of_team().model_copy(update={"since": desk.time.now, "tokens": tokens("anew", desk.time.now)})
    await installations.install(anew, {"*"})
    assert await installations.token(ONE) == "xoxb-anew"


async def test_while_slack_is_down_it_is_asked_ever_more_seldom(desk: Desk) -> None:
    installations = desk.installations
    made = await installations.install(of_team(), {"*"})
    desk.slack.fault = NoAnswer("HTTP 503")
    due, pauses = made.refresh_at, list[float]()
    for number in range(1, 7):
        assert due
        desk.time.now = due
        for _ in range(2):  # the second comes a moment later, and Slack is not asked
            with pytest.raises(NoAnswer):
                await installations.refresh.now(made)
        assert desk.slack.calls == number
        due = installations.refresh.due_at(made)
        assert due
        pauses.append((due - desk.time.now) / timedelta(minutes=1))
    desk.time.now = due or NOW
    assert pauses == [1, 2, 4, 8, 15, 15]
    desk.slack.fault = None
    assert await installations.refresh.now(made)
    assert await installations.token(ONE) == "xoxb-T1+"


@pytest.mark.parametrize("how", ["made anew", "uninstalled"])
async def test_an_answer_that_comes_late_changes_nothing_of_what_has_happened(desk: Desk, how: str) -> None:
    installations = desk.installations
    made = await installations.install(of_team(), {"*"})
    desk.time.now += HALF_A_DAY
    desk.slack.answers.clear()
    waiting = asyncio.create_task(installations.token(ONE))
    await desk.slack.is_asked.wait()
    if how == "made anew":
        anew = of_team().model_copy(update={"tokens": tokens("anew", desk.time.now)})
        await installations.install(anew, {"*"})
    else:
        await installations.end(made, "uninstalled", desk.time.now)
    desk.slack.answers.set()
    if how == "made anew":
        assert await waiting == "xoxb-anew"
    else:
        with pytest.raises(Unauthorized, match="not_installed"):
            await waiting
        assert (await desk.kept.all())[0].tokens.access.get_secret_value() == ""


async def test_a_token_that_cannot_be_written_serves_and_is_written_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    installations = desk.installations
    await installations.install(of_team(), {"*"})
    desk.time.now += HALF_A_DAY

    async def full(*_: object) -> None:
        raise StoreUnavailable("no room")

    with monkeypatch.context() as broken:
        broken.setattr(desk.kept, "change", full)
        assert await installations.token(ONE) == "xoxb-T1+"
        with pytest.raises(StoreUnavailable):
            await installations.save_unsaved()
        assert await installations.token(ONE) == "xoxb-T1+"
    assert (await desk.kept.all())[0].tokens.access.get_secret_value() == "xoxb-T1"
    await installations.save_unsaved()
    assert (await desk.kept.all())[0].tokens.access.get_secret_value() == "xoxb-T1+"


async def test_no_more_than_a_few_are_refreshed_at_once(desk: Desk) -> None:
    installations = desk.installations
    all_of_them = [await installations.install(of_team(f"T{number}"), {"*"}) for number in range(20)]
    desk.slack.answers.clear()
    asked = [asyncio.create_task(installations.refresh.now(each)) for each in all_of_them]
    await desk.slack.is_busy.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert desk.slack.calls == 8
    desk.slack.answers.set()
    await asyncio.gather(*asked)
    assert desk.slack.calls == 20


async def test_the_token_of_the_settings_serves_everybody_until_slack_tells_whose_it_is() -> None:
    one = OneInstallation(SecretStr("xoxb-1"), {"T1": ONE}.get, lambda: NOW)
    assert one.workspace_of(None, "T2") == TWO
    assert await one.token(TWO) == "xoxb-1"
    assert one.own_user(ONE) is None
    heard: list[str] = []
    one.on_change(lambda each: heard.append(each.id))
    for _ in range(2):
        one.learned(None, "T1", "U0BOT")
    assert heard == ["T1"]
    assert one.workspace_of("E1", "T1") == ONE
    assert one.workspace_of(None, "T2") is None
    assert one.workspace_of(None, None) is None
    assert one.own_user(ONE) == "U0BOT"
    with pytest.raises(NotDelivered, match="not_installed"):
        await one.token(TWO)


def test_a_token_of_an_organisation_serves_each_of_its_teams() -> None:
    one = OneInstallation(SecretStr("xoxb-1"), lambda _: None, lambda: NOW)
    one.learned("E1", "E1", "U0BOT")
    assert one.workspace_of("E1", "T1") == ONE
    assert one.workspace_of(None, "T1") == ONE
    assert one.workspace_of("E2", "T1") is None
    found = one.of(ONE)
    assert found
    assert (found.id, found.is_org_wide) == ("E1", True)
