"""Installing and uninstalling, and what becomes of the desk: a real Deskhand, and browsers and people at the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot import app, manifest
from bot.domain.installation import Installation, TeamName
from bot.domain.workspace import Workspace
from bot.http import server
from bot.http.overview import authorization
from bot.playground import seed
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.services.kept_installations import KeptInstallations
from handlers.installing.lifecycle import ASKED
from tests.journeys.conftest import Office, settings_for
from tests.patience import PATIENCE
from tests.postgres import free_port
from tests.stores import all_bytes

KEY = SecretStr(Fernet.generate_key().decode())
HOURS = 3600.0
LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
ORG = {"enterprise_id": "E0NORTH", "enterprise_name": "Northgate Group"}
OTHER = Team("T0SUB", "Subcontractor", "subcontractor")


def rotating() -> Mapping[str, object]:
    read = manifest.read()
    return {**read, "settings": {**read["settings"], "token_rotation_enabled": True}}


@asynccontextmanager
async def deskhand(slack: StandIn, folder: Path, **also: object) -> AsyncIterator[Office]:
    """One that is installed by OAuth, in a folder that may have been another's."""
    port = free_port()
    by_oauth = {
        "bot_token": None,
        "client_id": slack.client_id,
        "client_secret": SecretStr(slack.client_secret),
        "public_url": f"http://127.0.0.1:{port}",
        "secret_keys": KEY.get_secret_value(),
        "allowed_teams": "*",
        **also,
    }
    settings = settings_for(slack, folder / "data", **by_oauth)
    async with (
        app.build(settings, clock=slack.clock.now, wait=slack.clock.wait, held=timedelta()) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=port),
    ):
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        yield Office(slack, runtime, settings)


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    """Two workspaces, of which none has the app yet. Tokens live for twelve hours."""
    async with await start_standin(rotating(), installed=False) as standin:  # type: ignore[arg-type]
        standin.add_workspace(OTHER)
        yield standin


def kept(office: Office) -> KeptInstallations:
    found = office.runtime.installations
    assert isinstance(found, KeptInstallations)
    return found


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.rglob("*")]


async def changed(office: Office, meant: Callable[[Installation | None], bool]) -> None:
    """Until that is so of the installation of the first workspace."""
    happened = asyncio.Event()
    kept(office).on_change(lambda _: happened.set())
    async with asyncio.timeout(PATIENCE):
        while not meant(kept(office).get(office.workspace.id)):
            happened.clear()
            await happened.wait()


async def token_asked(slack: StandIn, times: int) -> None:
    """Until Slack was asked for so many tokens in all."""
    await slack.until(lambda: len(slack.calls("oauth.v2.access")) == times)


async def test_two_clicks_and_the_desk_is_open_and_welcomes_who_installed_it(
    slack: StandIn, tmp_path: Path
) -> None:
    async with deskhand(slack, tmp_path) as office:
        landing = await slack.install(by="dana")
        assert "Deskhand is in Northgate Building Services" in landing.text
        dana = office.person("dana")
        hello = await dana.messages.shows("Hello, I am Deskhand")
        await office.runtime.settled()
        await office.runtime.introduced()
        form = await (await dana.presses(hello, "Try it")).form()
        assert form.title == "New ticket"
        form = await (await dana.presses(hello, "Load your customers")).form()
        assert "--workspace T0NORTHGATE" in str(form.view.blocks)
        form = await (await dana.presses(hello, "Set up a queue")).form()
        assert form.title == "New queue"
        await office.person("ben").types(LINE)
        await office.channel("support").shows("T-1")
        assert (await office.ticket(1)).summary == "Printer down"


async def test_a_workspace_that_has_not_installed_it_leaves_nothing_on_disk(
    slack: StandIn, tmp_path: Path
) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        await office.person("dana").messages.shows("Hello")
        await office.runtime.settled()
    assert OTHER.id.encode() not in all_bytes(tmp_path)
    assert not [name for name in names_in(tmp_path) if OTHER.id in name]


async def test_uninstalled_it_says_no_more_keeps_its_tickets_and_goes_on_once_it_is_back(
    slack: StandIn, tmp_path: Path
) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        other = slack.add_workspace(Team("T0THIRD", "Third", "third"))
        await slack.install(other, by=next(each.name for each in other.users.values() if each.is_admin))
        dana, ben, support = office.person("dana"), office.person("ben"), office.channel("support")
        await dana.messages.shows("Hello")
        slack.faults.break_down("chat.postMessage", times=None)
        await ben.types(LINE)
        assert (await office.ticket(1)).summary == "Printer down"
        late = slack.faults.hold("app_uninstalled"), slack.faults.hold("tokens_revoked")
        slack.uninstall()
        for each in late:
            await each.release()
        await slack.events_taken()
        await office.runtime.tasks.idle(ASKED)
        assert office.runtime.installations.of(office.workspace) is None
        assert office.runtime.installations.of(Workspace(team_id="T0THIRD"))
        slack.faults.clear()
        slack.clock.advance(10)
        await slack.install(by="dana")
        support.invite_bot()
        await support.shows("T-1")
        await office.runtime.settled()
        assert len([each for each in support.messages if "T-1" in str(each.blocks)]) == 1
        assert len([each for each in dana.messages.messages if "Hello, I am" in each.text]) == 1
        assert (await office.ticket(1)).summary == "Printer down"


