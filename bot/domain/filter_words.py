"""The words of a filter, piece by piece: what narrows what. Nothing is looked up here; that is filters.py's part.

`key:value` and `!high`, `@ana`, `#network` narrow; `-` or `not` before them takes away. A value of several words needs no
quotes where all of it is known: `status:in progress`. Commas and “or” stand between values. Some words narrow alone:
`overdue`, `closed`. All others are looked for, and between quotes whatever they are.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from bot.domain.characters import visible
from bot.domain.contract import CHOICES
from bot.domain.due import due_end
from bot.domain.fields import TICKET_FIELDS, Element, by_key, by_sign
from bot.domain.names import DASHES, squashed
from bot.domain.search import Response, Sort


class Key(NamedTuple):
    """What may stand before a colon. `field` is the ticket's, where it is one of a line; `fills` is the filter's. A `home` is a
    workspace that tickets come from, or a person."""

    words: tuple[str, ...]
    element: Element | Literal["home"]
    fills: str
    example: str
    field: str = ""

    @property
    def word(self) -> str:
        """How help shows it."""
        return self.words[0]

    @property
    def choices(self) -> Mapping[str, str]:
        """Its values by all that they are called, squashed."""
        match self.fills:
            case "sort":
                values: tuple[str, ...] = get_args(Sort)
            case "statuses":
                values = ("open", *CHOICES["status"], "any")
            case "response":
                values = get_args(Response)
            case _:
                values = CHOICES.get(self.field, ())
        also = TICKET_FIELDS[self.field].also if self.field else {}
        return {squashed(value): value for value in values} | {**also}


_OF_LISTS = (
    Key(("requester",), "person", "requesters", "me"),
    Key(("from",), "home", "homes", "acme"),
    Key(("created", "opened"), "time", "created", ">monday"),
    Key(("response",), "choice", "response", "late"),
    Key(("sort", "order"), "choice", "sort", "due"),
)
"""What lists can be narrowed by, though nobody types it of a new ticket."""


@cache
def keys() -> Mapping[str, Key]:
    """By each of its words: the fields that lists are narrowed by, with what a line calls them, and the others."""
    of_fields = [
        Key(row.keys, row.element, row.filtered.fills, row.filtered.example, row.name)
        for row in TICKET_FIELDS.values()
        if row.filtered
    ]
    return {word: key for key in (*of_fields, *_OF_LISTS) for word in key.words}


OVERDUE = "overdue"
ALONE: Mapping[str, str] = {
    OVERDUE: f"due:{OVERDUE}",
    "mine": "assignee:me",
    "my": "assignee:me",
    "me": "assignee:me",
    "unassigned": "assignee:none",
    "all": "status:any",
    "open": "status:open",
    **{squashed(status): f"status:{status}" for status in CHOICES["status"]},
    **{priority: f"priority:{priority}" for priority in CHOICES["priority"]},
}
"""What narrows a list without a key, squashed, and what it stands for."""
TICKETS = "tickets"
"""What goes with them and asks for nothing: `all open tickets`."""


@cache
def doubtful() -> Mapping[str, str]:
    """Words that may narrow, or be looked for, squashed, and how a filter says them: keys alone, and what a priority is
    called as well."""
    also = {word: f"priority:{value}" for word, value in TICKET_FIELDS["priority"].also.items()}
    return also | {word: f"{key.word}:{key.example}" for word, key in keys().items() if word not in ALONE}


_WIDE = str.maketrans("：！＠＃，；＜＞＝＂－", ':!@#,;<>="-')
_OPENING = '"“„”«»‹›「『`'
_QUOTED = r"\"[^\"]*\"|[“„”][^“„”]*[“”]|«[^«»]*»|»[^«»]*«|‹[^‹›]*›|›[^‹›]*‹|「[^「」]*」|『[^『』]*』|`[^`]*`"
_NAME = r"[^\W\d_][\w-]*"
_NOT = rf"(?:[-!{DASHES}]|not\s+)"
_SIGNS = re.escape("".join(by_sign()))
_BARE = rf"[^\s,{_OPENING}]+"
_TOKEN = re.compile(
    rf"\s*(?:(?P<not>{_NOT})?(?:(?P<key>{_NAME})(?P<gap>\s?)(?P<colon>!=|<>|[:<>=])|(?P<sign>[{_SIGNS}])(?=\w))"
    rf"|(?P<quoted>{_QUOTED})|(?P<word>\S+))",
    re.IGNORECASE,
)
_BEGINS_KEY = re.compile(rf"\s*{_NOT}?(?:(?P<key>{_NAME})\s?(?:!=|<>|[:<>=])|[{_SIGNS}]\w)", re.IGNORECASE)
_BOUND = re.compile(r"\s*([<>]|(?:before|until|by|after|since)(?=\s))?=?\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*|\s*[/|]\s*|\s+(?:or|and|oder|und)\s+", re.IGNORECASE)
_QUOTATION = re.compile(rf"\s*({_QUOTED}|(?:'[^']*'|[‘‚’][^‘’]*[‘’])(?=[\s,]|$))")
_VALUE = re.compile(rf"\s*({_BARE}|[{_OPENING}])")
_CHOICE = re.compile(rf"\s*([^\s,/|;{_OPENING}]+|[{_OPENING}])")
_NOT_VALUE = re.compile(rf"\s*{_NOT}(?=\w)", re.IGNORECASE)
_NARROWING = "|".join({*ALONE, *(status.replace("_", "[ _-]") for status in CHOICES["status"])})
_ALONE = re.compile(rf"\s*(?P<word>{_NARROWING})(?!\S)", re.IGNORECASE)
_WORD = re.compile(r"\s*\S+")
_BOUNDS = {"<": "<", ">": ">", "before": "<", "until": "<", "by": "<", "after": ">", "since": ">"}
OR, AND = frozenset({"or", "oder"}), frozenset({"and", "und"})
_MOST_WORDS = 6  # of a name
_FEW = 2  # words that are looked for: more of them are somebody's ticket

Knows = Callable[[Key, str], bool]
"""Whether a key can have a value that is called exactly this."""


class FilterPart(NamedTuple):
    """One part of a filter. Words that are looked for have no key, those that narrow `alone` neither; an unknown key is
    kept as it was typed. `bound` is `<` or `>`. `text` is all of it, as it was typed."""

    key: Key | str | None
    values: tuple[str, ...]
    text: str
    bound: str = ""
    is_not: bool = False
    is_quoted: bool = False
    alone: str = ""


def filter_parts(text: str, knows: Knows = lambda *_: False) -> Iterator[FilterPart]:
    """The parts in their order. Raises nothing."""
    text = visible(text.encode(errors="replace").decode()).translate(_WIDE)
    position = 0
    while token := _TOKEN.match(text, position):
        start = token.end() - len(token[0].lstrip())
        if alone := _ALONE.match(text, position):
            word = alone["word"]
            position = alone.end()
            yield FilterPart(None, (word,), word, alone=squashed(word))
            continue
        key = _key_of(token, text)
        if token["quoted"]:
            position = token.end()
            yield FilterPart(None, (_bare(token["quoted"]),), token["quoted"], is_quoted=True)
        elif key is None:
            word = _WORD.match(text, position)
            position = word.end() if word else len(text)
            bare = text[start:position].rstrip(",;") or text[start:position]
            yield FilterPart(None, (bare,), bare)
        else:
            part, position = _narrowing(text, token, key, knows)
            yield part._replace(text=text[start:position])


def connected(parts: Sequence[FilterPart]) -> Sequence[FilterPart]:
    """Without what only joins: “and”, “or” between two of one key, “tickets” where no word is looked for, and “all” beside a
    status."""
    kept: list[FilterPart] = []
    for part, following in pairwise([*parts, None]):
        if part is None:
            break
        word = "" if part.key or part.is_quoted else part.text.casefold()
        joins = (
            word in OR
            and kept
            and following
            and isinstance(kept[-1].key, Key)
            and kept[-1].key == following.key
        )
        if word not in AND and not joins:
            kept.append(part)
    words = [part for part in kept if part.key is None and not part.alone]
    adds_nothing = words if [part.text.casefold() for part in words] == [TICKETS] else []
    if sum(_is_status(part) for part in kept) > 1:  # `all open` are the open ones
        adds_nothing = [*adds_nothing, *(part for part in kept if part.alone == "all")]
    return [part for part in kept if part not in adds_nothing]


def _is_status(part: FilterPart) -> bool:
    is_key = isinstance(part.key, Key) and part.key.fills == "statuses"
    return is_key or ALONE.get(part.alone, "").startswith("status:")


def meant_as(
    words: str, most: int = _FEW - 1, knows: Knows = lambda *_: False
) -> Literal["filter", "ticket", "unclear"]:
    """Whether what follows `/ticket list` is a filter, or the list is the beginning of somebody's sentence: `List of users
    won't load site:hq`. `most`: how many words may be looked for."""
    parts = connected([*filter_parts(words, knows)])
    free = [part for part in parts if part.key is None and not (part.is_quoted or part.alone)]
    strange = [part for part in parts if isinstance(part.key, str) and squashed(part.key) in by_key()]
    if len(free) <= most:
        return "filter"
    return "ticket" if strange else "unclear"


