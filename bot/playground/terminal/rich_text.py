"""Slack's rich_text blocks in a terminal."""

from rich.text import Text

from bot.playground.terminal.reading import Json, an_object, number, objects, string
from bot.playground.terminal.text import CODE, MENTION, QUOTE, Names, date, link, plain

_STYLES = {"bold": "bold", "italic": "italic", "strike": "strike", "underline": "underline"}


def rich_text(block: Json, names: Names) -> Text:
    return Text("\n").join(_element(element, names) for element in objects(block.get("elements")))


def _element(element: Json, names: Names) -> Text:
    kind = element.get("type")
    if kind == "rich_text_list":
        return _list(element, names)
    shown = Text().join(_inline(part, names) for part in objects(element.get("elements")))
    if kind == "rich_text_preformatted":
        shown.stylize(CODE)
    if kind == "rich_text_quote":
        return Text("\n").join(
            Text(QUOTE, "dim").append_text(line) for line in shown.split("\n", allow_blank=True)
        )
    return shown


def _list(element: Json, names: Names) -> Text:
    ordered = element.get("style") == "ordered"
    first = int(number(element.get("offset"))) + 1
    margin = "  " * int(number(element.get("indent")))
    return Text("\n").join(
        Text(f"{margin}{index}. " if ordered else f"{margin}• ").append_text(_element(item, names))
        for index, item in enumerate(objects(element.get("elements")), start=first)
    )


def _inline(part: Json, names: Names) -> Text:
    shown = _words(part, names)
    style = an_object(part.get("style"))
    for name in _STYLES.keys() & style.keys():
        if style[name] is True:
            shown.stylize(_STYLES[name])
    if style.get("code") is True:
        shown.stylize(CODE)
    return shown


def _words(part: Json, names: Names) -> Text:
    kind = string(part.get("type"))
    mentions = {
        "user": names.user(string(part.get("user_id"))),
        "channel": names.channel(string(part.get("channel_id"))),
        "broadcast": string(part.get("range")),
        "usergroup": string(part.get("usergroup_id")),
    }
    if kind in mentions:
        return plain(f"{'#' if kind == 'channel' else '@'}{mentions[kind]}", MENTION)
    if kind == "link":
        return link(string(part.get("url")), string(part.get("text")))
    if kind == "emoji":
        return plain(f":{string(part.get('name'))}:")
    if kind == "date":
        return date(
            f"!date^{part.get('timestamp')}^{string(part.get('format'))}", string(part.get("fallback")), names
        )
    return plain(string(part.get("text")) or string(part.get("value")))
