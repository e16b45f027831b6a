"""Who holds what. It is kept in memory, for a data folder is one process's."""

from collections.abc import Callable, Sequence
from time import monotonic

from bot.services.ports.store import Hold, HoldLost


class Holds:
    """By their names. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[Hold, float]] = {}  # the last holder of each, and when that ends

    def take(self, name: str, holder: str, seconds: float) -> Hold | None:
        """As `Store.hold`."""
        now = self._clock()
        last, ends = self._last.get(name, (Hold(name, holder, 0), now))
        if last.holder != holder and ends > now:
            return None
        keeps = last.holder == holder and last.number > 0
        hold = last if keeps else Hold(name, holder, last.number + 1)
        self._last[name] = hold, now + seconds
        return hold

    def renew(self, hold: Hold, seconds: float) -> bool:
        """As `Store.renew`."""
        is_last = self._is_last(hold)
        if is_last:
            self._last[hold.name] = hold, self._clock() + seconds
        return is_last

    def let_go(self, hold: Hold) -> None:
        """As `Store.let_go`. Does nothing where somebody else has it by now."""
        if self._is_last(hold):
            self._last[hold.name] = hold, self._clock()

    def all(self, beginning: str) -> Sequence[Hold]:
        """As `Store.holds`."""
        now = self._clock()
        return [hold for hold, ends in self._last.values() if ends > now and hold.name.startswith(beginning)]

    def require(self, hold: Hold) -> None:
        """As `Transaction.require`."""
        if not self._is_last(hold):
            raise HoldLost(hold.name)

    def _is_last(self, hold: Hold) -> bool:
        last = self._last.get(hold.name)
        return last is not None and last[0] == hold
