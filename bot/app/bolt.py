"""Bolt, as the desk uses it: it checks signatures and reads bodies, and all else is ours."""

from secrets import token_hex

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware

from bot.settings import Settings
from handlers import not_ours


def bolt_app(settings: Settings, routes: AsyncMiddleware) -> AsyncApp:
    # For what routes leave to Bolt, none of which calls Slack. Bolt's own way asks Slack first, and a Slack that is down would
    # cost the answer.
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    secret = settings.signing_secret
    bolt = _Bolt(
        name="deskhand",  # else Bolt looks for one in the files of the whole stack, which takes 60 ms
        signing_secret=secret.get_secret_value() if secret else token_hex(),  # one that nobody can sign with
        request_verification_enabled=settings.mode != "socket",
        before_authorize=routes,
        authorize=authorize,
    )
    bolt.error(not_ours)
    return bolt


class _Bolt(AsyncApp):
    """Bolt makes a client for each request, so that a listener may change its token. None of ours calls Slack with it, and so
    all have the app's."""

    def _init_context(self, req: AsyncBoltRequest) -> None:
        req.context.update(logger=self.logger, client=self.client, listener_runner=self.listener_runner)
