"""Triage and assignment: the forms, the message shortcuts, and who is told."""

from datetime import UTC, datetime

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
LATER = datetime(2027, 6, 1, 15, 30, tzinfo=UTC)


async def triage(person: Person, channel: Channel, words: str = "T-1") -> Form:
    return await (await person.presses(await channel.shows(words), "Triage")).form()


async def test_one_submission_is_one_entry_with_before_and_after(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(f"{LINE} due:2027-05-01 !low")
    form = await triage(ana, support)
    assert (form.value("priority"), form.value("ticketType")) == ("low", "break_fix")
    await form.fill(
        priority="critical",
        severity="down",
        category="printing",
        assignedQueue="network",
        triageNotes="Call.",
    )
    assert (await form.submit()).closed
    await support.shows("Triaged")
    assert len(await office.history(1)) == 2
    entry = (await office.history(1))[-1]
    assert (entry.actor, entry.what) == (ana.id, "triaged")
    assert {(each.field, each.before, each.after) for each in entry.changes} == {
        ("status", "new", "triaged"),
        ("priority", "low", "critical"),
        ("severity", None, "down"),
        ("category", None, "printing"),
        ("assignedQueue", None, "network"),
        ("triageNotes", None, "Call."),
    }


async def test_triage_that_gives_it_to_somebody_assigns_it_and_tells_them(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(assignedUserId="chloe")
    await form.submit()
    await office.person("chloe").messages.shows("T-1")
    assert (await office.ticket(1)).status == "assigned"


async def test_a_duplicate_is_closed_linked_and_its_requester_told(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ana.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await ben.types(LINE)
    form = await triage(ana, support, "T-2")
    await form.fill(duplicateOf="T-1")
    assert (await form.submit()).closed
    told = await support.shows("closed T-2 Printer down, since T-1 says the same and goes on")
    assert ben.id in told.shown
    ticket = await office.ticket(2)
    assert (ticket.status, ticket.resolution, ticket.duplicate_of) == ("closed", "Duplicate of T-1", 1)
    assert ticket.related_ticket_id == (await office.ticket(1)).id


async def test_a_duplicate_of_itself_is_refused_where_it_was_chosen(
    ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(duplicateOf="T-1")
    await form.submit()
    assert form.errors == {"duplicateOf": "T-1 cannot be a duplicate of itself."}


async def test_what_is_snoozed_says_until_when(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(snoozedUntil=datetime(2020, 1, 1, tzinfo=UTC))
    await form.submit()
    assert form.errors == {"snoozedUntil": "That has already passed. Choose a time to come."}
    await form.fill(snoozedUntil=LATER)
    assert (await form.submit()).closed
    await support.shows("snoozed until")
    assert (await office.ticket(1)).snoozed_until == LATER


async def test_not_a_ticket_can_be_undone_in_the_form(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.press("Not a ticket")
    assert form.title == "T-1 is no ticket"
    await form.press("Undo")
    assert form.title == "T-1 is back"
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.withdrawn_at) == ("new", None)


async def test_of_two_who_triage_at_once_the_second_sees_what_changed_and_keeps_what_they_typed(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    first, second = await triage(ana, support), await triage(office.person("chloe"), support)
    await first.fill(priority="critical")
    await second.fill(category="printing", triageNotes="Call Rosa.")
    assert (await first.submit()).closed
    assert not (await second.submit()).closed
    assert second.shows("<@U0ANA> triaged it")
    assert second.shows("Priority: Medium → Critical")
    assert second.value("triageNotes") == "Call Rosa."
    assert (await second.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.category, ticket.triage_notes) == ("critical", "printing", "Call Rosa.")


async def test_a_person_is_assigned_with_a_note_and_told(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await (await ana.presses(await support.shows("T-1"), "Assign…")).form()
    await form.submit()
    assert form.errors == {"assignedUserId": "Choose a person or a queue."}
    await form.fill(assignedUserId="chloe", note="Look at the fuser first")
    assert (await form.submit()).closed
    await office.person("chloe").messages.shows("T-1")
    ticket = await office.ticket(1)
    assert (ticket.assigned_user_id, (await office.history(1))[-1].note) == (
        "U0CHLOE",
        "Look at the fuser first",
    )
    assert ana.messages.messages == [], "nobody is told of their own act"


@pytest.mark.parametrize(
    ("shortcut", "title"), [("Triage ticket", "Triage T-1"), ("Assign ticket", "Assign T-1")]
)
async def test_a_message_of_the_ticket_opens_its_form(
    shortcut: str, title: str, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says("Printer is dead")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    card = await support.shows("T-1")
    reply = ben.says("It smells, too", reply_to=said)
    for message in (said, card, reply):
        opened = await ana.opens_menu(message).chooses(shortcut)
        assert opened.title == title
        await opened.close()


async def test_a_reply_under_a_card_that_stands_alone_opens_its_form(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    await office.runtime.settled()
    reply = ben.says("It smells, too", reply_to=card)
    assert (await ana.opens_menu(reply).chooses("Triage ticket")).title == "Triage T-1"


async def test_where_there_is_no_ticket_the_shortcut_offers_to_make_one(
    office: Office, ana: Person, ben: Person
) -> None:
    form = await ana.opens_menu(ben.says("Printer is dead")).chooses("Assign ticket")
    assert form.shows("There is no ticket here yet")
    assert form.value("summary") == "Printer is dead"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    assert await office.total() == 1
