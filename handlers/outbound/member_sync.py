"""Keeps up with Slack on who is in the workspace, what time it is for them and who works in which queue, so that no
handler has to ask.

Source: https://docs.slack.dev/apis/web-api/rate-limits (calls a minute for each method and workspace; on 429 Slack says
in Retry-After when to come back), https://docs.slack.dev/apis/web-api/pagination (cursors, and that they expire).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreUnavailable
from bot.domain.people import Person, WorkspacePeople, vanished
from bot.domain.permissions import THE_DESK
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Refused, Unauthorized
from bot.services.ports.tasks import Tasks, Turn, TurnFailed
from handlers.outbound.members import ChannelPages, learn_channel, learn_groups, members_page
from handlers.outbound.slack_errors import call_slack
from handlers.slack.context import Tools

_TASK = "member_sync: "
_DAY = timedelta(days=1)
_OFTEN = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)
_TIER_2 = 20  # calls a minute: users.list
_log = structlog.get_logger()


class MemberSync:
    """People are listed once a day; Slack's events keep the list true in between. Who is in a user group or in a triage
    channel is asked again every few minutes: of groups, and of channels without us, no event tells.

    Each of these is a task of its own. Where one fails it alone is asked again, and what was known stays known.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        tools: Tools,
        own_users: set[str],
        tasks: Tasks,
        note_token: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        """Adds our own user ID to `own_users` as soon as Slack has told it. `note_token` hears after each call why the
        token was refused, or None."""
        self._client = client
        self._people = tools.people
        self._workspaces = tools.workspaces
        self._settings = tools.settings
        self._clock = tools.clock
        self._own_users = own_users
        self._note_token = note_token
        self._tasks = tasks
        self._triaged: set[str] = set()  # the channels whose members are read
        self._everybody_known = asyncio.Event()
        self._tried: dict[str, asyncio.Event] = {}  # whether each task has asked at least once

    async def introduced(self) -> None:
        """Returns once everybody is known, and the groups and each triage channel have been asked for at least once."""
        await self._everybody_known.wait()
        while untried := [each for each in self._tried.values() if not each.is_set()]:
            await untried[0].wait()

    def start(self) -> None:
        """Reads from now on."""
        self._keep("auth.test", self._begin)

    async def _begin(self) -> None:
        """Who we are, and in which workspace, is asked first, and once."""
        me = await call_slack(self._client.auth_test())
        workspace, bot = (
            self._workspaces.of(me.get("enterprise_id"), me.get("team_id")),
            str(me.get("user_id")),
        )
        self._own_users.add(bot)
        if not (await self._people.of(workspace)).is_bot(
            bot
        ):  # nobody gives us a ticket, however long the list is
            await self._people.learn(workspace, [Person(id=bot, names=("Deskhand",), is_bot=True)])
        listing = _Listing(self._client, self._people, workspace, bot, self._clock, self._everybody_known)
        self._keep("usergroups.list", partial(self._read_groups, workspace))
        self._keep("channels", partial(self._watch_channels, workspace))
        self._keep("users.list", listing.read)

    def _keep(self, what: str, read: Turn) -> None:
        """A task that reads something again and again: later where that fails, and ever later, but no sooner than Slack
        says."""
        tried = self._tried[what] = asyncio.Event()

        async def turn() -> float | None:
            try:
                pause = await read()
            except RateLimited as limited:
                if limited.after is None:
                    raise TurnFailed(str(limited)) from limited
                return limited.after
            except (NotDelivered, StoreUnavailable) as error:
                if isinstance(error, Unauthorized):
                    self._note_token(str(error))
                raise TurnFailed(str(error)) from error
            else:
                self._note_token(None)
                return pause
            finally:
                tried.set()

        self._tasks.keep(_TASK + what, turn, backoff=_backoff)

    async def _end(self, what: str) -> None:
        await self._tasks.end(_TASK + what)
        self._tried.pop(what).set()

    async def _read_groups(self, workspace: Workspace) -> float:
        """Often where a queue's agents are a group; else an admin who opens the settings is waited for."""
        queues = (await self._settings.read(workspace, THE_DESK)).queues
        progress = await self._people.progress(workspace)
        often = _OFTEN if any(queue.group for queue in queues) else _DAY
        if _until(progress.groups_read_at, often, self._clock()) == 0:
            await learn_groups(self._client, self._people, workspace)
        return _OFTEN.total_seconds()

    async def _watch_channels(self, workspace: Workspace) -> float:
        """Has each triage channel read whose members are agents, and forgets the others."""
        known = (await self._people.of(workspace)).channels  # before the queues: one that is added now stays
        queues = (await self._settings.read(workspace, THE_DESK)).queues
        triaged = {queue.channel for queue in queues if queue.group is None}
        for channel in triaged - self._triaged:
            self._keep(f"members of {channel}", partial(self._read_channel, workspace, ChannelPages(channel)))
        for channel in self._triaged - triaged:
            await self._end(f"members of {channel}")
        self._triaged = triaged
        for channel in known.keys() - triaged:
            await self._people.forget_channel(workspace, channel)
        return _OFTEN.total_seconds()

    async def _read_channel(self, workspace: Workspace, pages: ChannelPages) -> float:
        await learn_channel(self._client, self._people, workspace, pages)
        return _OFTEN.total_seconds()


