"""One attempt at a job: claim, send, settle. What is known of it is on disk before Slack is called, and after.

Everything that it writes carries the number of its courier's hold, and is refused once another courier has taken over.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import NamedTuple, TypeVar

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Call, Gesture, Job
from bot.domain.workspace import Workspace
from bot.services.outbox.commits import Commits
from bot.services.outbox.failures import MOST_ATTEMPTS, after, perhaps_made
from bot.services.outbox.holds import Holds
from bot.services.outbox.listeners import OnGesture, OnGroup, OnHandOn, OnReplies, OnUnreadable
from bot.services.outbox.overtaken import Withdrawals, make_good
from bot.services.outbox.rate_limits import SteadyClock
from bot.services.outbox.records import NotFound, Records, Result, Shown
from bot.services.outbox.subject import Mirrored, Show, State, shown
from bot.services.outbox.taken import Outcome, Taken
from bot.services.ports.messenger import (
    ChannelClosed,
    Messenger,
    NoAnswer,
    NotDelivered,
    OutOfReach,
    Refused,
    Unauthorized,
    Undeliverable,
)
from bot.services.ports.store import Hold, HoldLost, Transaction
from bot.services.ports.tasks import Backoff

T = TypeVar("T")

MOST_PAGES = 60
"""So many pages are read in search of one post: an hour, and 900 messages, where Slack gives 15 a minute."""

GIVEN_UP = "search_given_up"
"""Why a post was set aside of which nobody knows whether Slack has it. It is not posted again: it might be there twice."""

_LONGEST_UNRECORDED = 5.0
"""Seconds after which it is tried again to write down what was shown: until then nothing else goes out there."""

log = structlog.get_logger()


class _Read(NamedTuple):
    """A page of replies is kept, and so is how far that was."""

    left: tuple[Job, ...]


class Attempts:
    """Makes the attempts for the courier, who says when."""

    def __init__(  # noqa: PLR0913  (what an attempt needs, from the one who makes them)
        self,
        commits: Commits,
        messenger: Messenger,
        clock: SteadyClock,
        backoff: Backoff,
        holds: Holds,
        *,
        on_replies: OnReplies,
        on_unreadable: OnUnreadable,
        on_gesture: OnGesture,
        on_group: OnGroup,
        on_hand_on: OnHandOn,
        mirrored: Mirrored,
    ) -> None:
        self._commits = commits
        self._messenger = messenger
        self._clock = clock
        self._backoff = backoff
        self._holds = holds
        self._on_gesture = on_gesture
        self._on_group = on_group
        self._on_hand_on = on_hand_on
        self._mirrored = mirrored
        self._records = Records(clock, backoff, on_replies, on_unreadable)
        self._withdrawals = Withdrawals(commits, messenger, backoff)

    async def make(self, workspace: Workspace, taken: Taken, hold: Hold) -> Outcome:
        """Raises HoldLost and nothing else: every other way in which it can fail has its place in the outcome."""
        try:
            claimed, call = await self._begun(workspace, taken, hold)
        except HoldLost:
            raise
        except Exception as error:  # noqa: BLE001  (a fault of ours may not hold up the others; it is logged)
            _log_failed("job_not_claimed", error, workspace=workspace.id, job=str(taken.job_id))
            return Outcome(None, NoAnswer("not_claimed"))
        if claimed is None or claimed.set_aside:
            return Outcome((claimed,) if claimed else ())
        about = log.bind(
            workspace=workspace.id,
            kind=claimed.kind,
            ticket=claimed.number,
            job=str(claimed.id),
            call=call,
        )
        try:
            result, failure = await self._tried(workspace, claimed, call, hold, about)
        except (
            StoreUnavailable
        ) as error:  # Slack was not asked, or did what may be done twice: the job stays as it is
            _log_failed("store_not_reached", error, workspace=workspace.id, job=str(claimed.id))
            return Outcome(None, NoAnswer("store_unavailable"))
        if isinstance(result, _Read):
            return Outcome(result.left, failure, claimed)
        try:
            left = await self._recorded(workspace, partial(self._records.settle, claimed, hold, result))
        except HoldLost:
            await self._make_good(workspace, claimed, call, failure, result)
            raise
        return Outcome(left, failure, claimed)

    async def _tried(
        self,
        workspace: Workspace,
        job: Job,
        call: Call,
        hold: Hold,
        about: structlog.typing.FilteringBoundLogger,
    ) -> tuple[Result | _Read, NotDelivered | None]:
        """What comes of it, and why it failed. Raises HoldLost and StoreUnavailable."""
        try:
            result = await self._send(workspace, job, call, hold)
        except (HoldLost, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001  (a fault of ours may not hold up the others; it is logged)
            failure = error if isinstance(error, NotDelivered) else Refused(type(error).__name__)
            left = after(job, call, failure, self._clock.steady(), self._backoff)
            about.warning("not_delivered", reason=str(failure), exc_info=failure is not error)
            if isinstance(failure, Unauthorized):
                about.error("workspace_stopped", reason=str(failure))
            if isinstance(left, Job) and left.set_aside:
                about.error("set_aside", reason=left.set_aside)
            return left, failure
        about.info(_said(result))
        return result, None

    async def _make_good(
        self, workspace: Workspace, job: Job, call: Call, failure: NotDelivered | None, result: Result
    ) -> None:
        """What was shown although another courier had taken over. What Slack has refused was not."""
        place = result.place if isinstance(result, Shown) else None
        if call not in ("post", "update", "group") or not (
            perhaps_made(failure) if failure else place or job.group
        ):
            return
        log.warning("shown_too_late", workspace=workspace.id, job=str(job.id), call=call)
        await self._recorded(workspace, partial(make_good, job, self._clock.wall(), place))

    async def _begun(self, workspace: Workspace, taken: Taken, hold: Hold) -> tuple[Job | None, Call]:
        """The job as it is in the outbox, where it may not be any more, and what it needs.

        That a post is begun is on disk before it is: whoever finds such a claim knows that Slack may have a message.
        A change may be made twice, a group set twice and replies read twice, so they need none. Nor does what passes: a reaction is there once
        however often it is asked for, and what only one person sees for a while cannot be looked for, so that it is better
        shown twice than not at all.
        """
        if taken.job and taken.job.kind == "card":
            return taken.job, "post"
        if taken.is_claimed or taken.call != "post":
            job = await self._commits.read(workspace).job(taken.job_id)
            if job is None or job.call != "post":
                return job, "post" if job is None or taken.is_claimed else job.call
        return await self._commits.change(workspace, partial(self._records.claim, taken.job_id, hold))

    async def _send(self, workspace: Workspace, job: Job, call: Call, hold: Hold) -> Result | _Read:
        if job.gesture:
            await self._heed(workspace, job, job.gesture)
            return Shown(None, None)
        if job.group:
            await self._in_time(workspace, hold, partial(self._on_group, workspace, job.group))
            return Shown(None, None)
        if job.hands_on:
            await self._holds.look(workspace, hold)
            await self._on_hand_on(workspace, job)
            return Shown(None, None)
        if call == "delete":
            return await self._withdraw(workspace, job, hold)
        if call == "fetch":
            replies = await self._messenger.read(workspace, job)
            return _Read(
                await self._commits.change(workspace, partial(self._records.keep, job, hold, replies))
            )
        if call == "find":
            return await self._look_for(workspace, job)
        show, state = await self._shown(workspace, job)
        if show is None:
            return Shown(job.place, state)
        return Shown(await self._in_time(workspace, hold, show), state)

    async def _in_time(self, workspace: Workspace, hold: Hold, show: Callable[[], Awaitable[T]]) -> T:
        """What shows something has ended, or is cut off, before another courier may begin. Raises HoldLost."""
        try:
            async with asyncio.timeout(await self._holds.look(workspace, hold)):
                return await show()
        except TimeoutError:
            raise NoAnswer("timeout") from None

    async def _shown(self, workspace: Workspace, job: Job) -> tuple[Show | None, State]:
        """Where another workspace's store is out of reach, what comes behind it need not wait."""
        try:
            return await shown(self._messenger, workspace, job, self._commits.read(workspace), self._mirrored)
        except StoreUnavailable as error:
            if job.kind != "mirror":
                raise
            raise OutOfReach("store_unavailable") from error

    async def _withdraw(self, workspace: Workspace, job: Job, hold: Hold) -> Result:
        decided = await self._withdrawals.decided(workspace, job, self._clock.steady())
        if isinstance(decided, Job):
            return decided
        if decided:
            await self._in_time(workspace, hold, partial(self._messenger.delete, workspace, decided))
        return Shown(None, None)

    async def _heed(self, workspace: Workspace, job: Job, gesture: Gesture) -> None:
        """Does what somebody wants with a message. Where Slack does not give it in the end, they hear of that."""
        message = None
        try:
            message = await self._messenger.message(workspace, job)
        except (ChannelClosed, Undeliverable) as error:
            log.warning("gesture_not_read", workspace=workspace.id, reason=str(error))
        except Refused:
            if job.attempts + 1 < MOST_ATTEMPTS:
                raise
        await self._on_gesture(workspace, gesture, message)

    async def _look_for(self, workspace: Workspace, job: Job) -> Result:
        """A post whose answer was lost: its own event tells where it stands, else a page of messages may."""
        if job.seen:
            return Shown(job.seen, None)
        search = job.next_search
        if search.pages >= MOST_PAGES:
            raise Undeliverable(GIVEN_UP)
        place, further = await self._messenger.find(workspace, job)
        if place:
            return Shown(place, None)
        if further is None:
            again = job.model_copy(update={"claimed_at": None, "search": None})
            return NotFound(again, may_come=self._holds.is_anothers(workspace, job.claimed_at))
        return job.model_copy(update={"search": further.model_copy(update={"pages": search.pages + 1})})

    async def _recorded(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Tries until it is written, else it would be delivered again. Raises HoldLost."""
        for attempt in count(1):
            try:
                return await self._commits.change(workspace, work)
            except HoldLost:
                raise
            except Exception as error:  # noqa: BLE001  (as above)
                _log_failed("attempt_not_recorded", error, workspace=workspace.id)
                await asyncio.sleep(min(self._backoff(attempt).total_seconds(), _LONGEST_UNRECORDED))
        raise AssertionError


def _log_failed(event: str, error: Exception, **about: object) -> None:
    """Of a store that is away, a traceback would tell no more."""
    if isinstance(error, StoreUnavailable):
        log.warning(event, why=error.code, **about)
    else:
        log.error(event, exc_info=error, **about)


def _said(result: Result | _Read) -> str:
    """What came of a call, as the log has it."""
    if isinstance(result, NotFound):
        return "not_found"
    return "not_found_yet" if isinstance(result, Job) else "delivered"
