"""A service level as an admin writes it, `first response: 1h 30 min`, and as it is written back into the form."""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue, ValidationError

from bot.domain.clock.service_levels import KINDS, Pauses, Policy, TargetKind
from bot.domain.errors import InvalidInput, Problem
from bot.domain.words import quoted

FIELD_OF: Mapping[TargetKind, str] = {
    "response": "response",
    "next_response": "nextResponse",
    "assignment": "assignment",
    "resolution": "resolution",
}
"""The fields of the form."""
LONGEST_NAME = 60
LONGEST_TARGET = 10_000  # hours: four years of working days

_EXAMPLE = "Write it as 15 min, 4h or 1h 30 min."
_PART = r"(\d{1,5}(?:[.,]\d{1,2})?)\s?"
_HOURS, _MINUTES = r"h(?:ours?|rs?)?", r"m(?:in(?:utes?|s)?)?"
_DURATION = re.compile(rf"(?:{_PART}{_HOURS})?\s*(?:and\s*)?(?:{_PART}{_MINUTES})?", re.IGNORECASE | re.ASCII)
_BETWEEN_WORDS = re.compile(r"[,;\n]")
_WORDS_OF_A_REASON = 10
_LONGEST_WORD = 40


class _Fault(ValueError):
    """What is wrong, as a sentence for whoever typed it."""


def policy(fields: Mapping[str, JsonValue]) -> Policy:
    """The policy of a form. `name`, `response`, `nextResponse`, `assignment`, `resolution` and `pauseWords` as typed;
    `priorities`, `types`, `customers` and `queues` as lists; `pauses` is `all`, `none` or `words`. What is missing is empty.
    Raises InvalidInput with a problem for each field that is at fault."""
    problems: list[Problem] = []
    targets: dict[str, int | None] = {}
    for kind in KINDS:
        try:
            targets[kind] = _minutes(_text(fields, FIELD_OF[kind]))
        except _Fault as fault:
            problems.append(Problem(field=FIELD_OF[kind], code="not_a_duration", message=str(fault)))
    name, calendar = _text(fields, "name"), _text(fields, "calendar")
    if not name:
        problems.append(Problem(field="name", code="missing", message="Give the service level a name."))
    if not problems and not any(targets.values()):
        message = f"Promise at least one of these four. {_EXAMPLE}"
        problems.append(Problem(field="response", code="missing", message=message))
    pauses = _pauses(fields)
    if pauses == ():
        message = "Write the words that a reason has, such as: customer, requester."
        problems.append(Problem(field="pauseWords", code="missing", message=message))
    if problems:
        raise InvalidInput(problems)
    lists = {each: fields.get(each) or () for each in ("priorities", "types", "customers", "queues")}
    try:
        return Policy.model_validate(
            {"name": name[:LONGEST_NAME], "calendar": calendar or None, "pauses": pauses} | targets | lists
        )
    except ValidationError:
        raise InvalidInput(
            [Problem(field=None, code="unreadable", message="Please open the form again.")]
        ) from None


def minutes_text(minutes: int | None) -> str:
    """90 -> `1h 30 min`."""
    hours, rest = divmod(minutes or 0, 60)
    return " ".join([*([f"{hours}h"] if hours else []), *([f"{rest} min"] if rest else [])])


def words_of(pauses: Pauses) -> Sequence[str]:
    """The words of a hold's reason that stop the clock; none where all do, or none does."""
    return () if isinstance(pauses, str) else pauses


def _text(fields: Mapping[str, JsonValue], name: str) -> str:
    return " ".join(str(fields.get(name) or "").split())


def _minutes(text: str) -> int | None:
    if not text:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise _Fault(f"{quoted(text)} is no working time I understand. {_EXAMPLE}")
    hours, minutes = (float((part or "0").replace(",", ".")) for part in found.groups())
    whole = round(hours * 60 + minutes)
    if not 1 <= whole <= LONGEST_TARGET * 60:
        raise _Fault(f"{quoted(text)} is not possible. From 1 min to {LONGEST_TARGET}h is.")
    return whole


def _pauses(fields: Mapping[str, JsonValue]) -> Pauses:
    match fields.get("pauses"):
        case "all":
            return "all"
        case "none":
            return "none"
    words = [each.strip()[:_LONGEST_WORD] for each in _BETWEEN_WORDS.split(_text(fields, "pauseWords"))]
    return tuple(dict.fromkeys(filter(None, words)))[:_WORDS_OF_A_REASON]
