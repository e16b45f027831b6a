"""Slack's judgement on blocks and views, for the stand-in: what is refused, where, and in Slack's words.

The answer names the first fault as Slack's `response_metadata.messages` do, for example
`must be less than 151 characters [json-pointer:/blocks/0/text/text]`.
"""

from collections.abc import Iterable, Iterator, Mapping

from bot.playground.blocks.checks import (
    Check,
    Json,
    Refused,
    an_object,
    array,
    boolean,
    items,
    record,
    refuse,
    string,
    typed,
)
from bot.playground.blocks.compositions import plain
from bot.playground.blocks.layout import BLOCK, ONLY_ON, Surface

__all__ = ["Surface", "check_blocks", "check_view", "total_text"]

_MOST_TABLE_TEXT = 10_000
_MOST_MARKDOWN = 12_000
_MOST_CHARTS = 2


def check_blocks(blocks: object, surface: Surface) -> str | None:
    """Why Slack would refuse the blocks on this surface, or None where it takes them."""
    return _verdict(_blocks_on(surface), blocks, "/blocks")


def check_view(view: object) -> str | None:
    """Why Slack would refuse the view, to open, push, update or publish, or None where it takes it.

    Its size (`view_too_large`) and whether its external_id is in use are for the caller to ask.
    """
    return _verdict(_view, view, "/view")


def total_text(blocks: object) -> int:
    """The characters of text in all blocks together; near 13,200 a message is `msg_blocks_too_long`."""
    return sum(len(text) for _, found in _objects(blocks, "") if isinstance(text := found.get("text"), str))


def _verdict(check: Check, value: object, at: str) -> str | None:
    try:
        check(value, at)
    except Refused as refused:
        return str(refused)
    return None


def _blocks_on(surface: Surface) -> Check:
    block_array = array(BLOCK, 50, least=0) if surface == "message" else array(BLOCK, 100)

    def check(value: object, at: str) -> None:
        block_array(value, at)
        objects = list(_objects(value, at))
        _belong_on(surface, objects)
        _unique("block_id", objects)
        for index, block in enumerate(items(value)):
            _unique("action_id", _objects(block, f"{at}/{index}"))
        _one_focus(objects)
        _within_totals(value, at)

    return check


def _objects(value: object, at: str) -> Iterator[tuple[str, Json]]:
    """Every object in `value`, itself first, with its pointer."""
    if isinstance(value, dict):
        yield at, value
        for name, field in value.items():
            yield from _objects(field, f"{at}/{name}")
    for index, item in enumerate(items(value)):
        yield from _objects(item, f"{at}/{index}")


def _belong_on(surface: Surface, objects: list[tuple[str, Json]]) -> None:
    for at, found in objects:
        kind = found.get("type")
        if isinstance(kind, str) and surface not in ONLY_ON.get(kind, {surface}):
            refuse(f"unsupported type: {kind}", f"{at}/type")


def _unique(name: str, objects: Iterable[tuple[str, Json]]) -> None:
    seen = set()
    for at, found in objects:
        if name not in found:
            continue
        if found[name] in seen:
            refuse(f'{name} "{found[name]}" already exists', f"{at}/{name}")
        seen.add(found[name])


def _one_focus(objects: list[tuple[str, Json]]) -> None:
    focused = [at for at, found in objects if found.get("focus_on_load") is True]
    if len(focused) > 1:
        refuse("only one element may have focus_on_load", f"{focused[1]}/focus_on_load")


def _within_totals(blocks: object, at: str) -> None:
    """The limits of a whole message: text in tables, text in markdown blocks, number of charts."""
    by_type: dict[object, list[object]] = {}
    for _, found in _objects(blocks, at):
        by_type.setdefault(found.get("type"), []).append(found)
    if total_text([*by_type.get("table", ()), *by_type.get("data_table", ())]) > _MOST_TABLE_TEXT:
        refuse(f"no more than {_MOST_TABLE_TEXT} characters allowed in tables", at)
    if total_text(by_type.get("markdown")) > _MOST_MARKDOWN:
        refuse(f"no more than {_MOST_MARKDOWN} characters allowed in markdown blocks", at)
    if len(by_type.get("data_visualization", ())) > _MOST_CHARTS:
        refuse(f"no more than {_MOST_CHARTS} data_visualization blocks allowed", at)


_VIEW_FIELDS: Mapping[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}


def _has_submit_for_inputs(fields: Json, at: str) -> None:
    if "submit" not in fields and any(
        found.get("type") == "input" for _, found in _objects(fields["blocks"], at)
    ):
        refuse("missing required field: submit", at)


_VIEW_KINDS = typed(
    {
        "modal": record(
            {"title": plain(24), "blocks": _blocks_on("modal")},
            {
                **_VIEW_FIELDS,
                "submit": plain(24),
                "close": plain(24),
                "submit_disabled": boolean,
                "clear_on_close": boolean,
                "notify_on_close": boolean,
            },
            also=_has_submit_for_inputs,
        ),
        "home": record({"blocks": _blocks_on("home")}, _VIEW_FIELDS),
    }
)


def _view(value: object, at: str) -> None:
    # Slack reads null as absent in a view's own fields; its SDK and its own answers send it
    fields = an_object(value, at)
    _VIEW_KINDS({name: field for name, field in fields.items() if field is not None}, at)
