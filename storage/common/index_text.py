"""Texts as an index has them. PostgreSQL's takes none of any length, and no U+0000; so that both stores find the same by the same,
and a copy of either is the other, TinyDB keeps keys likewise.
"""

from hashlib import sha256

from bot.domain.characters import storable_text

_LONGEST = 500  # bytes
_SHOWN = 100  # characters of a longer text


def index_text(text: str) -> str:
    """A longer text by how it begins and its digest. What no store can hold, and somebody may look for, is as `storable` has it;
    so is half a character."""
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text
    text = storable_text(text).encode(errors="replace").decode()
    if len(text.encode()) <= _LONGEST:
        return text
    return f"{text[:_SHOWN]}…{sha256(text.encode()).hexdigest()}"
