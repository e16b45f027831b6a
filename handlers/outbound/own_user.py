"""Asks Slack once who we are, in the background. Source: https://docs.slack.dev/reference/methods/auth.test."""

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.ports.messenger import NotDelivered
from handlers.outbound.slack_errors import call_slack

_log = structlog.get_logger()


async def ask_own_user(client: AsyncWebClient, own_users: set[str]) -> None:
    """Adds our own user ID to `own_users` as soon as Slack has told it."""
    try:
        answer = await call_slack(client.auth_test())
    except NotDelivered as error:  # events name us as well, and users.list does
        _log.warning("Slack does not tell who we are", why=str(error))
    else:
        own_users.add(str(answer.get("user_id")))
