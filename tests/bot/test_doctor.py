import asyncio
import os
import re
import shutil
import stat
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import manifest
from bot.doctor import examine, show
from bot.http import server
from bot.services.ports.store_url import Finding
from bot.settings import APP_TOKEN, BOT_TOKEN
from storage import store_url

SCOPES = ",".join(sorted(manifest.scopes()))


@dataclass
class Slack:
    """Slack's side: what it answers to each method, and the tokens it was asked with."""

    url: str = ""
    scopes: str = SCOPES
    tokens: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(
        default_factory=lambda: {
            "auth.test": '{"ok": true, "team": "Acme", "team_id": "T1", "user": "deskhand"}',
            "apps.connections.open": '{"ok": true, "url": "wss://socket.example"}',
        }
    )

    async def answer(self, request: Request) -> Response:
        self.tokens.append(request.headers["authorization"])
        text = self.answers[request.path_params["method"]]
        return PlainTextResponse(text, media_type="application/json", headers={"x-oauth-scopes": self.scopes})


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    slack = Slack()
    app = Starlette(routes=[Route("/api/{method}", slack.answer, methods=["POST"])])
    async with server.listening(app, host="127.0.0.1", port=0) as port:
        slack.url = f"http://127.0.0.1:{port}/api/"
        yield slack


@pytest.fixture
def environment(slack: Slack, tmp_path: Path) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.url,
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "DESKHAND_STORE": f"tinydb:{tmp_path}/data",
    }


async def look(environment: dict[str, str], off: float = 0) -> dict[str, Finding]:
    """What the doctor finds where the clock is `off` seconds off."""
    checks = await examine(environment, store_url, lambda: datetime.now(UTC) + timedelta(seconds=off))
    return {check.name: check for check in checks}


async def test_all_is_well(environment: dict[str, str], slack: Slack) -> None:
    checks = await look(environment)
    assert {name: check.verdict for name, check in checks.items()} == dict.fromkeys(checks, "ok")
    assert list(checks) == ["python", "settings", "data folder", "bot token", "scopes", "clock"]
    assert checks["bot token"].detail == "@deskhand in Acme (T1)"
    assert slack.tokens == ["Bearer xoxb-1"]


async def test_socket_mode_is_tried(environment: dict[str, str], slack: Slack) -> None:
    environment |= {"SLACK_APP_TOKEN": "xapp-1"}
    assert (await look(environment))["app-level token"].verdict == "ok"
    assert slack.tokens == ["Bearer xoxb-1", "Bearer xapp-1"]
    slack.answers["apps.connections.open"] = '{"ok": false, "error": "missing_scope"}'
    refused = (await look(environment))[APP_TOKEN]
    assert refused.verdict == "fail"
    assert "connections:write" in refused.remedy


async def test_without_credentials_only_the_machine_is_looked_at(tmp_path: Path) -> None:
    checks = await look({"DESKHAND_STORE": f"tinydb:{tmp_path}"})
    assert list(checks) == ["python", "settings", "data folder"]
    assert "playground" in checks["settings"].detail


async def test_a_wrong_setting_is_told_and_nothing_is_tried_with_it(slack: Slack) -> None:
    checks = await examine(
        {"SLACK_API_URL": slack.url, "SLACK_BOT_TOKEN": "xoxb-1", "DESKHAND_PORT": "x"}, store_url
    )
    assert [(check.name, check.verdict) for check in checks[1:]] == [
        ("settings", "fail"),
        ("settings", "fail"),
    ]
    assert not slack.tokens


@pytest.mark.parametrize(
    ("answer", "detail", "remedy"),
    [
        ('{"ok": false, "error": "invalid_auth"}', "auth.test: invalid_auth", "Bot User OAuth Token"),
        ('{"ok": false, "error": "token_revoked"}', "auth.test: token_revoked", "Bot User OAuth Token"),
        ('{"ok": false, "error": "ratelimited"}', "auth.test: ratelimited", "Wait a minute"),
        ("<html>", "auth.test: HTTP 200, and not Slack's JSON", "SLACK_API_URL"),
        ("[]", "auth.test: HTTP 200, and not Slack's JSON", "SLACK_API_URL"),
    ],
)
async def test_a_token_that_slack_refuses_has_a_remedy(
    environment: dict[str, str], slack: Slack, answer: str, detail: str, remedy: str
) -> None:
    slack.answers["auth.test"] = answer
    check = (await look(environment))[BOT_TOKEN]
    assert (check.verdict, check.detail) == ("fail", detail)
    assert remedy in check.remedy


