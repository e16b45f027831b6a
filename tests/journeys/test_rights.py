"""Who may do what, once a queue is set up: Ana and Chloe are its agents, Ben asks for things, Emil is somebody else.

Whoever may not is told so in one sentence that only they see, and nothing internal reaches them.
"""

import pytest

from bot.domain.history import wire_state
from bot.domain.people import Group
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.records import Message, User
from tests.histories import replayed
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix #network"
AGENTS = frozenset({"U0ANA", "U0CHLOE"})


@pytest.fixture
async def card(office: Office, ben: Person, support: Channel) -> Message:
    """Of Ben's T-1, in a queue of Ana's and Chloe's."""
    queue = Queue(name="network", channel=support.id, owner="U0DANA", group="S0NETWORK")
    await office.runtime.store.change(
        office.workspace, lambda tx: tx.keep_settings(WorkspaceSettings(queues=(queue,)))
    )
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
    assert len(await office.history(1)) == 1


@pytest.mark.parametrize("what", ["Edit", "Undo", "Private note", "Open", "Not a ticket"])
async def test_somebody_elses_ticket_is_nobodys_business(
    what: str, office: Office, card: Message, emil: Person
) -> None:
    answer = await emil.selects(card, "ticket_more", what)
    told = await answer.shows("There is no T-1 here.")
    assert told.only_for == emil.id
    assert emil.modals == []
    assert len(await office.history(1)) == 1


@pytest.mark.usefixtures("card")
async def test_whoever_converts_a_message_edits_and_undoes_what_they_made_and_its_author_does_not(
    office: Office, ben: Person, emil: Person, support: Channel
) -> None:
    said = ben.says("The lobby lamp flickers")
    form = await emil.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    shown = await support.shows("T-2* · *")
    correction = await (await emil.selects(shown, "ticket_more", "Edit")).form()
    await correction.fill(priority="high")
    assert (await correction.submit()).closed
    assert (await office.ticket(2)).priority == "high"
    await (await ben.selects(shown, "ticket_more", "Undo")).shows(f"That is for <@{emil.id}>, who made T-2.")
    assert (await emil.selects(shown, "ticket_more", "Undo")).trouble is None
    await emil.presses(await support.shows("T-2* was undone"), "Bring it back")
    await office.runtime.settled()
    ticket = await office.ticket(2)
    assert (ticket.created_by, ticket.undone_at) == (ben.id, None)
    await (await emil.selects(shown, "ticket_more", "Not a ticket")).shows("There is no T-2 here.")


async def test_whoever_asks_undoes_it_though_only_agents_set_a_status(
    office: Office, card: Message, ben: Person, support: Channel
) -> None:
    assert (await ben.selects(card, "ticket_more", "Undo")).trouble is None
    await support.shows("T-1* was undone")
    assert (await office.ticket(1)).undone_at


@pytest.mark.parametrize("shortcut", ["Triage ticket", "Assign ticket"])
async def test_a_shortcut_finds_no_ticket_that_one_may_not_see(
    shortcut: str, card: Message, emil: Person
) -> None:
    form = await emil.opens_menu(card).chooses(shortcut)
    assert form.shows("There is no ticket here yet.")


@pytest.mark.parametrize(
    "order", ["triage T-1", "assign T-1 me", "resolve T-1 Done", "note T-1 Hm", "history T-1", "status T-1"]
)
@pytest.mark.usefixtures("card")
async def test_what_is_typed_is_refused_like_a_button(order: str, office: Office, emil: Person) -> None:
    told = await (await emil.types(f"/ticket {order}")).shows("There is no T-1 here.")
    assert told.only_for == emil.id
    assert len(await office.history(1)) == 1


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


async def test_what_agents_keep_among_themselves_is_not_for_the_requester_to_edit(
    office: Office, card: Message, ana: Person, ben: Person
) -> None:
    triage = await (await ana.presses(card, "Triage")).form()
    await triage.fill(triageNotes="They never pay")
    await triage.submit()
    form = await (await ben.selects(card, "ticket_more", "Edit")).form()
    assert "category" in form.fields
    assert "visibilityMode" not in form.fields, "who else sees it is for agents to choose"
    assert "triageNotes" not in form.fields
    assert not form.shows("They never pay")
    await form.fill(priority="high")
    assert (await form.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.triage_notes) == ("high", "They never pay")


