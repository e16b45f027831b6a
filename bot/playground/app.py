"""The app that workspaces install: what its manifest says of it, and its secrets.

Source: https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Literal

from bot.playground.wire import Json


@dataclass(frozen=True)
class Command:
    name: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True)
class Shortcut:
    name: str
    kind: Literal["global", "message"]
    callback_id: str


@dataclass(frozen=True)
class App:
    """As one workspace knows it: its bot has a user of its own there. The tokens are new for each start. `scopes` are those
    that were granted there, of the manifest's `asked`; an installer may leave out those that are `optional`."""

    name: str
    scopes: frozenset[str]
    commands: Mapping[str, Command]
    shortcuts: tuple[Shortcut, ...]
    events: frozenset[str]
    asked: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    is_org_ready: bool = False  # whether a whole organisation may install it at once
    rotates_tokens: bool = False
    id: str = "A0DESK"
    bot_id: str = "B0DESK"
    user_id: str = "U0DESK"
    bot_token: str = field(default_factory=lambda: f"xoxb-{token_hex(16)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-{token_hex(16)}", repr=False)
    client_id: str = "11111111.22222222"
    client_secret: str = field(default_factory=lambda: token_hex(16), repr=False)
    signing_secret: str = field(default_factory=lambda: token_hex(16), repr=False)
    verification_token: str = field(default_factory=lambda: token_hex(12), repr=False)

    def of(self, team_id: str) -> "App":
        """The app in another workspace, with a bot user of its own."""
        key = team_id[1:].removeprefix("0")
        return replace(self.again(), user_id=f"U0DESK{key}", bot_id=f"B0DESK{key}")

    def again(self) -> "App":
        """The app in another workspace of the same organisation, where its bot user is the same."""
        return replace(self, bot_token=f"xoxb-{token_hex(16)}")

    def shortcut(self, name: str, kind: Literal["global", "message"]) -> Shortcut:
        """The shortcut that people see under this name. Raises LookupError."""
        for shortcut in self.shortcuts:
            if (shortcut.name, shortcut.kind) == (name, kind):
                return shortcut
        known = ", ".join(f"“{each.name}”" for each in self.shortcuts if each.kind == kind) or "none"
        message = f"no {kind} shortcut “{name}” in the manifest; it has {known}"
        raise LookupError(message)


@dataclass(frozen=True)
class Installation:
    """Who has installed the app, a user id, and for what: a workspace or, with an E… id, an organisation."""

    id: str
    installer: str = ""

    @property
    def is_org(self) -> bool:
        return self.id.startswith("E")


def read_manifest(manifest: Mapping[str, Json]) -> App:
    """The app of a parsed manifest.yml. What it leaves out, the app does not have."""
    features = manifest.get("features", {})
    settings = manifest.get("settings", {})
    scopes = manifest.get("oauth_config", {}).get("scopes", {})
    return App(
        name=features.get("bot_user", {}).get("display_name", "Deskhand"),
        scopes=frozenset(scopes.get("bot", ())),
        asked=frozenset(scopes.get("bot", ())),
        optional=frozenset(scopes.get("bot_optional", ())),
        is_org_ready=bool(settings.get("org_deploy_enabled", False)),
        rotates_tokens=bool(settings.get("token_rotation_enabled", False)),
        commands={each["command"]: _command(each) for each in features.get("slash_commands", ())},
        shortcuts=tuple(
            Shortcut(each["name"], each["type"], each["callback_id"])
            for each in features.get("shortcuts", ())
        ),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
    )


def _command(entry: Json) -> Command:
    return Command(
        name=entry["command"],
        description=entry.get("description", ""),
        usage_hint=entry.get("usage_hint", ""),
        should_escape=entry.get("should_escape", False),
    )
