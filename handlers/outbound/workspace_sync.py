"""Keeps what is known of one workspace's people as it is in Slack, as long as somebody is there."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreUnavailable
from bot.domain.people import Person
from bot.domain.permissions import THE_DESK
from bot.domain.workspace import Workspace
from bot.services.leases import Leases
from bot.services.ports.messenger import NotDelivered, RateLimited, Unauthorized
from bot.services.ports.store import Hold
from bot.services.ports.tasks import Tasks, Turn, TurnFailed
from handlers.outbound.member_listing import OFTEN, Listing, until
from handlers.outbound.members import ChannelPages, learn_channel, learn_groups
from handlers.slack.context import Tools

_TASK = "member_sync: "
_DAY = timedelta(days=1)

NoteToken = Callable[[str | None], None]
"""Hears after each call why the token was refused, or None."""

_SOON = 1.0  # second after which it is looked again whether another replica has listed everybody
_RETRY = 15.0  # seconds after which it is looked again whether another replica still reads a workspace


class WorkspaceLease:
    """The right of one replica to read the people of a workspace from Slack."""

    def __init__(self, leases: Leases, workspace: Workspace) -> None:
        self._leases = leases
        self._name = f"members:{workspace.id}"

    async def hold(self) -> Hold | None:
        return await self._leases.hold(self._name)

    async def let_go(self) -> None:
        await self._leases.let_go(self._name)


class WorkspaceSync:
    """People are listed once a day; Slack's events keep the list true in between. Who is in a user group or in a triage
    channel is asked again every few minutes: of groups, and of channels without us, no event tells.

    Each of these is a task of its own. Where one fails it alone is asked again, and what was known stays known.
    """

    def __init__(  # noqa: PLR0913  (whose, with what, and when)
        self,
        workspace: Workspace,
        client: Callable[[], AsyncWebClient],
        tools: Tools,
        tasks: Tasks,
        note_token: NoteToken,
        *,
        since: datetime,
        later: timedelta,
        lease: WorkspaceLease | None = None,
    ) -> None:
        """`since` and `later`: as Listing has them. `lease`: where there may be other replicas."""
        self._lease = lease
        self._hold: Hold | None = None  # the last one
        self._workspace = workspace
        self._client = client
        self._people = tools.people
        self._settings = tools.settings
        self._own_user = tools.installations.own_user
        self._clock = tools.clock
        self._tasks = tasks
        self._note_token = note_token
        self._listing = Listing(
            client, tools.people, workspace, self._own_user, tools.clock, since=since, later=later
        )
        self._has_ended = False
        self._triaged: set[str] = set()  # the channels whose members are read
        self._tried: dict[tuple[str, str], asyncio.Event] = {}  # whether each task has asked at least once

    async def introduced(self) -> None:
        """Returns once everybody is known, and the groups and each triage channel have been asked for at least once."""
        await self.everybody_known()
        while untried := [each for each in self._tried.values() if not each.is_set()]:
            await untried[0].wait()

    async def everybody_known(self) -> None:
        """Returns once everybody was listed, or nobody will be any more."""
        await self._listing.everybody_known.wait()

    def begin(self) -> None:
        self._keep("usergroups.list", self._read_groups)
        self._keep("channels", self._watch_channels)
        self._keep("users.list", self._list)

    def end(self) -> Coroutine[object, object, None]:
        """What begins from the call on is another one's."""
        self._has_ended = True
        self._listing.everybody_known.set()  # as far as anybody will know
        endings = [self._end(what, channel) for what, channel in list(self._tried)]
        return _all([*endings, self._lease.let_go()] if self._lease else endings)

    def _keep(self, what: str, read: Turn, channel: str = "") -> None:
        if self._has_ended:
            return
        tried = self._tried[what, channel] = asyncio.Event()
        turn = self._alone(asking(read, self._note_token, tried), tried)
        self._tasks.keep(_TASK + what, turn, whose=self._whose(channel), backoff=backoff)

    def _alone(self, turn: Turn, tried: asyncio.Event) -> Turn:
        """Asks nothing as long as another replica does: what it learns is known here, too."""
        lease = self._lease
        if lease is None:
            return turn

        async def turn_alone() -> float | None:
            try:
                hold = await lease.hold()
                if hold is None:
                    await self._listing.look()
            except StoreUnavailable as error:
                raise TurnFailed(error.code) from error
            if hold is None:
                tried.set()
                return _RETRY if self._listing.everybody_known.is_set() else _SOON
            if hold != self._hold:
                self._hold = hold
                self._listing.forget_pages()
            return await turn()

        return turn_alone

    def _end(self, what: str, channel: str = "") -> Coroutine[object, object, None]:
        self._tried.pop((what, channel)).set()
        return self._tasks.end(_TASK + what, whose=self._whose(channel))

    def _whose(self, channel: str) -> str:
        return f"{self._workspace.id} {channel}".rstrip()

    async def _list(self) -> float:
        bot = self._own_user(self._workspace)
        if bot and not (await self._people.of(self._workspace)).is_bot(bot):
            # Nobody gives us a ticket, however long the list is.
            await self._people.learn(self._workspace, [Person(id=bot, names=("Deskhand",), is_bot=True)])
        return await self._listing.read()

    async def _read_groups(self) -> float:
        """Often where a queue's agents are a group; else an admin who opens the settings is waited for."""
        queues = (await self._settings.read(self._workspace, THE_DESK)).queues
        progress = await self._people.progress(self._workspace)
        often = OFTEN if any(queue.group for queue in queues) else _DAY
        if until(progress.groups_read_at, often, self._clock()) == 0:
            await learn_groups(self._client(), self._people, self._workspace)
        return OFTEN.total_seconds()

    async def _watch_channels(self) -> float:
        """Has each triage channel read whose members are agents, and forgets the others."""
        workspace = self._workspace
        known = (await self._people.of(workspace)).channels  # before the queues: one that is added now stays
        queues = (await self._settings.read(workspace, THE_DESK)).queues
        triaged = {queue.channel for queue in queues if queue.group is None}
        for channel in triaged - self._triaged:
            self._keep("conversations.members", partial(self._read_channel, ChannelPages(channel)), channel)
        for channel in self._triaged - triaged:
            await self._end("conversations.members", channel)
        self._triaged = triaged
        for channel in known.keys() - triaged:
            await self._people.forget_channel(workspace, channel)
        return OFTEN.total_seconds()

    async def _read_channel(self, pages: ChannelPages) -> float:
        await learn_channel(self._client(), self._people, self._workspace, pages)
        return OFTEN.total_seconds()


async def _all(endings: Iterable[Coroutine[object, object, None]]) -> None:
    await asyncio.gather(*endings)


def asking(read: Turn, note_token: NoteToken, tried: asyncio.Event) -> Turn:
    """A turn that asks Slack, again and again: later where that fails, and ever later, but no sooner than Slack says."""

    async def turn() -> float | None:
        try:
            pause = await read()
        except RateLimited as limited:
            if limited.after is None:
                raise TurnFailed(str(limited)) from limited
            return limited.after
        except (NotDelivered, StoreUnavailable) as error:
            if isinstance(error, Unauthorized):
                note_token(str(error))
            raise TurnFailed(str(error)) from error
        else:
            note_token(None)
            return pause
        finally:
            tried.set()

    return turn


def backoff(failures: int) -> timedelta:
    """1, 2, 4 … 300 seconds."""
    return min(timedelta(seconds=2 ** min(failures - 1, 10)), OFTEN)
