"""What people write to the bot itself: an order is followed, and anything else becomes a ticket by one press."""

import asyncio

import pytest

from bot.playground.driver import Person
from bot.playground.records import Message
from tests.journeys.conftest import Office

LINE = "customer:acme site:hq type:break_fix"


async def say(office: Office, person: Person, text: str, reply_to: Message | None = None) -> Message:
    said = person.says(text, in_=person.messages, reply_to=reply_to)
    await office.slack.events_taken()
    await office.runtime.settled()
    return said


def answers(office: Office, person: Person) -> list[Message]:
    return [each for each in person.messages.messages if each.author is office.slack.world.bot]


@pytest.fixture
async def known(office: Office, ben: Person) -> None:
    """Ben has asked for T-1, a scanner at Acme's HQ."""
    await ben.types(f"/ticket Scanner down {LINE}")
    await office.runtime.settled()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("list", "Scanner down"),
        ("@Deskhand list", "Scanner down"),
        ("search scanner", "Scanner down"),
        ("help", "How /ticket works"),
        ("@Deskhand", "How /ticket works"),
        ("resolve", "resolve T-42"),
        ("start T-404", "There is no T-404 here."),
    ],
)
async def test_an_order_is_answered(office: Office, ben: Person, said: str, told: str) -> None:
    await say(office, ben, said)
    (words,) = answers(office, ben)
    assert told in words.shown
    assert words.only_for is None, "it is there tomorrow, too"


@pytest.mark.usefixtures("known")
async def test_a_step_is_taken(office: Office, ana: Person) -> None:
    await say(office, ana, "resolve T-1 Cleaned the glass")
    assert (await office.ticket(1)).resolution == "Cleaned the glass"
    assert [each.text for each in answers(office, ana)] == [":heavy_check_mark: *T-1* is resolved."]


@pytest.mark.usefixtures("known")
async def test_a_ticket_alone_is_shown_at_a_press(office: Office, ben: Person) -> None:
    await say(office, ben, "T-1")
    (offered,) = answers(office, ben)
    assert (await (await ben.presses(offered, "Open the form")).form()).shows("Scanner down")


@pytest.mark.usefixtures("known")
async def test_anything_else_becomes_a_ticket_by_one_press(office: Office, ben: Person) -> None:
    office.slack.faults.repeat("message", 2)
    said = await say(office, ben, "The lobby printer is dead")
    (offered,) = answers(office, ben)
    assert "As your last ones: Acme" in offered.shown
    assert await office.total() == 1
    await asyncio.gather(*(ben.presses(offered, "Make it a ticket") for _ in range(2)))
    await office.runtime.settled()
    assert await office.total() == 2
    ticket = await office.ticket(2)
    assert (ticket.customer_id, ticket.site_id, ticket.summary) == (
        "acme",
        "acme-hq",
        "The lobby printer is dead",
    )
    assert (ticket.origin.way, ticket.origin.message_ts, ticket.created_by) == ("direct", said.ts, ben.id)
    card = await ben.messages.shows("The lobby printer is dead")
    assert await ben.messages.shows("It is *T-2* now")
    assert card
    await say(office, ben, "It smells", said)
    found = await office.runtime.store.read(office.workspace).comments(2, limit=5)
    assert [comment.text for comment in found.comments] == ["It smells"]


async def test_where_nothing_is_usual_yet_the_press_opens_the_form(office: Office, ben: Person) -> None:
    said = await say(office, ben, "The lobby printer is dead")
    (offered,) = answers(office, ben)
    assert "As your last ones" not in offered.shown
    form = await (await ben.presses(offered, "Make it a ticket")).form()
    assert form.value("summary") == "The lobby printer is dead"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.origin.way, ticket.origin.message_ts) == ("direct", said.ts)


@pytest.mark.usefixtures("known")
async def test_in_a_tickets_thread_a_reply_is_a_comment_and_an_order_with_our_mention_is_followed(
    office: Office, ben: Person, ana: Person
) -> None:
    await say(office, ben, "The lobby printer is dead")
    await ben.presses(answers(office, ben)[0], "Make it a ticket")
    await office.runtime.settled()
    said = next(each for each in ben.messages.messages if each.text == "The lobby printer is dead")
    await say(office, ben, "take", said)
    await say(office, ben, "@Deskhand note to self", said)
    found = await office.runtime.store.read(office.workspace).comments(2, limit=5)
    assert [comment.text for comment in found.comments] == ["take"]
    assert [entry.what for entry in await office.history(2)] == ["created", "noted"]
    assert answers(office, ana) == []


@pytest.mark.parametrize("said", ["thanks!", ":+1:"])
async def test_courtesy_is_left_alone(office: Office, ben: Person, said: str) -> None:
    await say(office, ben, said)
    assert (answers(office, ben), await office.total()) == ([], 0)


async def test_a_picture_without_a_word_is_offered_too(office: Office, ben: Person) -> None:
    ben.says("", in_=ben.messages, files=["smoke.jpg"])
    await office.slack.events_taken()
    await office.runtime.settled()
    (offered,) = answers(office, ben)
    assert "Shall I make a ticket of this?" in offered.shown


@pytest.mark.usefixtures("known")
async def test_what_is_said_wins_over_what_is_usual(office: Office, ben: Person) -> None:
    await say(office, ben, "@Deskhand Lift is stuck customer:harbor type:access")
    form = await (await ben.presses(answers(office, ben)[0], "Make it a ticket")).form()
    assert form.value("summary") == "Lift is stuck"
    assert "Acme" not in form.view.shown


async def test_a_reply_that_is_shown_in_the_channel_as_well_is_a_reply(office: Office, ben: Person) -> None:
    said = await say(office, ben, "The lobby printer is dead")
    world = office.slack.world
    world.say(ben.user, said.conversation, "It smells", thread_ts=said.ts, broadcast=True)
    await office.slack.events_taken()
    await office.runtime.settled()
    assert len(answers(office, ben)) == 1
