"""Lists everybody in a workspace, a page at a time. Source: https://docs.slack.dev/apis/web-api/rate-limits (calls a minute
for each method and workspace; on 429 Slack says in Retry-After when to come back),
https://docs.slack.dev/apis/web-api/pagination (cursors, and that they expire).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from zlib import crc32

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.people import WorkspacePeople, vanished
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import NoAnswer, Refused
from handlers.outbound.members import members_page

OFTEN = timedelta(minutes=5)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TIER_2 = 20  # calls a minute: users.list
_log = structlog.get_logger()

OwnUser = Callable[[Workspace], str | None]


class Listing:
    """How far it came is kept, so that a restart goes on from there. Everybody is listed once a day; `since` and `later` keep
    many workspaces from being listed at the same time, as `listed_again`."""

    def __init__(  # noqa: PLR0913  (whose, with what, and when)
        self,
        client: Callable[[], AsyncWebClient],
        people: People,
        workspace: Workspace,
        own_user: OwnUser,
        clock: Clock,
        *,
        since: datetime,
        later: timedelta,
    ) -> None:
        self.everybody_known = asyncio.Event()
        self._client = client
        self._people = people
        self._workspace = workspace
        self._own_user = own_user
        self._clock = clock
        self._begun = since
        self._later = later
        self._pages: deque[datetime] = deque(maxlen=_TIER_2)  # when the last ones were asked for
        self._since: WorkspacePeople | None = None  # as it was before the first page, where we have read that
        self._listed: set[str] = set()
        self._has_expired = False

    async def look(self) -> None:
        """Whether everybody is known by now, whoever has listed them."""
        if (
            not self.everybody_known.is_set()
            and (await self._people.progress(self._workspace)).people_read_at
        ):
            self.everybody_known.set()

    def forget_pages(self) -> None:
        """Another replica has listed them meanwhile: of a list under way it is not known who was on the pages before."""
        self._since, self._listed = None, set()

    async def read(self) -> float:
        """A Turn: the next page, or nothing where it is not time."""
        progress = await self._people.progress(self._workspace)
        if progress.people_read_at:
            self.everybody_known.set()
        if progress.cursor is None:
            again = listed_again(progress.people_read_at, self._begun, self._later, self._clock())
            if again:
                return again
            self._since, self._listed = await self._people.of(self._workspace), set()
        try:
            return await self._read_page(progress.cursor)
        except Refused as refused:
            if str(refused) != "invalid_cursor" or progress.cursor is None:
                raise
            return await self._start_over()

    async def _read_page(self, cursor: str | None) -> float:
        self._pages.append(self._clock())
        page = await members_page(self._client(), self._workspace, cursor)
        self._listed |= page.listed
        people = page.people
        if not (page.listed or page.cursor or cursor):
            raise NoAnswer("no_members")  # we at least are in the workspace
        is_whole = self._own_user(self._workspace) in self._listed  # not a list without us
        if self._since and not page.cursor and is_whole:
            now = await self._people.of(self._workspace)
            people = [*people, *vanished(self._since, now, self._listed)]
        await self._people.learn_page(self._workspace, people, page.cursor)
        if page.cursor:
            return self._pace()
        self._has_expired = False
        self.everybody_known.set()
        return _DAY.total_seconds()

    def _pace(self) -> float:
        """Seconds until Slack takes one more call of a method of tier 2."""
        if len(self._pages) < _TIER_2:
            return 0
        return until(self._pages[0], _MINUTE, self._clock())

    async def _start_over(self) -> float:
        """The cursor has expired. Once we begin again at once; a second time something is wrong, and it takes its time."""
        wait = OFTEN.total_seconds() if self._has_expired else 0
        self._has_expired = True
        _log.warning("the list of people begins again, as its cursor has expired", again_in=wait)
        await self._people.start_over(self._workspace)
        return wait


def until(last: datetime | None, period: timedelta, now: datetime) -> float:
    """Seconds until a period from a moment is over; 0 where it is, there was no such moment, or it is yet to come."""
    if last is None or not last <= now < last + period:
        return 0
    return (last + period - now).total_seconds()


def listed_again(last: datetime | None, begun: datetime, later: timedelta, now: datetime) -> float:
    """Seconds until everybody is to be listed who was `last` then: a day after. What was due before the process was `begun`, or
    soon after, is so `later` than that. Whoever was never listed is so at once."""
    if last is None or last > now:
        return 0
    return max(0.0, (max(last + _DAY, begun + later) - now).total_seconds())


def spread(workspace: Workspace, over: timedelta) -> timedelta:
    """A part of that time, which is a workspace's own: the same at each start, and another one's differs."""
    return over * (crc32(workspace.id.encode(errors="replace")) / 2**32)
