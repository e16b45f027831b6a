"""Slack's texts as a reader sees them: mrkdwn, mentions, links, dates, entities and emoji, as rich Text.

What people wrote goes into `Text` objects and is never read as rich's own markup. Control characters are left
out, so that no message can command the terminal.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.emoji import Emoji
from rich.style import Style
from rich.text import Text

from bot.playground.terminal.dates import formatted

MENTION = Style(color="cyan")
CODE = Style(color="bright_magenta")
QUOTE = "▎ "
_LARGE_CIRCLE = re.compile(r":large_(orange|yellow|green|purple|brown)_circle:")
"""Slack's names of circles that rich knows without the “large”."""

_TOKEN = re.compile(
    r"""
    `(?P<code>[^`\n]+)`
    | <(?P<reference>[^<>\n]+)>
    | (?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])
    | (?<!\w)_(?P<italic>(?=[^\s_])(?:[^_\n]|(?<=\w)_(?=\w))+(?<=\S))_(?!\w)
    | (?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Names:
    """What the reader's Slack knows: names by user and channel id, and the time now in the reader's zone."""

    users: Mapping[str, str]
    channels: Mapping[str, str]
    now: datetime

    def user(self, user_id: str) -> str:
        return self.users.get(user_id, user_id)

    def channel(self, channel_id: str) -> str:
        return self.channels.get(channel_id, channel_id)

    def local(self, timestamp: float) -> datetime:
        """A Unix time, in seconds, in the reader's zone."""
        return datetime.fromtimestamp(timestamp, UTC).astimezone(self.now.tzinfo)


def clean(text: str) -> str:
    """The text without control characters; lines and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def decoded(text: str) -> str:
    """The text without control characters, its three entities decoded."""
    return clean(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str, style: str | Style = "") -> Text:
    """The words of a plain_text object: entities decoded, emoji drawn, nothing else read into them."""
    return Text(Emoji.replace(_LARGE_CIRCLE.sub(r":\1_circle:", decoded(text))), style=style)


def mrkdwn(text: str, names: Names) -> Text:
    """A mrkdwn text: styles, code, quotes, lists as they are, and everything that stands in `<…>`."""
    shown = Text()
    for index, part in enumerate(re.split(r"```(.+?)```", clean(text), flags=re.DOTALL)):
        if index % 2:
            shown.append(decoded(part.strip("\n")), CODE)
        else:
            shown.append_text(Text("\n").join(_line(line, names) for line in part.split("\n")))
    return shown


def _line(line: str, names: Names) -> Text:
    quoted = re.match(r"(?:&gt;|>)\s?", line)
    if quoted is None:
        return _inline(line, names)
    return Text(QUOTE, "dim").append_text(_inline(line[quoted.end() :], names))


def _inline(text: str, names: Names) -> Text:
    shown = Text()
    end = 0
    for found in _TOKEN.finditer(text):
        shown.append_text(plain(text[end : found.start()]))
        shown.append_text(_styled(str(found.lastgroup), str(found[found.lastgroup or 0]), names))
        end = found.end()
    return shown.append_text(plain(text[end:]))


def _styled(kind: str, inside: str, names: Names) -> Text:
    if kind == "reference":
        return _reference(inside, names)
    if kind == "code":
        return Text(decoded(inside), CODE)
    shown = _inline(inside, names)
    shown.stylize(kind)
    return shown


def _reference(inside: str, names: Names) -> Text:
    """What stands between `<` and `>`: a mention, a date or a link, each with an optional `|label`."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return plain(f"@{names.user(target[1:])}", MENTION)
    if target.startswith("#"):
        return plain(f"#{names.channel(target[1:])}", MENTION)
    if target.startswith("!date^"):
        return date(target, label, names)
    if target.startswith("!"):
        return plain(label or f"@{target[1:]}", MENTION)
    return link(decoded(target), label)


def date(target: str, fallback: str, names: Names) -> Text:
    """`!date^1795000000^{date} at {time}^https://…`; the fallback where the time is none."""
    _, timestamp, tokens, url = [*target.split("^", 3), "", "", ""][:4]
    try:
        moment = names.local(int(timestamp))
    except (ValueError, OverflowError):
        return plain(fallback)
    shown = formatted(moment, tokens, names.now)
    return link(url, shown) if url else plain(shown)


def link(url: str, label: str) -> Text:
    return plain(label or url, Style(color="blue", underline=True, link=url))
