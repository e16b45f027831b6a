"""`deskhand doctor`: is everything as Deskhand needs it, and if not, what to do.

Asks Slack with the tokens of the settings (auth.test, apps.connections.open), looks at the data folder and the clock.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError
from rich.console import Console
from rich.text import Text

from bot import manifest
from bot.domain.errors import DeskError
from bot.domain.scopes import missing_features
from bot.services.ports.store_url import Finding, StoreUrl
from bot.settings import APP_TOKEN, BOT_TOKEN, REMEDIES, Settings, load

_MARKS = {
    "ok": ("✓", "green"),
    "warn": ("!", "yellow"),
    "fail": ("✗", "red"),
}
_TIMEOUT = 5.0  # seconds for one call to Slack
_LATE, _TOO_LATE = 30, 300  # seconds; Slack's signatures are refused after 300
_OLDEST_PYTHON = (3, 11)


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


async def examine(
    environment: Mapping[str, str],
    store_url: Callable[..., StoreUrl],
    now: Callable[[], datetime] = _utc_now,
) -> list[Finding]:
    """Looks at everything there is to look at in this environment. Raises nothing; takes some seconds at most.

    `store_url`: what a DESKHAND_STORE names, as `storage` gives it, or DeskError.
    """
    checks = [_python()]
    try:
        settings = load(environment)
        store = store_url(settings.store, direct=settings.store_direct, pool=settings.pool)
    except DeskError as error:
        return [*checks, *(Finding("settings", "fail", fault) for fault in error.message.splitlines())]
    checks += [_settings(settings), *await store.examine()]
    if settings.bot_token and settings.is_installed_by_oauth:
        words = "it was taken over as an installation when Deskhand first started with it"
        checks.append(
            Finding(
                BOT_TOKEN, "ok", words, "It is needed no more once `deskhand workspaces` lists its workspace."
            )
        )
    elif settings.bot_token:
        answer = await ask(settings, "auth.test", settings.bot_token)
        checks += _bot_token(answer, now())
    if settings.app_token:
        checks.append(_app_token(await ask(settings, "apps.connections.open", settings.app_token)))
    return checks


def show(checks: list[Finding], console: Console) -> None:
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


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        return Finding("python", "fail", version, "Deskhand needs Python 3.11 or later.")
    return Finding("python", "ok", version)


def _settings(settings: Settings) -> Finding:
    address = f"http://{settings.host}:{settings.port}"
    ways = {
        "http": f"Slack calls {address}/slack/events (HTTP)",
        "socket": "Deskhand calls Slack (Socket Mode)",
        "playground": "no Slack credentials are set, so `deskhand` starts the playground",
    }
    return Finding("settings", "ok", ways[settings.mode])


def _bot_token(answer: ApiAnswer, now: datetime) -> Iterator[Finding]:
    if not answer.ok:
        yield _refused(BOT_TOKEN, "auth.test", answer)
        return
    yield Finding("bot token", "ok", f"@{answer.user} in {answer.team} ({answer.team_id})")
    if answer.scopes is not None:
        yield _scopes_of(answer.scopes)
    if answer.date:
        yield _clock(abs((now - answer.date).total_seconds()))


def _app_token(answer: ApiAnswer) -> Finding:
    if answer.ok:
        return Finding("app-level token", "ok", "Socket Mode can connect")
    return _refused(APP_TOKEN, "apps.connections.open", answer)


def _refused(variable: str, method: str, answer: ApiAnswer) -> Finding:
    if answer.error.startswith(("no answer", "HTTP")):
        remedy = "Check the network, a proxy's settings and SLACK_API_URL."
    elif answer.error == "ratelimited":
        remedy = "Wait a minute and try again."
    elif answer.error == "missing_scope":
        remedy = "The token lacks a scope. " + REMEDIES[variable]
    else:
        remedy = "The token is not valid (any more). " + REMEDIES[variable]
    return Finding(variable, "fail", f"{method}: {answer.error}", remedy)


def _scopes_of(granted: frozenset[str]) -> Finding:
    needed = manifest.scopes()
    if missing := needed - granted:
        remedy = "Add them at OAuth & Permissions (or take over manifest.yml) and install the app again."
        return Finding("scopes", "fail", f"missing: {', '.join(sorted(missing))}", remedy)
    optional = manifest.optional_scopes()
    if surplus := granted - needed - optional:
        remedy = "Deskhand does not need them: take them out at OAuth & Permissions."
        return Finding("scopes", "warn", f"more than needed: {', '.join(sorted(surplus))}", remedy)
    has = ", ".join(sorted(granted))
    if not (left_out := optional - granted):
        return Finding("scopes", "ok", has)
    lacks = " ".join(f"{each.scope}: {each.words}" for each in missing_features(granted))
    remedy = f"{lacks} Where that matters, add the scope at OAuth & Permissions and install the app again."
    return Finding("scopes", "ok", f"{has}; without the optional {', '.join(sorted(left_out))}", remedy)


def _clock(skew: float) -> Finding:
    detail = f"{skew:.0f} s off Slack's"
    if skew < _LATE:
        return Finding("clock", "ok", detail)
    remedy = "Set this machine's clock by NTP: at 5 minutes, all that Slack sends is refused as too old."
    return Finding("clock", "fail" if skew >= _TOO_LATE else "warn", detail, remedy)
