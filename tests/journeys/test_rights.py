"""Who may do what, once a queue is set up: Ana and Chloe are its agents, Ben asks for things, Emil is somebody else.

Whoever may not is told so in one sentence that only they see, and nothing internal reaches them.
"""

import pytest

from bot.domain.people import Group
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix #network"
AGENTS = frozenset({"U0ANA", "U0CHLOE"})


@pytest.fixture
async def card(office: Office, ben: Person, support: Channel) -> Message:
    """Of Ben's T-1, in a queue of Ana's and Chloe's."""
    queue = Queue(name="network", channel=support.id, owner="U0DANA", group="S0NETWORK")
    async with office.runtime.store.transaction(office.workspace) as tx:
        await tx.keep_settings(WorkspaceSettings(queues=(queue,)))
    group = Group(id="S0NETWORK", name="network-agents", members=AGENTS)
    await office.runtime.people.learn_groups(office.workspace, [group])
    await ben.types(LINE)
    await support.shows("T-1")
    await office.runtime.settled()
    return await support.shows("T-1")


@pytest.fixture
def emil(office: Office) -> Person:
    return office.person("emil")


async def test_a_press_in_a_thread_is_refused_in_that_thread(
    card: Message, ben: Person, support: Channel
) -> None:
    said = ben.says("The lobby lamp flickers")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.press("More fields")
    await form.fill(assignedQueue="network")
    await form.submit()
    told = await (await ben.presses(await support.shows("T-2"), "Triage")).shows("That is for agents")
    assert told.thread_ts == said.ts
    told = await (await ben.presses(card, "Triage")).shows("That is for agents")
    assert told.thread_ts is None


@pytest.mark.parametrize("button", ["Assign to me", "Triage", "Assign…", "Start", "Resolve"])
async def test_a_requesters_press_on_what_is_for_agents_is_refused_in_private(
    button: str, office: Office, card: Message, ben: Person
) -> None:
    told = await (await ben.presses(card, button)).shows("That is for agents. You can edit, withdraw")
    assert told.only_for == ben.id
    assert ben.modals == []
    assert len((await office.ticket(1)).history) == 1


@pytest.mark.parametrize("what", ["Edit", "Link", "Private note", "History", "Not a ticket"])
async def test_somebody_elses_ticket_is_nobodys_business(
    what: str, office: Office, card: Message, emil: Person
) -> None:
    answer = await emil.selects(card, "ticket_more", what)
    told = await answer.shows("Only agents and whoever asked for T-1 can do that.")
    assert told.only_for == emil.id
    assert emil.modals == []
    assert len((await office.ticket(1)).history) == 1


@pytest.mark.parametrize("shortcut", ["Triage ticket", "Assign ticket"])
async def test_a_shortcut_is_refused_like_a_button(shortcut: str, card: Message, emil: Person) -> None:
    form = await emil.opens_menu(card).chooses(shortcut)
    assert form.shows("Only agents and whoever asked for T-1 can do that.")


@pytest.mark.parametrize(
    "order", ["triage T-1", "assign T-1 me", "resolve T-1 Done", "note T-1 Hm", "history T-1", "status T-1"]
)
@pytest.mark.usefixtures("card")
async def test_what_is_typed_is_refused_like_a_button(order: str, office: Office, emil: Person) -> None:
    told = await (await emil.types(f"/ticket {order}")).shows("Only agents and whoever asked for T-1")
    assert told.only_for == emil.id
    assert len((await office.ticket(1)).history) == 1


@pytest.mark.usefixtures("card")
async def test_a_search_for_a_related_ticket_finds_what_one_may_see(
    ana: Person, ben: Person, emil: Person
) -> None:
    async def offered(person: Person) -> list[str]:
        form = await (await person.types("/ticket")).form()
        await form.press("More fields")
        found = await form.options("relatedTicketId", "printer")
        await form.close()
        return found

    assert [await offered(person) for person in (ana, ben, emil)] == [
        ["T-1 · Printer down"],
        ["T-1 · Printer down"],
        [],
    ]


