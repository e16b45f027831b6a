"""All that a deployment does, in processes of their own with the log at its most talkative: no secret is on disk, in a log, in what
a command says, in a page or in a figure."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.http.overview import PATH, authorization
from bot.playground import installs
from bot.playground.api import oauth
from bot.playground.app import Installation
from bot.playground.driver import Channel
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from tests.bot.test_cli import environment, run
from tests.journeys.test_installing import rotating
from tests.journeys.test_strangers import NOT_OURS, Post
from tests.patience import PATIENCE
from tests.postgres import free_port
from tests.stores import all_bytes

OTHER = Team("T0SUB", "Subcontractor", "subcontractor")
LINE = "/ticket {} customer:acme site:hq type:break_fix"
_FERNET = re.compile(rb"gAAAA[\w-]{40,}")


@dataclass
class Secrets:
    """What must be seen nowhere, by what it is; and all that was said."""

    known: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def note(self, what: str, secret: str | None) -> None:
        if secret:
            self.known[secret] = what

    def of(self, slack: StandIn) -> None:
        """Notes each code and each token that Slack gives from now on."""
        allow, issue = slack.installs.allow, slack.installs.issue

        def allowed(installation: Installation, scopes: frozenset[str], redirect_uri: str | None) -> str:
            code = allow(installation, scopes, redirect_uri)
            self.note("a code", code)
            return code

        def issued(owner: str) -> installs.Pair:
            pair = issue(owner)
            self.note("a bot token", pair.access)
            self.note("a refresh token", pair.refresh)
            return pair

        slack.installs.allow, slack.installs.issue = allowed, issued  # type: ignore[method-assign,assignment]

    def told_in(self, text: str | bytes) -> set[str]:
        raw = text if isinstance(text, bytes) else text.encode()
        return {what for secret, what in self.known.items() if secret.encode() in raw}


@asynccontextmanager
async def serving(folder: Path, settings: dict[str, str], secrets: Secrets) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment(folder, **settings), stdout=PIPE, stderr=PIPE
    )
    assert process.stderr
    lines: list[bytes] = []
    async for line in process.stderr:
        lines.append(line)
        if json.loads(line)["event"] == "serving":
            break
    reading = asyncio.create_task(process.communicate())
    try:
        yield
    finally:
        process.terminate()
        out, log = await reading
        secrets.seen += [out.decode(), b"".join(lines).decode() + log.decode()]


async def everything(slack: StandIn, url: str, secrets: Secrets, settings: dict[str, str]) -> None:
    """What happens to a deployment, well and badly."""
    async with ClientSession() as browser:
        async with browser.get(f"{url}/slack/install", allow_redirects=False) as page:
            secrets.note("a state", parse_qs(urlsplit(page.headers["location"]).query)["state"][0])
            secrets.seen.append(await page.text())
        for asked in ("?code=x&state=y", "?error=access_denied&state=y", ""):
            async with browser.get(f"{url}/slack/oauth_redirect{asked}") as page:
                secrets.seen.append(await page.text())
    for error in ("invalid_client_id", "bad_client_secret", "invalid_code"):
        slack.faults.fail("oauth.v2.access", error)
        secrets.seen.append((await slack.install(by="dana")).text)
    slack.faults.break_down("oauth.v2.access")
    secrets.seen.append((await slack.install(by="dana")).text)
    secrets.seen.append((await slack.cancel_install()).text)
    there = slack.add_workspace(OTHER)
    admin = next(each.name for each in there.users.values() if each.is_admin)
    for landing in (await slack.install(by="dana"), await slack.install(there, by=admin)):
        assert landing.status == 200, landing.text
        secrets.seen.append(landing.text)
    dana, ben = slack.person("dana"), slack.person("ben")
    await dana.messages.shows("Hello")
    await ben.types(LINE.format("Printer down"))
    card = await slack.channel("support").shows("T-1")
    await dana.presses(card, "Start")
    for fault in ("break_down", "drop_answer", "garble"):
        getattr(slack.faults, fault)("chat.postMessage")
        await ben.types(LINE.format(f"Lift {fault}"))
    slack.faults.fail("chat.postMessage", "invalid_auth")
    await ben.types(LINE.format("Door stuck"))
    await _shown(slack, slack.channel("support"), "T-5")  # with a newer token, which it goes on with
    issued = len(slack.calls("oauth.v2.access"))
    await slack.until(lambda: len(slack.calls("oauth.v2.access")) > issued + 2, within=PATIENCE)
    slack.faults.fail("oauth.v2.access", "invalid_refresh_token", times=None)
    await _shown(slack, dana.messages, "install me again")
    slack.faults.clear()
    secrets.seen.append((await slack.install(by="dana")).text)
    await _from_strangers(slack, url, secrets)
    async with ClientSession() as operator:
        for path, headers in (
            ("/metrics", {}),
            ("/readyz", {}),
            (PATH, {}),
            (PATH, {"authorization": authorization(SecretStr(settings["DESKHAND_SECRET_KEY"]))}),
        ):
            async with operator.get(f"{url}{path}", headers=headers) as answer:
                secrets.seen.append(await answer.text())
    slack.uninstall(there)
    await slack.events_taken()


async def _shown(slack: StandIn, where: Channel, words: str) -> None:
    def found() -> bool:
        return any(words in each.shown for each in where.messages)

    await slack.until(found, within=PATIENCE, otherwise=lambda: f"{words} was never shown")


async def _from_strangers(slack: StandIn, url: str, secrets: Secrets) -> None:
    """Requests that are refused: their bodies hold what Slack calls a verification token, too."""
    verification = slack.world.app.verification_token
    async with ClientSession() as session:
        post = Post(session, f"{url}/slack/events", slack.signing_secret)
        command = {"command": "/ticket", "text": "help", "token": verification, "user_id": "U1"}
        bodies: tuple[dict[str, object], ...] = (
            {**command, "team_id": "T0NOBODY", "channel_id": "C1", "trigger_id": "1"},
            {"command": "/ticket", "token": verification},
            {"type": "event_callback", "event": {"type": "x"}, "token": verification},
            {"type": "block_actions", "token": verification},
        )
        for body in bodies:
            secrets.seen.append((await post.payload(body))[1])
        await post(b"token=" + verification.encode(), "application/x-www-form-urlencoded", secret=NOT_OURS)
        await post(b"{", "application/json")


@pytest.mark.slow
async def test_no_secret_is_to_be_found_after_all_that_a_deployment_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (installs, oauth):  # tokens are renewed every second
        monkeypatch.setattr(module, "LIVES", 60)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    secrets = Secrets({old: "a key", new: "a key"})
    async with await start_standin(rotating(), installed=False) as slack:  # type: ignore[arg-type]
        secrets.of(slack)
        secrets.note("the client secret", slack.client_secret)
        secrets.note("the signing secret", slack.signing_secret)
        secrets.note("the verification token", slack.world.app.verification_token)
        settings = {
            "SLACK_CLIENT_ID": slack.client_id,
            "SLACK_CLIENT_SECRET": slack.client_secret,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "DESKHAND_PUBLIC_URL": url,
            "DESKHAND_ALLOWED_TEAMS": "*",
            "DESKHAND_SECRET_KEY": old,
            "DESKHAND_PORT": str(port),
            "DESKHAND_LOG_LEVEL": "debug",
        }

        async def says(*words: str, typed: str = "", **more: str) -> str:
            done = await asyncio.to_thread(run, tmp_path, *words, typed=typed, **settings | more)
            secrets.seen += [done.stdout, done.stderr]
            return done.stdout + done.stderr

        slack.connect(f"{url}/slack/events")
        async with serving(tmp_path, settings, secrets):
            await everything(slack, url, secrets, settings)
            assert OTHER.id in await says("workspaces")
            await says("doctor")
        on_disk = [all_bytes(tmp_path)]
        settings["DESKHAND_SECRET_KEY"] = f"{new},{old}"
        await says("doctor")
        assert "Encrypted with the newest key" in await says("token", "rekey")
        await says("workspaces", DESKHAND_SECRET_KEY=Fernet.generate_key().decode())
        await says("doctor", DESKHAND_SECRET_KEY=Fernet.generate_key().decode())
        settings["DESKHAND_SECRET_KEY"] = new
        assert "forgotten" in await says("workspaces", "forget", OTHER.id, typed=f"y\n{OTHER.id}\n")
        async with serving(tmp_path, settings, secrets):
            await slack.person("ben").types(LINE.format("Window open"))
        on_disk.append(all_bytes(tmp_path))
    kinds = {*secrets.known.values()}
    assert kinds >= {"a code", "a state", "a bot token", "a refresh token"}
    assert len(secrets.known) > 15
    said = "\n".join(secrets.seen)
    for event in ("installed", "delivered", "not_delivered", "malformed payload", "not installed"):
        assert f'"{event}"' in said, "the log tells of it"
    assert not secrets.told_in(said)
    for kept in on_disk:
        assert _FERNET.search(kept), "tokens are kept, encrypted"
        assert not secrets.told_in(kept)
