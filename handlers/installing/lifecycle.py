"""What Slack tells of the installation itself: that it is over, or for which of an organisation's workspaces it is.

These events are heard before anybody asks whether there is an installation. They come late, twice and in any order; what
was before the last installation changes nothing. Our clock may differ from Slack's by five minutes, beyond which Slack's requests
are refused anyway: of what happened that close to the installation, Slack is asked whether it is over.

Source: https://docs.slack.dev/reference/events/app_uninstalled, …/tokens_revoked (of people, too, which is nothing to the
desk), …/team_access_granted, …/team_access_revoked.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.installation import Ended, Installation
from bot.services.installations import Installations
from bot.services.kept_installations import KeptInstallations
from bot.services.ports.clock import Clock
from bot.services.ports.tasks import Tasks
from handlers.slack.events import Event

EVENTS = ("app_uninstalled", "tokens_revoked", "team_access_granted", "team_access_revoked")
ASKED = "installations asked for"
"""The group of the tasks that ask Slack whether an installation is over."""

_CLOCKS = timedelta(minutes=5)
_log = structlog.get_logger()

IsOver = Callable[[Installation], Awaitable[bool]]
"""Whether Slack takes its token no more. False where Slack does not say."""

Hear = Callable[[Event], Awaitable[None]]


class Lifecycle:
    """Raises StoreUnavailable where something could not be written: Slack tells it again then."""

    def __init__(
        self, installations: Installations, clock: Clock, tasks: Tasks, is_over: IsOver | None
    ) -> None:
        """Where there is one token, in the settings, nothing is kept that could end: Slack refuses it once it is over. Then
        nobody need be asked."""
        self._kept = installations if isinstance(installations, KeptInstallations) else None
        self._clock = clock
        self._tasks = tasks
        self._is_over = is_over

    @property
    def hears(self) -> Mapping[str, Hear]:
        """What hears each event, by its type."""
        if self._kept is None:
            return dict.fromkeys(EVENTS, _unheard)
        each: tuple[Hear, ...] = (self._uninstalled, self._revoked, self._granted, self._taken)
        return dict(zip(EVENTS, each, strict=True))

    async def _uninstalled(self, event: Event) -> None:
        """Of an organisation's, Slack names the organisation; a team of it is only taken from it."""
        team = None if _is_org_wide(event) else _team(event)
        own, org = self._meant(event)
        if team and own:
            await self._end(own, "uninstalled", event)
        elif team and org:
            await self._installations.take(org, [team], self._at(event))
        elif org:
            await self._end(org, "uninstalled", event)

    async def _revoked(self, event: Event) -> None:
        """Slack names the users whose tokens they were: of a bot, itself."""
        bots = event.event.tokens.bot if event.event.tokens else ()
        for installation in filter(None, self._meant(event)):
            if installation.bot_user in bots:
                await self._end(installation, "revoked", event)

    async def _end(self, installation: Installation, why: Ended, event: Event) -> None:
        at = self._at(event)
        if self._is_over and abs(at - installation.since) < _CLOCKS:
            self._tasks.spawn(ASKED, self._end_if_over(installation, why, self._is_over))
        else:
            await self._installations.end(installation, why, at)

    async def _end_if_over(self, installation: Installation, why: Ended, is_over: IsOver) -> None:
        """Made anew meanwhile, it is another one."""
        if await is_over(installation):
            await self._installations.end_this(installation, why)

    async def _granted(self, event: Event) -> None:
        for org in self._orgs(event):
            await self._installations.grant(org, event.event.team_ids, self._at(event))

    async def _taken(self, event: Event) -> None:
        for org in self._orgs(event):
            await self._installations.take(org, event.event.team_ids, self._at(event))

    def _orgs(self, event: Event) -> Iterator[Installation]:
        _, org = self._meant(event)
        if org:
            yield org
        else:
            _log.warning("of an organisation that has no installation", event_type=event.event.type)

    def _meant(self, event: Event) -> tuple[Installation | None, Installation | None]:
        """The team's own installation, and its organisation's, as far as they are active."""
        own, org = (self._installations.get(each or "") for each in (_team(event), _enterprise(event)))
        return own if own and own.is_active else None, org if org and org.is_active else None

    def _at(self, event: Event) -> datetime:
        """When it happened, in whole seconds."""
        return datetime.fromtimestamp(event.event_time, UTC) if event.event_time else self._clock()

    @property
    def _installations(self) -> KeptInstallations:
        assert self._kept  # noqa: S101  (else nothing is heard)
        return self._kept


def _team(event: Event) -> str | None:
    given = event.authorizations[0].team_id if event.authorizations else None
    team = given or event.team_id
    return None if team and team.startswith("E") else team


def _enterprise(event: Event) -> str | None:
    given = event.authorizations[0].enterprise_id if event.authorizations else None
    named = given or event.enterprise_id
    return named or (event.team_id if event.team_id and event.team_id.startswith("E") else None)


def _is_org_wide(event: Event) -> bool:
    return bool(event.authorizations and event.authorizations[0].is_enterprise_install)


async def _unheard(_: Event) -> None:
    """Nothing follows."""
