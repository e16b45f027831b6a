"""The blocks themselves, and the surfaces on which Slack shows them.

Source: https://docs.slack.dev/reference/block-kit/blocks. Where Slack's pages name no
surface for a block, only that of their examples is taken, so that nothing passes here which Slack may refuse.
"""

from collections.abc import Mapping
from typing import Literal

from bot.playground.blocks.checks import (
    Check,
    Json,
    Rule,
    an_object,
    array,
    at_least_one,
    boolean,
    exactly_one,
    integer,
    items,
    number,
    one_of,
    record,
    refuse,
    string,
    typed,
)
from bot.playground.blocks.compositions import (
    BLOCK_ID,
    RICH_TEXT,
    RICH_TEXT_ELEMENTS,
    SLACK_FILE,
    URL,
    plain,
    text,
    texts,
)
from bot.playground.blocks.elements import BUTTON, IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION

Surface = Literal["message", "modal", "home"]

ONLY_ON: Mapping[str, frozenset[Surface]] = {
    "alert": frozenset({"modal"}),
    "card": frozenset({"message"}),
    "container": frozenset({"message"}),
    "data_table": frozenset({"message"}),
    "data_visualization": frozenset({"message"}),
    "markdown": frozenset({"message"}),
    "table": frozenset({"message"}),
    "datetimepicker": frozenset({"message", "modal"}),
    "email_text_input": frozenset({"modal"}),
    "file_input": frozenset({"modal"}),
    "number_input": frozenset({"modal"}),
    "rich_text_input": frozenset({"modal", "home"}),
    "url_text_input": frozenset({"modal"}),
}
"""Blocks and elements that not every surface takes. Input blocks, as such, are taken everywhere."""


def _block(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *,
    also: Rule | None = None,
) -> Check:
    return record(required or {}, {"block_id": BLOCK_ID, **(optional or {})}, also=also)


_HEADER_CELLS: Mapping[str, Check] = {
    "raw_text": record({"text": string()}),
    "raw_number": record({"value": number, "text": string()}),
}
_HEADER_CELL = typed(_HEADER_CELLS)
_RICH_TEXT_BLOCK = _block({"elements": RICH_TEXT_ELEMENTS})
_CELL = typed({**_HEADER_CELLS, "rich_text": _RICH_TEXT_BLOCK})
_COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(value: object, at: str) -> None:
    if value is not None:  # None leaves a column as it is
        _COLUMN(value, at)


def _rows_agree(fields: Json, at: str) -> None:
    header, *rows = items(fields["rows"])
    for column, cell in enumerate(items(header)):
        _HEADER_CELL(cell, f"{at}/rows/0/{column}")
    for index, row in enumerate(rows, start=1):
        if len(items(row)) != len(items(header)):
            refuse("must have as many cells as the header row", f"{at}/rows/{index}")


_LABEL = string(20)
_POINT = record({"label": _LABEL, "value": number})
_SERIES = array(record({"name": _LABEL, "data": array(_POINT, 20)}), 6)
_AXES = record({"categories": array(_LABEL, 20)}, {"x_label": string(50), "y_label": string(50)})


def _series_cover_categories(fields: Json, at: str) -> None:
    categories = items(an_object(fields["axis_config"], at)["categories"])
    for index, series in enumerate(items(fields["series"])):
        points = items(an_object(series, at)["data"])
        labels = [an_object(point, at)["label"] for point in points]
        if len(labels) != len(categories) or set(labels) != set(categories):
            refuse("labels must match the categories", f"{at}/series/{index}/data")


_AXIS_CHART = record({"series": _SERIES, "axis_config": _AXES}, also=_series_cover_categories)
_CHART = typed(
    {
        "pie": record({"segments": array(_POINT, 6)}),
        "bar": _AXIS_CHART,
        "line": _AXIS_CHART,
        "area": _AXIS_CHART,
    }
)

_IN_CONTEXT = typed({"image": IMAGE, **texts(2000)})


def _container_agrees(fields: Json, at: str) -> None:
    at_least_one("title", "rich_text_title")(fields, at)
    collapsible = fields.get("is_collapsible", False)
    if fields.get("default_collapsed", False) and not collapsible:
        refuse("requires is_collapsible", f"{at}/default_collapsed")
    if fields.get("has_header_divider", False) and collapsible:
        refuse("not allowed with is_collapsible", f"{at}/has_header_divider")


_MAY_BE_CONTAINED: Mapping[str, Check] = {
    "section": _block(
        optional={
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": IN_SECTION,
            "expand": boolean,
        },
        also=at_least_one("text", "fields"),
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block(),
    "context": _block({"elements": array(_IN_CONTEXT, 10)}),
    "actions": _block({"elements": array(IN_ACTIONS, 25)}),
    "image": _block(
        {"alt_text": string(2000)},
        {"image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
        also=exactly_one("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": plain(2000), "element": IN_INPUT},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _RICH_TEXT_BLOCK,
    "table": _block({"rows": array(array(_CELL, 20), 100)}, {"column_settings": array(_column, 20, least=0)}),
}

BLOCK = typed(
    {
        **_MAY_BE_CONTAINED,
        "markdown": _block({"text": string(12_000)}),
        "data_table": _block(
            {"caption": string(), "rows": array(array(_CELL, 20), 101, least=2)},
            {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
            also=_rows_agree,
        ),
        "data_visualization": _block({"title": string(50), "chart": _CHART}),
        "card": _block(
            optional={
                "hero_image": typed({"image": IMAGE}),
                "icon": typed({"image": IMAGE}),
                "title": text(150),
                "subtitle": text(150),
                "body": text(200),
                "actions": array(typed({"button": BUTTON}), 3),
            },
            also=at_least_one("hero_image", "title", "actions", "body"),
        ),
        "alert": _block(
            {"text": text(200)}, {"level": one_of("default", "info", "warning", "error", "success")}
        ),
        "container": _block(
            {"child_blocks": array(typed(_MAY_BE_CONTAINED), 10)},
            {
                "title": plain(150),
                "rich_text_title": RICH_TEXT,
                "subtitle": text(150),
                "width": one_of("narrow", "standard", "wide", "full"),
                "icon": typed({"image": IMAGE}),
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
            also=_container_agrees,
        ),
    }
)
