"""Text on its way to Slack. The one place where what users typed is escaped and shortened.

Source: https://docs.slack.dev/messaging/formatting-message-text (escaping, mentions, `<!date^…>`).
"""

import re
from collections.abc import Sequence
from datetime import datetime

_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,}")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_TYPED_MENTION = re.compile(r"@([UW][A-Z0-9]{2,})\b")
_ATOM = re.compile(r"&[a-z]+;|<@\w+>|.", re.DOTALL)  # what must not be cut in two
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")
_ELLIPSIS = "…"

TextObject = dict[str, str | bool]


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


def escape(text: str) -> str:
    """What a user typed, as text that pages nobody and links nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def user_text(text: str, limit: int) -> str:
    """Escaped and at most `limit` characters long; no entity is cut in two."""
    escaped = escape(shorten(text, limit))
    if len(escaped) <= limit:
        return escaped
    kept = escaped[: limit - 1]
    return _CUT_ENTITY.sub("", kept) + _ELLIPSIS


def on_its_way(what: str, refused: str | None) -> str:
    """What becomes of something that is saved. `refused`: why Slack takes nothing from us at the moment, as its code."""
    if refused is None:
        return f"{what} is on its way."
    return f"{what} has to wait: Slack does not accept my token (`{refused}`). Please tell an admin of the workspace."


def one_line(text: str, limit: int) -> str:
    """Like `user_text`, on one line."""
    return user_text(" ".join(text.split()), limit)


def pieces(escaped: str, limit: int) -> list[str]:
    """A text in pieces of at most `limit` characters; no entity and no mention is cut in two."""
    cut = [""]
    for atom in _ATOM.findall(escaped):
        if len(cut[-1]) + len(atom) > limit:
            cut.append("")
        cut[-1] += atom
    return cut


def plain(text: str, limit: int) -> TextObject:
    """A plain_text object. Slack decodes the three entities in these too."""
    return {"type": "plain_text", "text": user_text(text, limit), "emoji": True}


def mrkdwn(text: str) -> TextObject:
    """A mrkdwn object of text that is ours, or that went through `user_text` piece by piece."""
    return {"type": "mrkdwn", "text": text}


def person(user_id: str) -> str:
    """A mention; an ID that is not Slack's is shown as it was typed."""
    return f"<@{user_id}>" if _SLACK_USER.fullmatch(user_id) else user_text(user_id, 100)


def with_mentions(escaped: str) -> str:
    """Escaped text whose `@U0ANA`, as a typed line names people, are mentions again."""
    return _TYPED_MENTION.sub(r"<@\1>", escaped)


def moment(when: datetime) -> str:
    """A time in the reader's own zone, and in UTC where a client cannot show it."""
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%Y-%m-%d %H:%M} UTC>"


def link(url: str, words: str) -> str:
    return f"<{escape(url).replace('|', '%7C')}|{words}>"


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
