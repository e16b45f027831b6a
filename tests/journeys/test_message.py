"""A teammate who has never seen the bot right-clicks a message."""

import asyncio

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office
from tests.patience import PATIENCE


async def finish(form: Form) -> None:
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")


async def test_a_message_becomes_a_ticket_with_its_author_files_and_permalink(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says("Printer is <dead> & gone\nSecond line @ana", files=["panel.jpg", "log.txt"])
    form = await ana.opens_menu(said).chooses("Create ticket")
    assert form.value("summary") == "Printer is <dead> & gone"
    assert form.value("symptomDescription") == "Printer is <dead> & gone\nSecond line @ana"
    calls = [exchange.kind for exchange in office.slack.exchanges.all if exchange.direction == "from_bot"]
    assert calls[-1] == "views.open"
    await finish(form)
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    origin = ticket.origin
    assert (origin.way, origin.channel, origin.message_ts) == ("message", support.id, said.ts)
    assert (
        origin.permalink
        == f"https://northgate-building.slack.com/archives/{support.id}/p{said.ts.replace('.', '')}"
    )
    assert origin.message
    assert origin.message.author == ben.id
    assert origin.message.text == said.text
    assert [file.name for file in origin.message.files] == ["panel.jpg", "log.txt"]
    assert all(file.permalink.startswith("https://") for file in origin.message.files)
    assert (ticket.created_by, origin.converted_by) == (ben.id, ana.id)
    (entry,) = await office.history(1)
    assert (entry.actor, entry.what) == (ana.id, "converted")
    card = await support.shows("T-1")
    assert card.thread_ts == said.ts, "the card stands in the message's thread"
    assert "Second line" not in card.shown, "what stands above it is not said twice"


async def test_a_second_use_shows_the_ticket_that_exists(office: Office, ana: Person, ben: Person) -> None:
    said = ben.says("Printer is dead")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await finish(form)
    await form.submit()
    again = await ben.opens_menu(said).chooses("Create ticket")
    assert again.title == "Already T-1"
    assert again.shows("made by <@U0ANA>")
    assert await office.total() == 1


async def test_two_people_convert_one_message_at_once_and_the_second_is_told(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says("Printer is dead")
    forms = [await person.opens_menu(said).chooses("Create ticket") for person in (ana, ben)]
    for form in forms:
        await finish(form)
    first, second = await asyncio.gather(*(form.submit() for form in forms))
    assert await office.total() == 1
    assert [str(s.view.content["title"]["text"]) for s in (first, second) if s.view] == ["Already T-1"]
    await office.runtime.settled()
    assert len([message for message in support.messages if "* · *" in message.shown]) == 1
    told = forms[0] if first.view and "Already" in str(first.view.content["title"]) else forms[1]
    await told.close()
    assert told.value("summary") == "Printer is dead", "what the second typed is still there"


async def test_a_message_of_40_000_characters_is_kept_whole(office: Office, ana: Person, ben: Person) -> None:
    text = "Printer is dead\n" + "very " * 7_990
    said = ben.says(text)
    form = await ana.opens_menu(said).chooses("Create ticket")
    await finish(form)
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert ticket.symptom_description == text.strip()
    assert ticket.origin.message
    assert ticket.origin.message.text == text


async def test_a_reply_is_answered_in_its_thread(ana: Person, ben: Person, support: Channel) -> None:
    parent = ben.says("Anybody there?")
    reply = ben.says("Printer is dead", reply_to=parent)
    form = await ana.opens_menu(reply).chooses("Create ticket")
    await finish(form)
    await form.submit()
    assert (await support.shows("T-1")).thread_ts == parent.ts


async def test_a_message_without_text_opens_an_empty_form(office: Office, ana: Person, ben: Person) -> None:
    said = ben.says("", files=["photo.jpg"])
    form = await ana.opens_menu(said).chooses("Create ticket")
    assert form.value("summary") is None
    await form.fill(summary="See the photo")
    await finish(form)
    assert (await form.submit()).errors == {}
    origin = (await office.ticket(1)).origin
    assert origin.message
    assert [file.name for file in origin.message.files] == ["photo.jpg"]


async def test_where_the_bot_is_no_member_the_requester_sees_the_card_and_how_to_invite(
    office: Office, ana: Person
) -> None:
    random = office.channel("random")
    said = office.person("ben").says("Printer is dead", in_=random)
    menu = await ana.opens_menu(said).picks("Create ticket")
    form = await menu.form()
    await finish(form)
    assert (await form.submit()).errors == {}
    card = await menu.shows("/invite @Deskhand")
    assert "T-1" in card.shown
    assert card.only_for == ana.id
    assert all("T-1" not in message.shown for message in random.messages)


async def test_where_even_the_response_url_is_gone_the_card_comes_as_a_direct_message(
    office: Office, ana: Person
) -> None:
    office.slack.faults.break_down("response_url", status=404, times=None)
    said = office.person("ben").says("Printer is dead", in_="random")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await finish(form)
    await form.submit()
    card = await ana.messages.shows("T-1")
    assert "/invite @Deskhand" in card.shown


async def test_where_the_message_was_deleted_meanwhile_the_card_stands_in_the_channel(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says("Printer is dead")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await finish(form)
    ben.deletes(said)
    assert (await form.submit()).errors == {}
    card = await support.shows("T-1")
    assert card.thread_ts is None
    await office.runtime.settled()
    assert (await office.ticket(1)).cards[0].ts == card.ts


async def with_defaults(office: Office, **fields: str) -> None:
    """Tickets of #support begin with these fields."""
    channels = {office.channel("support").id: ChannelDefaults(fields=fields)}
    await office.runtime.store.change(
        office.workspace, lambda tx: tx.keep_settings(WorkspaceSettings(channels=channels))
    )


async def test_where_nothing_is_missing_no_form_opens_and_the_card_is_the_confirmation(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await with_defaults(office, customerId="acme", siteId="acme-hq", ticketType="break_fix")
    office.slack.faults.repeat("message_action", copies=2)
    said = ben.says("Printer is dead\nIt smells, @chloe")
    answer = await ana.opens_menu(said).picks("Create ticket")
    card = await support.shows("T-1")
    await office.runtime.settled()
    assert (card.thread_ts, await office.total()) == (said.ts, 1)
    assert (office.slack.calls("views.open"), ana.modals, answer.messages) == ([], [], [])
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.symptom_description) == (
        "Printer is dead",
        "Printer is dead\nIt smells, @chloe",
    )
    assert (ticket.customer_id, ticket.origin.way, ticket.created_by) == ("acme", "message", ben.id)


async def test_what_is_missing_is_all_that_the_form_asks_for(
    office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office, customerId="acme", siteId="acme-hq")
    form = await ana.opens_menu(ben.says("Printer is dead !high")).chooses("Create ticket")
    assert (form.value("summary"), form.value("priority")) == ("Printer is dead", "high")
    await form.fill(ticketType="break_fix")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id, ticket.priority) == ("acme", "acme-hq", "high")


async def test_where_no_card_comes_whoever_made_it_is_told_so(
    office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office, customerId="acme", siteId="acme-hq", ticketType="break_fix")
    office.slack.faults.fail("chat.postMessage", "token_revoked")
    await ana.types("/ticket Lobby is cold")
    async with asyncio.timeout(PATIENCE):
        while not office.runtime.courier.refusals():
            await office.slack.clock.sleep(0.01)
    answer = await ana.opens_menu(ben.says("Printer is dead")).picks("Create ticket")
    await answer.shows("*T-2* is saved")
    await answer.shows("has to wait")
