"""Bolt's OAuth flow, with what is ours: who may install, where that is kept, and the pages.

    (opens https://desk.example.com/slack/install)   -> Slack asks whether to let Deskhand in
    (presses Allow)                                  -> Slack leads back, with a code for the tokens
    (sees that it is done)                           -> Slack opens at Deskhand's Home

Source: https://docs.slack.dev/authentication/installing-with-oauth, …/reference/methods/oauth.v2.access.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import structlog
from pydantic import BaseModel, SecretStr, ValidationError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation, Tokens
from bot.services.kept_installations import KeptInstallations, NotAllowed
from bot.services.ports.clock import Clock
from bot.services.ports.installations import InstallationStore
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Undeliverable
from bot.services.ports.tasks import Tasks
from handlers.oauth import pages
from handlers.oauth.pages import Page
from handlers.oauth.state import COOKIE, STATE_LIVES, Cookie, States
from handlers.outbound.slack_errors import CALL_SECONDS, call_slack

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"

_OURS = "installation"
_REVOCATIONS = "revocations"
_TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")
_log = structlog.get_logger()


class OAuthApp(NamedTuple):
    """The app as Slack knows it. `public_url`: where browsers reach us. `api_url`: Slack's Web API. `allowed`: who may
    install, as `may_install` has it."""

    client_id: str
    client_secret: SecretStr
    public_url: str
    api_url: str
    scopes: Collection[str]
    allowed: Collection[str] | None

    @property
    def slack(self) -> str:
        """The address of Slack's website."""
        return urljoin(self.api_url, "/")


class _Place(BaseModel):
    id: str
    name: str = ""


class _Installer(BaseModel):
    id: str


class _Access(BaseModel):
    """What oauth.v2.access gives, as far as it is used. `team` is null for a whole organisation."""

    app_id: str = ""
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: int | None = None
    token_type: str = ""
    scope: str = ""
    bot_user_id: str
    team: _Place | None = None
    enterprise: _Place | None = None
    is_enterprise_install: bool = False
    authed_user: _Installer


