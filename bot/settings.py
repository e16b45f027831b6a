"""The environment, read once into one frozen model.

Every wrong or missing variable is one line that names it and says what to do; a secret is never shown.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.domain.errors import DeskError
from bot.services.ports.store_url import MOST_OPEN, POOL

Mode = Literal["http", "socket", "playground"]
LogLevel = Literal["debug", "info", "warning", "error", "critical"]

SIGNING_SECRET, BOT_TOKEN, APP_TOKEN = "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
CLIENT_ID, CLIENT_SECRET, PUBLIC_URL = "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "DESKHAND_PUBLIC_URL"
SECRET_KEY, ALLOWED_TEAMS = "DESKHAND_SECRET_KEY", "DESKHAND_ALLOWED_TEAMS"
STORE, STORE_DIRECT = "DESKHAND_STORE", "DESKHAND_STORE_DIRECT"

REMEDIES = {
    SIGNING_SECRET: "Copy it from your app's page: Basic Information → App Credentials → Signing Secret.",
    BOT_TOKEN: "Copy it from your app's page: OAuth & Permissions → Bot User OAuth Token (xoxb-…).",
    APP_TOKEN: "Make it on your app's page: Basic Information → App-Level Tokens, connections:write.",
    CLIENT_ID: "Copy it from your app's page: Basic Information → App Credentials → Client ID.",
    CLIENT_SECRET: "Copy it from your app's page: Basic Information → App Credentials → Client Secret.",
    PUBLIC_URL: "Set it to where browsers and Slack reach Deskhand, such as https://desk.example.com.",
    SECRET_KEY: "Make a key with `deskhand token key`, and keep it safe: without it no token can be read.",
}
"""Where each secret is found, and what the way of OAuth needs besides."""

_BELONGS = {
    "xoxb-": ("the bot token", f"put it in {BOT_TOKEN}"),
    "xapp-": ("the app-level token", f"put it in {APP_TOKEN}"),
    "xoxp-": ("a user's token", "Deskhand needs none"),
}
"""What a token is by its beginning, and where it goes. Source: https://docs.slack.dev/authentication/tokens"""

_WANTED = {
    "SLACK_API_URL": "it must be an http or https address, such as https://slack.com/api/.",
    STORE: "it must be tinydb: and a folder, such as tinydb:./data, or postgresql://user@host/database.",
    STORE_DIRECT: "it must be the address of the same database past its pooler, postgresql://user@host/database.",
    "DESKHAND_POOL": "it must be a number of connections from 1 to 100, such as 10.",
    "DESKHAND_HOST": "it must be an address of this machine, such as 127.0.0.1.",
    "DESKHAND_PORT": "it must be a port from 0 to 65535, such as 3000.",
    "DESKHAND_METRICS_PORT": "it must be a port from 0 to 65535, such as 9100.",
    "DESKHAND_OPEN_WORKSPACES": "it must be a number from 1 to 10000, such as 100.",
    "DESKHAND_LOG_LEVEL": "it must be debug, info, warning, error or critical.",
    PUBLIC_URL: "it must be an https address without a query, or http on this machine, such as https://desk.example.com.",
    ALLOWED_TEAMS: "it must be IDs of workspaces (T…) and organisations (E…) with commas between them, or * for anybody.",
}


class SettingsError(DeskError):
    """Deskhand cannot run in this environment: one line for each variable at fault."""

    code = "settings"


def _web_api(value: str) -> str:
    parts = urlsplit(value)  # raises ValueError
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or " " in value:
        raise ValueError(value)
    return value.rstrip("/") + "/"


def _public_url(value: str) -> str:
    parts = urlsplit(value)  # raises ValueError
    is_plain = not (parts.query or parts.fragment or parts.username or " " in value or parts.port == 0)
    if not (
        parts.hostname and is_plain and (parts.scheme == "https" or _is_here(parts.hostname, parts.scheme))
    ):
        raise ValueError(value)
    return value.rstrip("/")


def _is_here(host: str, scheme: str) -> bool:
    if scheme != "http":
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


_TEAM = re.compile(r"[TE][A-Z0-9]+|\*")


