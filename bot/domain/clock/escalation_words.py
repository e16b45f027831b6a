"""The steps of an escalation as an admin writes them, `15 min: next on-call`, and as they are written back."""

import re
from collections.abc import Mapping, Sequence

from bot.domain.clock.settings import EscalationStep, Recipient
from bot.domain.errors import InvalidInput, Problem
from bot.domain.names import squashed
from bot.domain.words import quoted

NAMES: Mapping[Recipient, str] = {
    "assignee": "assignee",
    "on_call": "on-call",
    "next_on_call": "next on-call",
    "lead": "lead",
    "channel": "channel",
}
MOST_STEPS = 20
LATEST = 7 * 24 * 60
"""Minutes: whoever has not answered within a week is not waited for."""

_RECIPIENTS = {squashed(name): recipient for recipient, name in NAMES.items()}
_STEP = re.compile(
    r"(?:after\s+)?(\d{1,6})\s*(?:m|min|mins|minutes?)?\b[\s:.,-]*(.*)", re.IGNORECASE | re.ASCII
)
_EXAMPLE = "Try 15 min: next on-call."


def steps(text: str, channel: str | None = None) -> tuple[EscalationStep, ...]:
    """A step for each line, in the order of their minutes. `channel`: the ID of the one that is meant by “channel”; None
    for the queue's. Raises InvalidInput on `steps`."""
    found = [_step(line.strip(), channel) for line in text.splitlines() if line.strip()]
    if not found:
        raise _refused(f"Say whom to page. {_EXAMPLE}")
    if len(found) > MOST_STEPS:
        raise _refused(f"{MOST_STEPS} steps are the most.")
    return tuple(sorted(found, key=lambda step: step.after))


def steps_text(steps: Sequence[EscalationStep]) -> str:
    return "\n".join(f"{step.after} min: {NAMES[step.to]}" for step in steps)


def channel_of(steps: Sequence[EscalationStep]) -> str | None:
    """The ID of the channel that is named in one of them."""
    return next((step.channel for step in steps if step.channel), None)


def _step(line: str, channel: str | None) -> EscalationStep:
    parts = _STEP.fullmatch(line)
    if parts is None:
        raise _refused(f"{quoted(line)} does not begin with minutes. {_EXAMPLE}")
    to = _RECIPIENTS.get(squashed(parts[2]))
    if to is None:
        raise _refused(
            f"{quoted(line)} names nobody I know. Write assignee, on-call, next on-call, lead or channel."
        )
    if int(parts[1]) > LATEST:
        raise _refused(f"{quoted(line)} is too late. {LATEST} minutes, a week, are the most.")
    return EscalationStep(after=int(parts[1]), to=to, channel=channel if to == "channel" else None)


def _refused(message: str) -> InvalidInput:
    return InvalidInput([Problem(field="steps", code="not_understood", message=message)])