class InstallFlow(AsyncOAuthFlow):
    """Answers a browser, whatever happens, with a page in plain words."""

    def __init__(
        self,
        app: OAuthApp,
        installations: KeptInstallations,
        kept: InstallationStore,
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        self._app = app
        self._installations = installations
        self._tasks = tasks
        self._clock = clock
        is_secure = urlsplit(app.public_url).scheme == "https"
        settings = AsyncOAuthSettings(
            client_id=app.client_id,
            client_secret=app.client_secret.get_secret_value(),
            scopes=sorted(app.scopes),
            user_scopes=[],
            redirect_uri=app.public_url + REDIRECT,
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            install_page_rendering_enabled=False,  # one click: Slack's own page says what it asks for
            authorization_url=urljoin(app.slack, "oauth/v2/authorize"),
            callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
            installation_store=AsyncInstallationStore(),  # ours keeps them; without one Bolt would make a folder
            state_store=States(kept, clock, app.client_secret),
            state_cookie_name=COOKIE,
            state_expiration_seconds=int(STATE_LIVES.total_seconds()),
        )
        settings.state_utils = Cookie(is_secure=is_secure)
        client = AsyncWebClient(base_url=app.api_url, timeout=CALL_SECONDS, retry_handlers=[])
        super().__init__(client=client, settings=settings)

    async def issue_new_state(self, request: AsyncBoltRequest) -> str:
        """It names the workspace that was asked for, so that whoever begins again is offered the same."""
        return await self.settings.state_store.async_issue(_team_of(request))

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """`?team=T…` has Slack offer that workspace first. Bolt would pass on whatever stands there."""
        team = _team_of(request) or None
        return self.settings.authorize_url_generator.generate(state=state, team=team)

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        start = self._start(_team_in(request))
        try:
            return await super().handle_callback(request)
        except NotAllowed as error:
            return self._page(pages.failed("not_allowed", start, error.place))
        except StoreUnavailable:
            return self._page(pages.failed("not_saved", start))
        except (NoAnswer, RateLimited):
            return self._page(pages.failed("slack_down", start))
        except NotDelivered as error:
            return self._page(pages.failed(str(error), start))

    async def run_installation(self, code: str) -> SlackInstallation | None:
        """What Slack gives for a code. Raises NotDelivered. Bolt's own keeps no reason of a failure, and logs the code."""
        try:
            answer = await call_slack(
                self.client.oauth_v2_access(
                    client_id=self.settings.client_id,
                    client_secret=self.settings.client_secret,
                    code=code,
                    redirect_uri=self.settings.redirect_uri,
                )
            )
        except NotDelivered as error:
            _log.warning("Slack did not install it", why=str(error))
            raise
        try:
            access = _Access.model_validate(answer.data)
        except ValidationError as error:
            raise Undeliverable("no_bot_token") from error
        domain = await self._domain(access.access_token)
        return SlackInstallation(
            user_id=access.authed_user.id, custom_values={_OURS: _installation(access, domain, self._clock())}
        )

    async def store_installation(self, request: AsyncBoltRequest, installation: SlackInstallation) -> None:
        """Raises NotAllowed and StoreUnavailable."""
        del request
        ours: Installation = installation.custom_values[_OURS]
        try:
            await self._installations.install(ours, self._app.allowed)
        except NotAllowed:
            kept = self._installations.get(ours.id)
            is_served = self._installations.first_is_taken or (kept is not None and kept.is_active)
            if not is_served:  # else its token may be the same
                self._tasks.spawn(_REVOCATIONS, self._give_back(ours))
            raise
        _log.info("installed", installation=ours.id, by=ours.installed_by)

    async def _domain(self, token: SecretStr) -> str:
        """What stands before .slack.com; empty where Slack does not tell."""
        try:
            me = await call_slack(self.client.auth_test(token=token.get_secret_value()))
        except NotDelivered as error:
            _log.warning("Slack did not tell the domain of a workspace", why=str(error))
            return ""
        return (urlsplit(str(me.get("url") or "")).hostname or "").partition(".")[0]

    async def _give_back(self, installation: Installation) -> None:
        """Of a workspace that may not have it, no token is kept, here or at Slack."""
        try:
            await call_slack(self.client.auth_revoke(token=installation.tokens.access.get_secret_value()))
        except NotDelivered as error:
            _log.warning(
                "a token that nobody needs was not revoked", installation=installation.id, why=str(error)
            )

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        ours: Installation = args.installation.custom_values[_OURS]
        name = ours.name or ours.id
        if ours.is_org_wide:
            return self._page(pages.installed_org_wide(name, ours.id, ours.app_id, self._app.slack))
        return self._page(pages.installed(name, ours.id, ours.app_id, self._app.slack))

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        reason = args.reason
        if reason == "invalid_browser" and not args.request.headers.get("cookie"):
            reason = "no_cookie"
        return self._page(pages.failed(reason, self._start(_team_in(args.request))))

    def _start(self, team: str) -> str:
        return self._app.public_url + INSTALL + (f"?team={team}" if team else "")

    def _page(self, page: Page) -> BoltResponse:
        headers: dict[str, str | Sequence[str]] = {**pages.HEADERS}
        headers["set-cookie"] = self.settings.state_utils.build_set_cookie_for_deletion()
        return BoltResponse(status=page.status, body=pages.html(page), headers=headers)


def _team_of(request: AsyncBoltRequest) -> str:
    """The workspace that `?team=` asks for; empty where there is none."""
    return _known(request.query.get("team", [""])[0])


def _team_in(request: AsyncBoltRequest) -> str:
    """The same of the state that Slack leads back with."""
    return _known(request.query.get("state", [""])[0].partition(".")[0])


def _known(team: str) -> str:
    return team if _TEAM.fullmatch(team) else ""


def _installation(access: _Access, domain: str, now: datetime) -> Installation:
    """Raises Undeliverable where Slack gave a token for no place, or none for a bot."""
    place = access.enterprise if access.is_enterprise_install else access.team
    if place is None or access.token_type != "bot":  # noqa: S105  (what kind it is)
        raise Undeliverable("no_bot_token")
    lives = access.expires_in
    return Installation(
        id=place.id,
        name=place.name,
        domain=domain,
        enterprise_id=access.enterprise.id if access.enterprise else None,
        team_id=None if access.is_enterprise_install else place.id,
        is_org_wide=access.is_enterprise_install,
        app_id=access.app_id,
        bot_user=access.bot_user_id,
        scopes=frozenset(filter(None, access.scope.split(","))),
        installed_by=access.authed_user.id,
        since=now,
        tokens=Tokens(
            access=access.access_token,
            refresh=access.refresh_token,
            expires_at=now + timedelta(seconds=lives) if lives else None,
        ),
    )
