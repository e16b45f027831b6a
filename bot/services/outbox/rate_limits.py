"""How fast Slack may be called. Pure but for its clock: else the time is passed in.

Source: https://docs.slack.dev/apis/web-api/rate-limits
"""

import random
from datetime import UTC, datetime, timedelta

from bot.services.ports.clock import Clock

A_MESSAGE_A_SECOND = timedelta(seconds=1)
"""What Slack takes in one channel."""

LONG_AGO = datetime.fromtimestamp(0, UTC)
_LONGEST = timedelta(hours=1)


def exponential(failures: int) -> timedelta:
    """The longest wait, less up to a fifth so that those who failed together come back apart."""
    return longest(failures) * random.uniform(0.8, 1)  # noqa: S311  (no secret)


OUT_OF_REACH = 4
"""As after so many failures is it tried again where another workspace's store cannot be read."""


def longest(failures: int) -> timedelta:
    """1, 2, 4 … 3,600 seconds; for none, no wait."""
    return min(timedelta(seconds=2 ** min(failures, 13) // 2), _LONGEST)


class SteadyClock:
    """`steady` never goes back, which waits are measured by: where the `wall` clock is set back, it stands still for
    that moment and goes on from there. Without steps both are the same."""

    def __init__(self, wall: Clock) -> None:
        self.wall = wall
        self._ahead = timedelta()
        self._last = LONG_AGO

    def steady(self) -> datetime:
        now = self.wall() + self._ahead
        if now < self._last:
            self._ahead += self._last - now
            now = self._last
        self._last = now
        return now


class Bucket:
    """A token bucket: `burst` calls at once, and one more `every` so often. `hold` closes it for a time."""

    def __init__(self, every: timedelta = timedelta(), burst: int = 1) -> None:
        self._every = every
        self._ahead = every * (burst - 1)
        self._empty_until = LONG_AGO  # when it would be full again, less one token
        self._held_until = LONG_AGO

    def ready_at(self) -> datetime:
        """From when a call may be made."""
        return max(self._empty_until - self._ahead, self._held_until)

    def take(self, now: datetime) -> None:
        """Counts a call that is made now."""
        self._empty_until = max(self._empty_until, now) + self._every

    def hold(self, until: datetime) -> None:
        """Closes it until then."""
        self._held_until = max(self._held_until, until)


def tier(calls: int) -> Bucket:
    """So many calls in any minute, of which a fifth may come at once."""
    burst = calls // 5
    return Bucket(timedelta(minutes=1) / (calls - burst), burst)
