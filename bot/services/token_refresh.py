"""New tokens for those that are about to end: well before, one refresh at a time for each installation, and a few at once
for all.

What may go wrong, and what follows:

- Slack is down, or slow: asked again later, and ever later; the old token serves meanwhile. Whoever needs a token that has
  ended is told that there was no answer, and what they wanted waits.
- Its answer is lost, after Slack has used up the refresh token: the next try is refused. The old token serves until it ends.
- It comes late: it is waited for longer than for any other call, whoever has given up waiting.
- The installation was made anew meanwhile, or has ended: the answer is of no use, and changes nothing.
- The disk does not take the new token: it serves from memory, and is written with the next change.
- Another process on the same store asks at the same moment: one of them does, and the others take what it has kept. Where the
  store is away nobody is asked, since nobody could tell the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation, Tokens, refused
from bot.services.one_at_a_time import OneAtATime
from bot.services.ports.clock import Clock
from bot.services.ports.installations import RefreshRefused, Rotator
from bot.services.ports.messenger import NoAnswer, NotDelivered, Unauthorized
from bot.services.ports.tasks import Tasks

REFRESHES = "token refreshes"
"""The group of the tasks that ask Slack."""

_AT_ONCE = 8
_PATIENCE = 40  # seconds that somebody waits for a token, at most: more than a refresh takes
_ALONE = 45.0
"""Seconds that no other process asks where the one that does comes to no end: Slack has answered, or never will, by then."""
_REST = timedelta(seconds=5)  # after a failure, before whoever needs the token has Slack asked again
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(minutes=15)
_log = structlog.get_logger()

Change = Callable[[str, Callable[[Installation], Installation]], Awaitable[Installation | None]]
"""Makes of the installation with an ID what a function makes of it; None where there is none."""
KeepTokens = Callable[[Installation, Tokens], Awaitable[Installation | None]]


class _Failures(NamedTuple):
    number: int
    last: datetime

    @property
    def rest(self) -> timedelta:
        return min(_FIRST * (1 << min(self.number - 1, 10)), _LONGEST)


class TokenRefresh:
    def __init__(
        self,
        rotator: Rotator,
        keep: KeepTokens,
        change: Change,
        tasks: Tasks,
        clock: Clock,
        one_at_a_time: OneAtATime,
    ) -> None:
        """`keep`: keeps the new tokens of an installation, instead of those that it is given with."""
        self._one_at_a_time = one_at_a_time
        self._rotator = rotator
        self._keep = keep
        self._change = change
        self._tasks = tasks
        self._clock = clock
        self._under_way: dict[str, asyncio.Future[Installation | None]] = {}
        self._failures: dict[str, _Failures] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)

    def due_at(self, installation: Installation) -> datetime | None:
        """When to refresh it by itself: later where it has failed."""
        at, failed = installation.refresh_at, self._failures.get(installation.id)
        return max(at, failed.last + failed.rest) if at and failed else at

    async def now(self, installation: Installation) -> Installation | None:
        """With new tokens; None where it is gone meanwhile. However many ask at a time, Slack is asked once.

        Raises NotDelivered: Unauthorized where Slack takes its refresh token no more.
        """
        under_way = self._under_way.get(installation.id)
        if under_way is None:
            self._require_refreshable(installation)
            under_way = asyncio.get_running_loop().create_future()
            under_way.add_done_callback(_heard)
            self._under_way[installation.id] = under_way
            self._tasks.spawn(REFRESHES, self._refresh(installation, under_way))
        try:
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.shield(under_way)
        except TimeoutError:
            raise NoAnswer("timeout") from None

    def _require_refreshable(self, installation: Installation) -> None:
        if installation.refresh_at is None:
            raise Unauthorized("token_expired")
        failed = self._failures.get(installation.id)
        if failed and failed.last <= self._clock() < failed.last + _REST:
            raise NoAnswer("token_not_refreshed")

    async def _refresh(self, installation: Installation, done: asyncio.Future[Installation | None]) -> None:
        try:
            async with self._few:
                found = await self._asked_alone(installation)
        except NotDelivered as error:
            done.set_exception(error)
        except BaseException:
            done.set_exception(NoAnswer("token_not_refreshed"))
            raise
        else:
            done.set_result(found)
        finally:
            del self._under_way[installation.id]

    async def _asked_alone(self, installation: Installation) -> Installation | None:
        """Unless another process has just done so, or it has ended: then as it is by now."""
        if not self._one_at_a_time.is_shared:
            return await self._asked(installation)
        try:
            async with self._one_at_a_time.alone(f"token:{installation.id}", _ALONE):
                kept = await self._change(installation.id, lambda same: same)
                if kept and kept.is_active and kept.tokens.refresh == installation.tokens.refresh:
                    return await self._asked(kept)
                return kept
        except StoreUnavailable as error:
            self._failed(installation, error.code)
            raise NoAnswer("token_not_refreshed") from error

    async def _asked(self, installation: Installation) -> Installation | None:
        used = installation.tokens
        try:
            new = await self._rotator.refreshed(installation)
        except RefreshRefused as error:
            self._failures.pop(installation.id, None)
            _log.warning("refresh_token_refused", installation=installation.id, why=str(error))
            after = await self._change(installation.id, partial(refused, used=used, now=self._clock()))
            if after and after.is_active and after.tokens.refresh != used.refresh:
                return after  # made anew meanwhile
            raise Unauthorized("token_expired") from error
        except NotDelivered as error:
            self._failed(installation, str(error))
            raise
        self._failures.pop(installation.id, None)
        return await self._keep(installation, new)

    def _failed(self, installation: Installation, why: str) -> None:
        before = self._failures.get(installation.id)
        self._failures[installation.id] = _Failures(before.number + 1 if before else 1, self._clock())
        _log.warning("token_not_refreshed", installation=installation.id, why=why)


def _heard(done: asyncio.Future[Installation | None]) -> None:
    """Else asyncio complains where everybody who asked has given up."""
    if not done.cancelled():
        done.exception()
