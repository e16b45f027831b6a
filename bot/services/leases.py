"""What one replica does alone, such as all that runs by the clock: whoever holds its lease does it.

A lease is a hold of the store. Its holder renews it every RENEWAL seconds for as long as it lives, and the others ask for it
every RETRY seconds: so somebody else goes on within LENGTH + RETRY seconds of a death, and at once where the holder stops.
Whoever stood still may do for a moment what another does by now: what must not be done twice requires the `hold` in its
transaction, or is told apart by what it finds there.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import monotonic
from uuid import uuid4

import structlog

from bot.domain.errors import StoreUnavailable
from bot.services.outbox.holds import LENGTH, RENEWAL, RETRY
from bot.services.ports.store import Hold, Store
from bot.services.ports.tasks import Tasks, Turn, TurnFailed

_TASK = "leases"
AGAIN = timedelta(seconds=RETRY)
"""When a turn that failed is tried again, however often it did: nobody waits for longer once the store is back."""

_TURN = RETRY / 2
"""Seconds after which it is looked which are to be renewed, and which are free."""

_log = structlog.get_logger()


@dataclass
class _Wanted:
    """`asked` and `ends` by this process's monotonic clock, both from before the store was asked."""

    asked: float = -inf
    hold: Hold | None = None
    ends: float = 0.0


class Leases:
    """Those of one replica, from `start` to `stop`. It tries for each that it was asked for, until that is let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = uuid4().hex
        self._wanted: dict[str, _Wanted] = {}
        self._asking = asyncio.Lock()

    def start(self, tasks: Tasks) -> None:
        self._tasks = tasks
        tasks.keep(_TASK, self._keep, backoff=lambda _: AGAIN)

    async def stop(self) -> None:
        """To be called once nothing runs under them any more: another replica goes on at once."""
        await self._tasks.end(_TASK)
        wanted, self._wanted = self._wanted, {}
        for hold in [each.hold for each in wanted.values() if each.hold]:
            await self._end(hold)

    async def let_go(self, name: str) -> None:
        """Once it is of no more use here: another replica takes it at once."""
        async with self._asking:  # what was let go is not renewed by what was asked before
            wanted = self._wanted.pop(name, None)
            if wanted and wanted.hold:
                await self._end(wanted.hold)

    async def _end(self, hold: Hold) -> None:
        try:
            await self._store.let_go(hold)
        except StoreUnavailable as error:  # it ends by itself
            _log.warning("lease_not_let_go", lease=hold.name, why=error.code)

    async def hold(self, name: str) -> Hold | None:
        """For a transaction to require; None where another replica has it. Asks the store where it is time, and raises
        StoreUnavailable then, unless it is ours for a while yet."""
        wanted = self._wanted.setdefault(name, _Wanted())
        if monotonic() - wanted.asked >= (RENEWAL if wanted.hold else RETRY):
            try:
                await self._ask(name)
            except StoreUnavailable:
                if not self.has(name):
                    raise
        elif not self.has(name):
            async with self._asking:
                pass  # whoever asked a moment ago may still wait for the answer
        return self._wanted[name].hold if self.has(name) else None

    async def is_mine(self, name: str) -> bool:
        """Whether this replica does what the lease is for. As `hold`."""
        return await self.hold(name) is not None

    def alone(self, name: str, turn: Turn) -> Turn:
        """For Tasks.keep: takes its turns on the one replica that holds the lease. The others look whether it is free."""

        async def turn_here() -> float | None:
            try:
                is_mine = await self.is_mine(name)
            except StoreUnavailable as error:
                raise TurnFailed(error.code) from error
            return await turn() if is_mine else RETRY

        return turn_here

    def held(self) -> Mapping[str, int]:
        """How many are ours at the moment, by what their names begin with: `members` for `members:T1` and `members:T2`."""
        return Counter(name.partition(":")[0] for name in self._wanted if self.has(name))

    def has(self, name: str) -> bool:
        """Whether it is ours at the moment, as far as is known without asking."""
        wanted = self._wanted.get(name)
        return wanted is not None and wanted.hold is not None and monotonic() < wanted.ends

    async def _ask(self, name: str) -> None:
        came = monotonic()
        async with self._asking:  # an answer that comes late would be about an earlier hold
            wanted, began = self._wanted.get(name), monotonic()
            if wanted is None or wanted.asked >= came:
                return  # meanwhile somebody has let it go, or has asked
            wanted.asked = began
            try:
                hold = await self._store.hold(name, self._holder, LENGTH)
            except StoreUnavailable:
                if not self.has(name):
                    wanted.asked = -inf  # nobody knows yet whose it is
                raise
            self._note(name, wanted, hold, began)

    async def _keep(self) -> float:
        """Renews those that are ours, whatever those whom they are for do meanwhile, and tries for those that nobody has."""
        try:
            await self._renew()
            await self._try()
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        return _TURN

    async def _renew(self) -> None:
        """All at once, and before somebody who asks for one would have to."""
        async with self._asking:
            began = monotonic()
            ours = {name: each.hold for name, each in self._wanted.items() if each.hold}
            if all(began - self._wanted[name].asked < RENEWAL - _TURN for name in ours):
                return
            kept = {*await self._store.renew([*ours.values()], LENGTH)}
            for name, hold in ours.items():
                self._wanted[name].asked = began
                self._note(name, self._wanted[name], hold if hold in kept else None, began)

    async def _try(self) -> None:
        """One look tells which are not free: there may be as many as workspaces."""
        at = monotonic()
        missed = [name for name, each in self._wanted.items() if not each.hold and at - each.asked >= _TURN]
        elsewhere = {hold.name for hold in await self._store.holds("")} if missed else ()
        for name in missed:
            if name not in elsewhere:
                await self._ask(name)
            elif name in self._wanted:
                self._wanted[name].asked = at

    def _note(self, name: str, wanted: _Wanted, hold: Hold | None, began: float) -> None:
        before, wanted.hold, wanted.ends = wanted.hold, hold, began + LENGTH if hold else 0.0
        if hold != before:
            say = _log.info if self._store.is_shared else _log.debug  # of one process they are nobody else's
            say("lease_taken" if hold else "lease_lost", lease=name)
