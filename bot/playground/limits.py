"""Slack's rate limits: tiers of calls a minute for each method, and one message a second for each channel.

Source: https://docs.slack.dev/apis/web-api/rate-limits. Off unless asked for, since tests are quicker than people.
"""

from collections import deque
from math import ceil

from bot.playground.wire import Json

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute."""

_MINUTE = 60.0
_READING = {"conversations.history", "conversations.replies"}


class Limits:
    def __init__(self) -> None:
        self.enforced = False
        self.of_a_sold_app = False
        """Whether history and replies come once a minute, as for an app that is sold outside the Marketplace."""
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, float] = {}

    def wait(self, method: str, tier: int | None, args: Json, now: float) -> int | None:
        """The seconds after which to try again, or None where the call may go on. `now` is in epoch seconds.

        A method without a tier is chat.postMessage, which is held to its channel's pace.
        """
        if self.of_a_sold_app and method in _READING:
            tier = 1
        elif not self.enforced:
            return None
        if tier is None:
            channel = str(args.get("channel"))
            if (left := self._posts.get(channel, 0) + 1 - now) > 0:
                return ceil(left)
            self._posts[channel] = now
            return None
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        if len(calls) >= TIERS[tier]:
            return max(1, ceil(calls[0] + _MINUTE - now))
        calls.append(now)
        return None