def _teams(value: str) -> frozenset[str]:
    named = _listed(value)
    if not named or not all(map(_TEAM.fullmatch, named)):
        raise ValueError(value)
    return frozenset(named)


def _listed(value: str) -> tuple[str, ...]:
    """What stands between commas or white space."""
    return tuple(value.replace(",", " ").split())


class Settings(BaseModel):
    """What the environment says. Absent secrets are None."""

    model_config = ConfigDict(
        frozen=True, validate_by_name=True, validate_by_alias=True, hide_input_in_errors=True
    )

    signing_secret: SecretStr | None = Field(None, alias=SIGNING_SECRET)
    bot_token: SecretStr | None = Field(None, alias=BOT_TOKEN)
    app_token: SecretStr | None = Field(None, alias=APP_TOKEN)
    api_url: Annotated[str, AfterValidator(_web_api)] = Field("https://slack.com/api/", alias="SLACK_API_URL")
    store: str = Field("tinydb:./data", alias=STORE, pattern=r"^[a-z]+:.", repr=False, exclude=True)
    store_direct: str | None = Field(
        None,
        alias=STORE_DIRECT,
        pattern=r"^postgres(ql)?://.",
        repr=False,
        exclude=True,
        description="Where PostgreSQL is met past a pooler, to listen and to migrate. As of the store, a password may be in it",
    )
    pool: int = Field(POOL, alias="DESKHAND_POOL", ge=1, le=100, description="Connections to PostgreSQL")
    host: str = Field("127.0.0.1", alias="DESKHAND_HOST", pattern=r"^\S+$")
    port: int = Field(3000, alias="DESKHAND_PORT", ge=0, le=65_535)
    metrics_port: int | None = Field(None, alias="DESKHAND_METRICS_PORT", ge=0, le=65_535)
    open_workspaces: int = Field(MOST_OPEN, alias="DESKHAND_OPEN_WORKSPACES", ge=1, le=10_000)
    log_level: Annotated[LogLevel, BeforeValidator(str.lower)] = Field("info", alias="DESKHAND_LOG_LEVEL")
    client_id: str | None = Field(None, alias=CLIENT_ID)
    client_secret: SecretStr | None = Field(None, alias=CLIENT_SECRET)
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(None, alias=PUBLIC_URL)
    allowed_teams: Annotated[frozenset[str], BeforeValidator(_teams)] | None = Field(
        None, alias=ALLOWED_TEAMS, description="Who may install: IDs, or *. None: only the first"
    )
    secret_keys: Annotated[tuple[SecretStr, ...], BeforeValidator(_listed)] = Field(
        (), alias=SECRET_KEY, description="Fernet's, the newest first"
    )

    @property
    def mode(self) -> Mode:
        """How Deskhand meets Slack: over Socket Mode, over HTTP, or not at all."""
        if self.app_token:
            return "socket"
        return "http" if self.signing_secret else "playground"

    @property
    def is_installed_by_oauth(self) -> bool:
        """Whether workspaces install it by themselves, rather than by a token that stands in the settings."""
        return self.client_id is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be written down."""
        known = (self.signing_secret, self.bot_token, self.app_token, self.client_secret, *self.secret_keys)
        plain = (secret.get_secret_value() for secret in known if secret)
        return (*plain, *_passwords_of(self.store), *_passwords_of(self.store_direct or ""))


def load(environment: Mapping[str, str]) -> Settings:
    """Reads the variables; an empty one counts as not set. Raises SettingsError with every fault found."""
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    faults = [*_misplaced(given), *_missing(given), *_no_keys(given)]
    settings = None
    try:
        settings = Settings.model_validate(
            {name: given[name] for name in _NAMES if name in given}, by_name=False
        )
    except ValidationError as error:
        wrong = [str(detail["loc"][0]) for detail in error.errors(include_input=False)]
        faults += [f"{name} is {_shown(name, given[name])}: {_WANTED[name]}" for name in wrong]
    if settings and settings.port and settings.metrics_port == settings.port:
        faults.append(
            f"DESKHAND_METRICS_PORT is “{settings.port}”, which is DESKHAND_PORT: choose another,"
            " or leave it out to have /metrics there."
        )
    if faults or settings is None:
        raise SettingsError("\n".join(faults))
    return settings


def _shown(name: str, value: str) -> str:
    """What is quoted of a wrong value: nothing where a password may be in it."""
    is_secret = name in {STORE, STORE_DIRECT} and ("//" in value or "@" in value)
    return "not understood" if is_secret else f"“{value}”"


def _passwords_of(url: str) -> Iterable[str]:
    """What of a URL tells its password, with what stands around it: alone it may be any word of the log."""
    before, at, _ = url.partition("//")[2].rpartition("@")
    named = [value for name, value in parse_qsl(url.partition("?")[2]) if name == "password"]
    for known in [before.partition(":")[2]] * bool(at) + named:
        for form in {known, unquote(known), quote(known, safe="")} - {""}:
            yield from (f":{form}@", f"password={form}")


_NAMES = tuple(field.alias or name for name, field in Settings.model_fields.items())


_PREFIXES = {
    SIGNING_SECRET: "",
    BOT_TOKEN: "xoxb-",
    APP_TOKEN: "xapp-",
    CLIENT_ID: "",
    CLIENT_SECRET: "",
}


def _misplaced(given: Mapping[str, str]) -> Iterable[str]:
    """Secrets that are in the wrong variable or no secret of Slack's at all, told by their beginning."""
    for name, prefix in _PREFIXES.items():
        value = given.get(name, prefix)
        start = next((known for known in _BELONGS if value.startswith(known) and known != prefix), None)
        if start:
            what, home = _BELONGS[start]
            yield f"{name} starts with {start}: that is {what}; {home}. {REMEDIES[name]}"
        elif not value.startswith(prefix):
            yield f"{name} does not start with {prefix}. {REMEDIES[name]}"
        elif not value.isascii() or any(character.isspace() for character in value):
            yield f"{name} holds a space or something beyond ASCII. {REMEDIES[name]}"