async def test_a_slack_that_is_not_there_has_a_remedy(environment: dict[str, str]) -> None:
    check = (await look(environment | {"SLACK_API_URL": "http://127.0.0.1:1/"}))[BOT_TOKEN]
    assert check.detail.startswith("auth.test: no answer")
    assert "SLACK_API_URL" in check.remedy


@pytest.mark.parametrize(
    ("scopes", "verdict", "detail"),
    [
        (SCOPES.replace("chat:write,", "").replace(",chat:write", ""), "fail", "missing: chat:write"),
        (f"{SCOPES},admin", "warn", "more than needed: admin"),
        ("", "fail", f"missing: {', '.join(sorted(manifest.scopes()))}"),
    ],
)
async def test_the_scopes_are_held_against_the_manifest(
    environment: dict[str, str], slack: Slack, scopes: str, verdict: str, detail: str
) -> None:
    slack.scopes = scopes
    check = (await look(environment))["scopes"]
    assert (check.verdict, check.detail) == (verdict, detail)
    assert "OAuth & Permissions" in check.remedy


async def test_an_optional_scope_that_was_left_out_is_a_hint(
    environment: dict[str, str], slack: Slack
) -> None:
    optional = manifest.optional_scopes()
    slack.scopes = ",".join(manifest.scopes() | optional - {"usergroups:write"})
    check = (await look(environment))["scopes"]
    assert check.verdict == "ok"
    assert check.detail.endswith("; without the optional usergroups:write")
    assert "usergroups:write: No user group follows who is on call. Where that matters" in check.remedy
    slack.scopes = ",".join(manifest.scopes() | optional)
    check = (await look(environment))["scopes"]
    assert (check.verdict, check.remedy) == ("ok", "")


@pytest.mark.parametrize(("off", "verdict"), [(20, "ok"), (-60, "warn"), (305, "fail"), (-4000, "fail")])
async def test_the_clock_is_held_against_slacks(environment: dict[str, str], off: int, verdict: str) -> None:
    check = (await look(environment, off))["clock"]
    assert check.verdict == verdict
    assert abs(int(check.detail.removesuffix(" s off Slack's")) - abs(off)) <= 2


async def test_a_data_folder_that_does_not_exist_yet_is_not_made(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert (await look(environment))["data folder"].detail.endswith("data will be made")
    assert not (tmp_path / "data").exists()


async def test_a_data_folder_that_cannot_be_one_is_a_fault(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file")
    check = (await look(environment))["data folder"]
    assert (check.verdict, check.remedy) == (
        "fail",
        "Make it writable, or set DESKHAND_STORE to another folder.",
    )
    assert (await look(environment | {"DESKHAND_STORE": f"tinydb:{tmp_path}/data/in"}))[
        "data folder"
    ].verdict == "fail"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
async def test_a_data_folder_that_may_not_be_written_is_a_fault(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    assert (await look(environment))["data folder"].verdict == "fail"


@pytest.mark.parametrize(("free", "verdict"), [(100_000_000, "warn"), (1_000_000, "fail")])
async def test_a_full_disk_is_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - free, free))
    check = (await look(environment))["disk"]
    assert (check.verdict, check.detail) == (verdict, f"{free // 1_000_000} MB free")


async def test_a_folder_in_use_by_deskhand_is_well_and_says_by_whom(
    environment: dict[str, str], tmp_path: Path
) -> None:
    hold = "import storage, sys; s = storage.open_store(sys.argv[1]); print(flush=True); input()"
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", hold, f"tinydb:{tmp_path}/data", stdin=PIPE, stdout=PIPE
    )
    assert other.stdout
    await other.stdout.readline()
    check = (await look(environment))["data folder"]
    await other.communicate(b"\n")
    assert check.verdict == "ok"
    assert check.detail.endswith(f"is in use by Deskhand, process {other.pid}")
    assert (await look(environment))["data folder"].detail.endswith("is writable")


def test_what_is_shown_is_a_line_each_with_what_to_do_below() -> None:
    out = StringIO()
    checks = [
        Finding("a", "ok", "fine"),
        Finding("b", "warn", "[odd]", "Mend it."),
        Finding("c", "fail", "bad", "Stop."),
    ]
    show(checks, Console(file=out, width=40))
    assert out.getvalue() == "✓ a: fine\n! b: [odd]\n  → Mend it.\n✗ c: bad\n  → Stop.\n"
    assert not re.search(r"\x1b", out.getvalue())
