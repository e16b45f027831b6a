"""Installing over HTTP, as a browser does it, and every way in which it does not go well."""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.http import server
from bot.http.app import asgi
from bot.metrics import Metrics
from bot.services.kept_installations import KeptInstallations
from bot.services.ports.installations import RefreshRefused
from bot.services.ports.messenger import NoAnswer, NotDelivered
from bot.tasks import Supervisor
from handlers.oauth import pages
from handlers.oauth.flow import InstallFlow, OAuthApp
from handlers.oauth.rotation import SlackRotator
from storage.common.keyring import Keyring
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.installations import TinyDBInstallations
from tests.handlers.oauth_slack import CLIENT_ID, CLIENT_SECRET, OAuthSlack

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
KEYRING = Keyring([SecretStr(Fernet.generate_key().decode())])
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"


@dataclass
class Page:
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def title(self) -> str:
        return unescape(re.findall(r"<h1>(.*?)</h1>", self.text)[0])

    @property
    def links(self) -> list[str]:
        return [unescape(each) for each in re.findall(r'href="([^"]*)"', self.text)][1:]


@dataclass
class Site:
    """A desk's two pages, and a browser on them."""

    slack: OAuthSlack
    installations: KeptInstallations
    kept: TinyDBInstallations
    browser: aiohttp.ClientSession
    tasks: Supervisor
    now: datetime = NOW

    async def get(self, path: str, **query: str) -> Page:
        async with self.browser.get(path, params=query, allow_redirects=False) as response:
            return Page(response.status, await response.text(), response.headers)

    async def begin(self, **query: str) -> str:
        """Opens /slack/install, and gives the state with which it leads to Slack."""
        page = await self.get(INSTALL, **query)
        assert page.status == 302
        return parse_qs(urlsplit(page.headers["Location"]).query)["state"][0]

    async def install(self, team: str = "T1", **more: object) -> Page:
        state = await self.begin()
        return await self.get(REDIRECT, state=state, code=self.slack.allow(team, **more))  # type: ignore[arg-type]


def size_of(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())


