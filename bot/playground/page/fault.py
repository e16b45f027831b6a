"""The faults that people switch on: Slack slow, Slack down, too many calls, everything delivered twice."""

from typing import Literal

from bot.playground.faults import CallFault, Faults
from bot.playground.wire import Json

Kind = Literal["slow", "down", "429", "twice"]
_SLOW = 2.0  # seconds
_RETRY_AFTER = 5  # seconds
_NAMES = {
    "slow": f"Slack takes {_SLOW:g} seconds to answer",
    "down": "Slack is down",
    "429": "Slack says “too many requests”",
    "error": "Slack refuses",
    "hang": "Slack does not answer",
    "cut": "Slack's answers are lost",
    "twice": "Deskhand is told everything twice",
}


def listed(faults: Faults) -> list[Json]:
    """Those that are on, the stand-in's own tests' included: `{id: "<kind>:<method>", label}`."""
    calls = [(_kind(each), each.method) for each in faults.calls if each.times is None]
    repeats = [("twice", kind) for kind, (_, times) in faults.repeats.items() if times is None]
    return [
        {"id": f"{kind}:{about}", "label": _NAMES[kind] + (f" ({about})" if about != "*" else "")}
        for kind, about in calls + repeats
    ]


def switch(faults: Faults, kind: Kind, about: str, *, on: bool) -> None:
    """`about` is a method or, for deliveries, what is delivered; `*` is all. Slack is slow, down or busy: one of them."""
    if kind == "twice":
        faults.repeat(about, times=None) if on else faults.repeat_no_more(about)
        return
    for each in [each for each in faults.calls if each.method == about]:
        if on or _kind(each) == kind:
            faults.end(each)
    if not on:
        return
    match kind:
        case "slow":
            faults.slow(about, seconds=_SLOW, times=None)
        case "down":
            faults.break_down(about, times=None)
        case "429":
            faults.limit(about, retry_after=_RETRY_AFTER, times=None)


def _kind(fault: CallFault) -> str:
    if fault.gate:
        return "hang" if fault.delay is None else "slow"
    if fault.drops_answer:
        return "cut"
    if fault.retry_after is not None:
        return "429"
    return "down" if fault.status else "error"
