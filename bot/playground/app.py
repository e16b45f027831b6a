"""The app that the workspace has installed: what its manifest says of it, and its secrets.

Source: https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """The tokens are new for each start. `scopes` are those that were granted: all that the manifest asks for."""

    name: str
    scopes: frozenset[str]
    commands: Mapping[str, Command]
    shortcuts: tuple[Shortcut, ...]
    events: frozenset[str]
    id: str = "A0DESK"
    bot_id: str = "B0DESK"
    user_id: str = "U0DESK"
    bot_token: str = field(default_factory=lambda: f"xoxb-{token_hex(16)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-{token_hex(16)}", repr=False)
    signing_secret: str = field(default_factory=lambda: token_hex(16), repr=False)
    verification_token: str = field(default_factory=lambda: token_hex(12), repr=False)

    def shortcut(self, name: str, kind: Literal["global", "message"]) -> Shortcut:
        """The shortcut that people see under this name. Raises LookupError."""
        for shortcut in self.shortcuts:
            if (shortcut.name, shortcut.kind) == (name, kind):
                return shortcut
        known = ", ".join(f"“{each.name}”" for each in self.shortcuts if each.kind == kind) or "none"
        message = f"no {kind} shortcut “{name}” in the manifest; it has {known}"
        raise LookupError(message)


def read_manifest(manifest: Mapping[str, Json]) -> App:
    """The app of a parsed manifest.yml. What it leaves out, the app does not have."""
    features = manifest.get("features", {})
    settings = manifest.get("settings", {})
    scopes = manifest.get("oauth_config", {}).get("scopes", {})
    return App(
        name=features.get("bot_user", {}).get("display_name", "Deskhand"),
        scopes=frozenset(scopes.get("bot", ())),
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
