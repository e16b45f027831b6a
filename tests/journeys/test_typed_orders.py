"""Lines that are orders: how a ticket may be named, several at once, and what is asked about instead of misread."""

from datetime import timedelta

import pytest

from bot.domain.ticket import Entry
from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office

LINE = "customer:acme site:hq type:break_fix"


@pytest.fixture
async def two(ben: Person, support: Channel) -> None:
    """Ben's T-1 and T-2."""
    for summary in ("Printer down", "Scanner down"):
        await ben.types(f"/ticket {summary} {LINE}")
    await support.shows("T-2")


pytestmark = pytest.mark.usefixtures("two")


async def last(office: Office, number: int) -> Entry:
    return (await office.history(number))[-1]


@pytest.mark.parametrize(
    "line", ["T-1", "1", "#1", "t1", "T‑1.", "show T–1", "show ticket 1?", "show ticket number 1"]
)
async def test_a_ticket_alone_is_shown(line: str, office: Office, ana: Person) -> None:
    assert (await (await ana.types(f"/ticket {line}")).form()).shows("Printer down")
    assert await office.total() == 2


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("404", "T-404"),
        ("T-0", "T-0"),
        ("T-99999999999", "T-99999999999"),
        ("close T-99999999999", "T-99999999999"),
    ],
)
async def test_a_number_that_no_ticket_has_makes_none(
    line: str, name: str, office: Office, ana: Person
) -> None:
    await (await ana.types(f"/ticket {line}")).shows(f"There is no {name} here.")
    assert not ana.modals
    assert await office.total() == 2


async def test_a_polite_order_is_followed(office: Office, ana: Person) -> None:
    await ana.types("/ticket please start T-1")
    assert (await office.ticket(1)).status == "in_progress"
    assert (await (await ana.types("/ticket resolve T-1 please")).form()).title == "Resolve T-1"


async def test_several_tickets_are_worked_one_by_one_with_a_word_about_each(
    office: Office, ana: Person
) -> None:
    await ana.types("/ticket resolve T-1 Replaced the toner")
    told = await (await ana.types("/ticket close T-1, T-2 and T-9")).shows("1 done, 2 not")
    assert "Printer down. You closed it." in told.shown
    assert "*T-2* was left as it is. T-2 is new" in told.shown
    assert "There is no T-9 here." in told.shown
    assert [(await office.ticket(number)).status for number in (1, 2)] == ["closed", "new"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("resolve T-1, T-2 and t1 New toner", "resolved"),
        ("assign T-1 T-2 @chloe look first", "assigned"),
        ("priority T-1 & T-2 high", "prioritized"),
        ("status T-1 T-2 in progress", "started"),
        ("snooze T-1, T-2 until in 3 days", "snoozed"),
        ("note T-1, T-2: the same toner", "noted"),
    ],
)
async def test_words_behind_several_tickets_are_said_of_each(
    line: str, what: str, office: Office, ana: Person
) -> None:
    await (await ana.types(f"/ticket {line}")).shows("2 done")
    assert [(await last(office, number)).what for number in (1, 2)] == [what, what]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("resolve T-1 T-2", "Say what it needs for all of them: `/ticket resolve T-42 Replaced the toner`."),
        ("assign T-1 T-2", "Say what it needs for all of them"),
        ("assign T-1 T-2 @somebody", "Nobody here is called “somebody”"),
        ("snooze T-1, T-2 until whenever", "not a time I understand"),
        ("edit T-1 T-2", "takes one ticket at a time"),
        ("history T-1 T-2", "takes one ticket at a time"),
        ("status T-1, T-2", "takes one ticket at a time"),
        ("status T-1, T-2 asleep", "2 not"),
        ("T-1, T-2", "I show one ticket at a time"),
    ],
)
async def test_what_is_not_said_of_several_tickets_is_done_to_none(
    line: str, words: str, office: Office, ana: Person
) -> None:
    await (await ana.types(f"/ticket {line}")).shows(words)
    assert not ana.modals
    assert [len(await office.history(number)) for number in (1, 2)] == [1, 1]


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("resolve #2 pump is still leaking", "Did you mean T-2?"),
        ("close 2 doors", "Did you mean T-2?"),
        ("resolve T-1 T-2 has the same cause", "I cannot tell which of these are tickets"),
        ("show T-1 to Ben", "takes a ticket's number"),
        ("delete T-1", "There is no `/ticket delete`."),
        ("please close 2 doors", "Did you mean T-2?"),
        ("close T-1 to T-2", "I cannot tell which of these are tickets"),
        ("priority T-1 high, T-2 low", "One order says one thing"),
        ("assign to me T-1 call first", "gives T-42 to Ana"),
        ("reply to T-1 Is it plugged in?", "sends your words to whoever asked"),
        ("merge T-1 into T-2", "There is no `/ticket merge`."),
        ("prio T-1 high", "There is no `/ticket prio`."),
        ("T-1 assign me", "Did you mean “/ticket assign T-1 me”?"),
        ("reslove T‑1 New toner", "Did you mean `/ticket resolve`?"),
    ],
)
async def test_what_may_be_an_order_is_asked_about_and_can_be_a_ticket_after_all(
    line: str, asked: str, office: Office, ana: Person
) -> None:
    answer = await ana.types(f"/ticket {line}")
    assert line in (await answer.shows(asked)).shown
    assert not ana.modals
    assert [len(await office.history(number)) for number in (1, 2)] == [1, 1]
    form = await (await ana.presses(answer, "Make it a ticket")).form()
    assert form.value("summary") == line


