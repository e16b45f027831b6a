"""The inputs of forms: one for each field of a ticket, made from its row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache

from pydantic import JsonValue

from bot.domain.contract import CHOICES, REQUIRED
from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS, TicketField, label
from bot.domain.words import choice
from handlers.blocks.kit import (
    INITIAL_VALUE,
    OPTION_VALUE,
    Block,
    input_block,
    json_of,
    option,
)
from handlers.blocks.text import plain, shorten
from handlers.blocks.visibility import MEANING


def shown_of(text: str) -> str:
    """As much of a text as an input holds."""
    return shorten(text, INITIAL_VALUE)


def may_be_empty(field: str) -> bool:
    """Whether a ticket can do without it."""
    return field not in REQUIRED and not TICKET_FIELDS[field].default


def field_input(
    field: str,
    value: JsonValue,
    directory: Directory,
    *,
    name: str = "",
    related: str = "",
    optional: bool = True,
) -> Block:
    """The input of one field, filled with its wire form. `name` stands above it, where that is not its label;
    `related` is the headline of the ticket that it holds."""
    return input_block(
        field, name or label(field), _element(field, value, directory, related), optional=optional
    )


def refilled(blocks: Iterable[Block], field: str, filling: Block, *, fresh: str) -> list[Block]:
    """A form's blocks with something else in an input: its element with `filling`. Slack keeps what an input holds while
    its block_id stays, so this one gets a `fresh` ending."""
    return [
        block | {"block_id": f"{field}:{fresh}", "element": {**element_of(block), **filling}}
        if is_input_of(field, block)
        else block
        for block in blocks
    ]


def is_input_of(field: str, block: Block) -> bool:
    return element_of(block).get("action_id") == field


def element_of(block: Block) -> Block:
    element = block.get("element")
    return element if isinstance(element, dict) else {}


def _element(field: str, value: JsonValue, directory: Directory, related: str) -> Block:
    row = TICKET_FIELDS[field]
    match row.element:
        case "choice":
            return _static_select(field, value)
        case "item" if row.kind and directory.knows(row.kind):
            chosen = option(str(value), directory.name_of(field, str(value))) if value else None
            return _external_select(row, chosen)
        case "queue" if len(str(value or "")) <= OPTION_VALUE:
            return _external_select(row, option(str(value), str(value)) if value else None)
        case "ticket":
            return _external_select(row, option(str(value), related or str(value)) if value else None)
        case "person":
            return _filled({"type": "users_select", "action_id": field}, "initial_user", value)
        case "time":
            seconds = int(datetime.fromisoformat(str(value)).timestamp()) if value else None
            return _filled({"type": "datetimepicker", "action_id": field}, "initial_date_time", seconds)
        case "hours":
            return _number_input(field, value)
    return _text_input(row, value)


def _filled(element: Block, key: str, value: JsonValue) -> Block:
    return element if value is None else element | {key: value}


@cache
def _options(field: str) -> Sequence[Block]:
    """Every form shows the same."""
    if field == "visibilityMode":
        return [
            option(mode, label) | {"description": json_of(plain(meaning, 75))}
            for mode, (label, meaning) in sorted(
                MEANING.items(), key=lambda each: CHOICES[field].index(each[0])
            )
        ]
    return [option(name, choice(name)) for name in CHOICES[field]]


def _static_select(field: str, value: JsonValue) -> Block:
    options = _options(field)
    element: Block = {"type": "static_select", "action_id": field, "options": list(options)}
    return _filled(element, "initial_option", next((o for o in options if o["value"] == value), None))


def _external_select(row: TicketField, chosen: Block | None) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": row.name,
        "min_query_length": 0,
        "placeholder": json_of(plain(row.hint or "Type to search", 150)),
    }
    return _filled(element, "initial_option", chosen)


def _text_input(row: TicketField, value: JsonValue) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": row.name,
        "multiline": row.multiline,
        "max_length": INITIAL_VALUE,
    }
    if row.hint:
        element["placeholder"] = json_of(plain(row.hint, 150))
    return _filled(element, "initial_value", shown_of(str(value)) if value else None)


def _number_input(field: str, value: JsonValue) -> Block:
    element: Block = {
        "type": "number_input",
        "action_id": field,
        "is_decimal_allowed": True,
        "min_value": "0",
    }
    digits = f"{Decimal(str(value)):f}" if isinstance(value, int | float) else None
    return _filled(element, "initial_value", digits)
