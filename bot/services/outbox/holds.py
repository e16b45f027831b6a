"""Which workspaces a courier may deliver: those that it holds, so that of several couriers each workspace has one.

Two couriers at once would post a card twice. So a call that shows something begins only while its hold lasts longer
than the call can: it has ended, or timed out, before another courier may take over. What an old holder still wants to
record is refused by the number of its hold.
"""

from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

from bot.domain.workspace import Workspace
from bot.services.ports.store import Hold, HoldLost, Store

LENGTH = 12.0
"""Seconds that a hold lasts. So long stands still what a courier had that was killed; one that stops lets go."""

RENEWAL = 3.0
"""Seconds after which it is renewed: one that fails may be tried again before the calls have to wait for it."""

RETRY = 2.0
"""Seconds after which what another holds is asked for again. LENGTH + RETRY is how long the dead are not missed: 15 at most."""

LONGEST_CALL = 8.0
"""Seconds that whatever shows a message has at least, and that must be left of the hold as it begins."""

MARGIN = 0.5
"""Seconds before the end of the hold in which no call is under way any more: clocks drift."""


@dataclass(frozen=True)
class _Held:
    hold: Hold
    ends: float  # by this process's monotonic clock, from before the store was asked


class Holds:
    """Those of one courier, which has a name of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = uuid4().hex
        self._held: dict[Workspace, _Held] = {}

    async def ask(self, workspace: Workspace) -> Hold | None:
        """Takes it or keeps it; None where another courier has it."""
        began = monotonic()
        hold = await self._store.hold(f"courier:{workspace.id}", self._holder, LENGTH)
        if hold is None:
            self.lose(workspace)
        else:
            self._held[workspace] = _Held(hold, began + LENGTH)
        return hold

    async def look(self, workspace: Workspace, hold: Hold) -> float:
        """Right before what shows something: how many seconds it may take, LONGEST_CALL at least. Raises HoldLost where somebody
        else may have it by the end of that."""
        held = self._held.get(workspace)
        if held is None or held.ends - MARGIN - monotonic() < LONGEST_CALL:
            await self.ask(workspace)
            held = self._held.get(workspace)
        if held is None or held.hold != hold:
            raise HoldLost(hold.name)
        return held.ends - MARGIN - monotonic()

    def lose(self, workspace: Workspace) -> None:
        self._held.pop(workspace, None)

    async def let_go(self) -> None:
        """Of all of them, for others to take at once."""
        held, self._held = self._held, {}
        for each in held.values():
            await self._store.let_go(each.hold)