def as_search(words: str, knows: Knows = lambda *_: False) -> str:
    """The filter that looks for words in all tickets, whatever they narrow elsewhere: `closed door` looks for both."""
    parts = [*filter_parts(words, knows)]
    shown = [_looked_for(part) for part in parts]
    has_status = any(isinstance(part.key, Key) and part.key.fills == "statuses" for part in parts)
    return " ".join([*shown, *([] if has_status else ["status:any"])])


def _looked_for(part: FilterPart) -> str:
    if (
        part.key is not None
        or part.is_quoted
        or part.alone == OVERDUE
        or part.text.casefold() in {"and", "or"}
    ):
        return part.text
    return f"“{part.text}”" if '"' in part.text else f'"{part.text}"'


def _key_of(token: re.Match[str], text: str) -> Key | str | None:
    """The key before a colon; None where the colon belongs to a word: `http://…`, `a=b`."""
    if token["sign"]:
        return keys()[by_sign()[token["sign"]].keys[0]]
    name = token["key"]
    if not name or text.startswith("//", token.end()):
        return None
    known = keys().get(squashed(name))
    return known or (name if token["colon"] == ":" and not token["gap"] else None)


def _narrowing(text: str, token: re.Match[str], key: Key | str, knows: Knows) -> tuple[FilterPart, int]:
    """What stands behind a key or a sign, and where the text goes on."""
    position, colon = token.end(), token["colon"] or ""
    is_not = bool(token["not"]) or colon in {"!=", "<>"}
    if isinstance(key, Key) and key.element == "time":
        if typed := _BOUND.match(text, position):
            colon, position = typed[1] or colon, typed.end()
        bound = _BOUNDS.get(colon.casefold(), "")
        if (end := due_end(text, position)) > position:
            return FilterPart(key, (text[position:end],), "", bound, is_not), end
        values, position = _values(text, position, key, knows)
        return FilterPart(key, values, "", bound, is_not), position
    if isinstance(key, Key) and key.element == "choice" and (value_not := _NOT_VALUE.match(text, position)):
        is_not, position = True, value_not.end()
    values, position = _values(text, position, key, knows)
    return FilterPart(key, values, "", "", is_not), position


