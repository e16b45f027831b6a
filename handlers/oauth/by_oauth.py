"""All that belongs to the way of OAuth, made and started together."""

from dataclasses import dataclass
from functools import partial

import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.installation import Installation, Tokens
from bot.services.installation_notices import InstallationNotices
from bot.services.installation_upkeep import InstallationUpkeep
from bot.services.kept_installations import KeptInstallations
from bot.services.leases import Leases
from bot.services.one_at_a_time import OneAtATime
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.installations import InstallationStore
from bot.services.ports.messenger import NotDelivered, Unauthorized
from bot.services.ports.store import Store
from bot.services.ports.tasks import Tasks, TurnFailed
from handlers.oauth.flow import INSTALL, InstallFlow, OAuthApp
from handlers.oauth.rotation import SlackRotator
from handlers.oauth.team_list import SlackTeams
from handlers.outbound.slack_errors import CALL_SECONDS, call_slack, scopes_of

_TAKING_OVER = "token of the settings"
_log = structlog.get_logger()


@dataclass(frozen=True)
class ByOAuth:
    """`flow`: the two pages that a browser sees. `bot_token`: the one of a desk that served a single workspace until now, which
    goes on being served until it installs the app by itself."""

    app: OAuthApp
    installations: KeptInstallations
    kept: InstallationStore
    flow: InstallFlow
    tasks: Tasks
    clock: Clock
    bot_token: SecretStr | None = None

    @classmethod
    def of(
        cls,
        app: OAuthApp,
        kept: InstallationStore,
        tasks: Tasks,
        clock: Clock,
        bot_token: SecretStr | None,
        one_at_a_time: OneAtATime | None = None,
    ) -> "ByOAuth":
        rotator = SlackRotator(app.api_url, app.client_id, app.client_secret, clock)
        installations = KeptInstallations(kept, rotator, tasks, clock, one_at_a_time)
        flow = InstallFlow(app, installations, kept, tasks, clock)
        return cls(app, installations, kept, flow, tasks, clock, bot_token)

    @property
    def install_url(self) -> str:
        return self.app.public_url + INSTALL

    async def start(self, store: Store, people: People, leases: Leases) -> None:
        """Reads what is kept, and keeps it up from now on. Raises DeskError where it cannot be read."""
        await self.installations.load()
        notices = InstallationNotices(store, people, self.installations, self.install_url, self.clock)
        team_list = SlackTeams(self.app.api_url)
        InstallationUpkeep(self.installations, notices, team_list, self.clock, leases).start(self.tasks)
        if self.bot_token:
            self.installations.first_is_taken = True
            self.tasks.keep(_TAKING_OVER, partial(self._take_over, self.bot_token))

    async def is_over(self, installation: Installation) -> bool:
        """Whether Slack takes its token no more. False where Slack does not say: the next call with it tells."""
        client = AsyncWebClient(base_url=self.app.api_url, timeout=CALL_SECONDS, retry_handlers=[])
        try:
            await call_slack(client.auth_test(token=installation.tokens.access.get_secret_value()))
        except Unauthorized as error:
            return str(error) != "token_expired"
        except NotDelivered as error:
            _log.warning(
                "Slack does not say whether it is over", installation=installation.id, why=str(error)
            )
        return False

    async def _take_over(self, token: SecretStr) -> None:
        """Keeps what the token is the right to, unless an installation is there already. Slack tells where that is."""
        client = AsyncWebClient(base_url=self.app.api_url, timeout=CALL_SECONDS, retry_handlers=[])
        try:
            me = await call_slack(client.auth_test(token=token.get_secret_value()))
        except Unauthorized as error:
            _log.warning("SLACK_BOT_TOKEN is not taken over, since Slack refuses it", why=str(error))
            self.installations.first_is_taken = False
            return
        except NotDelivered as error:
            raise TurnFailed(str(error)) from error
        team, enterprise = (str(me.get(name) or "") or None for name in ("team_id", "enterprise_id"))
        is_org_wide = enterprise is not None and team in {None, enterprise}
        now = self.clock()
        await self.installations.take_over(
            Installation(
                id=(enterprise if is_org_wide else team) or "",
                name=str(me.get("team") or ""),
                enterprise_id=enterprise,
                team_id=None if is_org_wide else team,
                is_org_wide=is_org_wide,
                bot_user=str(me.get("user_id") or ""),
                scopes=scopes_of(me),
                installed_by="",
                since=now,
                welcomed_at=now,  # whoever made the app by hand knows what it is
                tokens=Tokens(access=token),
            )
        )
        self.installations.first_is_taken = False