@pytest.mark.parametrize(
    ("line", "assignee", "note"),
    [
        ('@chloe notes:"abc def" xyz', "U0CHLOE", 'notes:"abc def" xyz'),
        ("@chloe look at it due:tomorrow !high", "U0CHLOE", "look at it due:tomorrow !high"),
        ("@chloe #4B is  leaking", "U0CHLOE", "#4B is  leaking"),
        ("@chloe #network is  down", "U0CHLOE", "#network is  down"),
        ("me, urgent", "U0ANA", "urgent"),
        ("@me", "U0ANA", None),
        ("to me", "U0ANA", None),
        ("assignee:me", "U0ANA", None),
        ("chloe", "U0CHLOE", None),
    ],
)
async def test_all_that_follows_whoever_gets_it_is_the_note(
    line: str, assignee: str, note: str | None, office: Office, ana: Person
) -> None:
    answer = await ana.types(f"/ticket assign T-1 {line}")
    await answer.shows(f"Your note, for agents only: {' '.join(note.split())}" if note else "Assigned")
    ticket = await office.ticket(1)
    assert (ticket.assigned_user_id, (await last(office, 1)).note) == (assignee, note)
    assert (ticket.priority, ticket.sla_due_at, ticket.triage_notes) == ("medium", None, None)


async def test_a_ticket_is_taken_off_its_assignee(office: Office, ana: Person) -> None:
    await ana.types("/ticket assign T-1 @chloe")
    await (await ana.types("/ticket unassign T-1 she is away")).shows("Nobody yet")
    assert (await last(office, 1)).note == "she is away"


async def test_a_priority_is_changed_or_asked_for(office: Office, ana: Person) -> None:
    await (await ana.types("/ticket priority T-1 high since it drips")).shows("since it drips")
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.status) == ("high", "new")
    await (await ana.types("/ticket priority T-1 !low")).shows("Low")
    await (await ana.types("/ticket priority T-1 purple")).shows("Priority must be")
    form = await (await ana.types("/ticket priority T-1")).form()
    assert (form.title, form.value("priority")) == ("Priority of T-1", "low")
    await form.fill(priority="critical")
    assert (await form.submit()).closed
    assert (await office.ticket(1)).priority == "critical"


async def test_a_snooze_lasts_until_its_time_is_over(office: Office, ana: Person) -> None:
    await (await ana.types("/ticket snooze T-1 until in 3 days, Ben is away")).shows("snoozed until")
    now = office.slack.clock.now()
    until = (await office.ticket(1)).snoozed_until
    assert until
    assert timedelta(days=2, hours=23) < until - now <= timedelta(days=3)
    assert (await last(office, 1)).note == "Ben is away"
    ana.moves_time("week")
    await office.runtime.desk_clock.turn()
    assert (await office.ticket(1)).snoozed_until is None
    assert (await (await ana.types("/ticket snooze T-2")).form()).title == "Snooze T-2"


