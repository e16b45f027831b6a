"""What is kept of a record, whatever it is kept in; how it is found by a text; and how what names a channel is read once Slack has changed that channel's ID."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from bot.domain.characters import storable_text
from bot.domain.outbox import Job
from bot.domain.record import Record
from bot.domain.ticket import Ticket

SPELLED_NUL = rb"\u0000"
"""How JSON has it."""

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # behind an even number of backslashes
_LONGEST = 500  # bytes of a text in an index
_SHOWN = 100  # characters of a longer one
_CHANNEL = "channel"  # the name of every field that holds a channel's ID


class ChannelIds(Record):
    """What the channels are called today whose ID Slack has changed, by each ID that they had before."""

    today: Mapping[str, str] = {}

    def changed(self, old: str, new: str) -> "ChannelIds":
        """Events come late and twice: an ID that has changed never comes back, and what it changed to may have changed
        since."""
        now = self.today.get(new, new)
        if old in self.today or now == old:
            return self
        known = {before: now if at == old else at for before, at in self.today.items()}
        return ChannelIds(today={**known, old: now})


_SELDOM = ("sameThread", "threadUnread", "responseLate", "sharedWith")
"""What is empty in most tickets, and is not written then."""


def dumped(record: Record) -> dict[str, object]:
    """A record as JSON. Of a job, which is soon gone, only what is not as it always is at first."""
    is_brief = isinstance(record, Job)
    kept = record.model_dump(mode="json", exclude_none=True, exclude_defaults=is_brief)
    if isinstance(record, Ticket):
        for field in _SELDOM:
            if not kept[field]:
                del kept[field]
    return kept


def json_text(kept: object) -> str:
    """JSON, with what no store can hold as `characters.storable` has it."""
    written = orjson.dumps(kept)
    if SPELLED_NUL in written:
        written = _NUL.sub(rb"\1\\ufffd", written)
    return written.decode()


def of_today(raw: bytes, channels: Mapping[str, str]) -> bytes:
    """A document with its channels as they are called today. To write all of them anew when Slack changes an ID would
    hold up everybody in a workspace of 100,000 tickets; so few channels ever change that this costs less."""
    if not any(before.encode() in raw for before in channels):
        return raw

    def renamed(fields: Mapping[str, object]) -> Mapping[str, object]:
        today = channels.get(str(fields.get(_CHANNEL)))
        return {**fields, _CHANNEL: today} if today else fields

    return orjson.dumps(json.loads(raw, object_hook=renamed))


def same_keys(key: str, channels: Mapping[str, str]) -> Sequence[str]:
    """A message's key, and the same by each ID that its channel has or had."""
    if not channels:
        return (key,)
    parts = key.split(":")
    for at, part in enumerate(parts):
        if part in channels or part in channels.values():
            today = channels.get(part, part)
            ids = (part, today, *sorted(before for before, now in channels.items() if now == today))
            return tuple(":".join([*parts[:at], each, *parts[at + 1 :]]) for each in dict.fromkeys(ids))
    return (key,)


def wire_time(moment: datetime) -> str:
    """As records write it, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def index_text(text: str) -> str:
    """A text as an index has it: a longer one by how it begins and its digest. What no store can hold, and somebody may look for, is
    as `storable` has it; so is half a character. PostgreSQL's indexes take no text of any length, and TinyDB keeps keys likewise, so
    that both find the same by the same and a copy of either is the other."""
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text
    text = storable_text(text).encode(errors="replace").decode()
    if len(text.encode()) <= _LONGEST:
        return text
    return f"{text[:_SHOWN]}…{sha256(text.encode()).hexdigest()}"
