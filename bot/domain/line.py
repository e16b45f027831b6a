"""A typed line, piece by piece: which words set which field. Nothing is looked up here; that is phrases.py's part.

Free words are the summary, as they were typed; `summary:` adds its value to them. `key:value` sets a field, with
quotes where the value holds spaces; `due:` takes as many words as make a time. What is near to no key and no
priority is a free word: `Error: 42`, `http://…`, `!!!`.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from bot.domain.contract import CHOICES
from bot.domain.due import due_end
from bot.domain.errors import Problem
from bot.domain.fields import by_key, by_sign
from bot.domain.names import squashed
from bot.domain.words import quoted

_PLAIN = r"[^\W_][^\s:]*(?!\S)"  # a word that can be nothing but itself
_SIGNS = re.escape("".join(by_sign()))
_TOKEN = re.compile(
    rf"\s*(?:(?P<plain>{_PLAIN}(?:\s+{_PLAIN})*)|(?P<key>[^\W\d_][\w-]*):(?P<gap>\s*)(?P<bare>\S*)|(?P<sign>[{_SIGNS}])(?P<name>[^\W_]\S*)|(?P<word>\S+))"
)
_END = r"(?=[\s,;.!?)]|$)"
_QUOTATIONS = {
    opening: re.compile(
        rf"[{opening}](?:\\.|[^{closing}\\]|[{closing}](?!{_END}))*[{closing}]{_END}", re.DOTALL
    )
    for openings, closing in (('"', '"'), ("“„", "“”"), ("'", "'"), ("‘‚", "‘’"))
    for opening in openings
}
"""Up to a quote that ends a word: `'don't'` is one. Phones close with “ and ‘, too."""
_MARKED = re.compile(r"[!@#]\w|[^\W\d_][\w-]*:")
_ESCAPED = re.compile(r"\\([\"'“”„‘’‚\\])")
_AFTER = ",;:.!?)"  # what may follow a name without being a part of it
_PHRASING = ('"', "“", "„")  # around free words, where ' is an apostrophe
_NEAR_KEY = 0.8  # of 1, by difflib's measure
_NEAR_CHOICE = 0.7


class LinePart(NamedTuple):
    """One part of a line. Free words belong to the summary."""

    field: str
    value: str
    problem: Problem | None = None


class TypedLine:
    """A line in its parts, in order. Raises nothing: a fault comes with the part it belongs to."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._unclosed: set[str] = set()

    def parts(self) -> Iterator[LinePart]:
        position = 0
        while token := _TOKEN.match(self._text, position):
            position = token.end()
            if token["plain"]:
                yield LinePart("summary", " ".join(token["plain"].split()))
            elif token["key"]:
                part, position = self._keyed(token)
                yield part
            elif token["sign"]:
                yield _signed(token["sign"], token["name"])
            elif token["word"].startswith(_PHRASING) and (phrase := self._quotation(token.start("word"))):
                position = phrase.end()
                yield LinePart("summary", phrase[0])
            else:
                yield LinePart("summary", token["word"])

    def _quotation(self, start: int) -> re.Match[str] | None:
        opening = self._text[start : start + 1]
        if opening not in _QUOTATIONS or opening in self._unclosed:
            return None
        found = _QUOTATIONS[opening].match(self._text, start)
        if found is None:  # then none that follows is closed either: a line is read in linear time
            self._unclosed.add(opening)
        return found

    def _keyed(self, token: re.Match[str]) -> tuple[LinePart, int]:
        """What `key:value` says, and where the line goes on."""
        row = by_key().get(squashed(token["key"]))
        if row is None or (token["gap"] and row.is_prose):
            return self._free_key(token)
        field = row.name
        start, end = token.span("bare")
        if quotation := self._quotation(start):
            value, end = _ESCAPED.sub(r"\1", quotation[0][1:-1]), quotation.end()
        elif row.element == "time" and (time_ends := due_end(self._text, start)) > start:
            value, end = self._text[start:time_ends], time_ends + self._text.startswith(",", time_ends)
        elif token["gap"] and _MARKED.match(token["bare"]):
            value, end = "", token.start("gap")
        else:
            value = token["bare"].rstrip(",;")
        if field == "summary" or (value.strip() and (quotation or value[0] not in _QUOTATIONS)):
            return LinePart(field, value), end
        if value.strip():
            code, message = "unclosed_quote", f"The quote after {token['key']}: is not closed."
        else:
            code, message = "blank", f"{row.label} has no value. Write it after {token['key']}:"
        return LinePart(field, value, Problem(field=field, code=code, message=message)), end

    def _free_key(self, token: re.Match[str]) -> tuple[LinePart, int]:
        """A key that sets nothing: a slip of one that does, or just a word with a colon."""
        if token["gap"] or not token["bare"]:
            return LinePart("summary", f"{token['key']}:"), token.start("gap")
        quotation = self._quotation(token.start("bare"))
        value, end = (quotation[0], quotation.end()) if quotation else (token["bare"], token.end())
        near = get_close_matches(squashed(token["key"]), by_key(), n=1, cutoff=_NEAR_KEY)
        if not near:
            return LinePart("summary", f"{token['key']}:{value}"), end
        message = f"There is no field {quoted(token['key'])}. Did you mean {quoted(near[0])}?"
        field = by_key()[near[0]].name
        return LinePart(field, value, Problem(field=field, code="unknown_field", message=message)), end


def _signed(sign: str, typed: str) -> LinePart:
    """`!high`, `@ana`, `#network`. A number after `#` and a word that is near to no choice are just words."""
    name, row = typed.rstrip(_AFTER), by_sign()[sign]
    is_number = row.element == "queue" and name.isdecimal()
    is_far = row.element == "choice" and not _is_like_a_choice(row.name, name.casefold())
    return LinePart("summary", sign + typed) if is_number or is_far else LinePart(row.name, name)


def _is_like_a_choice(field: str, word: str) -> bool:
    begins = any(value.startswith(word) for value in CHOICES[field])
    return begins or bool(get_close_matches(word, CHOICES[field], n=1, cutoff=_NEAR_CHOICE))
