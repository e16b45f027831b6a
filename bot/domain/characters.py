"""Which characters a text may hold: what nobody sees is left out of it, what no store can hold is named.

https://www.unicode.org/reports/tr44/#General_Category_Values: Cf are the format characters. A few others show
nothing either, controls among them; some stand where a space would.
"""

import re
import unicodedata

from pydantic import JsonValue

NUL = "\0"
"""The one character that no store but a file can hold: PostgreSQL and many programs end a text at it."""

_LOST = "\ufffd"
"""Stands where a character could not be kept: �."""

_SPACES = "\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0"
"""What looks like a space, or stands between words and looks like nothing."""
_JOINERS = "\u200c\u200d"
_UNSEEN = "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
_TAGS = "\U000e0000-\U000e007f"
_WORTH_A_LOOK = re.compile(f"[{_SPACES}{_JOINERS}{_UNSEEN}{_TAGS}]")
_SPACE = re.compile(f"[{_SPACES}]")
_NOTHING = re.compile(
    f"[{_UNSEEN}]"
    f"|(?<![^\u0000-\u02ff])[{_JOINERS}]|[{_JOINERS}](?![^\u0000-\u02ff])"  # between emoji, and in some scripts, they show
    f"|(?<![\U0001f3f4{_TAGS}])[{_TAGS}]"  # behind a flag they say which
)


def visible(text: str) -> str:
    """The text without what nobody sees; what looks like a space is one. Line breaks and tabs stay."""
    if not _WORTH_A_LOOK.search(text):
        return text
    return _NOTHING.sub("", _SPACE.sub(" ", text))


def storable_text(text: str) -> str:
    """With a visible � for each U+0000."""
    return text.replace(NUL, _LOST)


def storable(value: JsonValue) -> JsonValue:
    """What nobody can mend any more, such as a message, with a visible � for each U+0000."""
    match value:
        case str():
            return storable_text(value)
        case dict():
            return {storable_text(name): storable(each) for name, each in value.items()}
        case list():
            return [storable(each) for each in value]
    return value


def is_blank(text: str) -> bool:
    """Whether nobody would see anything of it."""
    return not any(
        unicodedata.category(character) not in {"Cf", "Cc", "Mn"} and not character.isspace()
        for character in visible(text)
    )
