"""What a filter of tickets means, where every store has to take it alike."""

import re
from collections.abc import Iterable, Sequence

from bot.domain.names import folded

_NUMBER = re.compile(r"(?:t-)?([1-9][0-9]{0,8})", re.IGNORECASE)


def number_begun(word: str) -> int | None:
    """`4` and `T-4` are looked for in tickets' numbers, too: with what these begin. None of any other word."""
    number = _NUMBER.fullmatch(word)
    return int(number[1]) if number else None


def queues_meant(wanted: Sequence[str], known: Iterable[str]) -> Sequence[str]:
    """The queues as tickets have them: people write them in their own way. `known`: those that tickets are in."""
    if not wanted:
        return ()
    names = {folded(name) for name in wanted}
    return [*wanted, *(name for name in known if folded(name) in names)]
