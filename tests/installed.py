"""The one installation of a SLACK_BOT_TOKEN, for parts that are tested without a whole desk."""

from datetime import UTC, datetime

from aiohttp import ClientSession
from pydantic import SecretStr

from bot.playground.standin import StandIn
from bot.services.installations import OneInstallation
from handlers.outbound.clients import Clients


def one_installation(token: str = "", *, team: str = "", bot: str = "") -> OneInstallation:
    """With a `team`, Slack has told whose token it is."""
    installation = OneInstallation(SecretStr(token), lambda _: None, lambda: datetime.now(UTC))
    if team:
        installation.learned(None, team, bot)
    return installation


def clients_of(slack: StandIn, session: ClientSession | None = None) -> Clients:
    """What calls the stand-in."""
    return Clients(one_installation(slack.bot_token), slack.api_url, session)