async def test_what_slack_tells_late_or_of_people_ends_nothing(slack: StandIn, tmp_path: Path) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        held = slack.faults.hold("app_uninstalled"), slack.faults.hold("tokens_revoked")
        slack.uninstall()
        slack.clock.advance(5)
        await slack.install(by="dana")
        for each in held:
            await each.release()
        slack.installs.revoke_user(slack.world, slack.world.users["U0BEN"])
        await slack.events_taken()
        await office.runtime.tasks.idle(ASKED)
        assert office.runtime.installations.of(office.workspace)
        await office.person("ben").types(LINE)
        assert (await office.ticket(1)).number == 1


async def test_a_revoked_bot_token_ends_it(slack: StandIn, tmp_path: Path) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        slack.faults.hold("app_uninstalled")
        slack.uninstall()
        await changed(office, lambda each: each is not None and not each.is_active)
        found = kept(office).get("T0NORTHGATE")
        assert found
        assert found.ended == "revoked"
        assert found.tokens.access.get_secret_value() == ""


async def test_tokens_are_renewed_long_before_they_end(slack: StandIn, tmp_path: Path) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        before = kept(office).get("T0NORTHGATE")
        assert before
        slack.clock.advance(10 * HOURS)
        await changed(office, lambda each: each is not None and each.tokens != before.tokens)
        slack.clock.advance(3 * HOURS)  # the old one has ended
        await office.person("ben").types(LINE)
        await office.channel("support").shows("T-1")
        assert len(slack.calls("oauth.v2.access")) == 2


