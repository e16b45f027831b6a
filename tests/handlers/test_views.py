"""Every view is what Slack takes: within its limits, and parsed by the SDK's own classes."""

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import JsonValue
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

from bot.domain.contract import CHOICES, FIELDS
from bot.domain.directory import Directory
from bot.domain.errors import Problem
from bot.domain.fields import in_form
from bot.playground.blocks import check_blocks, check_view
from handlers import TABLE
from handlers.blocks import card, notice, saved, ticket_list
from handlers.blocks.kit import Message, View
from handlers.tickets.form_view import FormMeta, faults_of, form
from tests.handlers.conftest import NOW, ticket

ESSENTIAL, MORE = in_form("essential"), in_form("more")
NASTY = "<!channel> & <script>alert(1)</script> \u202egnirts 😀 " * 900
META = FormMeta(nonce="n", way="form", channel="C1", response_url="https://hooks.slack.com/commands/1")
FULL: dict[str, JsonValue] = {
    "customerId": "acme",
    "siteId": "acme-hq",
    "relatedSystemId": "sys-1",
    "relatedAssetId": "asset-1",
    "ticketType": "break_fix",
    "sourceChannel": "phone",
    "priority": "high",
    "severity": "down",
    "status": "triaged",
    "summary": "Printer down",
    "symptomDescription": "It smokes.",
    "triageNotes": "Call first.",
    "assignedQueue": "network",
    "assignedUserId": "U0ANA",
    "reportedByContactId": "c-1",
    "category": "printing",
    "slaDueAt": "2026-12-01T17:00:00Z",
    "visibilityMode": "shared",
    "contactMethod": "phone",
    "estimatedLaborHours": 1234567.5,
    "relatedTicketId": "550e8400-e29b-41d4-a716-446655440000",
}


def taken_by_slack(message: Message) -> None:
    blocks = message.get("blocks", [])
    assert check_blocks(blocks, "message") is None
    known = [block for block in blocks if block["type"] != "data_table"]  # the SDK has no class for it
    for parsed in SdkBlock.parse_all(known):
        parsed.to_dict()


def view_taken_by_slack(view: View) -> None:
    assert check_view(view) is None
    parsed: dict[str, Any] = {**view, "blocks": SdkBlock.parse_all(blocks_of(view))}
    SdkView(**parsed).to_dict()
    assert len(json.dumps(view)) < 250_000


def blocks_of(view: View) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], view["blocks"])


def elements(view: View) -> dict[str, dict[str, Any]]:
    return {
        block["element"]["action_id"]: block["element"]
        for block in blocks_of(view)
        if block["type"] == "input"
    }


def block_ids(view: View) -> list[str]:
    return [block["block_id"] for block in blocks_of(view) if "block_id" in block]


def test_the_form_reaches_every_field_of_the_contract_but_the_workspace(directory: Directory) -> None:
    assert {*ESSENTIAL, *MORE} == set(FIELDS) - {"workspaceId"}
    view = form(META.model_copy(update={"more": True}), {}, directory)
    view_taken_by_slack(view)
    assert set(elements(view)) == {*ESSENTIAL, *MORE}


def test_the_form_opens_with_the_essential_fields_first(directory: Directory) -> None:
    view = form(META, {}, directory)
    view_taken_by_slack(view)
    assert tuple(elements(view)) == ESSENTIAL
    assert "More fields" in json.dumps(view)


def test_every_field_that_is_known_is_filled_in(directory: Directory) -> None:
    view = form(META.model_copy(update={"more": True}), FULL, directory, related="T-9 · Lamp")
    view_taken_by_slack(view)
    shown = {field: json.dumps(element, ensure_ascii=False) for field, element in elements(view).items()}
    for field, value in FULL.items():
        if field not in {"slaDueAt", "estimatedLaborHours"}:
            assert str(value) in shown[field], field
    assert '"initial_date_time": 1796144400' in shown["slaDueAt"]
    assert '"initial_value": "1234567.5"' in shown["estimatedLaborHours"]
    assert "T-9 · Lamp" in shown["relatedTicketId"]


