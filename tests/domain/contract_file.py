"""The contract as its file has it, and inputs generated from that file: the model has no say in them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("ticket.create.json")


class Absent(Enum):
    """Stands for a field that is not there at all."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

Wire = dict[str, object]
Fault = tuple[str, object]
"""The code it must be refused with, and the value."""


class Spec(BaseModel):
    """One field as the contract describes it."""

    model_config = ConfigDict(extra="forbid")

    field: str
    type: Literal["string", "enum", "string.date-time", "string.uuid", "number"]
    values: list[str] = []
    required: bool
    default: str | None
    description: str

    @property
    def must_be_given(self) -> bool:
        return self.required and self.default is None


CONTRACT: list[Spec] = [Spec.model_validate(entry) for entry in json.loads(_FILE.read_text())["input"]]
EXAMPLE: Wire = json.loads(_FILE.read_text())["example"]
BY_FIELD: Mapping[str, Spec] = {spec.field: spec for spec in CONTRACT}

_LONGEST_OFFSET = 24 * 60 - 1
_offsets = st.integers(-_LONGEST_OFFSET, _LONGEST_OFFSET).map(lambda m: timezone(timedelta(minutes=m)))
_seen = st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u115f\u1160\u3164\uffa0\u2800")
_shown = st.tuples(_seen, st.text(_seen | st.sampled_from(" \n"), max_size=40)).map("".join)
_hours: st.SearchStrategy[float] = st.one_of(
    st.floats(min_value=0, allow_nan=False, allow_infinity=False), st.integers(0, 2**53)
)
_times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=_offsets)  # noqa: DTZ001


def valid(spec: Spec) -> st.SearchStrategy[object]:
    """Values that the contract allows for a field that is given."""
    given: st.SearchStrategy[object]
    match spec.type:
        case "enum":
            given = st.sampled_from(spec.values)
        case "string":
            given = _shown if spec.required else st.just("") | _shown
        case "string.date-time":
            given = _times.map(datetime.isoformat)
        case "string.uuid":
            given = st.uuids().map(str)
        case "number":
            given = _hours
    return given if spec.required else st.none() | given


def inputs() -> st.SearchStrategy[Wire]:
    """Whole inputs: what must be given is, the rest may be."""
    return st.fixed_dictionaries(
        {spec.field: valid(spec) for spec in CONTRACT if spec.must_be_given},
        optional={spec.field: valid(spec) for spec in CONTRACT if not spec.must_be_given},
    )


_NO_RFC_3339 = [
    "",
    "tomorrow",
    "2026-12-01",
    "17:00",
    "2026-12-01T17:00:00",
    "2026-12-01T17:00Z",
    "2026-12-01T17:00:00+0100",
    "2026-12-01T17:00:00+01",
    "2026-12-01T17:00:00 Z",
    "2026-02-30T17:00:00Z",
    "2026-12-01T25:00:00Z",
    "2026-12-01T17:00:00+25:00",
    "0001-01-01T00:00:00+14:00",
    "20261201T170000Z",
    "\u0662\u0660\u0662\u0666-12-01T17:00:00Z",
    "1764609600",
    "2026-12-01T17:00:00\ud800",
]

_NO_UUID = [
    "",
    "T-42",
    "550e8400e29b41d4a716446655440000",
    "{550e8400-e29b-41d4-a716-446655440000}",
    "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
    "550e8400-e29b-41d4-a716-44665544000g",
    " 550e8400-e29b-41d4-a716-446655440000",
    "550e8400-e29b-41d4-a716-44665544000\ud800",
]


_WRONG: dict[str, dict[str, list[object]]] = {
    "string": {"wrong_type": [3, 2.5, True, ["x"], {"x": 1}], "not_unicode": ["half a \ud83d face"]},
    "enum": {"not_a_choice": ["", "odd", " other", "LOW", 3, True, ["x"], {}], "not_unicode": ["\udc00"]},
    "string.date-time": {"not_a_time": [*_NO_RFC_3339], "wrong_type": [1764609600, 1.5, True, [], {}]},
    "string.uuid": {"not_a_uuid": [*_NO_UUID], "wrong_type": [42, True, [], {}]},
    "number": {
        "not_finite": [float("nan"), float("inf"), -float("inf"), 10**400],
        "negative": [-0.5, -1, -1e-300],
        "wrong_type": ["3", "2.5", "", True, False, [1], {}],
    },
}
"""By the contract's type, then by code."""


def faults(spec: Spec) -> list[Fault]:
    """Values that the contract does not allow for a field, each with the code it must be refused with."""
    found: list[Fault] = [(code, value) for code, values in _WRONG[spec.type].items() for value in values]
    if spec.required:
        found.append(("not_a_choice" if spec.type == "enum" else "wrong_type", None))
    if spec.must_be_given:
        found.append(("required", ABSENT))
    if spec.required and spec.type == "string":
        found += [("blank", blank) for blank in ("", " ", "\t\n", "\u2003")]
    return found


def with_fault(wire: Wire, field: str, value: object) -> Wire:
    """The input with one field made wrong, or taken away."""
    rest = {name: kept for name, kept in wire.items() if name != field}
    return rest if value is ABSENT else rest | {field: value}
