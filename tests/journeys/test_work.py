"""Tickets are worked from their cards: buttons that act at once, small forms, and what comes of two at a time."""

import asyncio

from bot.domain import people
from bot.playground.driver import Channel, Person
from bot.playground.records import User
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


async def test_a_ticket_is_taken_started_held_resumed_and_resolved_from_its_card(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await ana.presses(await support.shows("T-1"), "Assign to me")
    await ana.presses(await support.shows("Assigned"), "Start")
    form = await (await ana.presses(await support.shows("In progress"), "Hold")).form()
    assert form.title == "Hold T-1"
    await form.fill(holdReason="Waiting for the fuser")
    assert (await form.submit()).closed
    await ana.presses(await support.shows("On hold: Waiting for the fuser"), "Resume")
    await office.runtime.settled()
    form = await (await ana.presses(await support.shows("In progress"), "Resolve")).form()
    await form.fill(resolution="Replaced the fuser")
    assert (await form.submit()).closed
    await support.shows("Resolved: Replaced the fuser")
    ticket = await office.ticket(1)
    assert [entry.what for entry in await office.history(1)] == [
        "created",
        "assigned",
        "started",
        "held",
        "resumed",
        "resolved",
    ]
    assert (ticket.status, ticket.assigned_user_id, ticket.hold_reason) == ("resolved", ana.id, None)


async def test_the_whole_life_of_a_ticket_is_told_by_its_history(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    chloe = office.person("chloe")
    said = ben.says("Printer is dead")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    form = await (await ana.presses(await support.shows("T-1"), "Triage")).form()
    await form.fill(priority="high")
    await form.submit()
    await office.runtime.settled()
    reply = chloe.says("Mine, I am on call", reply_to=said)
    form = await chloe.opens_menu(reply).chooses("Assign ticket")
    await form.fill(assignedUserId="chloe")
    await form.submit()
    await chloe.types("/ticket start T-1")
    await chloe.types("/ticket hold T-1 waiting for the fuser")
    await chloe.types("/ticket resume T-1")
    await chloe.types("/ticket resolve T-1 Replaced the fuser")
    await office.runtime.settled()
    ben.says("It is dead again", reply_to=said)
    await office.slack.events_taken()
    assert [(entry.actor, entry.what) for entry in await office.history(1)] == [
        (ben.id, "created"),
        (ana.id, "triaged"),
        (chloe.id, "assigned"),
        (chloe.id, "started"),
        (chloe.id, "held"),
        (chloe.id, "resumed"),
        (chloe.id, "resolved"),
        (ben.id, "reopened"),
    ]


async def test_of_fifty_who_press_assign_to_me_one_has_it_and_the_others_are_told_who(
    office: Office, ben: Person, support: Channel
) -> None:
    for number in range(50):
        user = office.slack.world.add_user(User(f"U0CROWD{number}", f"crowd{number}", f"Crowd {number}"))
        office.slack.world.join(user, support.conversation)
    crowd = [office.person(f"crowd{number}") for number in range(50)]
    known = [people.Person(id=each.id, names=(each.user.name,)) for each in crowd]
    await office.runtime.people.learn(office.workspace, known)
    await ben.types(LINE)
    card = await support.shows("T-1")
    answers = await asyncio.gather(*(person.presses(card, "Assign to me") for person in crowd))
    await office.runtime.settled()
    ticket = await office.ticket(1)
    assert ticket.assigned_user_id in {person.id for person in crowd}
    assert [entry.what for entry in await office.history(1)] == ["created", "assigned"]
    told = [answer for answer in answers if answer.messages]
    assert len(told) == 49
    for answer in told:
        assert f"<@{ticket.assigned_user_id}> has T-1 already" in answer.messages[0].shown
        assert answer.messages[0].only_for
    calls = [each.kind for each in office.slack.exchanges.all if each.kind.startswith("chat.")]
    assert 2 <= len(calls) <= 5, "the card, and an update or a few"


async def test_a_press_that_slack_delivers_twice_is_one_step(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    office.slack.faults.repeat("block_actions", copies=2)
    answer = await ana.presses(card, "Start")
    await support.shows("In progress")
    assert answer.messages == []
    assert [entry.what for entry in await office.history(1)] == ["created", "started"]


async def test_a_step_that_came_too_late_says_what_is_possible(
    ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    answers = await asyncio.gather(*(person.presses(card, "Start") for person in (ana, ben)))
    await support.shows("In progress")
    (told,) = (message for answer in answers for message in answer.messages)
    assert "T-1 is in progress, so it is not possible to start it now." in told.shown
    assert "What is: triage, assign" in told.shown
    assert told.only_for


async def test_summary_and_description_are_edited_and_a_private_note_stays_with_agents(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await (await ana.selects(await support.shows("T-1"), "ticket_more", "Edit")).form()
    assert form.value("summary") == "Printer down"
    await form.fill(summary="Lobby printer down", symptomDescription="It smokes.")
    assert (await form.submit()).closed
    card = await support.shows("Lobby printer down")
    form = await (await ana.selects(card, "ticket_more", "Private note")).form()
    await form.fill(note="The customer is upset")
    assert (await form.submit()).closed
    await office.runtime.settled()
    ticket = await office.ticket(1)
    assert ticket.symptom_description == "It smokes."
    assert (await office.history(1))[-1].note == "The customer is upset"
    assert all("upset" not in message.shown for message in support.messages)


async def test_whoever_edits_what_somebody_else_has_changed_sees_it_and_keeps_what_they_typed(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    first = await (await ana.selects(card, "ticket_more", "Edit")).form()
    second = await (await ben.selects(card, "ticket_more", "Edit")).form()
    await first.fill(summary="Lobby printer down")
    await second.fill(symptomDescription="It smokes.")
    assert (await first.submit()).closed
    assert not (await second.submit()).closed
    assert second.shows("has changed while you were typing")
    assert second.shows("Summary: Printer down → Lobby printer down")
    assert second.value("symptomDescription") == "It smokes."
    assert (await second.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.symptom_description) == ("Lobby printer down", "It smokes.")


async def test_a_ticket_is_linked_with_another(office: Office, ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    await ben.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    form = await (await ana.types("/ticket link T-2")).form()
    await form.fill(relatedTicketId="T-2")
    await form.submit()
    assert form.errors == {"relatedTicketId": "T-2 cannot be related to itself."}
    await form.fill(relatedTicketId="T-1")
    assert (await form.submit()).closed
    assert (await office.ticket(2)).related_ticket_id == (await office.ticket(1)).id


async def test_what_is_no_ticket_is_withdrawn_and_comes_back(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    answer = await ana.selects(await support.shows("T-1"), "ticket_more", "Not a ticket")
    assert answer.messages == [], "the way back stands on the card, where it lasts"
    card = await support.shows("Withdrawn")
    assert "Assign to me" not in card.shown
    await ana.presses(card, "Undo")
    await support.shows("New")
    assert [entry.what for entry in await office.history(1)] == ["created", "withdrawn", "restored"]


async def test_a_card_that_only_one_sees_changes_under_their_finger(ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    answer = await ana.types("/ticket status T-1")
    await ana.presses(await answer.shows("Printer down"), "Start")
    await answer.shows("In progress")


async def test_the_history_tells_who_did_what_in_words(ana: Person, ben: Person, support: Channel) -> None:
    await ben.types(LINE)
    await ana.presses(await support.shows("T-1"), "Start")
    await ana.types("/ticket hold T-1 waiting for parts")
    await ana.types("/ticket note T-1 Call Rosa first")
    card = await support.shows("On hold")
    whole = await (await ana.selects(card, "ticket_more", "Open")).form()
    await whole.press("All of its history")
    history = whole
    assert history.title == "History of T-1"
    for words in (
        "<@U0ANA> put it on hold",
        "Status: In progress → On hold",
        "Waits for: waiting for parts",
        "Assignee: <@U0ANA>",
        "<@U0BEN> opened it",
        "Customer: Acme Manufacturing",
        "Call Rosa first",
    ):
        assert history.shows(words), words


async def test_a_long_history_has_pages(ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    for number in range(20):
        await ana.types(f"/ticket note T-1 Note {number}.")
    history = await (await ana.types("/ticket history T-1")).form()
    assert history.shows("Note 19.")
    assert not history.shows("opened it")
    await history.press("Older")
    assert history.shows("opened it")
    assert not history.shows("Note 19.")
    await history.press("Newer")
    assert history.shows("Note 19.")
