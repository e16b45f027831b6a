"""Text as Slack carries it: three escaped characters, and mentions and links between angle brackets.

Source: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.playground.wire import Json

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TYPED = re.compile(r"https?://[^\s<>|]+|(?<![\w.])[@#][\w.-]+")
_MENTION = re.compile(r"<(@[UW][A-Z0-9]+|!(?:channel|here|everyone|subteam\^S[A-Z0-9]+))(?:\|[^>]*)?>")
_MARKED = re.compile(r"<(@[UW][A-Z0-9]+|#C[A-Z0-9]+|https?://[^|>]+)(?:\|([^>]*))?>")


def escape(text: str) -> str:
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], text)


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str, names: Mapping[str, str], *, labels: bool = False) -> str:
    """What a person typed, as it is sent: links and the known of `names` (`@ana` → `@U0ANA`) in brackets.

    A slash command with should_escape carries the names too, as labels: `<@U0ANA|ana>`.
    """

    def marked(found: re.Match[str]) -> str:
        word = found[0]
        if word.startswith("http"):
            return f"<{word}>"
        known = next((word[:end] for end in range(len(word), 1, -1) if word[:end].lower() in names), None)
        if known is None:
            return word
        label = f"|{known[1:]}" if labels or known[0] == "#" else ""
        return f"<{names[known.lower()]}{label}>{word[len(known) :]}"

    return _TYPED.sub(marked, escape(text))


def rich_text(markup: str) -> Json:
    """The rich_text block that Slack makes of a person's message."""
    elements: list[Json] = []
    end = 0
    for found in _MARKED.finditer(markup):
        elements += _plain(markup[end : found.start()])
        elements.append(_element(found[1], found[2]))
        end = found.end()
    elements += _plain(markup[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": "rich", "elements": [section]}


def _plain(markup: str) -> list[Json]:
    return [{"type": "text", "text": unescape(markup)}] if markup else []


def _element(target: str, label: str | None) -> Json:
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    return {"type": "link", "url": unescape(target)} | ({"text": unescape(label)} if label else {})


def paged(text: str, blocks: Iterable[Json]) -> list[str]:
    """Whom a message would notify: user ids, and `!channel`, `!here`, `!everyone`, `!subteam^S0FIELD`."""
    found = [match[1].removeprefix("@") for match in _MENTION.finditer(text)]
    for each in objects(list(blocks)):
        match each.get("type"):
            case "mrkdwn" | "markdown":
                found += [match[1].removeprefix("@") for match in _MENTION.finditer(str(each["text"]))]
            case "user":
                found.append(str(each.get("user_id")))
            case "usergroup":
                found.append(f"!subteam^{each.get('usergroup_id')}")
            case "broadcast":
                found.append(f"!{each.get('range')}")
    return list(dict.fromkeys(found))


def shown(text: str, blocks: Iterable[Json]) -> str:
    """All the words of a message or view, entities decoded, a line for each text object."""
    texts = [text] if text else []
    for each in objects(list(blocks)):
        texts += [each[name] for name in ("text", "alt_text", "label") if isinstance(each.get(name), str)]
    return unescape("\n".join(texts))


def objects(value: object) -> Iterator[Json]:
    """Every object inside, depth first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)
