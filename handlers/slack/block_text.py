"""The words of blocks, as mrkdwn: one text for each block. What cannot be read says nothing; nothing here raises.

Source: https://docs.slack.dev/reference/block-kit/blocks, …/blocks/rich-text-block, …/blocks/table-block.
"""

from collections.abc import Iterator

from handlers.blocks.text import escape

_SAYING = ("title", "subtitle", "text", "body", "description", "caption", "alt_text", "author_name")
"""The fields of a block whose value is words, in a text object or as they are."""


def block_texts(blocks: object, *, rich_text: bool = True) -> tuple[str, ...]:
    """Those of a list of blocks that have words. Without `rich_text`, where Slack has made the message's text of it."""
    shown = [each for each in _listed(blocks) if rich_text or _get(each, "type") != "rich_text"]
    return tuple(text for each in shown if (text := _block(each)))


def _block(block: object) -> str:
    match block:
        case {"type": "rich_text"}:
            return "\n".join(_rich_text(each) for each in _listed(_get(block, "elements")))
        case {"type": "table" | "data_table"}:
            rows = [" | ".join(_cell(cell) for cell in _listed(row)) for row in _listed(_get(block, "rows"))]
            return "\n".join(rows)
        case {"type": "markdown", "text": str(text)}:
            return escape(text)
        case {"type": "actions" | "input"}:
            return ""  # what can be pressed, and no words
        case _:
            return "\n".join(_words(block))


def _cell(cell: object) -> str:
    text = _block(cell) if _get(cell, "type") == "rich_text" else " ".join(_words(cell))
    return " ".join(text.split())


def _words(value: object) -> Iterator[str]:  # noqa: C901, PLR0912  (one case a shape)
    """Every text inside, in the order in which it is shown. Of buttons and menus none."""
    match value:
        case {"action_id": _}:
            return
        case {"type": "mrkdwn" | "plain_text", "text": str(text)}:
            yield text
        case {"type": "raw_text", "text": str(text)}:
            yield escape(text)
        case {"type": "raw_number", "value": number}:
            yield escape(str(number))
        case {"type": "rich_text"}:
            yield _block(value)
        case {"join_url": _, "name": str(name)}:  # a call
            yield escape(name)
        case dict():
            for name, inner in value.items():
                if isinstance(inner, str):
                    if name in _SAYING:
                        yield escape(inner)
                else:
                    yield from _words(inner)
        case list():
            for inner in value:
                yield from _words(inner)


def _rich_text(element: object) -> str:
    """A part of a rich text: a paragraph, a list, a quotation or code."""
    inner = _listed(_get(element, "elements"))
    match _get(element, "type"):
        case "rich_text_list":
            indent = "    " * _number(_get(element, "indent"))
            is_ordered, first = _get(element, "style") == "ordered", _number(_get(element, "offset")) + 1
            marks = [f"{first + place}." if is_ordered else "•" for place in range(len(inner))]
            return "\n".join(
                f"{indent}{mark} {_rich_text(each)}" for mark, each in zip(marks, inner, strict=True)
            )
        case "rich_text_preformatted":
            return f"```\n{_line(inner)}\n```"
        case "rich_text_quote":
            return "\n".join(f"&gt; {line}" for line in _line(inner).splitlines())
        case _:
            return _line(inner)


def _line(elements: list[object]) -> str:
    return "".join(_inline(each) for each in elements)


def _inline(element: object) -> str:  # noqa: PLR0911  (one case an element)
    match element:
        case {"type": "text", "text": str(text)}:
            return escape(text)
        case {"type": "link", "url": str(url)}:
            label = _get(element, "text")
            return f"<{escape(url)}|{escape(label)}>" if isinstance(label, str) else f"<{escape(url)}>"
        case {"type": "emoji", "name": str(name)}:
            return f":{name}:"
        case {"type": "user", "user_id": str(user)}:
            return f"<@{user}>"
        case {"type": "channel", "channel_id": str(channel)}:
            return f"<#{channel}>"
        case {"type": "usergroup", "usergroup_id": str(group)}:
            return f"<!subteam^{group}>"
        case {"type": "broadcast", "range": str(everybody)}:
            return f"<!{everybody}>"
        case {"type": "date", "timestamp": int(at)}:
            shown = str(_get(element, "format") or "{date_short} {time}")
            label = f"|{escape(str(fallback))}" if (fallback := _get(element, "fallback")) else ""
            return f"<!date^{at}^{escape(shown)}{label}>"
        case {"type": "color", "value": str(color)}:
            return escape(color)
        case _:
            return " ".join(_words(element))


def _get(block: object, name: str) -> object:
    return block.get(name) if isinstance(block, dict) else None


def _listed(value: object) -> list[object]:
    return [*value] if isinstance(value, list | tuple) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
