"""Working tickets by typing: at once where the line says all, else the form; and what a slip is answered with."""

import pytest

from bot.domain.steps import typed_words
from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


@pytest.fixture
async def printer(ben: Person, support: Channel) -> None:
    """Ben's T-1."""
    await ben.types(LINE)
    await support.shows("T-1")


pytestmark = pytest.mark.usefixtures("printer")


async def test_a_person_is_assigned_at_once_and_the_words_behind_are_a_private_note(
    office: Office, ana: Person
) -> None:
    answer = await ana.types("/ticket assign T-1 @chloe look at the fuser")
    await answer.shows("Assigned")
    await office.person("chloe").messages.shows("T-1")
    ticket = await office.ticket(1)
    assert (ticket.assigned_user_id, (await office.history(1))[-1].note) == ("U0CHLOE", "look at the fuser")


async def test_a_queue_me_and_nobody_are_whom_it_can_be_given_to(office: Office, ana: Person) -> None:
    await ana.types("/ticket assign T-1 me")
    assert (await office.ticket(1)).assigned_user_id == ana.id
    await ana.types("/ticket assign T-1 #network")
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.assigned_queue, ticket.assigned_user_id) == ("assigned", "network", None)
    await ana.types("/ticket assign T-1 nobody")
    assert (await office.ticket(1)).status == "triaged"


async def test_words_behind_a_step_are_what_it_asks_for(office: Office, ana: Person) -> None:
    await ana.types("/ticket start T-1")
    await ana.types("/ticket hold t1 waiting for parts")
    held = await office.ticket(1)
    assert (held.hold_reason, (await office.history(1))[-1].note) == ("waiting for parts", None)
    await ana.types("/ticket resume 1")
    await (await ana.types("/ticket resolve T-1 Replaced the toner")).shows("Resolved: Replaced the toner")
    await ana.types("/ticket close T-1")
    await ana.types("/ticket reopen T-1 it is back")
    ticket = await office.ticket(1)
    assert ticket.status == "in_progress"
    assert (await office.history(1))[-1].note == "it is back"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("triage T-1", "Triage T-1"),
        ("assign T-1", "Assign T-1"),
        ("hold T-1", "Hold T-1"),
        ("RESOLVE t-1", "Resolve T-1"),
        ("edit T-1", "Edit T-1"),
        ("note T-1", "Private note on T-1"),
        ("link T-1", "Link T-1"),
        ("history T-1", "History of T-1"),
        ("status T-1 on hold", "Hold T-1"),
        ("status T-1 assigned", "Assign T-1"),
    ],
)
async def test_without_words_the_form_asks(line: str, title: str, ana: Person) -> None:
    assert (await (await ana.types(f"/ticket {line}")).form()).title == title


@pytest.mark.parametrize("line", ["resolve T-1", "status T-1 on hold", "hold T-1"])
async def test_no_form_opens_for_a_step_that_is_not_open(line: str, ana: Person) -> None:
    await ana.types("/ticket resolve T-1 Replaced the toner")
    await (await ana.types(f"/ticket {line}")).shows("T-1 is resolved, so it is not possible to")


async def test_a_status_is_put_in_words(office: Office, ana: Person) -> None:
    await (await ana.types("/ticket status T-1")).shows("New")
    await ana.types("/ticket status T-1 in progress")
    await ana.types("/ticket status T-1 on hold waiting for parts")
    assert (await office.ticket(1)).hold_reason == "waiting for parts"
    await ana.types("/ticket status T-1 in-progress")
    assert (await office.ticket(1)).status == "in_progress"
    await (await ana.types("/ticket status T-1 in progress")).shows("T-1 is in progress already.")
    await (await ana.types("/ticket status T-1 closed")).shows("What is: ")
    await (await ana.types("/ticket status T-1 sleeping")).shows("There is no such status.")


async def test_two_tickets_are_linked_by_their_numbers(office: Office, ana: Person, ben: Person) -> None:
    await ben.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await ana.types("/ticket link T-1 T-2")
    assert (await office.ticket(1)).related_ticket_id == (await office.ticket(2)).id
    await (await ana.types("/ticket link T-1 T-9")).shows("There is no ticket T-9.")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("resolve T-9 Replaced the toner", "There is no T-9 here."),
        ("resume T-1 since the parts are here", "T-1 is new, so it is not possible to resume it now."),
        ("assign T-1 to the night shift", "Say who gets it"),
        ("assign T-1 @somebody", "Nobody here is called “somebody”"),
    ],
)
async def test_what_was_typed_in_vain_is_given_back(
    line: str, words: str, office: Office, ana: Person
) -> None:
    told = await (await ana.types(f"/ticket {line}")).shows(words)
    assert line in told.shown
    assert len(await office.history(1)) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("resolve", "`/ticket resolve T-42 Replaced the toner` resolves T-42."),
        ("close door", "closes T-42 once it is resolved"),
        ("asign T-1 @ana", "Did you mean `/ticket assign`?"),
        ("reslove T-1 Replaced the toner", "Did you mean `/ticket resolve`?"),
    ],
)
async def test_a_slip_is_answered_with_how_it_goes(
    line: str, words: str, office: Office, ana: Person
) -> None:
    told = await (await ana.types(f"/ticket {line}")).shows(words)
    assert "Make it a ticket" in told.shown
    assert await office.total() == 1


async def test_a_line_that_only_begins_like_a_command_is_a_ticket(office: Office, ana: Person) -> None:
    await ana.types("/ticket Close 3 doors on floor 2 customer:acme site:hq type:other")
    assert (await office.ticket(2)).summary == "Close 3 doors on floor 2"


@pytest.mark.parametrize("status", ["new", "in progress", "on hold", "resolved"])
async def test_whatever_verb_is_typed_it_is_followed_or_the_answer_says_why_not(
    status: str, office: Office, ana: Person
) -> None:
    """A verb that one of the tables forgets is a fault of ours, and no sentence for the one who typed."""
    if status != "new":
        await ana.types(f"/ticket status T-1 {status} for a reason")
    for verb in typed_words():
        for rest in ("", " for a reason"):
            answer = await ana.types(f"/ticket {verb} T-1{rest}")
            assert answer.trouble is None
            assert not any("Something went wrong" in message.shown for message in answer.messages), verb
            while ana.modals:
                await office.slack.client.close(ana.user, ana.modals[-1])
    help_text = (await ana.types("/ticket help")).messages[0]
    assert [verb for verb in typed_words() if verb not in f"{help_text.blocks}"] == []
