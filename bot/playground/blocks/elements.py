"""Block elements: buttons, menus, pickers and inputs, and which of them a block may hold.

Source: https://docs.slack.dev/reference/block-kit/block-elements.
"""

from collections.abc import Mapping
from math import isfinite

from bot.playground.blocks.checks import (
    Check,
    Json,
    array,
    boolean,
    exactly_one,
    integer,
    items,
    one_of,
    record,
    refuse,
    string,
    typed,
)
from bot.playground.blocks.compositions import (
    ACTION_ID,
    CHOICE,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH,
    MENU_ITEM,
    OPTION,
    OPTION_GROUP,
    RICH_TEXT,
    SLACK_FILE,
    URL,
    plain,
)

_LONGEST_INPUT = 3000
_ID = {"action_id": ACTION_ID}
_MENU: Mapping[str, Check] = {**_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_PICKER: Mapping[str, Check] = {**_MENU, "placeholder": plain(150)}
_INPUT: Mapping[str, Check] = {
    **_ID,
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}
_OPTIONS: Mapping[str, Check] = {
    "options": array(OPTION, 100),
    "option_groups": array(OPTION_GROUP, 100),
}
_SEVERAL: Mapping[str, Check] = {"max_selected_items": integer(1)}
_CONVERSATION: Mapping[str, Check] = {
    "default_to_current_conversation": boolean,
    "filter": CONVERSATION_FILTER,
}


def _initial_is_offered(fields: Json, at: str) -> None:
    groups = items(fields.get("option_groups"))
    grouped = [o for group in groups if isinstance(group, Mapping) for o in items(group["options"])]
    offered = [*items(fields.get("options")), *grouped]
    if "initial_option" in fields and fields["initial_option"] not in offered:
        refuse("must be one of the provided options", f"{at}/initial_option")
    for index, option in enumerate(items(fields.get("initial_options"))):
        if option not in offered:
            refuse("must be one of the provided options", f"{at}/initial_options/{index}")


def _static(fields: Json, at: str) -> None:
    exactly_one("options", "option_groups")(fields, at)
    _initial_is_offered(fields, at)


def _lengths_agree(fields: Json, at: str) -> None:
    least, most, initial = (fields.get(name) for name in ("min_length", "max_length", "initial_value"))
    longest = most if isinstance(most, int) else _LONGEST_INPUT
    if isinstance(least, int) and least > longest:
        refuse("must not be greater than max_length", f"{at}/min_length")
    if isinstance(initial, str) and len(initial) > longest:
        refuse(f"must be less than {longest + 1} characters", f"{at}/initial_value")


def _numbers_agree(fields: Json, at: str) -> None:
    values: dict[str, float] = {}
    for name in ("min_value", "initial_value", "max_value"):
        if name in fields:
            values[name] = _parsed(str(fields[name]), f"{at}/{name}", whole=not fields["is_decimal_allowed"])
    if values.get("min_value", float("-inf")) > values.get("max_value", float("inf")):
        refuse("must not be greater than max_value", f"{at}/min_value")
    initial = values.get("initial_value", values.get("min_value", values.get("max_value", 0)))
    if not values.get("min_value", initial) <= initial <= values.get("max_value", initial):
        refuse("must be between min_value and max_value", f"{at}/initial_value")


def _parsed(value: str, at: str, *, whole: bool) -> float:
    try:
        parsed = int(value) if whole else float(value)
    except ValueError:
        parsed = float("nan")
    if not isfinite(parsed):
        refuse("must be a valid integer" if whole else "must be a valid number", at)
    return parsed


IMAGE = record(
    {"alt_text": string(2000)},
    {"image_url": URL, "slack_file": SLACK_FILE},
    also=exactly_one("image_url", "slack_file"),
)
BUTTON = record(
    {"text": plain(75)},
    {
        **_ID,
        "url": string(3000),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)

_SELECTS: Mapping[str, Check] = {
    "static_select": record({}, {**_PICKER, **_OPTIONS, "initial_option": OPTION}, also=_static),
    "multi_static_select": record(
        {}, {**_PICKER, **_SEVERAL, **_OPTIONS, "initial_options": array(OPTION, 100)}, also=_static
    ),
    "external_select": record({}, {**_PICKER, "initial_option": OPTION, "min_query_length": integer(0)}),
    "multi_external_select": record(
        {},
        {**_PICKER, **_SEVERAL, "initial_options": array(OPTION, 100), "min_query_length": integer(0)},
    ),
    "users_select": record({}, {**_PICKER, "initial_user": string()}),
    "multi_users_select": record({}, {**_PICKER, **_SEVERAL, "initial_users": array(string())}),
    "conversations_select": record(
        {},
        {**_PICKER, **_CONVERSATION, "initial_conversation": string(), "response_url_enabled": boolean},
    ),
    "multi_conversations_select": record(
        {}, {**_PICKER, **_SEVERAL, **_CONVERSATION, "initial_conversations": array(string())}
    ),
    "channels_select": record({}, {**_PICKER, "initial_channel": string(), "response_url_enabled": boolean}),
    "multi_channels_select": record({}, {**_PICKER, **_SEVERAL, "initial_channels": array(string())}),
}
_CHOICES: Mapping[str, Check] = {
    "checkboxes": record(
        {"options": array(CHOICE, 10)},
        {**_MENU, "initial_options": array(CHOICE, 10)},
        also=_initial_is_offered,
    ),
    "radio_buttons": record(
        {"options": array(CHOICE, 10)}, {**_MENU, "initial_option": CHOICE}, also=_initial_is_offered
    ),
}
_DATES: Mapping[str, Check] = {
    "datepicker": record({}, {**_PICKER, "initial_date": string(like=r"\d{4}-\d\d-\d\d")}),
    "timepicker": record(
        {}, {**_PICKER, "initial_time": string(like=r"([01]\d|2[0-3]):[0-5]\d"), "timezone": string()}
    ),
}
_MOMENT: Mapping[str, Check] = {
    # Slack wants exactly ten digits: from September 2001 to November 2286
    "datetimepicker": record({}, {**_MENU, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
}
_MENUS: Mapping[str, Check] = {
    "button": BUTTON,
    "overflow": record({"options": array(MENU_ITEM, 5)}, {**_ID, "confirm": CONFIRM}),
}

_TYPED: Mapping[str, Check] = {
    "plain_text_input": record(
        {},
        {
            **_INPUT,
            "initial_value": string(_LONGEST_INPUT, least=0),
            "multiline": boolean,
            "min_length": integer(0, _LONGEST_INPUT),
            "max_length": integer(1, _LONGEST_INPUT),
        },
        also=_lengths_agree,
    ),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        {**_INPUT, "initial_value": string(), "min_value": string(), "max_value": string()},
        also=_numbers_agree,
    ),
    "email_text_input": record({}, {**_INPUT, "initial_value": string(least=0)}),
    "url_text_input": record({}, {**_INPUT, "initial_value": string(least=0)}),
    "rich_text_input": record({}, {**_INPUT, "initial_value": RICH_TEXT}),
    "file_input": record({}, {**_ID, "filetypes": array(string()), "max_files": integer(1, 10)}),
}

IN_ACTIONS = typed({**_MENUS, **_SELECTS, **_CHOICES, **_DATES, **_MOMENT})
IN_SECTION = typed({**_MENUS, **_SELECTS, **_CHOICES, **_DATES, "image": IMAGE})
IN_INPUT = typed({**_SELECTS, **_CHOICES, **_DATES, **_MOMENT, **_TYPED})