def _missing(given: Mapping[str, str]) -> Iterable[str]:
    """Half a set of credentials is a mistake; none at all is the playground."""
    if by_oauth := [name for name in (CLIENT_ID, CLIENT_SECRET, PUBLIC_URL) if name in given]:
        for name in (CLIENT_ID, CLIENT_SECRET, PUBLIC_URL, SECRET_KEY):
            if name not in given:
                yield f"{name} is missing: installing by OAuth ({by_oauth[0]} is set) needs it. {REMEDIES[name]}"
        if SIGNING_SECRET not in given and APP_TOKEN not in given:
            yield (
                f"{SIGNING_SECRET} is missing ({by_oauth[0]} is set). {REMEDIES[SIGNING_SECRET]} "
                f"Or, for Socket Mode, set {APP_TOKEN}."
            )
    elif APP_TOKEN in given and BOT_TOKEN not in given:
        yield f"{BOT_TOKEN} is missing: Socket Mode ({APP_TOKEN} is set) needs it too. {REMEDIES[BOT_TOKEN]}"
    elif SIGNING_SECRET in given and BOT_TOKEN not in given:
        yield f"{BOT_TOKEN} is missing ({SIGNING_SECRET} is set). {REMEDIES[BOT_TOKEN]}"
    elif BOT_TOKEN in given and SIGNING_SECRET not in given and APP_TOKEN not in given:
        yield (
            f"{SIGNING_SECRET} is missing ({BOT_TOKEN} is set). {REMEDIES[SIGNING_SECRET]} "
            f"Or, for Socket Mode, set {APP_TOKEN}."
        )


_KEY_BYTES = 32


def _no_keys(given: Mapping[str, str]) -> Iterable[str]:
    """A line where what stands for keys is none. It is a secret all the same, and not shown."""
    for key in _listed(given.get(SECRET_KEY, "")):
        try:
            if len(urlsafe_b64decode(key)) == _KEY_BYTES:
                continue
        except (NotBase64, ValueError):  # of what is not even ASCII
            pass
        yield f"{SECRET_KEY} holds something that is no key. {REMEDIES[SECRET_KEY]}"
        return
