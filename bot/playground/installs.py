"""Which workspaces have installed the app, and the tokens that came of it. Tokens are kept by their hash only.

Sources: https://docs.slack.dev/authentication/installing-with-oauth, …/authentication/using-token-rotation,
…/reference/methods/oauth.v2.access, …/enterprise/organization-ready-apps.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from secrets import token_hex
from typing import Literal

from bot.playground import events
from bot.playground.app import Installation
from bot.playground.events import Event
from bot.playground.records import User
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

LIVES = 12 * 60 * 60
"""Seconds that a token lives where tokens are rotated."""
_CODE_LIVES = 10 * 60.0  # seconds
_LIVE_AT_ONCE = 2  # of the tokens of one installation


@dataclass
class Token:
    """`owner` is the installation's id. `expires` is in epoch seconds, None for never."""

    owner: str
    expires: float | None = None
    state: Literal["live", "revoked", "uninstalled"] = "live"


@dataclass
class Code:
    """What somebody allowed on the authorize page, until the bot has fetched its token."""

    installation: Installation
    scopes: frozenset[str]
    redirect_uri: str | None
    expires: float
    used: bool = False


@dataclass(frozen=True)
class Pair:
    """A new token, and what it is renewed with where tokens are rotated."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)


class Installs:
    """`worlds` are all workspaces. `tell` sends the bot what happens to the app itself."""

    def __init__(self, worlds: list[World], tell: Callable[[World, Event, Installation], None]) -> None:
        self.worlds = worlds
        self._tell = tell
        self._tokens: dict[str, Token] = {}
        self._refresh: dict[str, str] = {}  # the installation's id, by the hash of its refresh token
        self._codes: dict[str, Code] = {}
        self._newest: dict[
            str, str
        ] = {}  # the token, by the installation's id: tests ask their workspaces for it
        self.organisations: dict[str, Installation] = {}

    def keep(self, world: World) -> None:
        """The bot token that a workspace was begun with is good."""
        self._tokens[_hash(world.app.bot_token)] = Token(world.team.id)

    def find(self, token: str) -> Token:
        """Raises SlackError with Slack's code where a token is not good now."""
        found = self._tokens.get(_hash(token))
        if found is None:
            raise SlackError("invalid_auth")
        if found.state == "revoked":
            raise SlackError("token_revoked")
        if found.state == "uninstalled":
            raise SlackError("invalid_auth" if self.find_installation(found.owner) else "account_inactive")
        if found.expires is not None and self._now() >= found.expires:
            raise SlackError("token_expired")
        return found

    def find_installation(self, owner: str) -> Installation | None:
        """By team or enterprise."""
        if owner in self.organisations:
            return self.organisations[owner]
        found = (each.installation for each in self.worlds if each.team.id == owner)
        return next((each for each in found if each and each.id == owner), None)

    def served(self, owner: str) -> list[World]:
        """The workspaces in which this installation may act."""
        return [each for each in self.worlds if each.installation and each.installation.id == owner]

    def allow(self, installation: Installation, scopes: Iterable[str], redirect_uri: str | None) -> str:
        """Somebody lets the app in: the code that the bot exchanges for a token."""
        code = f"{token_hex(6)}.{token_hex(6)}.{token_hex(32)}"
        expires = self._now() + _CODE_LIVES
        self._codes[code] = Code(installation, frozenset(scopes), redirect_uri, expires)
        return code

    def redeem(self, code: str, redirect_uri: str | None) -> Code:
        """Uses a code up. Raises SlackError."""
        found = self._codes.get(code)
        if found is None or self._now() >= found.expires:
            raise SlackError("invalid_code")
        if found.used:
            raise SlackError("code_already_used")
        if found.redirect_uri != redirect_uri:
            raise SlackError("bad_redirect_uri")
        found.used = True
        return found

    def install(self, installation: Installation, scopes: frozenset[str]) -> Pair:
        """Again where it is installed: scopes are added then, and its bot is the same."""
        before = self.find_installation(installation.id)
        if installation.is_org:
            self.organisations[installation.id] = installation
            mine = self.served(installation.id)
        else:
            mine = [each for each in self.worlds if each.team.id == installation.id]
        for world in mine:
            world.installation = installation
            granted = scopes | world.app.scopes if before else scopes
            world.app = replace(world.app, scopes=granted)
        pair = self.issue(installation.id)
        self._note()
        return pair

    def issue(self, owner: str) -> Pair:
        """A new token; no more than two of an installation are good at once."""
        rotates = self.worlds[0].app.rotates_tokens
        access = f"{'xoxe.xoxb-1-' if rotates else 'xoxb-'}{token_hex(24)}"
        refresh = f"xoxe-1-{token_hex(24)}" if rotates else None
        self._tokens[_hash(access)] = Token(owner, self._now() + LIVES if rotates else None)
        if refresh:
            self._refresh = {key: of for key, of in self._refresh.items() if of != owner}
            self._refresh[_hash(refresh)] = owner
        live = [each for each in self._tokens.values() if (each.owner, each.state) == (owner, "live")]
        for each in live[:-_LIVE_AT_ONCE]:
            each.state = "revoked"
        self._newest[owner] = access
        for world in self.served(owner):
            world.app = replace(world.app, bot_token=access)
        return Pair(access, refresh)

    def renew(self, refresh: str) -> tuple[Installation, Pair]:
        """Uses a refresh token up; the old access token is good until it ends. Raises SlackError."""
        owner = self._refresh.pop(_hash(refresh), "")
        installation = self.find_installation(owner)
        if installation is None:
            raise SlackError("invalid_refresh_token")
        return installation, self.issue(owner)

    def revoke(self, token: Token) -> None:
        """The app is uninstalled with its last token."""
        if not any(each.state == "live" for each in self._of(token.owner) if each is not token):
            self.uninstall(token.owner)
        else:
            self._say(token.owner, [events.tokens_revoked([], self._bots(token.owner), self._ts())])
        token.state = "revoked"

    def revoke_user(self, world: World, user: User) -> None:
        """Somebody takes back what the app may do in their own name: that is nothing to the bot's token."""
        installation = world.installation or Installation(world.team.id)
        self._tell(world, events.tokens_revoked([user.id], [], world.next_ts()), installation)

    def uninstall(self, owner: str) -> None:
        """Slack's bot user leaves all channels, and whatever was opened or published is gone."""
        told = [
            events.app_uninstalled(self._ts()),
            events.tokens_revoked([], self._bots(owner), self._ts()),
        ]
        self._say(owner, told)
        for world in self.served(owner):
            self._leave(world)
        self.organisations.pop(owner, None)
        self._refresh = {key: of for key, of in self._refresh.items() if of != owner}
        for each in self._of(owner):
            each.state = "uninstalled"
        self._note()

    def grant(self, worlds: list[World]) -> None:
        """An organisation's admin adds its app to these workspaces. Raises LookupError where it has not installed it."""
        if not worlds:
            return
        installation = self._organisation(worlds[0])
        like = self.served(installation.id)
        for world in worlds:
            scopes = like[0].app.scopes if like else world.app.scopes
            world.installation = installation
            world.app = replace(world.app, scopes=scopes, bot_token=self._newest.get(installation.id, ""))
        told = events.team_access("granted", [each.team.id for each in worlds], self._ts())
        self._tell(worlds[0], told, installation)
        self._note()

    def withdraw(self, worlds: list[World]) -> None:
        """An organisation's admin takes its app from these workspaces. Raises LookupError."""
        if not worlds:
            return
        installation = self._organisation(worlds[0])
        told = events.team_access("revoked", [each.team.id for each in worlds], self._ts())
        self._tell(worlds[0], told, installation)
        for world in worlds:
            self._leave(world)
        self._note()

    def dump(self) -> Json:
        return {
            "tokens": {key: asdict(token) for key, token in self._tokens.items()},
            "refresh": self._refresh,
            "organisations": [asdict(each) for each in self.organisations.values()],
        }

    def load(self, kept: Json) -> None:
        self._tokens |= {key: Token(**each) for key, each in kept["tokens"].items()}
        self._refresh |= kept["refresh"]
        self.organisations |= {each["id"]: Installation(**each) for each in kept["organisations"]}

    def _organisation(self, world: World) -> Installation:
        if installation := self.organisations.get(world.team.enterprise_id or ""):
            return installation
        message = f"the organisation of {world.team.name} has not installed the app"
        raise LookupError(message)

    def _leave(self, world: World) -> None:
        world.installation = None
        world.views.forget()
        for conversation in world.conversations.values():
            if conversation.kind != "im":
                conversation.members.discard(world.bot.id)

    def _of(self, owner: str) -> list[Token]:
        return [each for each in self._tokens.values() if each.owner == owner]

    def _bots(self, owner: str) -> list[str]:
        return sorted({each.bot.id for each in self.served(owner)})

    def _say(self, owner: str, told: list[Event]) -> None:
        worlds = self.served(owner) or [each for each in self.worlds if each.team.enterprise_id == owner]
        installation = self.find_installation(owner) or Installation(owner)
        for event in told:
            self._tell(worlds[0], event, installation)

    def _ts(self) -> str:
        return self.worlds[0].next_ts()

    def _now(self) -> float:
        return self.worlds[0].clock.now().timestamp()

    def _note(self) -> None:
        self.worlds[0].changes.note()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
