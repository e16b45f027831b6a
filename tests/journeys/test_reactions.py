"""The emoji way: a reaction makes, takes and resolves a ticket, once an admin has said so."""

import pytest

from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from tests.journeys.conftest import Office

WHOLE = "Printer is dead customer:acme site:acme-hq type:break_fix !high\nIt smells, too."


@pytest.fixture
async def emoji(office: Office) -> None:
    """The emoji way is on, and those of #ops-oncall are the agents."""
    oncall = office.channel("ops-oncall")
    await office.runtime.people.learn_channel(office.workspace, oncall.id, oncall.conversation.members)
    queue = Queue(name="printers", channel=oncall.id, owner="U0DANA")
    await office.runtime.store.change(
        office.workspace, lambda tx: tx.keep_settings(WorkspaceSettings(queues=(queue,), emoji=True))
    )


async def settled(office: Office) -> None:
    await office.slack.events_taken()
    await office.runtime.settled()


async def made(office: Office, ana: Person, ben: Person) -> Message:
    """Ben's message, which Ana's reaction has made into T-1."""
    said = ben.says(WHOLE)
    ana.reacts(said, "ticket")
    await settled(office)
    assert await office.total() == 1
    return said


@pytest.mark.usefixtures("emoji")
async def test_a_reaction_makes_one_ticket_of_a_message_that_has_all_it_needs(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = await made(office, ana, ben)
    ana.reacts(said, "ticket", remove=True)
    ana.reacts(said, "ticket")
    office.person("chloe").reacts(said, "ticket")
    await settled(office)
    assert await office.total() == 1
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.priority, ticket.created_by) == ("Printer is dead", "high", ben.id)
    assert ticket.symptom_description == WHOLE
    assert ticket.origin.permalink
    assert said.ts.replace(".", "") in ticket.origin.permalink
    assert (await support.shows("T-1")).thread_ts == said.ts


@pytest.mark.usefixtures("emoji")
async def test_what_a_message_lacks_is_asked_for_in_a_form_that_has_the_rest(
    office: Office, ana: Person, ben: Person
) -> None:
    said = ben.says("Printer is dead\nIt smells, @chloe", files=["panel.jpg"])
    ana.reacts(said, "ticket")
    await settled(office)
    assert await office.total() == 0
    (offer,) = office.slack.ephemerals(to=ana)
    form = await (await ana.presses(offer, "Open the form")).form()
    assert form.value("summary") == "Printer is dead"
    assert form.value("symptomDescription") == "Printer is dead\nIt smells, @chloe"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.origin.way, ticket.origin.message_ts) == ("reaction", said.ts)
    assert ticket.origin.message
    assert [file.name for file in ticket.origin.message.files] == ["panel.jpg"]
    again = await (await ana.presses(offer, "Open the form")).form()
    assert again.title == "Already T-1"


@pytest.mark.usefixtures("emoji")
async def test_a_reaction_that_slack_delivers_four_times_makes_one_offer(
    office: Office, ana: Person, ben: Person
) -> None:
    office.slack.faults.repeat("reaction_added", copies=4, times=None)
    said = ben.says("Printer is dead")
    ana.reacts(said, "ticket")
    await settled(office)
    assert len(office.slack.ephemerals(to=ana)) == 1
    ana.reacts(said, "ticket", remove=True)
    ana.reacts(said, "ticket")
    await settled(office)
    assert len(office.slack.ephemerals(to=ana)) == 2, "it was asked for again"


@pytest.mark.usefixtures("emoji")
async def test_where_slack_does_not_give_the_message_the_agent_hears_what_to_do(
    office: Office, ana: Person, ben: Person
) -> None:
    office.slack.faults.fail("conversations.replies", "access_denied", times=None)
    ana.reacts(ben.says(WHOLE), "ticket")
    await settled(office)
    (told,) = office.slack.ephemerals(to=ana)
    assert "Choose “Create ticket” in its menu" in told.text
    assert len(office.slack.calls("conversations.replies")) == 1


