"""What a message holds, as one text: its own words, its blocks, its documents and its attachments, each once.

All texts here are Slack's mrkdwn: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterable, Sequence

from bot.domain.characters import is_blank, visible
from bot.domain.record import Record
from bot.domain.ticket import File

_MARKUP = re.compile(r"<[@#!]([^<>|]*)(?:\|[^<>]*)?>")
_WORD = re.compile(r"\w+")
_SLACK_SAYS = "[no preview available]"

_QUOTE = re.compile(r"^(?:&gt;|>|\s)+")
_FENCE = "```"
_SAYS_NOTHING = re.compile(r"<[@!][^<>]*>|:[a-z0-9_+'-]+:(?::skin-tone-\d:)?|&\w+;")
_GREETING = re.compile(
    r"\W*(?:(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|moin|guten (?:morgen|tag|abend)"
    r"|hola|buenos d[ií]as|bonjour|salut|ciao)\b"
    r"(?:\W+(?:all|team|everyone|everybody|folks|guys|there|again|both|dear|zusammen|alle|ihr|todos|tous|a tutti))*"
    r"(?:[\s,]+[\w'’-]+)?|all|team|folks|everyone|everybody)\W*",
    re.IGNORECASE,
)


class Attachment(Record):
    """What stands below a message's own words: an alert, a preview of a link, a forwarded message.

    `blocks` and `fields` have a text each. `source` says whose words they are where it is a forward. `fallback` is for
    clients that show nothing else.
    """

    pretext: str = ""
    title: str = ""
    link: str = ""
    text: str = ""
    fields: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    source: str = ""
    author: str = ""
    footer: str = ""
    fallback: str = ""

    @property
    def parts(self) -> Sequence[str]:
        parts = [self.pretext, self.title, self.link, *_own(self.text, self.blocks), *self.fields]
        parts += [self.author, self.footer]
        if not all(map(is_blank, parts)):
            return parts
        return [] if self.fallback.strip().casefold() == _SLACK_SAYS else [self.fallback]


class MessageContent(Record):
    """A message, whoever sent it. `documents` are the words of what is attached to it: e-mails, canvases, recordings.

    `unread`: there was more, which could not be read.
    """

    text: str = ""
    blocks: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    files: tuple[File, ...] = ()
    unread: bool = False


def whole_text(content: MessageContent) -> str:
    """All that the message says. What says again what stands there already is left out: many apps post a text for
    notifications beside their blocks, and Slack the words of a link's preview."""
    parts = _once([*_own(content.text, content.blocks), *content.documents])
    for attachment in content.attachments:
        if attachment.source:  # somebody else's words, whole, though the one who forwards them quotes some
            parts += [*_once(attachment.parts), attachment.source]
        else:
            parts += _once(attachment.parts, beside=parts)
    return "\n".join(parts)


def first_line(text: str) -> str:
    """The first line that says something, as a summary: no fence of code, no @here, no emoji, no “Hi team,”. Empty
    where none does."""
    lines = map(_unmarked, text.splitlines())
    return next((line for line in lines if _is_about_something(line)), "")


def _unmarked(line: str) -> str:
    """Without the marks of a quotation or of code around it."""
    line = visible(line).strip().removesuffix(_FENCE).rstrip()
    line = _QUOTE.sub("", line).removeprefix(_FENCE)
    return line.strip()


def _is_about_something(line: str) -> bool:
    words = _SAYS_NOTHING.sub("", line)
    return any(map(str.isalnum, words)) and not _GREETING.fullmatch(words)


def _own(text: str, blocks: Sequence[str]) -> list[str]:
    """A text and the blocks beside it: a text that is less than they say was for notifications."""
    said, shown = _words(text), _words(" ".join(blocks))
    return [*blocks] if said != shown and said in shown else [text, *blocks]


def _once(parts: Iterable[str], *, beside: Sequence[str] = ()) -> list[str]:
    """Those parts that say something new."""
    kept: list[str] = []
    heard = "".join(map(_words, beside))
    for part in parts:
        words = _words(part)
        is_new = words not in heard if words.strip() else part not in (*beside, *kept)
        if is_new and not is_blank(part):
            kept.append(part.strip("\n"))
            heard += words
    return kept


def _words(text: str) -> str:
    """The words of a text with blanks around them, so that one text can be looked for in another. Of a mention, the ID."""
    words = _WORD.findall(_MARKUP.sub(r" \1 ", text.casefold()))
    return f" {' '.join(words)} "