async def test_a_hold_may_have_a_time_and_asks_for_its_reason(office: Office, ana: Person) -> None:
    await (await ana.types("/ticket hold T-1 until in 2 days waiting for parts")).shows("On hold until")
    ticket = await office.ticket(1)
    assert ticket.hold_until
    assert (ticket.status, ticket.hold_reason) == ("on_hold", "waiting for parts")
    form = await (await ana.types("/ticket hold T-2 until in 2 days")).form()
    assert form.title == "Hold T-2"
    await form.fill(holdReason="parts")
    assert (await form.submit()).closed
    assert (await office.ticket(2)).hold_until
    await ana.types("/ticket status T-1 in progress")
    form = await (await ana.types("/ticket hold T-1 friday is a holiday")).form()
    assert (form.value("holdReason"), bool(form.value("holdUntil"))) == ("friday is a holiday", True)
    await ana.types("/ticket status T-1 on hold until in 2 days parts again")
    assert (await office.ticket(1)).hold_reason == "parts again"


async def test_a_reply_goes_to_the_requester(office: Office, ana: Person, ben: Person) -> None:
    answer = await (await ana.types("/ticket reply T-1 Is it  plugged in?")).shows("Your reply to")
    assert "is on its way." in answer.shown
    await office.channel("support").shows("Is it  plugged in?")
    assert (await (await ben.types("/ticket show T-1")).form()).shows("sent to the requester")
    form = await (await ana.types("/ticket reply T-1")).form()
    assert form.title == "Reply to requester"


async def test_a_requesters_comment_opens_what_was_resolved_again(
    office: Office, ana: Person, ben: Person
) -> None:
    await ana.types("/ticket resolve T-1 Replaced the toner")
    await (await ben.types("/ticket comment T-1 It still smells")).shows("Your comment is below it.")
    assert (await office.ticket(1)).status != "resolved"
    assert (await (await ana.types("/ticket T-1")).form()).shows("It still smells")
    await (await ana.types("/ticket comment T-1")).shows("Say it behind the ticket")


async def test_an_agents_comment_is_read_by_whoever_asked(office: Office, ana: Person, ben: Person) -> None:
    await ana.types("/ticket comment T-1 Toner is ordered")
    await office.channel("support").shows("Toner is ordered")
    form = await (await ben.types("/ticket T-1")).form()
    assert form.shows("Toner is ordered")
    assert not form.shows("sent to the requester")


async def test_words_for_a_form_are_in_it(office: Office, ana: Person) -> None:
    form = await (await ana.types("/ticket triage T-1 looks like toner")).form()
    assert form.value("triageNotes") == "looks like toner"
    form = await (await ana.types("/ticket edit T-2 Scanner in hall 2 down")).form()
    assert form.value("summary") == "Scanner in hall 2 down"
    assert len(await office.history(1)) == 1


async def test_a_line_that_begins_with_draft_is_a_line(office: Office, ana: Person) -> None:
    answer = await ana.types("/ticket draft: price list is wrong")
    form = await (await ana.presses(answer, "Open the form again")).form()
    assert form.value("summary") == "draft: price list is wrong"
    assert await office.total() == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("deleted", "Chloe has left. Choose somebody else."),
        ("is_bot", "Chloe is a bot. Choose a person."),
        ("is_restricted", "Chloe is a guest or from another organisation"),
    ],
)
async def test_nobody_is_given_work_who_does_none_and_what_they_had_is_found(
    change: str, words: str, office: Office, ana: Person
) -> None:
    await ana.types("/ticket assign T-2 @chloe")
    chloe = office.person("chloe").user
    setattr(chloe, change, True)
    office.slack.world.change_user(chloe)
    await office.slack.events_taken()
    told = await (await ana.types("/ticket assign T-1 @chloe look first")).shows(words.partition(" ")[2])
    assert "look first" in told.shown
    several = await ana.types("/ticket assign T-1, T-2 Chloe Duarte")
    await several.shows(words.partition(" ")[2])
    form = await (await ana.types("/ticket assign T-1")).form()
    await form.fill(assignedUserId=chloe.id)
    assert [words.partition(" ")[2] in each for each in (await form.submit()).errors.values()] == [True]
    assert (await office.ticket(1)).assigned_user_id is None
    for filter_ in ("assignee:chloe", "assignee:Chloe Duarte", "@chloe"):
        await (await ana.types(f"/ticket list {filter_}")).shows("Scanner down")


@pytest.mark.parametrize("who", ["@USLACKBOT", "slackbot", "@deskhand"])
async def test_neither_slackbot_nor_the_desk_is_given_a_ticket(who: str, office: Office, ana: Person) -> None:
    await (await ana.types(f"/ticket assign T-1 {who}")).shows("is a bot. Choose a person.")
    assert (await office.ticket(1)).assigned_user_id is None
