"""What goes out is stamped with its workspace, and comes back without: nothing else of it changes."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workspace import Workspace
from handlers.blocks.kit import (
    Block,
    actions,
    button,
    form_modal,
    input_block,
    message,
    option,
    overflow,
    section,
)
from handlers.slack.stamps import stamped, unstamped
from tests.stamps import without_stamp

HERE, ELSEWHERE = Workspace(team_id="T0HERE"), Workspace(team_id="T0ELSE")


def pressed(element: Mapping[str, Any]) -> dict[str, object]:
    """What Slack sends of a button that somebody presses, or of the first option of a menu."""
    action = {"type": "button"} | {
        name: element[name] for name in ("action_id", "value", "type") if name in element
    }
    if "options" in element:
        action["selected_option"] = element["options"][0]
    return {"type": "block_actions", "actions": [action]}


def elements(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks = body["blocks"]
    return [each for block in blocks for each in (*block.get("elements", ()), block.get("accessory")) if each]


MENU: Block = {"type": "static_select", "action_id": "m", "options": [option("a", "A")]}
MESSAGE = message(
    "T-1",
    [
        section("words", accessory=overflow("o", option("claim:1", "Claim"), option("undo:1", "Undo"))),
        section("words", accessory={**MENU, "initial_option": option("a", "A")}),
        actions(
            button("Claim", "b", value="1", primary=True),
            button("Add", "add"),
            overflow("o", option("x", "X")),
        ),
        section("no buttons"),
    ],
)


def test_each_button_and_option_of_a_message_says_whose_it_is() -> None:
    body = cast("Mapping[str, Any]", stamped(MESSAGE, HERE))
    for element, before in zip(elements(body), elements(cast("Mapping[str, Any]", MESSAGE)), strict=True):
        read, stamps = unstamped(pressed(element))
        assert stamps == {"T0HERE"}
        action = cast("dict[str, Any]", read)["actions"][0]
        expected = cast("dict[str, Any]", pressed(before))["actions"][0]
        assert {name: value for name, value in action.items() if value is not None} == expected


def test_what_is_chosen_in_a_menu_is_one_of_its_options() -> None:
    menu = elements(cast("Mapping[str, Any]", stamped(MESSAGE, HERE)))[1]
    assert menu["initial_option"] in menu["options"]


def test_a_form_says_it_once_and_its_inputs_are_left_alone() -> None:
    inputs = input_block("priority", "Priority", {**MENU, "initial_option": option("a", "A")})
    view = form_modal(
        "T", [inputs, actions(button("More", "more", value="1"))], callback_id="f", submit="Send"
    )
    body = cast(
        "dict[str, Any]", stamped({"trigger_id": "1", "view": view | {"private_metadata": "{}"}}, HERE)
    )
    assert body["view"]["private_metadata"] == "~T0HERE~{}"
    assert body["view"]["blocks"] == view["blocks"]
    read, stamps = unstamped({"type": "view_submission", "view": body["view"]})
    assert read == {"type": "view_submission", "view": view | {"private_metadata": "{}"}}
    assert stamps == {"T0HERE"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "hello"},
        {"response_action": "errors", "errors": {"summary": "Say more."}},
        {"options": [option("~T0HERE~x", "X")]},
        {"blocks": [{"type": "image"}]},
    ],
)
def test_what_carries_nothing_of_ours_stays_as_it_is(body: dict[str, object]) -> None:
    assert stamped(body, HERE) == body


@pytest.mark.parametrize("value", ["1", "", "~", "~~", "~x~1", "~ T1~1", "~T1", "{}", "~t1~", "approx. ~5~"])
def test_what_was_posted_before_there_were_stamps_is_read_as_it_is(value: str) -> None:
    press = pressed({"action_id": "b", "value": value})
    assert unstamped(press) == (press, frozenset())
    form = {"type": "view_submission", "view": {"private_metadata": value}}
    assert unstamped(form) == (form, frozenset())


@pytest.mark.parametrize(
    "action",
    [
        {"type": "plain_text_input", "value": "~TODO~ call back"},
        {"type": "external_select", "selected_option": option("~TODO~ call back", "as typed")},
        {"type": "multi_external_select", "selected_options": [option("~Tomorrow~", "as typed")]},
        {"type": "users_select", "selected_user": "~TODO~"},
    ],
)
def test_what_somebody_types_is_no_stamp(action: dict[str, object]) -> None:
    press = {"type": "block_actions", "actions": [action]}
    assert unstamped(press) == (press, frozenset())


OTHER_PLACES: list[Mapping[str, Any]] = [
    {
        "type": "section",
        "accessory": {"type": "static_select", "option_groups": [{"options": [option("a", "A")]}]},
    },
    {"type": "card", "actions": [button("B", "b", value="x")]},
    input_block("f", "F", MENU),
    {"type": "context_actions", "elements": [{"type": "icon_button", "value": "x"}]},
]


@pytest.mark.parametrize("block", OTHER_PLACES)
def test_where_no_stamp_is_put_yet_a_test_would_tell(block: Mapping[str, Any]) -> None:
    """Every message of the journeys is looked through as this one is (tests/journeys/conftest.py)."""
    assert without_stamp([block])
    assert without_stamp(cast("Any", stamped({"blocks": [block]}, HERE)["blocks"]))
    assert not without_stamp(cast("Any", stamped(MESSAGE, HERE)["blocks"]))


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"view": 3}, {"view": {}}, {"actions": 3}, {"actions": [3, {"value": 4}]}]
)
def test_what_cannot_be_read_is_left_to_those_who_say_so(body: object) -> None:
    assert unstamped(body) == (body, frozenset())


def test_a_request_with_parts_of_two_workspaces_names_both() -> None:
    press = pressed({"action_id": "b", "value": "~T0HERE~1"})
    _, stamps = unstamped({**press, "view": {"private_metadata": "~T0ELSE~{}"}})
    assert stamps == {"T0HERE", "T0ELSE"}


@given(value=st.text(max_size=2100), is_menu=st.booleans())
def test_any_value_comes_back_as_it_was_and_slacks_limits_are_kept(value: str, *, is_menu: bool) -> None:
    of_menu = {**MENU, "options": [{**option("", "A"), "value": value}]}
    element = of_menu if is_menu else button("B", "b", value=value)
    before = message("t", [actions(element)])  # type: ignore[arg-type]
    copied = repr(before)
    (out,) = elements(cast("Mapping[str, Any]", stamped(before, HERE)))
    assert repr(before) == copied, "the original is left alone"
    carried = out["options"][0]["value"] if is_menu else out["value"]
    most = 150 if is_menu else 2000
    assert len(carried) <= max(most, len(value))
    read, stamps = unstamped(pressed(out))
    action = cast("dict[str, Any]", read)["actions"][0]
    kept = action["selected_option"]["value"] if is_menu else action["value"]
    if stamps == {"T0HERE"}:
        assert (kept or "") == value
    else:
        assert len(value) + len("~T0HERE~") > most


@given(metadata=st.text(max_size=3100))
def test_any_private_metadata_comes_back_as_it_was(metadata: str) -> None:
    body = cast("dict[str, Any]", stamped({"view": {"type": "modal", "private_metadata": metadata}}, HERE))
    assert len(body["view"]["private_metadata"]) <= max(3000, len(metadata))
    read, _ = unstamped({"type": "view_submission", **body})
    if len(metadata) + len("~T0HERE~") <= 3000:
        assert cast("dict[str, Any]", read)["view"]["private_metadata"] == metadata
