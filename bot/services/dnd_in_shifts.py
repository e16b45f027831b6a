"""Whose do-not-disturb lies in their shift: asked for when somebody looks, and every hour for whoever watches the desk."""

from collections.abc import Sequence
from contextlib import suppress

from bot.domain.clock.dnd import DndInShift, in_shifts, shifts_ahead
from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.services.leases import Leases
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.dnd import AskDnd
from bot.services.ports.store import Store
from bot.services.ports.tasks import Tasks

_TASK = "do-not-disturb"
_HOUR = 3600.0
_MOST = 40  # people: Slack takes fifty such calls a minute


class DndInShifts:
    def __init__(self, store: Store, people: People, clock: Clock, ask: AskDnd) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._ask = ask
        self._found: int | None = None
        self._leases: Leases | None = None

    async def of(self, workspace: Workspace) -> Sequence[DndInShift]:
        """In the shifts that go on and the next ones. Raises nothing of Slack's: what it does not tell is not known."""
        queues = (await self._store.read(workspace, is_use=False).settings()).queues
        if not queues:
            return ()
        now, left = self._clock(), (await self._people.of(workspace)).left
        shifts = [shift for queue in queues for shift in shifts_ahead(queue, now, left)]
        people = [*dict.fromkeys(shift.person for shift in shifts)][:_MOST]
        return in_shifts(shifts, await self._ask(workspace, people))

    def start(self, tasks: Tasks, leases: Leases) -> None:
        """One replica looks, and the others know nothing."""
        self._leases = leases
        tasks.keep(_TASK, leases.alone(_TASK, self.look))

    def found(self) -> int | None:
        """In how many shifts, of all workspaces that are at work, when that was last looked at; of all, where the store is shared.
        None where nobody has looked yet, or another replica does."""
        return self._found if self._leases and self._leases.has(_TASK) else None

    async def look(self) -> float:
        found = 0
        for workspace in await self._to_look_at():
            with suppress(StoreUnavailable):  # the store says why, and others go on
                found += len(await self.of(workspace))
        self._found = found
        return _HOUR

    async def _to_look_at(self) -> Sequence[Workspace]:
        """Of a store that is shared all: others are at work there, too, and shifts go on where nothing is due."""
        if self._store.is_shared:
            return await self._store.workspaces()
        return await self._store.awake(self._clock())