async def test_where_the_new_token_was_lost_installer_and_admins_hear_once_and_tickets_are_still_saved(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.world.users["U0CHLOE"] = replace(slack.world.users["U0CHLOE"], is_admin=True)
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        await office.runtime.introduced()
        slack.faults.drop_answer("oauth.v2.access")
        dana, chloe, ben = (office.person(name) for name in ("dana", "chloe", "ben"))
        slack.clock.advance(10 * HOURS)
        await token_asked(slack, 2)
        while len(slack.calls("oauth.v2.access")) < 3:  # it is tried again a minute later
            slack.clock.advance(60)
            await ben.types("/ticket help")
        for who in (dana, chloe):
            await who.messages.shows("Install Deskhand again")
        await office.runtime.settled()
        slack.clock.advance(3 * HOURS)
        await ben.types(LINE)
        assert (await office.ticket(1)).summary == "Printer down"
        assert not [each for each in office.channel("support").messages if "T-1" in str(each.blocks)]
        for who in (dana, chloe):
            told = [each for each in who.messages.messages if "install me again" in each.text]
            assert len(told) == 1
        await slack.install(by="dana")
        await office.channel("support").shows("T-1")


async def test_the_folder_of_a_single_workspace_is_taken_over(tmp_path: Path) -> None:
    async with await start_standin(manifest.read()) as slack:
        settings = settings_for(slack, tmp_path / "data")
        async with app.build(settings, clock=slack.clock.now, wait=slack.clock.wait) as runtime:
            async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
                slack.connect(f"http://127.0.0.1:{port}/slack/events")
                await runtime.introduced()
                await slack.person("ben").types(LINE)
            await runtime.settled()
        token = SecretStr(slack.bot_token)
        async with deskhand(slack, tmp_path, bot_token=token, allowed_teams=None) as office:
            await changed(office, lambda each: each is not None)
            await office.person("ben").types("/ticket show T-1")
            await office.person("ben").types("/ticket Second customer:acme site:hq type:break_fix")
            assert [(await office.ticket(number)).number for number in (1, 2)] == [1, 2]
            await slack.install(by="dana")
            found = kept(office).get("T0NORTHGATE")
            assert found
            assert found.installed_by == "U0DANA"
        async with deskhand(slack, tmp_path, allowed_teams=None) as office:
            await office.person("ben").types("/ticket Third customer:acme site:hq type:break_fix")
            assert (await office.ticket(3)).number == 3


async def test_a_token_that_slack_refuses_is_not_taken_over_and_hinders_nobody(
    slack: StandIn, tmp_path: Path
) -> None:
    stale = SecretStr("xoxb-stale")
    async with deskhand(slack, tmp_path, bot_token=stale, allowed_teams=None) as office:
        await slack.until(lambda: slack.calls("auth.test") or None)
        landing = await slack.install(by="dana")
        while "may not install" in landing.text:  # until Slack has refused the token
            landing = await slack.install(by="dana")
        assert "Deskhand is in Northgate" in landing.text
        assert await office.runtime.installations.token(office.workspace) != "xoxb-stale"


async def test_over_socket_mode_a_browser_installs_it_and_slack_reaches_it_by_the_socket(
    slack: StandIn, tmp_path: Path
) -> None:
    async with deskhand(slack, tmp_path, app_token=SecretStr(slack.app_token)) as office:
        await office.runtime.connected()
        await slack.install(by="dana")
        await office.person("dana").messages.shows("Hello")
        await office.person("ben").types(LINE)
        await office.channel("support").shows("T-1")
        async with ClientSession() as http, http.post(str(slack.deliveries.url), data=b"{}") as refused:
            assert refused.status == 404


async def test_a_workspace_that_joins_an_organisation_keeps_its_desk(tmp_path: Path) -> None:
    async with (
        await start_standin(manifest.read(), installed=False) as slack,
        deskhand(slack, tmp_path) as office,
    ):
        await slack.install(by="dana")
        await office.person("ben").types(LINE)
        await office.channel("support").shows("T-1")
        await office.runtime.settled()
    async with await start_standin(manifest.read(), team=replace(seed.TEAM, **ORG), installed=False) as slack:
        slack.clock.advance(60)
        async with deskhand(slack, tmp_path) as office:
            await slack.install(by="dana", org=True)
            slack.installs.grant([slack.world])
            await slack.events_taken()
            await office.person("ben").types(LINE.replace("Printer", "Scanner"))
            assert [(await office.ticket(number)).summary for number in (1, 2)] == [
                "Printer down",
                "Scanner down",
            ]
            found = office.runtime.installations.of(office.workspace)
            assert found
            assert found.id == ORG["enterprise_id"]
            await office.channel("support").shows("T-2")


async def test_an_organisation_serves_the_workspaces_that_it_was_given(tmp_path: Path) -> None:
    home, branch = replace(seed.TEAM, **ORG), Team("T0BRANCH", "Branch", "branch", **ORG)
    async with await start_standin(manifest.read(), team=home, installed=False) as slack:
        there = slack.add_workspace(branch)
        async with deskhand(slack, tmp_path) as office:
            await slack.install(by="dana", org=True)
            slack.installs.grant([slack.world, there])
            await slack.events_taken()
            for world in (slack.world, there):
                somebody = slack.in_workspace(world).person(next(iter(world.users)))
                await somebody.types(
                    LINE,
                    in_=next(each.name for each in world.conversations.values() if each.kind == "public"),
                )
            await office.runtime.settled()
            for team in (home.id, branch.id):
                ticket = await office.runtime.store.read(Workspace(team_id=team)).ticket(1)
                assert ticket
                assert ticket.summary == "Printer down"
            await office.runtime.tasks.idle("installation notes")
            org = kept(office).get(ORG["enterprise_id"])
            assert org
            names = [org.called(each.id) for each in (home, branch)]
            assert names == [TeamName(name=each.name, domain=each.domain) for each in (home, branch)]
            slack.installs.withdraw([there])
            await slack.events_taken()
            assert office.runtime.installations.of(Workspace(team_id=branch.id)) is None
            assert office.runtime.installations.of(Workspace(team_id=home.id))


async def test_whoever_installed_it_may_change_settings_and_sees_the_first_steps_on_home(
    slack: StandIn, tmp_path: Path
) -> None:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        await office.runtime.introduced()
        slack.world.users["U0DANA"] = replace(slack.world.users["U0DANA"], is_admin=False)
        dana = office.person("dana")
        await dana.messages.shows("Hello")
        settings = await office.runtime.store.read(office.workspace).settings()
        assert settings.installer == "U0DANA"
        dana.opens_home()
        home = await slack.until(lambda: dana.home)
        await dana.presses(home, "Load your customers")
        form = await (await dana.presses(home, "Set up a queue")).form()
        await form.fill(name="Network", channel="network")
        await form.submit()
        await office.runtime.settled()
        dana.opens_home()
        await slack.until(lambda: dana.home and "Set up a queue" not in str(dana.home.blocks))
        assert (await office.runtime.store.read(office.workspace).settings()).queues


async def test_no_token_or_secret_is_on_disk_in_a_log_in_a_figure_or_a_repr(
    slack: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets: list[str] = []
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        secrets.append(await office.runtime.installations.token(office.workspace))
        slack.clock.advance(13 * HOURS)
        await office.person("ben").types(LINE)
        await office.runtime.settled()
        secrets.append(await office.runtime.installations.token(office.workspace))
        secrets += [
            refresh.get_secret_value() for each in kept(office).all if (refresh := each.tokens.refresh)
        ]
        secrets += [slack.client_secret, KEY.get_secret_value(), slack.signing_secret]
        async with ClientSession() as http:
            url = str(office.settings.public_url)
            async with http.get(f"{url}/metrics") as response:
                figures = await response.text()
            headers = {"Authorization": authorization(KEY)}
            async with http.get(f"{url}/workspaces", headers=headers) as response:
                figures += await response.text()
        assert "T0NORTHGATE" in figures
        shown = (
            f"{figures} {kept(office).all!r} {office.runtime.oauth!r} {office.settings!r} {office.runtime!r}"
        )
    assert len({*secrets}) == len(secrets)
    seen = shown + caplog.text + "".join(capsys.readouterr())
    for secret in secrets:
        assert secret not in seen
        assert secret.encode() not in all_bytes(tmp_path)