@pytest.mark.usefixtures("emoji")
async def test_a_message_that_slack_gives_only_later_becomes_a_ticket_then(
    office: Office, ana: Person, ben: Person
) -> None:
    office.slack.faults.fail("conversations.replies", "internal_error", times=2)
    ana.reacts(ben.says(WHOLE), "ticket")
    await settled(office)
    assert (await office.ticket(1)).maker == ana.id
    assert office.slack.ephemerals(to=ana) == []


@pytest.mark.usefixtures("emoji")
async def test_of_a_message_that_is_gone_before_it_is_read_nothing_comes(
    office: Office, ana: Person, ben: Person
) -> None:
    office.slack.faults.fail("conversations.replies", "internal_error", times=1)
    said = ben.says(WHOLE)
    ana.reacts(said, "ticket")
    await office.slack.events_taken()
    ben.deletes(said)
    await settled(office)
    assert await office.total() == 0
    assert office.slack.ephemerals(to=ana) == []


@pytest.mark.usefixtures("emoji")
async def test_whoever_asks_for_a_ticket_of_one_is_told_which_it_is(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = await made(office, ana, ben)
    chloe = office.person("chloe")
    for message in (said, await support.shows("* · *")):
        chloe.reacts(message, "ticket")
        await settled(office)
    told = [each.text for each in office.slack.ephemerals(to=chloe)]
    assert told == [f"This message is already *T-1*, made by <@{ana.id}>."] * 2
    assert office.slack.ephemerals(to=ana) == []
    assert await office.total() == 1


@pytest.mark.usefixtures("emoji")
async def test_eyes_take_a_ticket_and_a_check_mark_resolves_it(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = await made(office, ana, ben)
    card = await support.shows("* · *")
    chloe = office.person("chloe")
    chloe.reacts(card, "eyes")
    await settled(office)
    assert (await office.ticket(1)).assigned_user_id == chloe.id
    chloe.reacts(said, "white_check_mark")
    await settled(office)
    ticket, history = await office.ticket(1), await office.history(1)
    assert (ticket.status, ticket.resolution) == ("resolved", "Resolved by reaction")
    chloe.reacts(said, "white_check_mark", remove=True)
    ana.reacts(card, "white_check_mark")
    await settled(office)
    assert await office.history(1) == history


@pytest.mark.usefixtures("emoji")
async def test_whoever_comes_second_hears_in_private_who_has_it(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = await made(office, ana, ben)
    chloe = office.person("chloe")
    for agent in (ana, chloe):
        agent.reacts(said, "eyes")
        await settled(office)
    assert (await office.ticket(1)).assigned_user_id == ana.id
    (told,) = office.slack.ephemerals(to=chloe)
    assert f"<@{ana.id}> has T-1 already" in told.text
    assert all("already" not in message.shown for message in support.messages)


@pytest.mark.usefixtures("emoji")
async def test_reactions_of_those_who_are_no_agents_are_only_reactions(
    office: Office, ana: Person, ben: Person
) -> None:
    said = await made(office, ana, ben)
    before = await office.history(1)
    other = ana.says("Lobby is cold")
    for name in ("eyes", "white_check_mark", "ticket"):
        ben.reacts(said, name)
        ben.reacts(other, name)
    ana.reacts(other, "eyes")
    await settled(office)
    assert await office.history(1) == before
    assert await office.total() == 1
    assert office.slack.ephemerals(to=ben) == []


async def test_nothing_comes_of_reactions_until_an_admin_turns_them_on(
    office: Office, ana: Person, ben: Person
) -> None:
    said = ben.says(WHOLE)
    for name in ("ticket", "eyes", "white_check_mark"):
        ana.reacts(said, name)
    await settled(office)
    assert await office.total() == 0
    assert office.slack.ephemerals(to=ana) == []