def _values(text: str, position: int, key: Key | str, knows: Knows) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    is_home = isinstance(key, Key) and key.element == "home"  # or a person, who may have the sign of one
    element = "person" if is_home else key.element if isinstance(key, Key) else ""
    sign = next((sign for sign, row in by_sign().items() if row.element == element), "")
    end = position
    while not _begins_key(text, position, sign) and (found := _value(text, position, key, knows)):
        value, end = found
        values.append(value if is_home else value.removeprefix(sign))
        between = _BETWEEN.match(text, end)
        if between is None:
            break
        position = between.end()
    return tuple(values), end


def _value(text: str, position: int, key: Key | str, knows: Knows) -> tuple[str, int] | None:
    """The value that stands here, and where it ends: between quotes, the most words that are known, or one."""
    if quotation := _QUOTATION.match(text, position):
        return _bare(quotation[1]), quotation.end()
    is_choice = isinstance(key, Key) and key.element == "choice"
    first = (_CHOICE if is_choice else _VALUE).match(text, position)
    if first is None:
        return None
    if isinstance(key, Key) and key.element != "time":
        ends, end = list[int](), first.end()
        for _ in range(_MOST_WORDS - 1):
            word = _VALUE.match(text, end)
            if word is None or word.start(1) == end or _begins_key(text, end):
                break
            end = word.end()
            ends.append(end)
        for end in reversed(ends):
            if knows(key, text[first.start(1) : end]):
                return text[first.start(1) : end], end
    return first[1].strip(_OPENING), first.end()


def _begins_key(text: str, position: int, sign: str = "") -> bool:
    """Whether a key or a sign stands here; not this `sign`."""
    mark = _BEGINS_KEY.match(text, position)
    if mark and not mark["key"] and text[mark.end() - 2] == sign:
        return False
    return mark is not None and (
        mark["key"] is None or text[mark.end() - 1] == ":" or squashed(mark["key"]) in keys()
    )


def _bare(text: str) -> str:
    return text[1:-1]
