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

LONGEST_CALL = 25.0
"""Seconds. A message may take two calls of 10 seconds (a response_url, then the direct messages), and clocks drift."""

LENGTH = 60.0
"""Seconds that a hold lasts. So long stands still what a courier had that was killed; one that stops lets go."""

RENEWAL = LENGTH / 3
"""Seconds after which it is renewed: one that fails may be tried again before the calls have to wait for it."""

RETRY = LENGTH / 2
"""Seconds after which a workspace that another courier holds is asked for again."""


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

    async def look(self, workspace: Workspace, hold: Hold) -> None:
        """Right before a call that shows something. Raises HoldLost where it could outlast the hold."""
        held = self._held.get(workspace)
        if held is None or held.ends - monotonic() < LONGEST_CALL:
            await self.ask(workspace)
            held = self._held.get(workspace)
        if held is None or held.hold != hold:
            raise HoldLost(hold.name)

    def lose(self, workspace: Workspace) -> None:
        self._held.pop(workspace, None)

    async def let_go(self) -> None:
        """Of all of them, for others to take at once."""
        held, self._held = self._held, {}
        for each in held.values():
            await self._store.let_go(each.hold)