async def test_agents_work_it_and_requesters_edit_close_and_reopen_their_own(
    office: Office, card: Message, ana: Person, ben: Person
) -> None:
    form = await (await ben.selects(card, "ticket_more", "Edit")).form()
    await form.fill(summary="Lobby printer down")
    assert (await form.submit()).closed
    await ana.types("/ticket resolve T-1 Replaced the fuser")
    await ben.types("/ticket close T-1")
    await ben.types("/ticket reopen T-1")
    what = [entry.what for entry in await office.history(1)]
    assert what == ["created", "corrected", "resolved", "closed", "reopened"]


async def test_requesters_withdraw_their_own_and_bring_it_back(
    office: Office, card: Message, ben: Person, support: Channel
) -> None:
    await ben.selects(card, "ticket_more", "Not a ticket")
    await ben.presses(await support.shows("Withdrawn"), "Undo")
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
    (reply,) = (await office.runtime.store.read(office.workspace).comments(2)).comments
    assert (reply.author, reply.text, reply.internal) == (ben.id, "It is dark again", False)
    assert (await office.history(2))[-1].what == "reopened"
    for reader in (ana, ben):
        assert (await (await reader.types("/ticket show 2")).form()).shows("It is dark again")
    assert "dark" not in (await (await emil.types("/ticket show 2")).shows("T-2")).shown


async def test_a_requester_links_nothing(office: Office, card: Message, ana: Person, ben: Person) -> None:
    assert card
    await ben.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await (await ben.types("/ticket link T-1 T-2")).shows("That is for agents")
    assert (await office.ticket(1)).related_ticket_id is None
    await ana.types("/ticket link T-1 T-2")
    assert (await office.ticket(1)).related_ticket_id == (await office.ticket(2)).id


FULL = "customer:acme site:acme-hq type:break_fix"


@pytest.mark.usefixtures("card")
async def test_naming_somebody_elses_ticket_does_not_tell_what_it_is_about(
    office: Office, emil: Person
) -> None:
    answer = await emil.types("/ticket Lamp flickers related:T-1")
    form = await answer.form()
    assert form.shows("There is no ticket T-1.")
    assert not form.shows("Printer down")
    await form.close()
    unknown = await (await emil.types("/ticket Lamp flickers related:T-99")).form()
    assert unknown.shows("There is no ticket T-99."), "which is what is said of one that does not exist"
    assert await office.total() == 1


@pytest.mark.usefixtures("card")
async def test_a_history_does_not_tell_which_ticket_it_is_that_one_may_not_see(
    ana: Person, ben: Person
) -> None:
    await ana.types(f"/ticket Payroll is down {FULL}")
    await ana.types("/ticket link T-1 T-2")
    theirs = await (await ben.types("/ticket history T-1")).form()
    assert theirs.shows("Related ticket: another ticket")
    ours = await (await ana.types("/ticket history T-1")).form()
    assert ours.shows("Related ticket: T-2")


@pytest.mark.usefixtures("card")
async def test_linking_is_for_agents_and_says_nothing_of_the_other_ticket(
    office: Office, ana: Person, ben: Person
) -> None:
    await ana.types(f"/ticket Payroll is down {FULL}")
    for other in ("T-2", "T-99"):
        told = await (await ben.types(f"/ticket link T-1 {other}")).shows("That is for agents.")
        assert "Payroll" not in told.shown
    assert (await office.ticket(1)).related_ticket_id is None


@pytest.mark.usefixtures("card")
async def test_a_message_that_somebody_made_a_ticket_of_is_told_without_its_ticket(
    office: Office, ben: Person, emil: Person
) -> None:
    said = ben.says("The lobby lamp flickers")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix", summary="Payroll is down")
    await form.submit()
    told = await emil.opens_menu(said).chooses("Create ticket")
    assert told.shows("This message is a ticket already. Only agents and whoever asked for it can see it.")
    assert not told.shows("Payroll")
    assert await office.total() == 2


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("@emil", "Only agents say who gets a ticket. Leave the assignee empty."),
        ("notes:mine", "Only agents write triage notes."),
        ("status:closed", "Only agents choose the status of a new ticket."),
        ("visibility:global", "Only agents choose who else sees a ticket."),
    ],
)
@pytest.mark.usefixtures("card")
async def test_a_requesters_line_that_says_what_agents_decide_opens_the_form_with_the_reason(
    typed: str, why: str, office: Office, emil: Person
) -> None:
    answer = await emil.types(f"/ticket Lamp flickers {FULL} #network !high {typed}")
    form = await answer.form()
    assert form.shows(why)
    assert form.value("summary") == "Lamp flickers"
    await answer.shows("Lamp flickers")
    assert await office.total() == 1