class _Listing:
    """Lists everybody, a page at a time. How far it came is kept, so that a restart goes on from there."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        workspace: Workspace,
        bot: str,
        clock: Clock,
        everybody_known: asyncio.Event,
    ) -> None:
        self._client = client
        self._people = people
        self._workspace = workspace
        self._bot = bot
        self._clock = clock
        self._everybody_known = everybody_known
        self._pages: deque[datetime] = deque(maxlen=_TIER_2)  # when the last ones were asked for
        self._since: WorkspacePeople | None = None  # as it was before the first page, where we have read that
        self._listed: set[str] = set()
        self._has_expired = False

    async def read(self) -> float:
        """The next page, or nothing where everybody was listed less than a day ago."""
        progress = await self._people.progress(self._workspace)
        if progress.people_read_at:
            self._everybody_known.set()
        if progress.cursor is None:
            if fresh := _until(progress.people_read_at, _DAY, self._clock()):
                return fresh
            self._since, self._listed = await self._people.of(self._workspace), set()
        try:
            return await self._read_page(progress.cursor)
        except Refused as refused:
            if str(refused) != "invalid_cursor" or progress.cursor is None:
                raise
            return await self._start_over()

    async def _read_page(self, cursor: str | None) -> float:
        self._pages.append(self._clock())
        page = await members_page(self._client, self._workspace, cursor)
        self._listed |= page.listed
        people = page.people
        if not (page.listed or page.cursor or cursor):
            raise NoAnswer("no_members")  # we at least are in the workspace
        if (
            self._since and not page.cursor and self._bot in self._listed
        ):  # a list without us is not the whole
            now = await self._people.of(self._workspace)
            people = [*people, *vanished(self._since, now, self._listed)]
        await self._people.learn_page(self._workspace, people, page.cursor)
        if page.cursor:
            return self._pace()
        self._has_expired = False
        self._everybody_known.set()
        return _DAY.total_seconds()

    def _pace(self) -> float:
        """Seconds until Slack takes one more call of a method of tier 2."""
        if len(self._pages) < _TIER_2:
            return 0
        return _until(self._pages[0], _MINUTE, self._clock())

    async def _start_over(self) -> float:
        """The cursor has expired. Once we begin again at once; a second time something is wrong, and it takes its time."""
        wait = _OFTEN.total_seconds() if self._has_expired else 0
        self._has_expired = True
        _log.warning("the list of people begins again, as its cursor has expired", again_in=wait)
        await self._people.start_over(self._workspace)
        return wait


def _backoff(failures: int) -> timedelta:
    """1, 2, 4 … 300 seconds."""
    return min(timedelta(seconds=2 ** min(failures - 1, 10)), _OFTEN)


def _until(last: datetime | None, period: timedelta, now: datetime) -> float:
    """Seconds until a period from a moment is over; 0 where it is, there was no such moment, or it is yet to come."""
    if last is None or not last <= now < last + period:
        return 0
    return (last + period - now).total_seconds()
