"""What can go wrong between Slack and the bot, switched on by a test or a page.

A fault of a call is for a method (`chat.postMessage`), for `response_url`, or for `*`: all of them. It strikes `times`
times, or until cleared where `times` is null, and lets the first `after` calls through.
"""

import asyncio
from dataclasses import dataclass, field

from bot.playground.changes import Changes
from bot.playground.clock import Clock

EVERY = "*"


@dataclass(eq=False)
class CallFault:
    """One of: an error code, an HTTP status, a gate that the call waits at (for `delay` seconds, or until it is
    released), an answer that never arrives whole, fields of an answer that are wrong."""

    method: str
    times: int | None
    error: str | None = None
    status: int | None = None
    retry_after: int | None = None  # seconds
    gate: asyncio.Event | None = None
    delay: float | None = None  # seconds
    drops_answer: bool = False
    garbled: dict[str, object] = field(default_factory=dict)
    after: int = 0
    struck: int = 0

    async def wait(self, clock: Clock) -> None:
        """Keeps a call as long as it hangs, or as Slack is slow."""
        if self.gate:
            await clock.wait(self.gate, self.delay)

    def release(self) -> None:
        """Lets the calls that hang here go on, and those to come."""
        if self.gate:
            self.gate.set()


@dataclass(eq=False)
class Hold:
    """Deliveries that wait on Slack's side. `kind` is a payload's type, `slash_command`, or `*`."""

    kind: str
    waiting: list["Held"] = field(default_factory=list)
    open: bool = False

    async def release(self, *, backwards: bool = False) -> None:
        """Sends what waits, one after the other, the last first where `backwards`; nothing waits from now on."""
        self.open = True
        held, self.waiting = self.waiting, []
        for each in reversed(held) if backwards else held:
            each.gate.set()
            await each.sent.wait()


@dataclass(eq=False)
class Held:
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sent: asyncio.Event = field(default_factory=asyncio.Event)


class Faults:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self.calls: list[CallFault] = []
        self.repeats: dict[str, tuple[int, int | None]] = {}
        self._holds: list[Hold] = []

    def fail(self, method: str, error: str, *, times: int | None = 1, after: int = 0) -> CallFault:
        """Answers `{"ok": false, "error": error}`."""
        return self._add(CallFault(method, times, error=error, after=after))

    def break_down(
        self, method: str, status: int = 500, *, times: int | None = 1, after: int = 0
    ) -> CallFault:
        """Answers with an HTTP status and no JSON."""
        return self._add(CallFault(method, times, status=status, after=after))

    def limit(self, method: str, *, retry_after: int = 1, times: int | None = 1, after: int = 0) -> CallFault:
        """Answers 429 with Retry-After, in seconds."""
        return self._add(
            CallFault(method, times, error="ratelimited", status=429, retry_after=retry_after, after=after)
        )

    def hang(self, method: str, *, times: int | None = 1) -> CallFault:
        """Takes the call and does nothing until the fault's `release()`; then goes on as usual."""
        return self._add(CallFault(method, times, gate=asyncio.Event()))

    def slow(self, method: str, *, seconds: float, times: int | None = 1) -> CallFault:
        """Takes its time, by the stand-in's clock; then goes on as usual."""
        return self._add(CallFault(method, times, gate=asyncio.Event(), delay=seconds))

    def drop_answer(self, method: str, *, times: int | None = 1) -> CallFault:
        """Does what was asked, and breaks the connection instead of saying so."""
        return self._add(CallFault(method, times, drops_answer=True))

    def garble(self, method: str, *, times: int | None = 1, **fields: object) -> CallFault:
        """Does what was asked, and answers with these fields in place of its own; those that are None are missing."""
        return self._add(CallFault(method, times, garbled=fields))

    def repeat(self, kind: str, copies: int = 2, *, times: int | None = 1) -> None:
        """Sends each delivery of this kind several times at once; the first copy's answer is what people see."""
        self.repeats[kind] = (copies, times)
        self._changes.note()

    def repeat_no_more(self, kind: str) -> None:
        self.repeats.pop(kind, None)
        self._changes.note()

    def end(self, fault: CallFault) -> None:
        """Calls to come are spared; what hung here goes on."""
        fault.release()
        self.calls.remove(fault)
        self._changes.note()

    def hold(self, kind: str) -> Hold:
        """Keeps deliveries of this kind back until `release()`."""
        hold = Hold(kind)
        self._holds.append(hold)
        return hold

    def clear(self) -> None:
        """Everything works again; what hung or was held goes on."""
        for fault in self.calls:
            fault.release()
        for hold in self._holds:
            hold.open = True
            for held in hold.waiting:
                held.gate.set()
        self.calls, self.repeats, self._holds = [], {}, []
        self._changes.note()

    def of_call(self, method: str) -> CallFault | None:
        """The fault that strikes this call, oldest first; it counts as having struck."""
        for fault in self.calls:
            if fault.method in {method, EVERY} and (fault.times is None or fault.struck < fault.times):
                if fault.after:
                    fault.after -= 1
                    continue
                fault.struck += 1
                self._changes.note()
                return fault
        return None

    def copies(self, kind: str) -> int:
        """How many times to send this delivery."""
        name = kind if kind in self.repeats else EVERY
        copies, times = self.repeats.get(name, (1, None))
        if times is not None:
            if times <= 1:
                del self.repeats[name]
            else:
                self.repeats[name] = (copies, times - 1)
        return copies

    def held(self, kind: str) -> Held | None:
        """The gate that this delivery waits at, if any."""
        for hold in self._holds:
            if hold.kind in {kind, EVERY} and not hold.open:
                held = Held()
                hold.waiting.append(held)
                self._changes.note()
                return held
        return None

    def _add(self, fault: CallFault) -> CallFault:
        self.calls.append(fault)
        self._changes.note()
        return fault
