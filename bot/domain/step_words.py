"""The words behind `/ticket assign T-42`: whom they name, until when, which status, and what is left of them."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import get_args

from bot.domain.contract import CHOICES, Status
from bot.domain.due import due_end, parse_due
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, by_key
from bot.domain.names import DASHES, squashed
from bot.domain.people import Person
from bot.domain.reminder_words import says_when
from bot.domain.share_words import says_with_whom
from bot.domain.steps import Step
from bot.domain.words import quoted

_UNTIL = re.compile(r"\b(?:until|till)\s+", re.IGNORECASE)
_FRONT = re.compile(r"(?:until|till|for(?=\s+(?:[0-9]|an?\s|half\s|one\s|two\s|three\s)))\s+", re.IGNORECASE)
_STATUSES = {**{squashed(status): status for status in CHOICES["status"]}, **TICKET_FIELDS["status"].also}
_WORDS = 2  # of a choice, at most
_WHOM = {"me": "me", "myself": "me", "nobody": "nobody", "none": "nobody"}
_TO = re.compile(r"\A(?:(?:to|for)\s+|(?:=|->|=>|→|⇒)\s*)", re.IGNORECASE)
_NAMED = re.compile(r"[@#]|(?:me|myself|nobody|none)\b", re.IGNORECASE)
_KEYED = re.compile(r"(?P<key>[^\W\d_][\w-]*):\s?(?:(?P<quoted>\"[^\"]*\"|“[^”]*”)|(?P<bare>\S+))")
_LINK = re.compile(r"\A(?:(?:to|as|with|and)\s+|=\s*)", re.IGNORECASE)
_A_WORD = re.compile(r"\S+")
_WORDS_OF_NAME = 5
_AFTER = ",;:.!?"
_SIGNS = re.compile(r"[\s,;:.!?)]*")
_COLON = re.compile(rf":(?=\s)|\s[-{DASHES}]+(?=\s)")


def fits(row: Step, rest: str) -> bool:
    """Whether words behind a step can be nothing else than what it takes."""
    first = rest.split(maxsplit=1)[0].strip(",;.!?")
    until = _FRONT.match(rest)
    if row.until and (until or row.until in row.needs):
        start = until.end() if until else 0
        return due_end(rest, start) > start
    match row.behind:
        case "status":
            return status_of(rest)[0] is not None
        case "assignedUserId":
            return first.startswith(("@", "#")) or first.casefold() in _WHOM or bool(_KEYED.match(rest))
        case "reminder":
            return says_when(rest)
        case "partners":
            return says_with_whom(rest)
        case field if field in CHOICES:
            return squashed(first.lstrip("!")) in {*map(squashed, CHOICES[field]), *TICKET_FIELDS[field].also}
    return False


def status_of(text: str) -> tuple[Status | None, str]:
    """`on hold waiting for parts` -> `on_hold`, `waiting for parts`."""
    for first, rest in _beginnings(text):
        if found := _STATUSES.get(squashed(first)):
            status: Status = next(each for each in get_args(Status) if each == found)
            return status, rest
    return None, text


def until_of(row: Step, text: str, *, now: datetime, zone: tzinfo | None) -> tuple[datetime | None, str]:
    """When a step ends, and the other words: `until friday 9am waiting for parts` -> that moment, `waiting for parts`.
    The time may stand in front or at the end; without its “until” in front, where the step needs it.

    Raises `InvalidInput` where that has passed, and where the step needs a time and there is none.
    """
    until = _FRONT.match(text)
    start = until.end() if until else 0
    if (colon := _COLON.search(text, start)) and due_end(text[: colon.start()], start) == colon.start():
        text = f"{text[: colon.start()]}, {text[colon.end() :]}"  # what a time is not read across
    if (until or row.until in row.needs) and (end := due_end(text, start)) > start:
        return parse_due(text[start:end], now=now, zone=zone), text[end:].lstrip(" ,;:.!?")
    for last in deque(_UNTIL.finditer(text), maxlen=1):
        if (end := due_end(text, last.end())) > last.end() and _SIGNS.fullmatch(text, end):
            return parse_due(text[last.end() : end], now=now, zone=zone), text[: last.start()].rstrip(" ,;:")
    if row.until in row.needs:
        return parse_due(text[start:], now=now, zone=zone), ""
    return None, text


def until_meant(text: str, *, now: datetime, zone: tzinfo | None) -> datetime | None:
    """The time to come that words begin with, without its “until”: it may be when a step ends, or one of its words."""
    end = due_end(text, 0)
    try:
        return parse_due(text[:end], now=now, zone=zone) if end else None
    except InvalidInput:
        return None


def whom(text: str, people: Callable[[str], Sequence[Person]]) -> tuple[str, str]:
    """Who gets a ticket, as a line names them, and the words behind, as they were typed: `@ana look first` -> `@ana`,
    `look first`; `me`, `nobody` and a queue as well. Empty where nobody is named.

    Raises `InvalidInput` where a shorter name than the longest is another person's.
    """
    to = _TO.match(text)
    given = text[to.end() :] if to else text
    if people(given.rstrip(_AFTER)):
        return _me_or(given.rstrip(_AFTER)), ""
    text = given if _NAMED.match(given) else text
    keyed = _KEYED.match(text)
    row = by_key().get(squashed(keyed["key"])) if keyed else None
    if keyed and row and row.element in {"person", "queue"}:
        value = keyed["quoted"][1:-1] if keyed["quoted"] else keyed["bare"].rstrip(_AFTER)
        named = f'{row.keys[0]}:"{value}"' if row.element == "queue" else _me_or(value)
        return named, _left(text[keyed.end() :])
    first = text.split(maxsplit=1)[0]
    bare = first.rstrip(_AFTER)
    if whose := _WHOM.get(bare.casefold().removeprefix("@")):
        return whose, _left(text[len(first) :])
    if bare.startswith("#"):
        return bare, _left(text[len(first) :])
    if bare.startswith("@"):
        return _longest_name(text, people)
    is_alone = len(bare) < len(first) or len(bare) == len(text)
    return (_me_or(bare), _left(text[len(first) :])) if is_alone and people(bare) else ("", text)


def _longest_name(text: str, people: Callable[[str], Sequence[Person]]) -> tuple[str, str]:
    ends = [word.end() for word in islice(_A_WORD.finditer(text, 1), _WORDS_OF_NAME)]
    names = [text[1:end].rstrip(_AFTER) for end in ends]
    known = [name for name in names if people(name)]
    name = known[-1] if known else names[0]
    found = {each: {person.id for person in people(each)} for each in known}
    if other := next((each for each in known if not found[each] <= found[name]), None):
        words = f"{quoted('@' + name)} and {quoted('@' + other)} are two people. Mention the one you mean."
        raise InvalidInput([Problem(field="assignedUserId", code="ambiguous_name", message=words)])
    return _me_or(name), _left(text[len(name) + 1 :])


def _me_or(name: str) -> str:
    bare = name.removeprefix("@")
    return _WHOM.get(bare.casefold()) or f'assignee:"{bare}"'


def _left(text: str) -> str:
    return text.lstrip(_AFTER).strip()


def first_choice(field: str, text: str) -> tuple[str, str]:
    """A value of the field at the beginning of a text, or else its first word; and the rest."""
    known = {squashed(value) for value in CHOICES.get(field, ())}
    *longer, one = _beginnings(text)
    value, rest = next((each for each in longer if squashed(each[0]) in known), one)
    return value.lstrip("!"), rest


def _beginnings(text: str) -> Iterator[tuple[str, str]]:
    """The first words of a text, the most first, and what is left of it as it was typed."""
    text = _LINK.sub("", text)
    for count in range(_WORDS, 0, -1):
        words = text.split(maxsplit=count)
        yield " ".join(words[:count]).rstrip(_AFTER), "".join(words[count:])
