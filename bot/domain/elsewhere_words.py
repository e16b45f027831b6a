"""`/ticket comment acme/T-42 …`: what a typed line asks of a ticket of another workspace.

Only its own workspace acts on a ticket. So a word that names a step is understood here, and answered by whoever knows whether
that ticket may be seen.
"""

import re
from typing import NamedTuple

from bot.domain.elsewhere import named
from bot.domain.fields import by_key
from bot.domain.names import DASHES, squashed
from bot.domain.steps import step_typed
from bot.domain.ticket_commands import without_please

SHOW = "show"
_NAME = rf"[#＃]?(?P<name>[a-z0-9][a-z0-9-]{{0,63}}/(?P<t>T[-{DASHES}]?)?[1-9][0-9]{{0,8}})"
_ALONE = re.compile(rf"{_NAME}[\s,;:.!?)]*", re.IGNORECASE)
_ORDER = re.compile(
    rf"(?P<word>[^\W\d_]+):?\s+(?:(?:on|to|of|for|in|with|about|the|this|tickets?)\s+){{0,3}}{_NAME}"
    r"(?P<behind>[,;:.!?)]*(?=\s|\Z))",
    re.IGNORECASE,
)
_TURNED = re.compile(rf"{_NAME}[,:]?\s+(?P<word>[^\W\d_]+)(?:\s|\Z)", re.IGNORECASE)
_KEY = re.compile(r"(?<![\w-])([^\W\d_][\w-]*):(?=\S)")


class ElsewhereOrder(NamedTuple):
    """`word`: what is to be done, as it was typed; `name` the ticket, `rest` what was typed behind it. `turned`: how it is to be
    typed, where the word stands behind the ticket. Where the word is not
    known (`is_known`), the line is an order only if there is such a ticket: `Replace rack-a/T-1` may be a ticket itself."""

    word: str
    name: str
    rest: str = ""
    turned: str = ""
    is_known: bool = True


def elsewhere_order(line: str) -> ElsewhereOrder | None:
    """None of a line that asks nothing of another workspace's ticket: `Pump 4/7 leaks` and, with a word that is no order,
    `Compare acme/T-42 site:hq` are tickets that somebody typed."""
    line = without_please(line.strip())
    if alone := _ALONE.fullmatch(line):
        return ElsewhereOrder(SHOW, _plain(alone["name"])) if alone["t"] else None
    if order := _ORDER.match(line):
        word, rest = order["word"].casefold(), line[order.end() :].strip()
        is_known = word == SHOW or step_typed(word) is not None
        is_sure = bool(order["t"]) or (word == SHOW and not rest)
        if is_sure and (is_known or not _has_fields(line)):
            return ElsewhereOrder(word, _plain(order["name"]), rest, is_known=is_known)
    if (turned := _TURNED.match(line)) and turned["t"] and step_typed(turned["word"]):
        name, word = _plain(turned["name"]), turned["word"].casefold()
        behind = line[turned.end("word") :].strip()
        return ElsewhereOrder(word, name, behind, f"{word} {name} {behind}".strip())
    return None


def related_names(text: str) -> frozenset[str]:
    """The tickets of other workspaces that a line may name as related: `related:acme/T-42`."""
    return (
        frozenset(_plain(found["name"]) for found in _RELATED.finditer(text)) if "/" in text else frozenset()
    )


_RELATED = re.compile(rf"(?<![\w-])related[\w-]*:\s*[\"'“]?{_NAME}", re.IGNORECASE)


def _plain(name: str) -> str:
    """`ACME/t42` -> `acme/T-42`."""
    found = named(name)
    return f"{found[0]}/T-{found[1]}" if found else name


def _has_fields(text: str) -> bool:
    return any(squashed(key) in by_key() for key in _KEY.findall(text))
