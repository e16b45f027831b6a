"""The form: every field of the contract, errors on their inputs, and nothing typed lost."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bot.playground import seed
from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office

DUE = datetime(2027, 6, 1, 15, 30, tzinfo=UTC)


async def essentials(form: Form) -> None:
    await form.fill(
        customerId="Acme", siteId="HQ", summary="Printer down", ticketType="break_fix", priority="high"
    )


async def test_the_form_makes_a_ticket_and_closes(office: Office, ana: Person, support: Channel) -> None:
    form = await (await ana.types("/ticket")).form()
    assert form.title == "New ticket"
    await essentials(form)
    await form.fill(symptomDescription="It smokes.\nAnd beeps.")
    submission = await form.submit()
    assert not submission.errors
    assert submission.closed, "no click is spent on a confirmation: the card is one"
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id, ticket.priority) == ("acme", "acme-hq", "high")
    assert ticket.symptom_description == "It smokes.\nAnd beeps."
    assert (ticket.origin.way, ticket.origin.channel, ticket.source_channel) == (
        "form",
        support.id,
        "internal",
    )
    card = await support.shows("T-1")
    assert "It smokes." not in card.shown, "it is short where it was asked for"


async def test_every_field_arrives_exactly_and_the_workspace_with_them(office: Office, ana: Person) -> None:
    await ana.types("/ticket Lamp customer:acme site:acme-hq type:other")
    first = await office.ticket(1)
    form = await (await ana.types("/ticket")).form()
    await form.press("more_fields")
    fields: dict[str, object] = {
        "customerId": "Acme",
        "siteId": "HQ",
        "summary": "  Printer <down> & “out” ",
        "ticketType": "break_fix",
        "priority": "critical",
        "symptomDescription": "It smokes.\n\n*Loudly.*",
        "severity": "safety",
        "assignedUserId": "ben",
        "assignedQueue": "network",
        "slaDueAt": DUE,
        "category": "printing",
        "relatedSystemId": "Printing",
        "relatedAssetId": "Lobby printer",
        "reportedByContactId": "Rosa",
        "contactMethod": "in_person",
        "sourceChannel": "monitoring",
        "estimatedLaborHours": "2.75",
        "relatedTicketId": "T-1",
        "triageNotes": "Call first.",
        "status": "triaged",
        "visibilityMode": "shared",
    }
    await form.fill(**fields)
    assert (await form.submit()).errors == {}
    saved = (await office.ticket(2)).to_wire()
    assert {field: saved[field] for field in [*fields, "workspaceId"]} == {
        **fields,
        "customerId": "acme",
        "siteId": "acme-hq",
        "assignedUserId": "U0BEN",
        "slaDueAt": "2027-06-01T15:30:00Z",
        "relatedSystemId": "acme-hq-printing",
        "relatedAssetId": "acme-hq-printer-lobby",
        "reportedByContactId": "acme-rosa",
        "estimatedLaborHours": 2.75,
        "relatedTicketId": str(first.id),
        "workspaceId": office.workspace.id,
    }
    assert UUID(str(saved["id"]))


async def test_more_fields_keep_what_was_typed(ana: Person) -> None:
    form = await (await ana.types("/ticket")).form()
    await essentials(form)
    await form.fill(symptomDescription="It smokes.")
    assert "assignedQueue" not in form.fields
    await form.press("more_fields")
    assert "assignedQueue" in form.fields
    assert form.value("summary") == "Printer down"
    assert form.value("symptomDescription") == "It smokes."
    assert form.value("customerId") == "acme"
    assert form.value("siteId") == "acme-hq"


async def test_two_errors_come_back_on_their_own_inputs_with_what_was_typed_kept(
    office: Office, ana: Person
) -> None:
    form = await (await ana.types("/ticket")).form()
    await essentials(form)
    await form.press("more_fields")
    await form.fill(summary="   ", estimatedLaborHours="1e999", category="printing")
    submission = await form.submit()
    assert form.errors == {
        "summary": "Summary must not be empty.",
        "estimatedLaborHours": "Estimated hours must be a finite number.",
    }
    assert not submission.closed
    assert form.value("category") == "printing"
    assert await office.total() == 0
    await form.fill(summary="Printer down", estimatedLaborHours="1")
    assert (await form.submit()).errors == {}
    assert await office.total() == 1


async def test_the_sites_offered_are_those_of_the_customer_chosen(ana: Person) -> None:
    form = await (await ana.types("/ticket")).form()
    assert "HQ (Acme Manufacturing)" in await form.options("siteId")
    await form.fill(customerId="Acme")
    assert await form.options("siteId") == ["HQ", "Plant 2", "Warehouse North"]
    await form.fill(siteId="Plant 2")
    await form.fill(customerId="Bluewater")
    assert form.value("siteId") is None, "a site of another customer is not kept"
    assert await form.options("siteId") == ["HQ", "Day Clinic"]
    assert await form.options("siteId", "day") == ["Day Clinic"]


async def test_a_site_chosen_first_names_its_customer(office: Office, ana: Person) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(summary="Gate stuck", siteId="Warehouse North")
    assert form.value("customerId") == "acme"
    assert "Bluewater" in " ".join(await form.options("customerId")), "another can still be chosen"
    assert form.value("siteId") == "acme-warehouse"
    assert form.value("summary") == "Gate stuck"
    await form.fill(ticketType="other")
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).customer_id == "acme"


@pytest.mark.parametrize("directory", [()], ids=["empty"])
async def test_where_the_directory_is_empty_ids_are_typed(office: Office, ana: Person) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(customerId="C-77", siteId="S-9", summary="Lamp", ticketType="other")
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).site_id == "S-9"


async def test_five_submissions_of_one_form_at_once_make_one_ticket_and_one_card(
    office: Office, ana: Person, support: Channel
) -> None:
    form = await (await ana.types("/ticket")).form()
    await essentials(form)
    office.slack.faults.repeat("view_submission", copies=5)
    assert (await form.submit()).errors == {}
    await support.shows("T-1")
    await office.runtime.settled()
    assert len(office.slack.exchanges.of("view_submission")) == 5
    assert {exchange.status for exchange in office.slack.exchanges.of("view_submission")} == {200}
    assert await office.total() == 1
    assert len([message for message in support.messages if "T-1" in message.shown]) == 1


async def test_the_global_shortcut_opens_the_form_and_the_card_comes_as_a_message(
    office: Office, ana: Person
) -> None:
    form = await ana.uses_shortcut("New ticket")
    await essentials(form)
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).origin.way == "global_shortcut"
    await ana.messages.shows("T-1")


async def test_home_has_a_button_for_a_new_ticket(office: Office, ana: Person) -> None:
    ana.opens_home()
    home = await office.slack.until(lambda: ana.home)
    form = await (await ana.presses(home, "New ticket")).form()
    await essentials(form)
    assert (await form.submit()).errors == {}
    assert await office.total() == 1


async def test_a_line_longer_than_an_input_is_kept_whole(office: Office, ana: Person) -> None:
    text = "x" * 3_500
    form = await (await ana.types(f'/ticket Printer down description:"{text}"')).form()
    assert len(str(form.value("symptomDescription"))) <= 3_000
    await essentials(form)
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).symptom_description == text


async def test_a_cancelled_form_leaves_nothing_behind(office: Office, ana: Person) -> None:
    form = await (await ana.types(f'/ticket Printer down description:"{"x" * 3_500}"')).form()
    nonce = str(form.view.content["private_metadata"]).split('"nonce":"')[1].partition('"')[0]
    assert await office.runtime.store.read(office.workspace).draft(nonce)
    await form.close()
    assert await office.runtime.store.read(office.workspace).draft(nonce) is None


@pytest.mark.parametrize(
    "directory", [[path for path in seed.DIRECTORY if "contacts" in path.name]], ids=["contacts"]
)
async def test_contacts_without_customers_let_a_customer_be_typed_at_any_length(
    ana: Person,
) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(customerId="c" * 300)
    await form.press("more_fields")
    assert "reportedByContactId" in form.fields
