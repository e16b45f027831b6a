"""How names are compared: those of fields, customers and their like, people, groups and queues, alike.

`folded` is the first comparison. Where it finds nothing in the directory, `unaccented` is the second.
"""

import re
import unicodedata

from bot.domain.characters import visible

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff07"
_ALIKE = str.maketrans(dict.fromkeys(DASHES, "-") | dict.fromkeys(_APOSTROPHES, "'"))
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters with a stroke, and joined ones: Unicode does not take them apart."""
_PARTS = re.compile(r"[\s_-]+")


def folded(text: str) -> str:
    """`Café  -  HQ` -> `café - hq`: NFKC, without case, each dash and apostrophe the plain one, single spaces."""
    if not text.isascii():
        whole = unicodedata.normalize("NFKC", visible(text).translate(_ALIKE)).casefold()
        text = unicodedata.normalize("NFKC", whole).translate(_ALIKE)
    return " ".join(text.casefold().split())


def unaccented(text: str) -> str:
    """As `folded`, and without accents: `Café` -> `cafe`."""
    text = folded(text)
    if text.isascii():
        return text
    letters = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return " ".join(letters.translate(_PLAIN).split())


def squashed(text: str) -> str:
    """As `folded`, and without spaces, `_` and `-`: `Ticket-Type` -> `tickettype`."""
    return text.casefold() if text.isascii() and text.isalnum() else _PARTS.sub("", folded(text))