@asynccontextmanager
async def site(
    folder: Path, *, allowed: Collection[str] | None = ("*",), public_url: str = "http://127.0.0.1"
) -> AsyncIterator[Site]:
    slack, lock, tasks = OAuthSlack(), FolderLock(folder), Supervisor(lambda: NOW)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(slack.served())
        deployment = DeploymentDB(folder, lock, deployment_tables.ALL)
        stack.callback(lock.release)
        stack.callback(deployment.close)
        stack.push_async_callback(tasks.stop, 1)
        kept = TinyDBInstallations(deployment, KEYRING)

        def clock() -> datetime:
            return there.now

        rotator = SlackRotator(slack.api_url, CLIENT_ID, SecretStr(CLIENT_SECRET), clock)
        installations = KeptInstallations(kept, rotator, tasks, clock)
        app = OAuthApp(
            CLIENT_ID,
            SecretStr(CLIENT_SECRET),
            public_url,
            slack.api_url,
            {"commands", "chat:write"},
            allowed,
        )
        flow = InstallFlow(app, installations, kept, tasks, clock)

        async def ready() -> None: ...

        served = asgi(None, ready=ready, metrics=Metrics(), install=flow)
        port = await stack.enter_async_context(server.listening(served, host="127.0.0.1", port=0))
        browser = await stack.enter_async_context(
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        there = Site(slack, installations, kept, browser, tasks)
        yield there


async def test_two_clicks_install_it_and_open_its_home_in_slack(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        page = await desk.get(INSTALL)
        to_slack = urlsplit(page.headers["Location"])
        asked = parse_qs(to_slack.query)
        assert to_slack.path == "/oauth/v2/authorize"
        assert asked["scope"] == ["chat:write,commands"]
        assert asked["redirect_uri"] == [f"http://127.0.0.1{REDIRECT}"]
        done = await desk.get(REDIRECT, state=asked["state"][0], code=desk.slack.allow())
        assert done.status == 200
        assert done.title == "Deskhand is in Acme <b>& Co"
        assert "<b>&" not in done.text
        assert desk.slack.api_url.replace("/api/", "/app_redirect?app=A1&team=T1") in done.links
        found = desk.installations.of(Workspace(team_id="T1"))
        assert found
        assert (found.name, found.domain, found.app_id) == ("Acme <b>& Co", "acme", "A1")
        assert (found.installed_by, found.bot_user, found.since) == ("U1", "UBOTT1", NOW)
        assert found.scopes == frozenset({"commands", "chat:write"})
        assert found.tokens.expires_at == NOW + timedelta(hours=12)
        assert await desk.installations.token(Workspace(team_id="T1")) == desk.slack.tokens[0]


def test_at_slack_the_page_opens_the_app_and_offers_the_browser() -> None:
    page = pages.installed("Acme", "T1", "A1", "https://slack.com/")
    assert page.opens == "slack://app?team=T1&id=A1&tab=home"
    assert page.other
    assert page.other.address == "https://slack.com/app_redirect?app=A1&team=T1"
    assert 'content="0; url=slack://app?team=T1&amp;id=A1&amp;tab=home"' in pages.html(page)


async def test_a_whole_organisation_installs_it_and_goes_on_to_choose_workspaces(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        done = await desk.install("E1", enterprise="E1", org_wide=True)
        assert done.title == "Deskhand is in Acme Group"
        assert "/manage/E1/integrations/profile/A1/workspaces/add" in done.links[0]
        assert desk.installations.workspace_of("E1", "T5", is_told=True) == Workspace(team_id="T5")


@pytest.mark.parametrize(
    ("error", "status", "title", "begins_again"),
    [
        ("access_denied", 200, "Nothing was installed", True),
        ("<script>alert(1)</script>", 400, "Slack did not install it", True),
    ],
)
async def test_whoever_cancels_at_slack_can_begin_again(
    tmp_path: Path, error: str, status: int, title: str, *, begins_again: bool
) -> None:
    async with site(tmp_path) as desk:
        page = await desk.get(REDIRECT, state=await desk.begin(), error=error)
        assert (page.status, page.title) == (status, title)
        assert (f"http://127.0.0.1{INSTALL}" in page.links) is begins_again
        assert "<script" not in page.text
        assert await desk.kept.all() == []


@pytest.mark.parametrize(
    ("said", "status", "title", "says"),
    [
        ("bad_client_secret", 500, "Deskhand is not set up right", "SLACK_CLIENT_SECRET"),
        ("invalid_client_id", 500, "Deskhand is not set up right", "SLACK_CLIENT_ID"),
        ("bad_redirect_uri", 500, "Deskhand is not set up right", "DESKHAND_PUBLIC_URL"),
        ("code_already_used", 400, "Slack takes this link no more", "Begin again"),
        ("cannot_install_an_org_installed_app", 400, "Your organisation has Deskhand already", "its admins"),
        ("ratelimited", 503, "Slack does not answer", "Wait a minute"),
        ("internal_error", 503, "Slack does not answer", "Wait a minute"),
        ("some_new_error", 400, "Slack did not install it", "some_new_error"),
    ],
)
async def test_what_slack_refuses_is_said_in_plain_words(
    tmp_path: Path, said: str, status: int, title: str, says: str
) -> None:
    async with site(tmp_path) as desk:
        desk.slack.error = said
        page = await desk.install()
        assert (page.status, page.title) == (status, title)
        assert says in unescape(page.text)
        assert CLIENT_SECRET not in page.text
        assert await desk.kept.all() == []


@pytest.mark.parametrize("error", ["Call support on 0800 123", "call_support_on_0800", "x" * 41, "", "a\n"])
async def test_nobodys_own_words_stand_on_the_page(tmp_path: Path, error: str) -> None:
    async with site(tmp_path) as desk:
        page = await desk.get(REDIRECT, error=error)
        assert "says why" not in page.text
        assert not error.strip() or error not in page.text


@pytest.mark.parametrize("how", ["503", "hangs", "gone", "no token"])
async def test_while_slack_is_down_nothing_hangs_and_one_can_begin_again(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.outbound.slack_errors.CALL_SECONDS", 0.2)
    async with site(tmp_path) as desk:
        desk.slack.status = 503 if how == "503" else 200
        desk.slack.hangs = how == "hangs"
        state, code = await desk.begin(), desk.slack.allow()
        if how == "no token":
            desk.slack.codes[code]["team"] = None
        if how == "gone":
            monkeypatch.setattr("slack_sdk.web.async_client.AsyncWebClient.oauth_v2_access", _unreachable)
        page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (
            (400, "Slack did not install it") if how == "no token" else (503, "Slack does not answer")
        )
        assert f"http://127.0.0.1{INSTALL}" in page.links


async def _unreachable(*_: object, **__: object) -> None:
    raise aiohttp.ClientConnectionError


async def test_a_state_works_once_and_in_its_own_browser_and_for_ten_minutes(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        state = await desk.begin()
        code = desk.slack.allow()
        desk.browser.cookie_jar.clear()
        page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (400, "This link works only once")
        desk.browser.cookie_jar.update_cookies({"deskhand-install": "another"})
        page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (400, "This did not start in this browser")
        desk.browser.cookie_jar.update_cookies({"deskhand-install": state})
        assert (await desk.get(REDIRECT, state=state, code=code)).status == 200
        desk.browser.cookie_jar.clear()  # as that page has told the browser, which loads it again
        page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (400, "This link works only once")
        desk.browser.cookie_jar.update_cookies({"deskhand-install": state})
        page = await desk.get(REDIRECT, state=state, code=desk.slack.allow())
        assert (page.status, page.title) == (400, "This link was used, or is too old")
        desk.browser.cookie_jar.update_cookies({"deskhand-install": "forged"})
        page = await desk.get(REDIRECT, state="forged", code=desk.slack.allow())
        assert (page.status, page.title) == (400, "This link was used, or is too old")
        state = await desk.begin()
        desk.now += timedelta(minutes=10)
        page = await desk.get(REDIRECT, state=state, code=desk.slack.allow())
        assert (page.status, page.title) == (400, "This link was used, or is too old")
        assert len(await desk.kept.all()) == 1
        page = await desk.get(REDIRECT, state=await desk.begin())
        assert (page.status, page.title) == (400, "Slack sent too little")


async def test_whoever_only_looks_costs_no_memory_and_pushes_nobody_out(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        state, before = await desk.begin(), size_of(tmp_path)
        for _ in range(1001):
            async with desk.browser.head(INSTALL, allow_redirects=False) as looked:
                assert looked.status == 302
        assert size_of(tmp_path) == before
        desk.browser.cookie_jar.clear()
        desk.browser.cookie_jar.update_cookies({"deskhand-install": state})
        assert (await desk.get(REDIRECT, state=state, code=desk.slack.allow())).status == 200


@pytest.mark.parametrize("part", [0, 1, 2, 3])
async def test_a_state_of_which_something_was_changed_is_no_state(tmp_path: Path, part: int) -> None:
    async with site(tmp_path) as desk:
        parts = (await desk.begin(team="T1")).split(".")
        parts[part] += "1"
        forged = ".".join(parts)
        desk.browser.cookie_jar.clear()
        desk.browser.cookie_jar.update_cookies({"deskhand-install": forged})
        page = await desk.get(REDIRECT, state=forged, code=desk.slack.allow())
        assert (page.status, page.title) == (400, "This link was used, or is too old")


@pytest.mark.parametrize(
    ("public_url", "is_secure"), [("https://desk.example.com", True), ("http://127.0.0.1:3000", False)]
)
async def test_the_cookie_is_secure_where_browsers_come_by_https(
    tmp_path: Path, public_url: str, *, is_secure: bool
) -> None:
    async with site(tmp_path, public_url=public_url) as desk:
        cookie = (await desk.get(INSTALL)).headers["Set-Cookie"]
        assert ("; Secure" in cookie) is is_secure
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Max-Age=600" in cookie


async def test_no_page_is_kept_framed_or_told_to_others(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        headers = (await desk.install()).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "img-src data:" in headers["Content-Security-Policy"]  # the icon that stands for none


async def test_a_team_in_the_address_is_offered_first_and_nothing_else_goes_on_to_slack(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as desk:
        location = (await desk.get(INSTALL, team="T1")).headers["Location"]
        assert parse_qs(urlsplit(location).query)["team"] == ["T1"]
        for team in ("T1\r\nSet-Cookie: a=b", "T1&scope=admin", "x"):
            page = await desk.get(INSTALL, team=team)
            assert "team" not in parse_qs(urlsplit(page.headers["Location"]).query)
            assert "admin" not in page.headers["Location"]


@pytest.mark.parametrize("fails", [{"error": "access_denied"}, {"code": "forged"}, {}])
async def test_whoever_begins_again_is_offered_the_same_workspace(
    tmp_path: Path, fails: dict[str, str]
) -> None:
    async with site(tmp_path) as desk:
        location = (await desk.get(INSTALL, team="T1")).headers["Location"]
        (state,) = parse_qs(urlsplit(location).query)["state"]
        assert f"http://127.0.0.1{INSTALL}?team=T1" in (await desk.get(REDIRECT, state=state, **fails)).links
        for forged in (".", "x.y", "T1&scope=admin.y", ""):
            page = await desk.get(REDIRECT, state=forged, error="access_denied")
            assert f"http://127.0.0.1{INSTALL}" in page.links


async def test_a_workspace_that_may_not_gives_its_token_back(tmp_path: Path) -> None:
    async with site(tmp_path, allowed=None) as desk:
        assert (await desk.install("T1")).status == 200
        page = await desk.install("T2")
        assert (page.status, page.title) == (403, "This workspace may not install Deskhand here")
        assert "add T2 to DESKHAND_ALLOWED_TEAMS" in page.text
        await desk.tasks.idle("revocations")
        assert desk.slack.revoked == [desk.slack.tokens[1]]
        assert (await desk.install("T1")).status == 200
        assert desk.installations.workspace_of(None, "T2") is None


async def test_what_cannot_be_written_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreUnavailable("no room")

    async with site(tmp_path) as desk:
        state, code = await desk.begin(), desk.slack.allow()
        with monkeypatch.context() as broken:
            broken.setattr(desk.kept, "change", full)
            page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (503, "This could not be saved")
        state, code = await desk.begin(), desk.slack.allow()
        monkeypatch.setattr(desk.kept, "use_state", full)
        page = await desk.get(REDIRECT, state=state, code=code)
        assert (page.status, page.title) == (503, "This could not be saved")
        assert desk.installations.all == []


async def test_a_token_is_refreshed_by_the_sdk_and_a_used_one_refused(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        await desk.install()
        one = Workspace(team_id="T1")
        desk.now += timedelta(hours=13)
        assert await desk.installations.token(one) == desk.slack.tokens[1]
        found = desk.installations.of(one)
        assert found
        assert found.tokens.expires_at == desk.now + timedelta(hours=12)
        assert desk.slack.asked[-1].get("refresh_token") == "xoxe-1-refresh0"
        rotator = SlackRotator(desk.slack.api_url, CLIENT_ID, SecretStr(CLIENT_SECRET), lambda: NOW)
        desk.slack.refresh_tokens.clear()
        with pytest.raises(RefreshRefused, match="invalid_refresh_token"):
            await rotator.refreshed(found)
        desk.slack.error = "bad_client_secret"
        with pytest.raises(NotDelivered, match="bad_client_secret"):
            await rotator.refreshed(found)
        desk.slack.status = 500
        with pytest.raises(NoAnswer):
            await rotator.refreshed(found)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_no_secret_is_on_disk_or_on_a_page(tmp_path: Path) -> None:
    async with site(tmp_path) as desk:
        page = await desk.install()
        desk.now += timedelta(hours=13)
        await desk.installations.token(Workspace(team_id="T1"))
        secrets = [*desk.slack.tokens, *desk.slack.refresh_tokens, "xoxe-1-refresh0", CLIENT_SECRET]
        seen = page.text + repr(desk.installations.all) + repr(await desk.kept.all())
    written = on_disk(tmp_path)
    assert b"UBOTT1" in written
    for secret in secrets:
        assert secret not in seen
        assert secret.encode() not in written
