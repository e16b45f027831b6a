"""Service levels as admins type them, and what they hear of what is not understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.clock.service_level_words import FIELD_OF, LONGEST_TARGET, minutes_text, policy, words_of
from bot.domain.clock.service_levels import READY, Policy
from bot.domain.errors import InvalidInput


def form_of(shown: Policy) -> dict[str, JsonValue]:
    """What a form holds that shows a policy."""
    return {
        "name": shown.name,
        "priorities": [*shown.priorities],
        "types": [*shown.types],
        "customers": [*shown.customers],
        "queues": [*shown.queues],
        **{FIELD_OF[kind]: minutes_text(minutes) for kind, minutes in shown.targets.items()},
        "calendar": shown.calendar,
        "pauses": shown.pauses if isinstance(shown.pauses, str) else "words",
        "pauseWords": ", ".join(words_of(shown.pauses)),
    }


def faults(**fields: JsonValue) -> dict[str | None, str]:
    with pytest.raises(InvalidInput) as refused:
        policy({"name": "Ours", "response": "1h", "pauses": "all"} | fields)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize("ready", READY)
def test_a_ready_one_is_shown_and_read_as_it_is(ready: Policy) -> None:
    assert policy(form_of(ready)) == ready


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("15 min", 15),
        ("15m", 15),
        ("4h", 240),
        ("4 hours", 240),
        ("1h 30 min", 90),
        ("1 hour and 30 minutes", 90),
        ("1.5h", 90),
        ("1,5 h", 90),
        ("90 minutes", 90),
    ],
)
def test_working_time_is_read_as_people_write_it(typed: str, minutes: int) -> None:
    assert policy({"name": "Ours", "resolution": typed, "pauses": "none"}).resolution == minutes


@given(st.integers(1, LONGEST_TARGET * 60))
def test_working_time_is_read_as_it_is_written(minutes: int) -> None:
    assert policy({"name": "Ours", "response": minutes_text(minutes), "pauses": "all"}).response == minutes


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", " ", "Give the service level a name."),
        ("response", "soon", "“soon” is no working time I understand. Write it as 15 min, 4h or 1h 30 min."),
        ("resolution", "15", "“15” is no working time I understand."),
        ("assignment", "3 days", "“3 days” is no working time I understand."),
        ("nextResponse", "0 min", "“0 min” is not possible."),
        ("resolution", "99999h", "From 1 min to 10000h is."),
        ("response", "", "Promise at least one of these four."),
    ],
)
def test_what_is_not_understood_is_said_of_its_field(field: str, typed: str, words: str) -> None:
    assert words in faults(**{field: typed})[field]


def test_the_words_of_a_reason_are_a_list() -> None:
    made = policy(
        {"name": "Ours", "response": "1h", "pauses": "words", "pauseWords": "customer; parts, customer"}
    )
    assert made.pauses == ("customer", "parts")
    assert "customer, requester" in faults(pauses="words", pauseWords=" , ")["pauseWords"]


def test_what_no_menu_offers_is_refused() -> None:
    assert faults(priorities=["extreme"]) == {None: "Please open the form again."}
