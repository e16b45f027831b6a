"""Block Kit from a few small helpers: plain dicts, because Slack's SDK classes cost 180 times as much to build.

The tests parse every view with the SDK's classes and hold it to Slack's limits.
Source: https://docs.slack.dev/reference/block-kit
"""

from collections.abc import Sequence
from typing import TypedDict

from pydantic import JsonValue

from handlers.blocks.text import TextObject, mrkdwn, plain

Block = dict[str, JsonValue]
View = dict[str, JsonValue]


class Message(TypedDict, total=False):
    """`text` is the message, or with blocks what notifications and old clients show."""

    text: str
    blocks: list[Block]


TITLE = 24
INITIAL_VALUE = 3000
OPTION_VALUE = 150
OPTIONS = 100  # of a menu
SECTION = 2900  # characters; Slack takes 3,000, and a mark may stand around them


def json_of(text: TextObject) -> JsonValue:
    return dict(text)


def section(
    text: str, *, fields: Sequence[str] = (), block_id: str | None = None, accessory: Block | None = None
) -> Block:
    block: Block = {"type": "section"}
    if text:
        block["text"] = json_of(mrkdwn(text))
    if fields:
        block["fields"] = [json_of(mrkdwn(field)) for field in fields]
    if block_id:
        block["block_id"] = block_id
    if accessory:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [json_of(mrkdwn(text)) for text in texts]}


def header(text: str) -> Block:
    return {"type": "header", "text": json_of(plain(text, 150))}


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    block: Block = {"type": "actions", "elements": list(elements)}
    if block_id:
        block["block_id"] = block_id
    return block


def button(text: str, action_id: str, *, value: str = "", primary: bool = False) -> Block:
    element: Block = {"type": "button", "text": json_of(plain(text, 75)), "action_id": action_id}
    if value:
        element["value"] = value
    if primary:
        element["style"] = "primary"
    return element


def overflow(action_id: str, *options: Block) -> Block:
    """“⋯”, with at most five options."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def option(value: str, text: str) -> Block:
    return {"text": json_of(plain(text, 75)), "value": value}


def input_block(
    block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": json_of(plain(label, 75)),
        "element": element,
        "optional": optional,
    }
    return block | {"hint": json_of(plain(hint, 150))} if hint else block


def modal(title: str, blocks: Sequence[Block], *, callback_id: str, close: str = "Close") -> View:
    """A view that only shows something."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": json_of(plain(title, TITLE)),
        "close": json_of(plain(close, TITLE)),
        "blocks": list(blocks),
    }


def form_modal(
    title: str, blocks: Sequence[Block], *, callback_id: str, submit: str, private_metadata: str = ""
) -> View:
    """A view with inputs, which are sent by the button `submit`."""
    view = modal(title, blocks, callback_id=callback_id, close="Cancel")
    return view | {"submit": json_of(plain(submit, TITLE)), "private_metadata": private_metadata}


def message(text: str, blocks: Sequence[Block] = ()) -> Message:
    return {"text": text, "blocks": list(blocks)} if blocks else {"text": text}


def message_json(message: Message) -> dict[str, JsonValue]:
    """A message as it is kept until it is sent."""
    return {"text": message["text"], **({"blocks": [*blocks]} if (blocks := message.get("blocks")) else {})}
