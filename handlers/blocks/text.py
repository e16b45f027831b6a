"""Text on its way to Slack. The one place where what users typed is escaped and shortened.

Slack reads nothing into it that we have not marked: our mrkdwn is `verbatim`, and so addresses are links by our own brackets.

Source: https://docs.slack.dev/messaging/formatting-message-text (escaping, mentions, `<!date^…>`),
https://docs.slack.dev/reference/block-kit/composition-objects/text-object (verbatim).
"""

import re
from collections.abc import Sequence
from datetime import datetime

_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,}")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_TYPED_MENTION = re.compile(r"<[^<>]*>|@([UW][A-Z0-9]{2,})\b")  # not in an address
_ATOM = re.compile(r"&[a-z]+;|<[^<>]+>|.", re.DOTALL)  # what must not be cut in two
_ELLIPSIS = "…"
_URL = re.compile(r"\bhttps?://\w[^\s<>]*", re.IGNORECASE)
_URL_MOST = 2000  # characters; a longer one is no link
_BEHIND_URL = {".", ",", ";", ":", "!", "?", "'", '"', "*", "_", "~", "”", "’", "“"}
_WORDS = 100  # characters of a link
_BRACKETS = {")": "(", "]": "[", "}": "{"}

TextObject = dict[str, str | bool]


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


def escape(text: str) -> str:
    """What a user typed, as text that pages nobody and links nowhere. For mrkdwn, `linked`."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked(text: str) -> str:
    """Escaped, with its addresses as links."""
    if "://" not in text:
        return escape(text)
    written, end = "", 0
    for found in _URL.finditer(text):
        url = _without_end(found[0])
        if url:
            start = found.start()
            written += f"{escape(text[end:start])}<{escape(url).replace('|', '%7C')}>"
            end = start + len(url)
    return written + escape(text[end:])


def _without_end(url: str) -> str:
    """An address without the signs of the sentence behind it; empty where it was cut or is too long to be one."""
    if len(url) > _URL_MOST or url.endswith(_ELLIPSIS):
        return ""
    while url[-1] in _BEHIND_URL or (
        url[-1] in _BRACKETS and url.count(url[-1]) > url.count(_BRACKETS[url[-1]])
    ):
        url = url[:-1]
    return url


def user_text(text: str, limit: int) -> str:
    """What a user typed, as mrkdwn of at most `limit` characters, brackets and all. No entity is cut in two, and an
    address that is cut is no link."""
    return _fit(linked(text), limit)


def _fit(escaped: str, limit: int) -> str:
    return escaped if len(escaped) <= limit else _beginning(escaped, limit - 1).rstrip() + _ELLIPSIS


def _beginning(escaped: str, limit: int) -> str:
    kept: list[str] = []
    size = 0
    for found in _ATOM.finditer(escaped):
        atom = found[0]
        size += len(atom)
        if size > limit:
            inside = _beginning(atom[1:-1], limit - size + len(atom)) if atom[0] == "<" else ""
            return "".join(kept) + inside
        kept.append(atom)
    return escaped


def on_its_way(what: str, refused: str | None) -> str:
    """What becomes of something that is saved. `refused`: why Slack takes nothing from us at the moment, as its code."""
    if refused is None:
        return f"{what} is on its way."
    return f"{what} has to wait: Slack does not accept my token (`{refused}`). Please tell an admin of the workspace."


def one_line(text: str, limit: int) -> str:
    """Like `user_text`, on one line."""
    return user_text(" ".join(text.split()), limit)


def pieces(escaped: str, limit: int) -> list[str]:
    """A text in pieces of at most `limit` characters; no entity, no mention and no link is cut in two."""
    cut = [""]
    for atom in _ATOM.findall(escaped):
        if len(cut[-1]) + len(atom) > limit:
            cut.append("")
        cut[-1] += atom
    return cut


def plain(text: str, limit: int) -> TextObject:
    """A plain_text object. Slack decodes the three entities in these too."""
    return {"type": "plain_text", "text": _fit(escape(text), limit), "emoji": True}


def mrkdwn(text: str) -> TextObject:
    """A mrkdwn object of text that is ours, or that went through `user_text` piece by piece."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def person(user_id: str) -> str:
    """A mention; an ID that is not Slack's is shown as it was typed."""
    return f"<@{user_id}>" if _SLACK_USER.fullmatch(user_id) else user_text(user_id, 100)


def with_mentions(escaped: str) -> str:
    """Escaped text whose `@U0ANA`, as a typed line names people, are mentions again."""
    return _TYPED_MENTION.sub(lambda found: f"<@{found[1]}>" if found[1] else found[0], escaped)


def moment(when: datetime) -> str:
    """A time in the reader's own zone, and in UTC where a client cannot show it."""
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%Y-%m-%d %H:%M} UTC>"


def link(url: str, words: str) -> str:
    """`words` are what somebody typed, or ours; an address in them is no link of its own."""
    return f"<{escape(url).replace('|', '%7C')}|{_fit(escape(' '.join(words.split())), _WORDS)}>"


def message_url(channel: str, ts: str) -> str:
    """The address of a message. Slack leads whoever follows it on to their own workspace."""
    return f"https://slack.com/archives/{channel}/p{ts.replace('.', '')}"


def fitting(pieces: Sequence[str], between: str, limit: int) -> str:
    """As many of the pieces as `limit` characters hold, and how many more there are."""
    kept = ""
    for count, piece in enumerate(pieces):
        longer = kept + between + piece if kept else piece
        if len(longer) > limit:
            return f"{kept}{between}… and {len(pieces) - count} more"
        kept = longer
    return kept