async def test_agents_work_it_and_requesters_edit_close_and_reopen_their_own(
    office: Office, card: Message, ana: Person, ben: Person
) -> None:
    form = await (await ben.selects(card, "ticket_more", "Edit")).form()
    await form.fill(summary="Lobby printer down")
    assert (await form.submit()).closed
    await ana.types("/ticket resolve T-1 Replaced the fuser")
    await ben.types("/ticket close T-1")
    await ben.types("/ticket reopen T-1")
    what = [entry.what for entry in (await office.ticket(1)).history]
    assert what == ["created", "edited", "resolved", "closed", "reopened"]


async def test_requesters_withdraw_their_own_and_bring_it_back(
    office: Office, card: Message, ben: Person
) -> None:
    answer = await ben.selects(card, "ticket_more", "Not a ticket")
    await ben.presses(await answer.shows("is no ticket any more"), "Undo")
    assert (await office.ticket(1)).withdrawn_at is None


async def test_nothing_private_stands_in_the_history_that_a_requester_reads(
    card: Message, ana: Person, ben: Person
) -> None:
    form = await (await ana.presses(card, "Triage")).form()
    await form.fill(triageNotes="They never pay", priority="low")
    assert (await form.submit()).closed
    await ana.types("/ticket note T-1 They shout")
    await ana.types("/ticket assign T-1 me Sigh")
    theirs = await (await ben.types("/ticket history T-1")).form()
    for words in ("never pay", "Triage notes", "shout", "private note", "Sigh"):
        assert not theirs.shows(words), words
    assert theirs.shows("Priority: Medium → Low")
    assert theirs.shows("<@U0ANA> assigned it")
    ours = await (await ana.types("/ticket history T-1")).form()
    for words in ("never pay", "shout", "Sigh"):
        assert ours.shows(words), words


async def test_a_form_that_comes_back_to_a_requester_tells_nothing_private(
    card: Message, ana: Person, ben: Person
) -> None:
    form = await (await ben.selects(card, "ticket_more", "Edit")).form()
    await ana.types("/ticket note T-1 They shout")
    await ana.types("/ticket assign T-1 me Sigh")
    await form.fill(summary="Lobby printer down")
    assert not (await form.submit()).closed
    assert form.shows("<@U0ANA> assigned it")
    assert not form.shows("shout")
    assert not form.shows("Sigh")
    assert (await form.submit()).closed


async def test_a_requesters_reply_below_the_card_of_a_typed_ticket_is_heard_and_read_by_both(
    office: Office, card: Message, ana: Person, ben: Person, emil: Person
) -> None:
    assert card  # a queue is set up, so Ben is no agent
    await ben.types("/ticket Lamp out customer:acme site:hq type:break_fix", in_="general")
    public = await office.channel("general").shows("T-2")
    await ana.types("/ticket resolve T-2 Changed the bulb")
    ben.says("It is dark again", reply_to=public)
    await office.slack.events_taken()
    (reply,) = await office.runtime.store.read(office.workspace).comments(2)
    assert (reply.author, reply.text, reply.internal) == (ben.id, "It is dark again", False)
    assert (await office.ticket(2)).history[-1].what == "reopened"
    for reader in (ana, ben):
        await (await reader.types("/ticket show 2")).shows("It is dark again")
    assert "dark" not in (await (await emil.types("/ticket show 2")).shows("T-2")).shown


async def test_a_requester_links_nothing(office: Office, card: Message, ana: Person, ben: Person) -> None:
    assert card
    await ben.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await (await ben.types("/ticket link T-1 T-2")).shows("That is for agents")
    assert (await office.ticket(1)).related_ticket_id is None
    await ana.types("/ticket link T-1 T-2")
    assert (await office.ticket(1)).related_ticket_id == (await office.ticket(2)).id
