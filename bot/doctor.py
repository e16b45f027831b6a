"""`deskhand doctor`: is everything as Deskhand needs it, and if not, what to do.

Asks Slack with the tokens of the settings (auth.test, apps.connections.open), looks at the data folder and the clock.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, NamedTuple

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError
from rich.console import Console
from rich.text import Text

from bot import manifest
from bot.settings import APP_TOKEN, BOT_TOKEN, REMEDIES, Settings, SettingsError, load

if sys.platform != "win32":
    import fcntl

Verdict = Literal["ok", "warn", "fail"]

_MARKS: Mapping[Verdict, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warn": ("!", "yellow"),
    "fail": ("✗", "red"),
}
_TIMEOUT = 5.0  # seconds for one call to Slack
_MEGABYTE = 1_000_000
_TIGHT, _FULL = 500 * _MEGABYTE, 20 * _MEGABYTE
_LATE, _TOO_LATE = 30, 300  # seconds; Slack's signatures are refused after 300
_OLDEST_PYTHON = (3, 11)


class Check(NamedTuple):
    """One thing looked at. `remedy` says what to do where it is not well."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""


class ApiAnswer(BaseModel):
    """What Slack's Web API says to auth.test and apps.connections.open, as far as it matters here."""

    ok: bool = False
    error: str = ""
    team: str = ""
    team_id: str | None = None
    enterprise_id: str | None = None
    user: str = ""
    scopes: frozenset[str] | None = None
    date: datetime | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def examine(environment: Mapping[str, str], now: Callable[[], datetime] = _utc_now) -> list[Check]:
    """Looks at everything there is to look at in this environment. Raises nothing; takes some seconds at most."""
    checks = [_python()]
    try:
        settings = load(environment)
    except SettingsError as error:
        return [*checks, *(Check("settings", "fail", fault) for fault in error.message.splitlines())]
    checks += [_settings(settings), *_data_folder(Path(settings.store.partition(":")[2]))]
    if settings.bot_token:
        answer = await ask(settings, "auth.test", settings.bot_token)
        checks += _bot_token(answer, now())
    if settings.app_token:
        checks.append(_app_token(await ask(settings, "apps.connections.open", settings.app_token)))
    return checks


def show(checks: list[Check], console: Console) -> None:
    """A line for each check, and below it what to do."""
    for check in checks:
        mark, colour = _MARKS[check.verdict]
        console.print(Text.assemble((mark, colour), f" {check.name}: {check.detail}"), soft_wrap=True)
        if check.remedy:
            console.print(Text(f"  → {check.remedy}"), soft_wrap=True)


async def ask(settings: Settings, method: str, token: SecretStr) -> ApiAnswer:
    """Calls a method of Slack's Web API that takes no arguments. Whatever goes wrong is in the answer's `error`."""
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as http,
            http.post(settings.api_url + method, headers=headers) as response,
        ):
            answer = ApiAnswer.model_validate_json(await response.read())
            update = {
                "scopes": _scopes(response.headers.get("x-oauth-scopes")),
                "date": _date(response.headers),
            }
            return answer.model_copy(update=update)
    except ValidationError:
        return ApiAnswer(error=f"HTTP {response.status}, and not Slack's JSON")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return ApiAnswer(error=f"no answer ({str(error) or type(error).__name__})")


def _scopes(header: str | None) -> frozenset[str] | None:
    return None if header is None else frozenset(scope.strip() for scope in header.split(","))


def _date(headers: Mapping[str, str]) -> datetime | None:
    with suppress(ValueError):
        return parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
    return None


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        return Check("python", "fail", version, "Deskhand needs Python 3.11 or later.")
    return Check("python", "ok", version)


def _settings(settings: Settings) -> Check:
    address = f"http://{settings.host}:{settings.port}"
    ways = {
        "http": f"Slack calls {address}/slack/events (HTTP)",
        "socket": "Deskhand calls Slack (Socket Mode)",
        "playground": "no Slack credentials are set, so `deskhand` starts the playground",
    }
    return Check("settings", "ok", ways[settings.mode])


def _data_folder(folder: Path) -> Iterator[Check]:
    name, remedy = "data folder", "Make it writable, or set DESKHAND_STORE to another folder."
    at = folder.absolute()
    while not at.exists() and at != at.parent:
        at = at.parent
    try:
        with tempfile.TemporaryFile(dir=at):
            free = shutil.disk_usage(at).free
    except OSError as error:
        yield Check(name, "fail", f"{folder} cannot be written ({error.strerror})", remedy)
        return
    if held := holder(folder):
        yield Check(name, "ok", f"{folder} is in use by Deskhand, process {held.process}")
    else:
        yield Check(name, "ok", f"{folder} is writable" if folder.exists() else f"{folder} will be made")
    if free < _TIGHT:
        verdict: Verdict = "fail" if free < _FULL else "warn"
        yield Check("disk", verdict, f"{free // _MEGABYTE} MB free", "Make room: tickets are kept there.")


class Holder(NamedTuple):
    """The number of a process, and whether its courier is at work."""

    process: str
    delivers: bool


def holder(folder: Path) -> Holder | None:
    """Who has the folder's lock (storage/lock.py), if somebody has."""
    if sys.platform == "win32":
        return None
    try:
        file = os.open(folder / ".lock", os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        process, *more = os.read(file, 40).decode(errors="replace").split() or ["?"]
        return Holder(process, delivers="delivers" in more)
    finally:
        os.close(file)
    return None


def _bot_token(answer: ApiAnswer, now: datetime) -> Iterator[Check]:
    if not answer.ok:
        yield _refused(BOT_TOKEN, "auth.test", answer)
        return
    yield Check("bot token", "ok", f"@{answer.user} in {answer.team} ({answer.team_id})")
    if answer.scopes is not None:
        yield _scopes_of(answer.scopes)
    if answer.date:
        yield _clock(abs((now - answer.date).total_seconds()))


def _app_token(answer: ApiAnswer) -> Check:
    if answer.ok:
        return Check("app-level token", "ok", "Socket Mode can connect")
    return _refused(APP_TOKEN, "apps.connections.open", answer)


def _refused(variable: str, method: str, answer: ApiAnswer) -> Check:
    if answer.error.startswith(("no answer", "HTTP")):
        remedy = "Check the network, a proxy's settings and SLACK_API_URL."
    elif answer.error == "ratelimited":
        remedy = "Wait a minute and try again."
    elif answer.error == "missing_scope":
        remedy = "The token lacks a scope. " + REMEDIES[variable]
    else:
        remedy = "The token is not valid (any more). " + REMEDIES[variable]
    return Check(variable, "fail", f"{method}: {answer.error}", remedy)


def _scopes_of(granted: frozenset[str]) -> Check:
    needed = manifest.scopes()
    if missing := needed - granted:
        remedy = "Add them at OAuth & Permissions (or take over manifest.yml) and install the app again."
        return Check("scopes", "fail", f"missing: {', '.join(sorted(missing))}", remedy)
    if surplus := granted - needed:
        remedy = "Deskhand does not need them: take them out at OAuth & Permissions."
        return Check("scopes", "warn", f"more than needed: {', '.join(sorted(surplus))}", remedy)
    return Check("scopes", "ok", ", ".join(sorted(needed)))


def _clock(skew: float) -> Check:
    detail = f"{skew:.0f} s off Slack's"
    if skew < _LATE:
        return Check("clock", "ok", detail)
    remedy = "Set this machine's clock by NTP: at 5 minutes, all that Slack sends is refused as too old."
    return Check("clock", "fail" if skew >= _TOO_LATE else "warn", detail, remedy)
