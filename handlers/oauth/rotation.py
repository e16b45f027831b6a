"""The Rotator on the SDK's.

Source: https://docs.slack.dev/authentication/using-token-rotation (a refresh token is used once, a token lives 12 hours).
"""

from datetime import timedelta
from time import time

from pydantic import SecretStr
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.installation import Installation, Tokens
from bot.services.ports.clock import Clock
from bot.services.ports.installations import RefreshRefused
from bot.services.ports.messenger import NoAnswer, NotDelivered
from handlers.outbound.slack_errors import call_slack

_SECONDS = 30
"""How long Slack may take: longer than for other calls, since an answer that is given up is lost for good."""

_OVER = {
    "account_inactive",
    "app_not_installed",
    "invalid_grant",
    "invalid_refresh_token",
    "refresh_token_expired",
    "refresh_token_revoked",
    "token_expired",
    "token_revoked",
}
"""What Slack says of a refresh token that it will never take (again)."""


class SlackRotator:
    def __init__(self, api_url: str, client_id: str, client_secret: SecretStr, clock: Clock) -> None:
        client = AsyncWebClient(base_url=api_url, timeout=_SECONDS, retry_handlers=[])
        secret = client_secret.get_secret_value()
        self._rotator = AsyncTokenRotator(client_id=client_id, client_secret=secret, client=client)
        self._clock = clock

    async def refreshed(self, installation: Installation) -> Tokens:
        try:
            bot = await call_slack(self._asked(installation), _SECONDS)
        except NotDelivered as error:
            if str(error) in _OVER:
                raise RefreshRefused(str(error)) from error
            raise
        if bot is None or not bot.bot_token or bot.bot_token_expires_at is None:
            raise NoAnswer("no_bot_token")
        lives = timedelta(
            seconds=bot.bot_token_expires_at - int(time())
        )  # by the SDK's clock, which is no other
        refresh = bot.bot_refresh_token
        return Tokens(
            access=SecretStr(bot.bot_token),
            refresh=SecretStr(refresh) if refresh else None,
            expires_at=self._clock() + lives,
        )

    async def _asked(self, installation: Installation) -> Bot | None:
        refresh = installation.tokens.refresh
        bot = Bot(
            bot_token="",
            bot_id="",
            bot_user_id=installation.bot_user,
            bot_refresh_token=refresh.get_secret_value() if refresh else "",
            bot_token_expires_at=0,  # whether it is time is decided elsewhere
            installed_at=0.0,
        )
        try:
            return await self._rotator.perform_bot_token_rotation(bot=bot)
        except SlackTokenRotationError as error:
            raise error.api_error from error
