"""What was misread is seen in its confirmation, and corrected or undone by whoever made it."""

from datetime import timedelta

from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
EDIT, UNDO = "Edit", "Undo"


async def test_a_saved_line_says_every_field_that_it_set(office: Office, ana: Person) -> None:
    answer = await ana.types(f"{LINE} due:2027-05-01 !high #network @chloe hours:2 notes:Call")
    told = (await answer.shows("is saved")).shown
    for words in ("Due", "2027-05-01", "Priority* High", "network", office.person("chloe").id, "2.0", "Call"):
        assert words in told
    assert "Source" not in told  # nobody said it


async def test_a_line_that_sets_nothing_more_says_nothing_more(ana: Person) -> None:
    told = await (await ana.types(LINE)).shows("is saved")
    assert not [block for block in told.blocks if "*Priority*" in str(block)]


async def test_whoever_typed_it_undoes_it_and_is_offered_the_line_again(
    office: Office, ana: Person, support: Channel
) -> None:
    answer = await ana.types(f"{LINE} due:2027-05-01")
    await support.shows("T-1")
    await ana.presses(await answer.shows("is saved"), UNDO)
    await support.shows("T-1* was undone")
    told = await answer.shows("was undone")
    assert "Printer down customer:acme" in told.shown
    ticket = await office.ticket(1)
    assert ticket.undone_at is not None
    assert [entry.what for entry in await office.history(1)] == ["created", "undone"]

    form = await (await ana.presses(told, "Open the form again")).form()
    assert form.value("summary") == "Printer down"
    await form.submit()
    assert (await office.ticket(2)).summary == "Printer down"  # the number is not used again
    again = await (await ana.presses(told, "Open the form again")).form()
    assert again.title == "T-2 is saved"
    assert await office.total() == 2


async def test_what_was_undone_is_brought_back_from_its_card(
    office: Office, ana: Person, support: Channel
) -> None:
    answer = await ana.types(f"{LINE} !high")
    await support.shows("T-1")
    await ana.presses(await answer.shows("is saved"), UNDO)
    await ana.presses(await support.shows("was undone"), "Bring it back")
    await support.shows("Printer down")
    await office.runtime.settled()
    assert not [each for each in support.messages if "is back as it was" in each.shown]  # it is a card again
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.resolution, ticket.undone_at, ticket.withdrawn_at) == (
        "new",
        None,
        None,
        None,
    )


async def test_the_assignee_sees_it_undone_and_brought_back_in_the_same_message(
    office: Office, ana: Person, support: Channel
) -> None:
    answer = await ana.types(f"{LINE} @chloe")
    chloe = office.person("chloe")
    await office.runtime.settled()
    await ana.selects(await support.shows("T-1"), "ticket_more", "Undo")
    card = await support.shows("was undone")
    assert answer.trouble is None
    await office.runtime.settled()
    (told,) = chloe.messages.messages
    assert "T-1* was undone" in told.shown
    assert "Printer down" not in told.shown
    await ana.presses(card, "Bring it back")
    await office.runtime.settled()
    (told,) = chloe.messages.messages
    assert "gave you T-1 Printer down" in told.shown


async def test_nobody_else_undoes_it_and_edit_is_for_them_as_ever(
    ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    refused = await ana.selects(card, "ticket_more", "Undo")
    await refused.shows("who made T-1")
    form = await (await ana.selects(card, "ticket_more", "Edit")).form()
    assert form.fields == ["summary", "symptomDescription"]


async def test_whoever_made_it_edits_every_field_for_ten_minutes(
    office: Office, ben: Person, support: Channel
) -> None:
    answer = await ben.types(f"{LINE} due:2027-05-01")
    form = await (await ben.presses(await answer.shows("is saved"), EDIT)).form()
    assert form.title == "Edit T-1"
    assert "status" not in form.fields
    await form.fill(priority="critical", slaDueAt=None)
    assert (await form.submit()).closed
    await support.shows("Critical")
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.sla_due_at, ticket.version) == ("critical", None, 2)
    entry = (await office.history(1))[-1]
    assert (entry.what, [each.field for each in entry.changes]) == ("corrected", ["priority", "slaDueAt"])
    told = (await answer.shows("*Priority* Critical")).shown
    assert "Due" not in told


async def test_whoever_undoes_twice_is_told_the_way_back(ana: Person, support: Channel) -> None:
    await ana.types(LINE)
    card = await support.shows("T-1")
    await ana.selects(card, "ticket_more", "Undo")
    again = await ana.types("/ticket undo T-1")
    await again.shows("T-1 was undone, so it cannot be changed. “Bring it back” stands on its card.")


async def test_an_edit_of_what_somebody_changed_meanwhile_shows_both(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    answer = await ben.types(LINE)
    form = await (await ben.presses(await answer.shows("is saved"), EDIT)).form()
    await form.fill(priority="high")
    await ana.presses(await support.shows("T-1"), "Assign to me")
    await form.submit()
    assert form.shows("has changed while you were typing")
    assert form.value("priority") == "high"
    assert (await form.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.assigned_user_id) == ("high", ana.id)


async def test_after_ten_minutes_it_is_too_late(office: Office, ana: Person, support: Channel) -> None:
    answer = await ana.types(LINE)
    await support.shows("T-1")
    ticket = await office.ticket(1)
    made = ticket.model_copy(update={"created_at": ticket.created_at - timedelta(minutes=11)})
    await office.runtime.store.change(office.workspace, lambda tx: tx.save(made, now=made.updated_at))
    refused = await ana.presses(await answer.shows("is saved"), UNDO)
    await refused.shows("more than ten minutes ago")
    form = await (await ana.presses(await answer.shows("is saved"), EDIT)).form()
    assert form.fields == ["summary", "symptomDescription"]


async def test_the_message_of_an_undone_ticket_becomes_another_one(
    office: Office, ana: Person, support: Channel
) -> None:
    said = ana.says("The lift is stuck", in_="support")
    await fill_and_send(await ana.opens_menu(said).chooses("Create ticket"))
    await ana.selects(await support.shows("T-1"), "ticket_more", "Undo")
    await support.shows("was undone")
    await fill_and_send(await ana.opens_menu(said).chooses("Create ticket"))
    assert (await office.ticket(2)).origin.message_ts == said.ts
    refused = await ana.presses(await support.shows("was undone"), "Bring it back")
    await refused.shows("has become T-2")


async def test_the_form_opened_again_after_its_ticket_was_made_says_so(office: Office, ana: Person) -> None:
    answer = await ana.types("/ticket Printer down")
    form = await answer.form()
    nearly = await answer.shows("Nearly there")
    await form.fill(customerId="acme", siteId="hq", ticketType="break_fix")
    await form.submit()
    again = await (await ana.presses(nearly, "Open the form again")).form()
    assert again.title == "T-1 is saved"
    assert await office.total() == 1


async def fill_and_send(form: Form) -> None:
    await form.fill(customerId="acme", siteId="hq", ticketType="break_fix")
    await form.submit()