@pytest.mark.parametrize("field", CHOICES)
def test_an_enum_offers_the_contracts_choices_in_its_order(field: str, directory: Directory) -> None:
    element = elements(form(META.model_copy(update={"more": True}), {}, directory))[field]
    assert tuple(option["value"] for option in element["options"]) == CHOICES[field]


def test_an_id_is_typed_where_the_directory_is_empty_and_chosen_where_it_is_not(directory: Directory) -> None:
    assert elements(form(META, {}, Directory()))["siteId"]["type"] == "plain_text_input"
    assert elements(form(META, {}, directory))["siteId"]["type"] == "external_select"


def test_a_site_input_is_a_new_one_for_each_customer(directory: Directory) -> None:
    assert "siteId" in block_ids(form(META, {}, directory))
    assert "siteId:acme" in block_ids(form(META, {"customerId": "acme"}, directory))
    assert "siteId" in block_ids(form(META, {"customerId": "acme"}, Directory())), "typed text must stay"


def test_a_form_full_of_the_worst_text_is_still_taken(directory: Directory) -> None:
    fields: dict[str, JsonValue] = {"summary": NASTY, "symptomDescription": NASTY, "category": NASTY}
    problems = [Problem(field=None, code="x", message=NASTY)] * 22
    faults = notice.understood(problems, dict.fromkeys(FIELDS, NASTY))
    view = form(META.model_copy(update={"more": True}), fields, directory, faults=faults, related=NASTY)
    view_taken_by_slack(view)
    assert faults_of(blocks_of(view)) == faults


def test_a_card_shows_what_triage_acts_on(directory: Directory) -> None:
    shown = json.dumps(
        card.card(
            ticket(42, assignedUserId="U0BEN", slaDueAt="2026-12-01T17:00:00Z", severity="down"), directory
        )
    )
    for words in (
        "T-42",
        "Printer down",
        "New",
        "Medium",
        "Down",
        "Acme &amp; Sons",
        "HQ",
        "<@U0BEN>",
        "<@U0ANA>",
    ):
        assert words in shown
    assert "<!date^1796144400^{date_short_pretty} at {time}|2026-12-01 17:00 UTC>" in shown


def test_a_card_says_nothing_twice(directory: Directory) -> None:
    told = json.dumps(
        card.blocks(ticket(summary="Printer down", symptomDescription="Printer  down\n"), directory)
    )
    assert told.count("Printer") == 1


def test_nasty_text_on_a_card_pages_nobody_and_fits(directory: Directory) -> None:
    nasty = ticket(1, summary=NASTY, symptomDescription=NASTY, assignedUserId=NASTY, assignedQueue=NASTY)
    message = card.card(nasty, directory)
    taken_by_slack(message)
    assert "<!channel>" not in json.dumps(message)
    assert "&lt;!channel&gt;" in json.dumps(message)


def test_the_notices_are_taken(directory: Directory) -> None:
    nasty = ticket(1, summary=NASTY, symptomDescription=NASTY)
    problem = Problem(field="summary", code="x", message=NASTY)
    view_taken_by_slack(saved.saved_view(nasty, directory))
    view_taken_by_slack(notice.taken(nasty, directory))
    view_taken_by_slack(notice.trouble(NASTY))
    taken_by_slack(saved.saved(nasty, saved.Told(saved.set_by_line(nasty), directory, {})))
    taken_by_slack(
        saved.saved(ticket(1, assignedQueue=NASTY), saved.Told({}, directory, {}), meant_queue=NASTY)
    )
    taken_by_slack(notice.incomplete_line(NASTY[:40_000], [problem] * 22, again="draft:n", nonce="n"))
    taken_by_slack(notice.incomplete_line("@U0ANA " * 500, [problem], again="a line", nonce="n"))
    taken_by_slack(notice.unknown_command("lst", "lst", "list", "n"))
    taken_by_slack(notice.help_message([row.explained for row in TABLE.subcommands.values()]))


@pytest.mark.parametrize(
    ("passed", "age"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=12, hours=5), "12 d"),
    ],
)
def test_an_age_is_told_in_the_unit_that_matters(passed: timedelta, age: str) -> None:
    assert ticket_list.age(NOW, NOW + passed) == age
