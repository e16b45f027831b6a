"""Slack's limits on blocks and views: what it takes is taken, and each fault is refused at its place."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground.blocks import Surface, check_blocks, check_view, total_text

Json = dict[str, object]


def plain(text: str = "Words") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "*Words*") -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str = "a") -> Json:
    return {"text": plain(value.upper()), "value": value}


def rich_text(text: str = "Hi") -> Json:
    section = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": text, "style": {"bold": True}}],
    }
    return {"type": "rich_text", "elements": [section]}


def field(element: Json) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element}


IMAGE: Json = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart"}
BUTTON: Json = {
    "type": "button",
    "text": plain("Open"),
    "action_id": "open",
    "value": "42",
    "style": "primary",
}
CONFIRM: Json = {"title": plain(), "text": mrkdwn(), "confirm": plain("Yes"), "deny": plain("No")}
RAW: Json = {"type": "raw_text", "text": "cell"}
POINT: Json = {"label": "Mon", "value": 3}
BARS: Json = {
    "type": "bar",
    "series": [{"name": "New", "data": [POINT]}],
    "axis_config": {"categories": ["Mon"], "x_label": "Day"},
}

BLOCKS: dict[str, tuple[Surface, Json]] = {
    "section": ("message", {"type": "section", "text": mrkdwn(), "block_id": "s", "accessory": BUTTON}),
    "fields": ("message", {"type": "section", "fields": [mrkdwn(), plain()], "accessory": IMAGE}),
    "header": ("message", {"type": "header", "text": plain()}),
    "divider": ("message", {"type": "divider"}),
    "context": ("message", {"type": "context", "elements": [mrkdwn(), IMAGE]}),
    "actions": ("message", {"type": "actions", "elements": [BUTTON]}),
    "image": ("message", {**IMAGE, "title": plain()}),
    "rich_text": ("message", rich_text()),
    "markdown": ("message", {"type": "markdown", "text": "# Title"}),
    "table": (
        "message",
        {"type": "table", "rows": [[RAW, rich_text()]], "column_settings": [None, {"align": "right"}]},
    ),
    "data_table": (
        "message",
        {"type": "data_table", "caption": "Open", "rows": [[RAW], [RAW]], "page_size": 5},
    ),
    "pie": (
        "message",
        {"type": "data_visualization", "title": "T", "chart": {"type": "pie", "segments": [POINT]}},
    ),
    "bars": ("message", {"type": "data_visualization", "title": "T", "chart": BARS}),
    "card": (
        "message",
        {"type": "card", "title": mrkdwn(), "icon": IMAGE, "body": mrkdwn(), "actions": [BUTTON]},
    ),
    "alert": ("modal", {"type": "alert", "text": mrkdwn(), "level": "warning"}),
    "container": ("message", {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}]}),
    "button": ("message", {"type": "actions", "elements": [{**BUTTON, "confirm": CONFIRM}]}),
    "overflow": (
        "message",
        {"type": "section", "text": mrkdwn(), "accessory": {"type": "overflow", "options": [option()]}},
    ),
    "static": ("modal", field({"type": "static_select", "options": [option()], "initial_option": option()})),
    "multi_static": (
        "modal",
        field({"type": "multi_static_select", "options": [option()], "initial_options": [option()]}),
    ),
    "groups": (
        "modal",
        field({"type": "static_select", "option_groups": [{"label": plain(), "options": [option()]}]}),
    ),
    "external": (
        "modal",
        field({"type": "external_select", "min_query_length": 0, "initial_option": option()}),
    ),
    "multi_external": ("modal", field({"type": "multi_external_select", "placeholder": plain()})),
    "user": ("modal", field({"type": "users_select", "initial_user": "U1"})),
    "users": ("modal", field({"type": "multi_users_select", "max_selected_items": 3})),
    "conversation": ("modal", field({"type": "conversations_select", "filter": {"include": ["public"]}})),
    "conversations": (
        "modal",
        field({"type": "multi_conversations_select", "initial_conversations": ["C1"]}),
    ),
    "channel": ("modal", field({"type": "channels_select", "initial_channel": "C1"})),
    "channels": ("modal", field({"type": "multi_channels_select", "initial_channels": ["C1"]})),
    "date": ("modal", field({"type": "datepicker", "initial_date": "2026-12-01"})),
    "time": ("modal", field({"type": "timepicker", "initial_time": "17:30", "timezone": "Europe/Berlin"})),
    "moment": ("modal", field({"type": "datetimepicker", "initial_date_time": 1_795_000_000})),
    "number": (
        "modal",
        field({"type": "number_input", "is_decimal_allowed": True, "min_value": "0", "initial_value": "2.5"}),
    ),
    "email": ("modal", field({"type": "email_text_input", "initial_value": "a@example.com"})),
    "url": ("modal", field({"type": "url_text_input", "focus_on_load": True})),
    "line": (
        "modal",
        field({"type": "plain_text_input", "min_length": 1, "max_length": 10, "initial_value": "Printer"}),
    ),
    "rich_input": ("modal", field({"type": "rich_text_input", "initial_value": rich_text()})),
    "checkboxes": (
        "modal",
        field({"type": "checkboxes", "options": [option()], "initial_options": [option()]}),
    ),
    "radio": ("modal", field({"type": "radio_buttons", "options": [{**option(), "description": mrkdwn()}]})),
    "file": ("modal", field({"type": "file_input", "filetypes": ["pdf"], "max_files": 2})),
}
NOT_IN_SDK = {"data_table", "pie", "bars"}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_within_the_limits_is_taken(name: str) -> None:
    surface, block = BLOCKS[name]
    assert check_blocks([block], surface) is None


@pytest.mark.parametrize("name", [name for name in BLOCKS if name not in NOT_IN_SDK])
def test_what_is_taken_here_is_taken_by_slacks_own_classes(name: str) -> None:
    parsed = Block.parse(deepcopy(BLOCKS[name][1]))
    assert parsed is not None
    parsed.validate_json()


GONE = object()


def altered(block: Json, pointer: str, value: object) -> Json:
    """A copy of the block with another value at the JSON pointer, or without it where `value` is GONE."""
    copy = deepcopy(block)
    *way, last = pointer.strip("/").split("/")
    place: object = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[index]
    key = int(last) if isinstance(place, list) else last
    if value is GONE:
        del place[key]  # type: ignore[attr-defined]
    else:
        place[key] = value  # type: ignore[index]
    return copy


def longer(than: int) -> tuple[str, str]:
    return "x" * (than + 1), f"must be less than {than + 1} characters"


def more(than: int, item: object) -> tuple[list[object], str]:
    return [item] * (than + 1), f"no more than {than} items allowed"


FAULTS: list[tuple[str, str, object, str]] = [
    ("section", "/text/text", *longer(3000)),
    ("section", "/text/text", "", "must be more than 0 characters"),
    ("section", "/text/text", None, "must provide a string"),
    ("section", "/text", "words", "must provide an object"),
    ("section", "/block_id", *longer(255)),
    ("fields", "/fields", *more(10, mrkdwn())),
    ("fields", "/fields/1/text", *longer(2000)),
    ("fields", "/accessory/alt_text", *longer(2000)),
    ("header", "/text/text", *longer(150)),
    ("context", "/elements", *more(10, mrkdwn())),
    ("context", "/elements", [], "no fewer than 1 items allowed"),
    ("context", "/elements/1/image_url", *longer(3000)),
    ("actions", "/elements", *more(25, {"type": "users_select"})),
    ("image", "/title/text", *longer(2000)),
    ("rich_text", "/elements/0/elements/0/style/bold", "yes", "must provide a boolean"),
    ("markdown", "/text", *longer(12_000)),
    ("table", "/rows", *more(100, [RAW])),
    ("table", "/rows/0", *more(20, RAW)),
    ("table", "/rows/0/0/text", "", "must be more than 0 characters"),
    ("table", "/column_settings", *more(20, None)),
    ("data_table", "/rows", *more(101, [RAW])),
    ("data_table", "/rows", [[RAW]], "no fewer than 2 items allowed"),
    ("data_table", "/rows/1", [RAW, RAW], "must have as many cells as the header row"),
    ("data_table", "/page_size", 101, "must be less than 101"),
    ("pie", "/title", *longer(50)),
    ("pie", "/chart/segments", *more(6, POINT)),
    ("pie", "/chart/segments/0/value", "3", "must provide a number"),
    ("bars", "/chart/series", *more(6, {"name": "New", "data": [POINT]})),
    ("bars", "/chart/series/0/name", *longer(20)),
    ("bars", "/chart/series/0/data", [{"label": "Tue", "value": 1}], "labels must match the categories"),
    ("bars", "/chart/axis_config/x_label", *longer(50)),
    ("card", "/title/text", *longer(150)),
    ("card", "/body/text", *longer(200)),
    ("card", "/actions", *more(3, BUTTON)),
    ("alert", "/text/text", *longer(200)),
    ("alert", "/level", "panic", "must be a valid enum value: default, info, warning, error, success"),
    ("container", "/child_blocks", *more(10, {"type": "divider"})),
    ("container", "/title/text", *longer(150)),
    ("container", "/default_collapsed", True, "requires is_collapsible"),
    ("button", "/elements/0/text/text", *longer(75)),
    ("button", "/elements/0/value", *longer(2000)),
    ("button", "/elements/0/url", *longer(3000)),
    ("button", "/elements/0/action_id", *longer(255)),
    ("button", "/elements/0/style", "default", "must be a valid enum value: primary, danger"),
    ("button", "/elements/0/confirm/title/text", *longer(100)),
    ("button", "/elements/0/confirm/text/text", *longer(300)),
    ("button", "/elements/0/confirm/deny/text", *longer(30)),
    ("overflow", "/accessory/options", *more(5, option())),
    ("overflow", "/accessory/options", [], "no fewer than 1 items allowed"),
    ("static", "/label/text", *longer(2000)),
    ("static", "/hint", plain("x" * 2001), "must be less than 2001 characters"),
    ("static", "/element/placeholder", plain("x" * 151), "must be less than 151 characters"),
    ("static", "/element/options", *more(100, option())),
    ("static", "/element/options/0/text/text", *longer(75)),
    ("static", "/element/options/0/value", *longer(150)),
    ("static", "/element/options/0/description", plain("x" * 76), "must be less than 76 characters"),
    ("static", "/element/initial_option", option("b"), "must be one of the provided options"),
    ("multi_static", "/element/initial_options/0", option("b"), "must be one of the provided options"),
    ("groups", "/element/option_groups/0/label/text", *longer(75)),
    ("groups", "/element/initial_option", option("b"), "must be one of the provided options"),
    ("external", "/element/min_query_length", -1, "must be greater than -1"),
    ("users", "/element/max_selected_items", 0, "must be greater than 0"),
    (
        "conversation",
        "/element/filter/include/0",
        "all",
        "must be a valid enum value: im, mpim, private, public",
    ),
    ("date", "/element/initial_date", "1 Dec", r"does not match the pattern \d{4}-\d\d-\d\d"),
    ("time", "/element/initial_time", "24:00", r"does not match the pattern ([01]\d|2[0-3]):[0-5]\d"),
    ("moment", "/element/initial_date_time", 99, "must be greater than 999999999"),
    ("number", "/element/min_value", 0, "must provide a string"),
    ("number", "/element/initial_value", "-1", "must be between min_value and max_value"),
    ("number", "/element/initial_value", "two", "must be a valid number"),
    ("line", "/element/max_length", 3001, "must be less than 3001"),
    ("line", "/element/initial_value", *longer(10)),
    ("line", "/element/min_length", 11, "must not be greater than max_length"),
    ("checkboxes", "/element/options", *more(10, option())),
    ("radio", "/element/options", *more(10, option())),
    ("radio", "/element/initial_option", option("b"), "must be one of the provided options"),
    ("file", "/element/max_files", 11, "must be less than 11"),
]


@pytest.mark.parametrize(("name", "pointer", "value", "problem"), FAULTS)
def test_one_fault_is_refused_where_it_is(name: str, pointer: str, value: object, problem: str) -> None:
    surface, block = BLOCKS[name]
    place = f"{pointer}/text" if isinstance(value, dict) and "characters" in problem else pointer
    assert (
        check_blocks([altered(block, pointer, value)], surface)
        == f"{problem} [json-pointer:/blocks/0{place}]"
    )


MISSING: list[tuple[str, str, str]] = [
    ("section", "/text", "text or fields"),
    ("section", "/accessory/text", "text"),
    ("image", "/alt_text", "alt_text"),
    ("image", "/image_url", "image_url or slack_file"),
    ("static", "/label", "label"),
    ("static", "/element/options", "options or option_groups"),
    ("static", "/element/options/0/value", "value"),
    ("number", "/element/is_decimal_allowed", "is_decimal_allowed"),
    ("button", "/elements/0/confirm/deny", "deny"),
    ("data_table", "/caption", "caption"),
    ("container", "/title", "title or rich_text_title"),
    ("header", "/text/type", "type"),
]


@pytest.mark.parametrize(("name", "pointer", "missing"), MISSING)
def test_what_slack_requires_must_be_there(name: str, pointer: str, missing: str) -> None:
    surface, block = BLOCKS[name]
    place = pointer.rpartition("/")[0]
    expected = f"missing required field: {missing} [json-pointer:/blocks/0{place}]"
    assert check_blocks([altered(block, pointer, GONE)], surface) == expected


UNSUPPORTED: list[tuple[str, str, str]] = [
    ("section", "/type", "paragraph"),
    ("section", "/text/type", "markdown"),
    ("header", "/text/type", "mrkdwn"),
    ("section", "/accessory/type", "plain_text_input"),
    ("overflow", "/accessory/type", "datetimepicker"),
    ("actions", "/elements/0/type", "image"),
    ("static", "/element/type", "button"),
    ("pie", "/chart/type", "donut"),
    ("container", "/child_blocks/0/type", "card"),
]


@pytest.mark.parametrize(("name", "pointer", "kind"), UNSUPPORTED)
def test_a_type_that_does_not_belong_there_is_refused(name: str, pointer: str, kind: str) -> None:
    surface, block = BLOCKS[name]
    found = check_blocks([altered(block, pointer, kind)], surface)
    assert found == f"unsupported type: {kind} [json-pointer:/blocks/0{pointer}]"


@pytest.mark.parametrize(
    ("name", "surface", "pointer"),
    [
        ("table", "modal", "/type"),
        ("data_table", "home", "/type"),
        ("bars", "home", "/type"),
        ("markdown", "modal", "/type"),
        ("alert", "message", "/type"),
        ("file", "message", "/element/type"),
        ("number", "home", "/element/type"),
        ("moment", "home", "/element/type"),
        ("rich_input", "message", "/element/type"),
    ],
)
def test_a_block_is_refused_on_a_surface_that_has_none(name: str, surface: Surface, pointer: str) -> None:
    block = BLOCKS[name][1]
    found = check_blocks([block], surface)
    assert found is not None
    assert found.startswith("unsupported type: ")
    assert found.endswith(f"[json-pointer:/blocks/0{pointer}]")


def test_the_header_of_a_data_table_holds_no_rich_text() -> None:
    found = check_blocks([altered(BLOCKS["data_table"][1], "/rows/0/0", rich_text())], "message")
    assert found == "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]"


def test_an_input_block_may_stand_in_a_message() -> None:
    assert check_blocks([BLOCKS["line"][1]], "message") is None


def test_an_unknown_field_is_refused_by_name() -> None:
    found = check_blocks([{"type": "divider", "colour": "red"}], "message")
    assert found == "no additional properties allowed: colour [json-pointer:/blocks/0]"


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_takes_only_so_many_blocks(surface: Surface, most: int) -> None:
    assert check_blocks([{"type": "divider"}] * most, surface) is None
    found = check_blocks([{"type": "divider"}] * (most + 1), surface)
    assert found == f"no more than {most} items allowed [json-pointer:/blocks]"


@pytest.mark.parametrize("blocks", [None, "[]", {"type": "divider"}, 5])
def test_blocks_must_be_an_array(blocks: object) -> None:
    assert check_blocks(blocks, "message") == "must provide an array [json-pointer:/blocks]"


def test_a_block_id_stands_only_once_even_inside_a_container() -> None:
    twin = {"type": "divider", "block_id": "a"}
    found = check_blocks([twin, twin], "home")
    assert found == 'block_id "a" already exists [json-pointer:/blocks/1/block_id]'
    container = {"type": "container", "title": plain(), "child_blocks": [twin]}
    found = check_blocks([twin, container], "message")
    assert found == 'block_id "a" already exists [json-pointer:/blocks/1/child_blocks/0/block_id]'


def test_an_action_id_is_unique_within_its_block_only() -> None:
    actions = {"type": "actions", "elements": [BUTTON]}
    assert check_blocks([actions, actions], "message") is None
    found = check_blocks([{"type": "actions", "elements": [BUTTON, BUTTON]}], "message")
    assert found == 'action_id "open" already exists [json-pointer:/blocks/0/elements/1/action_id]'


def test_a_message_holds_two_charts_and_ten_thousand_characters_of_tables() -> None:
    chart, row = BLOCKS["bars"][1], {"type": "raw_text", "text": "x" * 5001}
    assert check_blocks([chart] * 2, "message") is None
    assert check_blocks([chart] * 3, "message") == (
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"
    )
    tables = [{"type": "table", "rows": [[row]]}] * 2
    assert check_blocks(tables[:1], "message") is None
    assert (
        check_blocks(tables, "message")
        == "no more than 10000 characters allowed in tables [json-pointer:/blocks]"
    )


def test_markdown_blocks_share_one_limit() -> None:
    halves = [{"type": "markdown", "text": "x" * 6001}] * 2
    assert check_blocks(halves, "message") == (
        "no more than 12000 characters allowed in markdown blocks [json-pointer:/blocks]"
    )


def modal(**changes: object) -> Json:
    view: Json = {
        "type": "modal",
        "title": plain("New ticket"),
        "submit": plain("Create"),
        "close": plain("Cancel"),
        "callback_id": "ticket_form",
        "private_metadata": "{}",
        "blocks": [BLOCKS["line"][1]],
    }
    return {name: value for name, value in (view | changes).items() if value is not GONE}


def test_a_form_is_taken_here_and_by_slacks_own_class() -> None:
    assert check_view(modal()) is None
    View(**deepcopy(modal())).validate_json()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"title": mrkdwn()}, "unsupported type: mrkdwn [json-pointer:/view/title/type]"),
        ({"title": GONE}, "missing required field: title [json-pointer:/view]"),
        ({"submit": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"),
        ({"close": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/close/text]"),
        ({"submit": GONE}, "missing required field: submit [json-pointer:/view]"),
        ({"submit": None}, "missing required field: submit [json-pointer:/view]"),
        (
            {"private_metadata": "x" * 3001},
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        ({"callback_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/callback_id]"),
        ({"external_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/external_id]"),
        ({"blocks": []}, "no fewer than 1 items allowed [json-pointer:/view/blocks]"),
        (
            {"blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        ({"id": "V1"}, "no additional properties allowed: id [json-pointer:/view]"),
        ({"type": "home"}, "no additional properties allowed: title [json-pointer:/view]"),
        ({"type": "page"}, "unsupported type: page [json-pointer:/view/type]"),
    ],
)
def test_a_fault_of_a_view_is_refused(changes: Json, expected: str) -> None:
    assert check_view(modal(**changes)) == expected


def test_a_modal_without_inputs_needs_no_submit() -> None:
    assert check_view(modal(submit=GONE, blocks=[{"type": "divider"}])) is None


def test_only_one_input_takes_the_focus() -> None:
    focused = BLOCKS["url"][1]
    assert check_view(modal(blocks=[focused, focused])) == (
        "only one element may have focus_on_load [json-pointer:/view/blocks/1/element/focus_on_load]"
    )


def test_a_home_page_holds_inputs_without_submit() -> None:
    assert check_view({"type": "home", "blocks": [BLOCKS["line"][1]]}) is None


@pytest.mark.parametrize("view", [None, [], "{}", 1])
def test_a_view_must_be_an_object(view: object) -> None:
    assert check_view(view) == "must provide an object [json-pointer:/view]"


def test_total_text_counts_every_text_that_is_shown() -> None:
    section = {"type": "section", "text": mrkdwn("12345"), "fields": [plain("123"), plain("12")]}
    blocks = [section, {"type": "markdown", "text": "1234"}, {"type": "divider"}]
    assert total_text(blocks) == len("12345" + "123" + "12" + "1234")
    assert total_text([]) == 0


@pytest.mark.parametrize(
    ("name", "pointer", "value"),
    [
        ("section", "/text/text", "x" * 3001),
        ("fields", "/fields", [mrkdwn()] * 11),
        ("header", "/text/text", "x" * 151),
        ("context", "/elements", [mrkdwn()] * 11),
        ("image", "/alt_text", "x" * 2001),
        ("markdown", "/text", "x" * 12_001),
        ("card", "/body/text", "x" * 201),
        ("alert", "/level", "panic"),
        ("container", "/child_blocks", [{"type": "divider"}] * 11),
        ("static", "/label/text", "x" * 2001),
    ],
)
def test_what_slacks_own_classes_refuse_is_refused_here(name: str, pointer: str, value: object) -> None:
    surface, block = BLOCKS[name]
    faulty = altered(block, pointer, value)
    parsed = Block.parse(deepcopy(faulty))
    assert parsed is not None
    with pytest.raises(SlackObjectFormationError):
        parsed.validate_json()
    assert check_blocks([faulty], surface) is not None


def places(value: object, at: str = "") -> list[str]:
    """The JSON pointers of everything within `value`."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [found for key, child in children for found in (f"{at}/{key}", *places(child, f"{at}/{key}"))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text", "value"]), inner)
    ),
    max_leaves=4,
)


@given(st.data(), st.sampled_from(sorted(BLOCKS)), JSON)
def test_whatever_stands_in_a_block_there_is_a_verdict(data: st.DataObject, name: str, value: object) -> None:
    surface, block = BLOCKS[name]
    pointer = data.draw(st.sampled_from(places(block)))
    found = check_blocks([altered(block, pointer, value)], surface)
    assert found is None or "[json-pointer:/blocks" in found
