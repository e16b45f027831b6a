"""`/ticket assign T-42 @ana`: what a typed line asks to be done to tickets, and what it was meant to ask.

A ticket is named by `T-42`, with any dash or none. Where a number without its `T` could be one of somebody's words, and
where a second ticket could be, the line is a doubt: nothing is done, and somebody is asked.
"""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from bot.domain.characters import visible
from bot.domain.fields import TICKET_FIELDS, by_key
from bot.domain.names import DASHES, squashed
from bot.domain.step_words import fits
from bot.domain.steps import Step, StepName, step_typed
from bot.domain.words import listed

MOST = 20
"""Tickets in one command."""

_T = rf"[#＃]?[tｔ](?:[-{DASHES}]|\s)?"
_TICKET = re.compile(
    rf"(?:(?P<named>tickets?\s+(?:(?:number|no\.?)\s+)?(?:{_T}|[#＃])?|{_T})|(?P<hash>[#＃]))?"
    r"(?P<number>(?(named)\d{1,99}|\d{1,9}))(?=[\s,;:.!?)&+…]|/\#?t|$)(?![.:]\d)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[,;&+/]\s*(?:(?:and|und)\s+)?|\s+(?:and|und)\s+|(?P<space>\s+)", re.IGNORECASE)
_BEHIND = re.compile(rf"[,;:.!?)…]*(?:\s+[-{DASHES}]+(?=\s))?\s*")
_LIKE_A_TICKET = re.compile(rf"[\W_]*[tｔ](?:[-{DASHES}]|\s)?\d", re.IGNORECASE)
_NAMES_A_TICKET = re.compile(rf"(?<!\S)[#＃]?[tｔ][-{DASHES}]\d+\b", re.IGNORECASE)
_VERB_AND_TICKET = re.compile(
    rf"[^\W\d_]+:?\s+(?:(?:on|to|of|for|in|with|about|the|this|tickets?)\s+)*{_NAMES_A_TICKET.pattern}",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"(?:please|pls|plz|bitte)\b[\s,]*", re.IGNORECASE)
_SAYS_NOTHING = re.compile(rf"[\s,;:.!?)…]*(?:{_PLEASE.pattern}[\s,;:.!?)…]*)?", re.IGNORECASE)
_WITH = re.compile(r"\A(?:to|with|and)\s+", re.IGNORECASE)
_UP_TO = re.compile(r"\A(?:to|through|thru)\s+", re.IGNORECASE)
_AND_ANOTHER = re.compile(rf"(?<!\s)(?:\s*[,;&+]\s*|\s+)(?:and\s+)?(?={_T}\d)", re.IGNORECASE)
_WORD = re.compile(r"(\w+)\s+(?=\S)")
_KEY = re.compile(r"(?<![\w-])([^\W\d_][\w-]*):(?=\S)")
_SHORT = 2  # words; a longer line is somebody's ticket, however much its first word looks like a subcommand


_ONE_THING = "One order says one thing: write what is meant for {} in an order of its own."


class TicketCommand(NamedTuple):
    """`rest` is what was typed after the tickets. Where there is a `doubt`, it asks what was meant, in mrkdwn."""

    step: StepName
    numbers: tuple[int, ...]
    rest: str = ""
    doubt: str = ""


class _Name(NamedTuple):
    number: int
    is_sure: bool  # by its T
    has_hash: bool
    end: int
    is_after_space: bool  # and nothing else stands between it and the one before


def command_of(line: str) -> TicketCommand | None:
    """The command that a line is, or may be; None where it is none: `note 3 lamps are dark customer:acme` is a ticket."""
    line = without_please(visible(line).strip())
    verb = _WORD.match(line)
    row = step_typed(verb[1]) if verb else None
    if verb is None or row is None:
        return None
    text = line[verb.end() :]
    names = _names(text)
    return _command(row, verb[1], text, names) if names else None


def without_please(line: str) -> str:
    """`please close T-42` -> `close T-42`."""
    return _PLEASE.sub("", line, count=1) if _PLEASE.match(line) else line


def first_word(line: str) -> tuple[str, str]:
    """The word that says what a line may ask for, and the rest of it: a ticket alone is to be shown."""
    if tickets_alone(line):
        return "show", line
    polite = without_please(line)
    is_order = polite != line and command_of(polite)
    word, rest = [*(polite if is_order else line).split(maxsplit=1), ""][:2]
    return word, rest


