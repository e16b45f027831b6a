"""Words between quotes, of all languages: `"…"`, `„…“`, `«…»`, `「…」`."""

import re

_END = r"(?=[\s,;.!?)\]}]|$)"
_CLOSING = {
    **dict.fromkeys('"＂', '"＂'),
    **dict.fromkeys("“„”", "“”"),  # phones close with “, too
    **dict.fromkeys("‘‚’", "‘’"),
    "'": "'",
    "`": "`",
    **dict.fromkeys("«»", "«»"),
    **dict.fromkeys("‹›", "‹›"),
    "「": "」",
    "『": "』",
}
_QUOTATIONS = {
    opening: re.compile(
        rf"{opening}(?:\\.|[^{closing}\\]|[{closing}](?!{_END}))*[{closing}]{_END}", re.DOTALL
    )
    for opening, closing in _CLOSING.items()
}
"""Up to a quote that ends a word: `'don't'` is one."""
_ESCAPED = re.compile(rf"\\([\\{''.join(_CLOSING)}」』])")

QUOTES = frozenset(_CLOSING)
"""What a quotation may begin with."""
PHRASING = tuple(set(_CLOSING) - {*"'‘‚’‹›"})
"""The quotes that hold words together where no key stands before them; the others are apostrophes, too."""


class Quotations:
    """The quotations of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._unclosed: set[str] = set()

    def at(self, start: int) -> re.Match[str] | None:
        """The one that begins here."""
        opening = self._text[start : start + 1]
        if opening not in _QUOTATIONS or opening in self._unclosed:
            return None
        found = _QUOTATIONS[opening].match(self._text, start)
        if found is None:  # then none that follows is closed either: a text is read in linear time
            self._unclosed.add(opening)
        return found


def unquoted(quotation: str) -> str:
    r"""`"a \" b"` -> `a " b`."""
    return _ESCAPED.sub(r"\1", quotation[1:-1])
