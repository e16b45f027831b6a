"""The ticket form. Every field of the contract but `workspaceId`, which is the caller's workspace.

Each input's block_id is its contract field's name; where what can be chosen depends on another field, a colon and
that field's value follow, so that Slack drops a stale choice when it changes. The action_id is the field's name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import Field, JsonValue

from bot.domain.contract import CHOICES, REQUIRED
from bot.domain.directory import KIND_OF, PARENT_OF, Directory
from bot.domain.fields import TICKET_FIELDS, TicketField, defaults, in_form, label
from bot.domain.record import Record
from bot.domain.ticket import WayIn
from bot.domain.words import choice
from handlers.blocks.kit import (
    INITIAL_VALUE,
    OPTION_VALUE,
    Block,
    View,
    actions,
    button,
    json_of,
    modal,
    option,
    section,
)
from handlers.blocks.text import plain, shorten
from handlers.slack import ids


class FormMeta(Record):
    """What rides in private_metadata: which form this is, and where it was asked for."""

    nonce: str
    way: WayIn
    channel: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None
    permalink: str | None = None
    response_url: str | None = Field(None, repr=False)
    more: bool = False
    customer_of: str | None = Field(None, description="The site that named the customer, if one did")


def form(
    meta: FormMeta,
    fields: Mapping[str, JsonValue],
    directory: Directory,
    *,
    faults: str = "",
    related: str = "",
) -> View:
    """`fields` in wire form fill the inputs; `faults` is mrkdwn that says what a typed line got wrong;
    `related` is the headline of the ticket that `relatedTicketId` names."""
    filled = {**defaults(), **fields}
    shown = in_form("essential") + (in_form("more") if meta.more else ())
    blocks = [section(faults, block_id=ids.FAULTS)] if faults else []
    blocks += [_input(field, filled, directory, meta, related) for field in shown]
    if not meta.more:
        blocks.append(actions(button("More fields", ids.MORE_FIELDS), block_id=ids.MORE_FIELDS))
    view = modal("New ticket", blocks, callback_id=ids.FORM, close="Cancel")
    view |= {
        "submit": json_of(plain("Create", 24)),
        "notify_on_close": True,
        "private_metadata": meta.model_dump_json(exclude_defaults=True),
    }
    return view


def faults_of(blocks: Sequence[Mapping[str, JsonValue]]) -> str:
    """The faults an open form shows, so that showing it again keeps them."""
    for block in blocks:
        if block.get("block_id") == ids.FAULTS and isinstance(text := block.get("text"), dict):
            return str(text.get("text", ""))
    return ""


def needs_more(fields: Mapping[str, JsonValue]) -> bool:
    """Whether something is filled in that only “More fields” shows."""
    usual = defaults()
    return any(field in fields and fields[field] != usual.get(field) for field in in_form("more"))


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
    return {
        "type": "input",
        "block_id": field,
        "label": json_of(plain(name or label(field), 75)),
        "element": _element(field, value, directory, related),
        "optional": optional,
    }


def _input(
    field: str, filled: Mapping[str, JsonValue], directory: Directory, meta: FormMeta, related: str
) -> Block:
    optional = may_be_empty(field)
    block = field_input(field, filled.get(field), directory, related=related, optional=optional)
    block["block_id"] = _block_id(field, filled, directory, meta)
    if field in PARENT_OF.values() and _is_external(block["element"]):
        block["dispatch_action"] = True
    return block


def _is_external(element: JsonValue) -> bool:
    return isinstance(element, dict) and element["type"] == "external_select"


def _block_id(field: str, filled: Mapping[str, JsonValue], directory: Directory, meta: FormMeta) -> str:
    suffix: JsonValue
    if field == "customerId":
        suffix = meta.customer_of
    elif (kind := KIND_OF.get(field)) and directory.knows(kind):
        above = PARENT_OF[field]
        parent = filled.get(above)
        known = isinstance(parent, str) and directory.get(KIND_OF[above], parent)
        suffix = parent if known else None  # what is typed may be longer than a block_id
    else:
        suffix = None  # what was typed into a plain input stays, whatever is chosen elsewhere
    return f"{field}:{suffix}" if suffix else field


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


def _number_input(field: str, value: JsonValue) -> Block:
    element: Block = {
        "type": "number_input",
        "action_id": field,
        "is_decimal_allowed": True,
        "min_value": "0",
    }
    digits = f"{Decimal(str(value)):f}" if isinstance(value, int | float) else None
    return _filled(element, "initial_value", digits)


def _filled(element: Block, key: str, value: JsonValue) -> Block:
    return element if value is None else element | {key: value}


def _static_select(field: str, value: JsonValue) -> Block:
    options = [option(name, choice(name)) for name in CHOICES[field]]
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