def turned_round(line: str) -> str | None:
    """`T-42 assign @ana` -> `assign T-42 @ana`; None where no step's word stands behind a ticket, or it has fields."""
    names = _names(line)
    if len(names) != 1 or not names[0].is_sure or _has_fields(line):
        return None
    word, rest = [*_rest(line, names).split(maxsplit=1), "", ""][:2]
    row = step_typed(word)
    return f"{row.words[0]} T-{names[0].number} {rest}".strip() if row else None


def tickets_alone(text: str) -> tuple[int, ...]:
    """The tickets that a text names, where it says nothing else: `T-42`, `42`, `#42`, `T-1, T-2`."""
    text = text.strip()
    names = _names(text)
    return _numbers(names) if names and not _rest(text, names) else ()


class Slip(NamedTuple):
    """What a line was most likely meant to be that is no command as it stands: the `subcommand` that it begins with, or
    one that its first word is `near`, or a command with its words `turned` round."""

    subcommand: str | None = None
    near: str | None = None
    turned: str | None = None


def slip(line: str, known: Collection[str]) -> Slip | None:
    """None where the line is a ticket that somebody typed. `known`: the subcommands."""
    if subcommand := known_subcommand(line, known):
        return Slip(subcommand)
    near = nearest_subcommand(line, known)
    return Slip(near=near, turned=turned_round(line)) if near or is_word_and_ticket(line) else None


def known_subcommand(line: str, known: Collection[str]) -> str | None:
    """The subcommand that a short line without fields begins with, though what follows is not what it takes; or one that
    names a ticket: `assign @ana T-42 call first`."""
    word, rest = [*line.split(maxsplit=1), ""][:2]
    if word.casefold() not in known:
        return None
    words = rest.split()
    is_one = ":" not in line and (len(words) < _SHORT or begins_with_a_ticket(words[-1]))
    is_one = is_one or (bool(_NAMES_A_TICKET.search(rest)) and not _has_fields(line))
    return word.casefold() if is_one or _LIKE_A_TICKET.match(rest) else None


def nearest_subcommand(line: str, known: Collection[str]) -> str | None:
    """The subcommand that a lone word, or a word and a number, was most likely meant to be."""
    words = line.casefold().split()
    is_command = len(words) == 1 or begins_with_a_ticket(" ".join(words[1:]))
    is_command = is_command or (len(words) == _SHORT and bool(tickets_alone(words[1])))
    if not is_command or _has_fields(line) or words[0].endswith(":"):
        return None  # “lift noise” is a ticket, however near it is to a list
    near = get_close_matches(words[0], known, n=1, cutoff=0.7)
    return near[0] if near else None


def is_word_and_ticket(line: str) -> bool:
    """`escalate T-42 to Ben`: nobody's new ticket, whatever the word was meant to do. One with fields may be."""
    line = without_please(line)
    words = line.split(maxsplit=1)
    is_short = len(words) == _SHORT and begins_with_a_ticket(words[1]) and bool(tickets_alone(words[1]))
    return (
        is_short or bool(turned_round(line)) or (bool(_VERB_AND_TICKET.match(line)) and not _has_fields(line))
    )


def _has_fields(text: str) -> bool:
    return any(squashed(key) in by_key() for key in _KEY.findall(text))


def begins_with_a_ticket(text: str) -> bool:
    """Whether a ticket is named there for sure, by its T."""
    names = _names(text)
    return bool(names) and names[0].is_sure


def _names(text: str) -> list[_Name]:
    """The tickets that a text begins with, one behind the other."""
    names: list[_Name] = []
    start, is_after_space = 0, False
    while match := _TICKET.match(text, start):
        name = _Name(
            int(match["number"]), bool(match["named"]), bool(match["hash"]), match.end(), is_after_space
        )
        names.append(name)
        between = _BETWEEN.match(text, match.end())
        if between is None:
            break
        start, is_after_space = between.end(), bool(between["space"])
    return names


def _numbers(names: Collection[_Name]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(name.number for name in names))


