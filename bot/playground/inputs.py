"""What the inputs of a view hold, and what Slack's own client refuses before the bot hears of it.

Source: https://docs.slack.dev/reference/block-kit/block-elements, …/reference/views/view-payloads (state.values).
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from bot.playground.wire import Json

Values = dict[str, dict[str, Json]]
"""block_id → action_id → what the input holds, as in `state.values`."""

REQUIRED = "Please complete this required field."


class Holding(NamedTuple):
    """Where an element's value stands in the state, and where its view gives the first one."""

    state: str
    initial: str
    empty: object


HOLDING = {
    "plain_text_input": Holding("value", "initial_value", None),
    "email_text_input": Holding("value", "initial_value", None),
    "url_text_input": Holding("value", "initial_value", None),
    "number_input": Holding("value", "initial_value", None),
    "rich_text_input": Holding("rich_text_value", "initial_value", None),
    "file_input": Holding("files", "", ()),
    "static_select": Holding("selected_option", "initial_option", None),
    "external_select": Holding("selected_option", "initial_option", None),
    "users_select": Holding("selected_user", "initial_user", None),
    "conversations_select": Holding("selected_conversation", "initial_conversation", None),
    "channels_select": Holding("selected_channel", "initial_channel", None),
    "multi_static_select": Holding("selected_options", "initial_options", ()),
    "multi_external_select": Holding("selected_options", "initial_options", ()),
    "multi_users_select": Holding("selected_users", "initial_users", ()),
    "multi_conversations_select": Holding("selected_conversations", "initial_conversations", ()),
    "multi_channels_select": Holding("selected_channels", "initial_channels", ()),
    "radio_buttons": Holding("selected_option", "initial_option", None),
    "checkboxes": Holding("selected_options", "initial_options", ()),
    "datepicker": Holding("selected_date", "initial_date", None),
    "timepicker": Holding("selected_time", "initial_time", None),
    "datetimepicker": Holding("selected_date_time", "initial_date_time", None),
}

CHOSEN = {kind: place.state for kind, place in HOLDING.items()} | {"overflow": "selected_option"}
"""Where an action says what was chosen."""


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that a person can use, with its block; those of a card and of what a container holds, too."""
    for block in blocks:
        listed = (*block.get("elements", ()), *block.get("actions", ()))
        for element in (block.get("element"), block.get("accessory"), *listed):
            if isinstance(element, dict) and "action_id" in element:
                yield block, element
        yield from elements(block.get("child_blocks", ()))


def held(blocks: Iterable[Json], before: Values) -> Values:
    """The state of a view's inputs: as it was where block_id and action_id stay, else what the view gives."""
    values: Values = {}
    for block, element in elements(blocks):
        if element["type"] not in HOLDING:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        kept = before.get(block_id, {}).get(action_id)
        if kept is None or kept["type"] != element["type"]:
            kept = holding(element, element.get(HOLDING[element["type"]].initial))
        values.setdefault(block_id, {})[action_id] = kept
    return values


def holding(element: Json, value: object) -> Json:
    """An input's entry in the state; nothing, or an empty text, is what Slack writes for an empty input."""
    place = HOLDING[element["type"]]
    empty = list(place.empty) if isinstance(place.empty, tuple) else place.empty
    return {"type": element["type"], place.state: value if value not in (None, "") else empty}


def value_of(entry: Json) -> object:
    """What stands in an entry of the state, whatever the element."""
    return entry.get(HOLDING[entry["type"]].state)


def refusals(blocks: Iterable[Json], values: Values) -> dict[str, str]:
    """What the client says below each input, by block_id, so that nothing is sent; empty where all is well."""
    found = {}
    for block in blocks:
        if block["type"] == "input" and block["element"]["type"] in HOLDING:
            element = block["element"]
            value = value_of(values[block["block_id"]][element["action_id"]])
            if fault := _refusal(element, value, optional=block.get("optional", False)):
                found[block["block_id"]] = fault
    return found


def _refusal(element: Json, value: object, *, optional: bool) -> str | None:
    if not value and value != 0:
        return None if optional else REQUIRED
    match element["type"]:
        case "number_input":
            return _number_refusal(element, str(value))
        case "plain_text_input":
            return _length_refusal(element, str(value))
        case "email_text_input" if "@" not in str(value):
            return "Please enter a valid email address."
        case "url_text_input" if "://" not in str(value):
            return "Please enter a valid URL."
    return None


def _length_refusal(element: Json, value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    return None


def _number_refusal(element: Json, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite():
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number that is at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number that is at most {element['max_value']}."
    return None
