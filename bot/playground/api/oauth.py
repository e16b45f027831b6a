"""oauth.v2.access, auth.revoke, auth.teams.list and apps.uninstall: how a token comes, and how it goes.

Sources: https://docs.slack.dev/reference/methods/oauth.v2.access, …/auth.revoke, …/auth.teams.list, …/apps.uninstall.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.api.args import Args, page
from bot.playground.app import Installation
from bot.playground.installs import LIVES, Installs, Pair, Token
from bot.playground.records import Team
from bot.playground.wire import Json, SlackError
from bot.playground.world import World


def access(installs: Installs, args: Args) -> Json:
    """Needs no token: the app shows its client secret. Raises SlackError."""
    need_client(installs.worlds[0], args)
    match args.text("grant_type", "authorization_code"):
        case "authorization_code":
            code = installs.redeem(args.text("code"), args.text("redirect_uri") or None)
            _need_place(installs, code.installation)
            return _granted(installs, code.installation, installs.install(code.installation, code.scopes))
        case "refresh_token":
            return _granted(installs, *installs.renew(args.text("refresh_token")))
    raise SlackError("invalid_grant_type")


def need_client(world: World, args: Args) -> None:
    """Raises SlackError unless the app's own id and secret are given."""
    if args.text("client_id") != world.app.client_id:
        raise SlackError("invalid_client_id")
    if args.text("client_secret") != world.app.client_secret:
        raise SlackError("bad_client_secret")


def _need_place(installs: Installs, installation: Installation) -> None:
    """A workspace cannot have on its own what its organisation has installed."""
    of = {each.team.id: each.team.enterprise_id for each in installs.worlds}
    if not installation.is_org and of[installation.id] in installs.organisations:
        raise SlackError("cannot_install_an_org_installed_app")


def _granted(installs: Installs, installation: Installation, pair: Pair) -> Json:
    key = installation.id
    team = next(each.team for each in installs.worlds if key in {each.team.id, each.team.enterprise_id})
    app = next(each.app for each in installs.worlds if each.team is team)
    rotation = {"refresh_token": pair.refresh, "expires_in": LIVES} if pair.refresh else {}
    return {
        "app_id": app.id,
        "authed_user": {"id": installation.installer},
        "scope": ",".join(sorted(app.scopes)),
        "token_type": "bot",
        "access_token": pair.access,
        "bot_user_id": app.user_id,
        **rotation,
        "team": None if installation.is_org else {"id": team.id, "name": team.name},
        "enterprise": {"id": team.enterprise_id, "name": team.enterprise_name}
        if team.enterprise_id
        else None,
        "is_enterprise_install": installation.is_org,
    }


def revoke(installs: Installs, token: Token, args: Args) -> Json:
    if args.flag("test"):
        return {"revoked": False}
    installs.revoke(token)
    return {"revoked": True}


def uninstall(installs: Installs, token: Token, args: Args) -> Json:
    need_client(installs.worlds[0], args)
    installs.uninstall(token.owner)
    return {}


def teams(installs: Installs, token: Token, args: Args) -> Json:
    served: list[Team] = [each.team for each in installs.served(token.owner)]
    listed: list[Json] = [{"id": each.id, "name": each.name} for each in served]
    found, metadata = page(installs.worlds[0], listed, args, 1000, otherwise=100)
    return {"teams": found, "response_metadata": metadata}


@dataclass(frozen=True)
class TokenMethod:
    """A method that is about the token itself."""

    run: Callable[[Installs, Token, Args], Json]
    tier: int


METHODS = {
    "auth.revoke": TokenMethod(revoke, tier=3),
    "auth.teams.list": TokenMethod(teams, tier=2),
    "apps.uninstall": TokenMethod(uninstall, tier=1),
}