@pytest.mark.usefixtures("card")
async def test_a_requesters_form_has_the_reason_at_what_agents_decide(office: Office, emil: Person) -> None:
    form = await (await emil.types("/ticket")).form()
    await form.press("More fields")
    await form.fill(customerId="Acme", siteId="HQ", summary="Lamp", ticketType="other", priority="high")
    await form.fill(assignedUserId="emil", triageNotes="Mine", status="resolved")
    assert "visibilityMode" not in form.fields
    errors = (await form.submit()).errors
    assert {field.partition(":")[0] for field in errors} == {
        "assignedUserId",
        "triageNotes",
        "status",
    }
    assert await office.total() == 1


@pytest.mark.parametrize("status", ["resolved", "closed"])
@pytest.mark.usefixtures("card")
async def test_what_an_agent_opens_as_done_has_a_resolution_and_is_told_by_its_history(
    status: str, office: Office, ana: Person
) -> None:
    await (await ana.types(f"/ticket Lamp changed {FULL} #network status:{status}")).shows("*T-2* is saved")
    ticket = await office.ticket(2)
    assert (ticket.status, ticket.resolution) == (status, "Resolved when it was opened")
    assert replayed(ticket, await office.history(2)) == wire_state(ticket)
    history = await (await ana.types("/ticket history T-2")).form()
    assert history.shows("Resolution: Resolved when it was opened")


@pytest.mark.usefixtures("card")
async def test_the_queue_form_that_somebody_kept_open_saves_nothing_once_they_are_no_admin(
    office: Office, support: Channel
) -> None:
    dana = office.person("dana")
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Add a queue")
    await form.fill(name="heating", channel=support.id)
    dana.user.is_admin = False
    office.slack.world.change_user(dana.user)
    await office.slack.events_taken()
    submission = await form.submit()
    assert submission.view
    settings = await office.runtime.store.read(office.workspace).settings()
    assert [queue.name for queue in settings.queues] == ["network"]


@pytest.mark.parametrize(
    "line",
    ["assign T-1 me", "show 1", "history T-1", "note T-1 They shout", "settings", "oncall", "link T-1 T-9"],
)
@pytest.mark.usefixtures("card")
async def test_whoever_is_not_known_yet_is_told_so_looked_up_and_keeps_what_they_typed(
    line: str, office: Office
) -> None:
    office.slack.world.add_user(User("U0NEW", "nia", "Nia New", "nia", is_admin=True))
    network = Group(id="S0NETWORK", name="network-agents", members=AGENTS | {"U0NEW"})
    await office.runtime.people.learn_groups(office.workspace, [network])
    nia = office.person("nia")
    told = await (await nia.types(f"/ticket {line}")).shows("I am still learning who you are: try again")
    assert f"> {line}" in told.shown
    await office.runtime.settled()
    again = await nia.types(f"/ticket {line}")
    await office.runtime.settled()
    assert not any("still learning" in message.shown for message in again.messages)


@pytest.mark.usefixtures("card")
async def test_a_list_and_home_say_that_there_may_be_more(office: Office) -> None:
    office.slack.world.add_user(User("U0NEW", "nia", "Nia New", "nia"))
    nia = office.person("nia")
    office.slack.faults.fail("users.info", "internal_error", times=2)
    await (await nia.types("/ticket list")).shows("I am still learning who you are")
    nia.opens_home()
    await office.slack.events_taken()
    await office.runtime.settled()
    assert nia.home
    assert "I am still learning who you are" in nia.home.shown
    assert "Printer down" not in nia.home.shown


@pytest.mark.usefixtures("card")
async def test_standing_in_gives_an_agents_rights_no_longer_than_it_lasts(
    office: Office, ana: Person, emil: Person
) -> None:
    await ana.types("/ticket oncall swap network @emil until in 2h")
    assert (await (await emil.types("/ticket show 1")).form()).shows("Printer down")
    settings = await office.runtime.store.read(office.workspace).settings()
    (standing_in,) = settings.queues[0].overrides
    over = standing_in.model_copy(update={"end": standing_in.start})
    queue = settings.queues[0].model_copy(update={"overrides": (over,)})
    changed = settings.with_queue(queue, instead_of="network")
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(changed))
    await (await emil.types("/ticket show 1")).shows("There is no T-1 here.")