def _rest(text: str, names: list[_Name]) -> str:
    """What is typed behind the tickets, as it was typed."""
    behind = _BEHIND.match(text, names[-1].end)
    rest = text[behind.end() :] if behind else ""
    return "" if _SAYS_NOTHING.fullmatch(rest) else rest


def _command(row: Step, verb: str, text: str, names: list[_Name]) -> TicketCommand | None:
    rest = _rest(text, names)
    if len({*_numbers(names)}) > MOST:
        doubt = f"These are more than {MOST} tickets. Please take fewer at once."
        return TicketCommand(row.name, _numbers(names), rest, doubt)
    if takes_a_ticket(row) and (names[0].is_sure or not rest):  # `link T-42 T-7`
        return _of_two(row, names[0].number, _rest(text, names[:1]))
    if not rest:
        return TicketCommand(row.name, _numbers(names))
    if not names[0].is_sure:
        return _unsure(row, verb, text, names, rest)
    if doubt := _said_of_others(row, verb, text, names, rest):
        return TicketCommand(row.name, _numbers(names), rest, doubt)
    sure = next((at for at, name in enumerate(names) if not name.is_sure), len(names))
    if sure < len(names) and names[sure].is_after_space:  # `resolve T-1 2 toners replaced`
        names, rest = names[:sure], _rest(text, names[:sure])
    elif sure < len(names):
        return TicketCommand(row.name, _numbers(names), rest, _which(verb, names))
    if any(name.is_after_space for name in names) and not fits(row, rest):
        return TicketCommand(row.name, _numbers(names), rest, _which(verb, names))
    return TicketCommand(row.name, _numbers(names), rest)


def _of_two(row: Step, number: int, rest: str) -> TicketCommand:
    """A ticket, and the one that it is linked with. A third is one too many."""
    text = _WITH.sub("", rest)
    others = _names(text)
    is_too_many = len(others) > 1 and (others[1].is_sure or not _rest(text, others))
    doubt = _ONE_THING.format(_told(others[1:], "and")) if is_too_many else ""
    return TicketCommand(row.name, (number,), rest, doubt)


def _said_of_others(row: Step, verb: str, text: str, names: list[_Name], rest: str) -> str:
    """What to ask where more tickets may be meant: `close T-1 to T-3`, `priority T-1 high, T-2 low`; else empty. All that
    stands behind a colon is said."""
    if ":" in text[names[-1].end : len(text) - len(rest)]:
        return ""
    more = _names(_UP_TO.sub("", rest))
    if more and (more[0].is_sure or tickets_alone(rest)):
        return _which(verb, [*names, *more])
    for place in _AND_ANOTHER.finditer(rest):
        another = _names(rest[place.end() :])
        behind = _rest(rest[place.end() :], another) if another else ""
        if behind and fits(row, behind):
            return _ONE_THING.format(_told(another, "and"))
    return ""


def _unsure(row: Step, verb: str, text: str, names: list[_Name], rest: str) -> TicketCommand | None:
    """Words behind a number without its T: it may be a ticket's, or one of the words."""
    has_hash = any(name.has_hash for name in names)
    if not has_hash and len(names) == 1 and fits(row, rest):
        return TicketCommand(row.name, _numbers(names), rest)
    if not has_hash and _has_fields(text):
        return None
    doubt = f"Did you mean {_told(names, 'and')}? Then write {_shown(verb, names)}."
    return TicketCommand(row.name, _numbers(names), rest, doubt)


def _which(verb: str, names: Sequence[_Name]) -> str:
    return (
        f"I cannot tell which of these are tickets and which are your words. For {_told(names, 'and')}, write "
        f"{_shown(verb, names)}. For {_told(names[:1])} alone, write {_shown(verb, names[:1])}."
    )


def _shown(verb: str, names: Sequence[_Name]) -> str:
    """How it is typed without a doubt. What was typed is not quoted: this is mrkdwn, and there may be anything in it."""
    return f"`/ticket {verb.casefold()} {', '.join(f'T-{each}' for each in _numbers(names))}: …`"


def _told(names: Sequence[_Name], last: str = "or") -> str:
    return listed([f"T-{number}" for number in _numbers(names)], last)


def takes_a_ticket(row: Step) -> bool:
    """Whether what stands behind its ticket is another one."""
    field = TICKET_FIELDS.get(row.behind)
    return field is not None and field.element == "ticket"
