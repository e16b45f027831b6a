"""A field that is added is a row: its key, input, filter, help and history come from that.

Its type is the contract's to add, and to look for it a list needs a field of `TicketFilter`: here that of the customers.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import fields, filter_words
from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS, Filtered, TicketField, label
from bot.domain.filters import Asker, read_filter
from bot.domain.history import HistoryPage, readable_entries
from bot.domain.permissions import Actor
from bot.domain.phrases import LineReader, Phrase
from bot.domain.ticket import Change
from handlers.blocks import notice
from handlers.blocks.inputs import field_input
from handlers.tickets import history_view
from handlers.tickets.form_view import FormMeta, form, needs_more
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import elements, view_taken_by_slack
from tests.house.test_language import fields_missing

META = FormMeta(nonce="n", way="form", more=True)


def forget() -> None:
    for table in (fields.by_key, fields.by_sign, filter_words.keys):
        table.cache_clear()


@pytest.fixture(autouse=True)
def cost_centre(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The row, and all that there is to it."""
    row = TicketField(
        name="costCentre",
        label="Cost centre",
        keys=("cost", "centre"),
        form="more",
        hint="Who pays, such as 4711",
        multiline=True,
        filtered=Filtered("customers", "4711"),
        private=True,
    )
    monkeypatch.setitem(TICKET_FIELDS, row.name, row)
    forget()
    yield
    forget()


def read(line: str) -> Phrase:
    return LineReader(line, now=NOW, zone=UTC, people=lambda _: [], ticket_id=lambda _: None).phrase(
        Directory()
    )


def test_a_line_takes_it_by_its_keys_and_by_its_name() -> None:
    for key in ("cost", "Centre", "cost-centre"):
        assert read(f"Lamp {key}:4711").fields["costCentre"] == "4711"
    assert "Did you mean “centre”" in read("Lamp centr:4711").problems[0].message
    assert read("Lamp cost:").problems[0].message.startswith("Cost centre has no value")


def test_the_form_has_its_input_where_its_row_says() -> None:
    view = form(META, {"costCentre": "4711"}, Directory())
    view_taken_by_slack(view)
    element = elements(view)["costCentre"]
    assert (element["multiline"], element["initial_value"]) == (True, "4711")
    assert element["placeholder"]["text"] == "Who pays, such as 4711"
    assert "costCentre" not in elements(form(META.model_copy(update={"more": False}), {}, Directory()))
    assert needs_more({"costCentre": "4711"})
    assert '"Cost centre"' in json.dumps(field_input("costCentre", None, Directory()))


def test_a_list_is_narrowed_by_it() -> None:
    asker = Asker(
        user="U1", at=datetime.now(UTC), zone=UTC, directory=Directory(), people=lambda _: [], queues=()
    )
    assert read_filter("centre:4711,0815", asker).customers == ("4711", "0815")


def test_help_and_labels_name_it_and_the_page_of_words_is_missing_it() -> None:
    assert "`cost:`" in json.dumps(notice.help_message([]))
    assert label("costCentre") == "Cost centre"
    assert fields_missing() == {"costCentre"}


def test_a_history_tells_of_it_to_whom_its_row_says() -> None:
    made = ticket()
    change = Change(field="costCentre", before=None, after="4711")
    entry = made.new_entries[0].model_copy(update={"changes": (change,), "at": NOW + timedelta(hours=1)})
    changed = made.model_copy(update={"new_entries": (entry,)})
    for actor, told in (
        (Actor(user="U0BEN", is_known=True, is_agent=True, reads_all_notes=True), True),
        (Actor(user="U0ANA", is_known=True), False),
    ):
        view = history_view.history_modal(
            HistoryPage(changed, readable_entries(actor, changed, changed.new_entries), 0, has_older=False),
            Directory(),
            {},
        )
        assert ("Cost centre: 4711" in json.dumps(view)) == told
