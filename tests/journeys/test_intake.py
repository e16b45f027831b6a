"""A channel that is switched on: what people write there becomes tickets, once each, or is asked about."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.domain.channel_defaults import ChannelDefaults, Intake
from bot.domain.errors import StoreUnavailable
from bot.domain.intake import MOST_OF_A_CHANNEL, MOST_OF_A_PERSON, SPAN
from bot.domain.outbox import Job
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.markup import rich_text
from bot.playground.records import Message, User
from bot.playground.wire import Json
from tests.journeys.conftest import Office

WHOLE = {
    "customerId": "acme",
    "siteId": "acme-hq",
    "ticketType": "break_fix",
    "sourceChannel": "internal",
    "assignedQueue": "printers",
}
DEAD = "Hi team,\nthe lobby printer is dead\nIt says E-17, @chloe"


async def switch(office: Office, intake: Intake, *, minutes: int = 10, whole: bool = True) -> None:
    """Those of #ops-oncall are the agents."""
    oncall = office.channel("ops-oncall")
    await office.runtime.people.learn_channel(office.workspace, oncall.id, oncall.conversation.members)
    defaults = ChannelDefaults(fields=WHOLE if whole else {}, intake=intake, joins_within=minutes)
    settings = WorkspaceSettings(
        queues=(Queue(name="printers", channel=oncall.id, owner="U0DANA"),), channels={"C0SUPPORT": defaults}
    )
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))


async def settled(office: Office) -> None:
    await office.slack.events_taken()
    await office.runtime.settled()


@pytest.fixture
async def tickets(office: Office) -> None:
    await switch(office, "ticket")


@pytest.fixture
async def offers(office: Office) -> None:
    await switch(office, "offer")


def ours(office: Office, channel: Channel, words: str) -> list[Message]:
    return [
        each for each in channel.messages if each.author is office.slack.world.bot and words in each.shown
    ]


def offered(office: Office, channel: Channel) -> list[Message]:
    return ours(office, channel, "Shall this be a ticket?")


async def comments(office: Office, number: int = 1) -> list[str]:
    await office.slack.events_taken()
    page = await office.runtime.store.read(office.workspace).comments(number, limit=100)
    return [each.text for each in page.comments if not each.deleted]


def later(office: Office, person: Person, text: str, **by: float) -> Message:
    """What somebody writes in #support so much later than the newest message there."""
    world, support = office.slack.world, office.channel("support").conversation
    seconds, _, micro = world.next_ts().partition(".")
    ts = f"{int(seconds) + int(timedelta(**by).total_seconds())}.{micro}"
    return world.post(Message(ts, support, person.user, text, [rich_text(text)]))


@pytest.mark.usefixtures("tickets")
async def test_a_message_becomes_a_ticket_at_once_where_the_channels_defaults_suffice(
    office: Office, ben: Person, support: Channel
) -> None:
    said = ben.says(DEAD, files=["panel.jpg"])
    await settled(office)
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.created_by, ticket.maker) == ("the lobby printer is dead", ben.id, ben.id)
    assert ticket.symptom_description == DEAD
    assert (ticket.customer_id, ticket.site_id, ticket.assigned_queue) == ("acme", "acme-hq", "printers")
    assert (ticket.origin.way, ticket.origin.message_ts) == ("intake", said.ts)
    assert ticket.origin.message
    assert [file.name for file in ticket.origin.message.files] == ["panel.jpg"]
    assert (await support.shows("T-1")).thread_ts == said.ts
    assert await office.total() == 1
    assert not offered(office, support)


@pytest.mark.usefixtures("tickets")
async def test_its_first_line_is_read_as_a_typed_one_and_what_is_doubtful_is_asked(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    ben.says("The door is stuck !high")
    await settled(office)
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.priority) == ("The door is stuck", "high")
    ana.says("The lift is stuck !hihg")
    await settled(office)
    assert await office.total() == 1
    assert len(offered(office, support)) == 1
    form = await (await ana.presses(offered(office, support)[0], "Make it a ticket")).form()
    assert form.shows("hihg"), "the form says what was doubtful"


@pytest.mark.usefixtures("tickets")
async def test_what_the_same_person_writes_next_joins_it_with_its_edits_its_deletion_and_its_thread(
    office: Office, ana: Person, ben: Person
) -> None:
    ben.says(DEAD)
    await settled(office)
    smells = ben.says("It smells, too")
    await settled(office)
    regretted = ben.says("My password is hunter2")
    await settled(office)
    assert await comments(office) == ["It smells, too", "My password is hunter2"]
    ana.says("Of glue?", reply_to=smells)
    await settled(office)
    ana.says("Which one?", reply_to=regretted)
    await settled(office)
    ben.edits(smells, "It smells of glue")
    await settled(office)
    ben.deletes(regretted)
    assert await comments(office) == ["It smells of glue", "Of glue?", "Which one?"]
    await settled(office)
    what = [entry.what for entry in await office.history(1)]
    assert what == ["created", "comment_edited", "comment_deleted"]
    office.person("chloe").says("The scanner is dead")
    await settled(office)
    assert await office.total() == 2, "somebody else's is another ticket"


@pytest.mark.usefixtures("tickets")
async def test_nobody_hears_of_thanks_emoji_greetings_bots_and_what_slack_itself_says(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    world = office.slack.world
    for text in ("thanks", "thx all!", "ok", "👍", ":tada:", "Hi team", "+1"):
        ben.says(text)
    strangers: Sequence[tuple[User, Json]] = [
        (User("U0PAGER", "pager", "Pager", is_bot=True), {}),
        (User("USLACKBOT", "slackbot", "Slackbot"), {}),
        (ben.user, {"bot_id": "B0WORKFLOW", "subtype": "bot_message"}),
        (ben.user, {"app_id": "A0OTHER"}),
        (ben.user, {"subtype": "channel_join"}),
        (ben.user, {"subtype": "channel_topic"}),
        (world.bot, {}),
    ]
    for author, raw in strangers:
        world.post(Message(world.next_ts(), support.conversation, author, "Disk full", raw=raw))
    root = support.messages[0]
    world.say(ana.user, support.conversation, "Looking into it", thread_ts=root.ts, broadcast=True)
    ana.edits(root, "Something else entirely")
    await settled(office)
    assert await office.total() == 0
    assert not offered(office, support)
    ben.says(DEAD)
    await settled(office)
    for text in ("thanks", "👍", "any news?"):
        ben.says(text)
    assert await comments(office) == ["any news?"], "what says nothing is no comment either"


@pytest.mark.usefixtures("tickets")
async def test_what_is_doubtful_alone_is_asked_and_a_photo_needs_its_words(
    office: Office, ben: Person, support: Channel
) -> None:
    ben.says("any news?")
    await settled(office)
    office.person("chloe").says("", files=["panel.jpg"])
    await settled(office)
    assert await office.total() == 0
    question, photo = offered(office, support)
    form = await (await office.person("chloe").presses(photo, "Make it a ticket")).form()
    await form.fill(summary="What the panel shows", customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.origin.way) == ("What the panel shows", "intake")
    await ben.presses(question, "Make it a ticket")
    await support.shows("This is *T-2* now.")
    assert (await office.ticket(2)).summary == "any news?"


@pytest.mark.usefixtures("offers")
async def test_an_offer_takes_one_press_of_anybody_and_the_author_is_the_requester(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says(DEAD)
    await settled(office)
    smells = ben.says("It smells, too")
    await settled(office)
    gone = ben.says("hunter2")
    await settled(office)
    ben.edits(smells, "It smells of glue")
    ben.deletes(gone)
    await settled(office)
    (offer,) = offered(office, support)
    assert offer.thread_ts == said.ts, "one offer for a burst"
    assert await office.total() == 0
    copied = Message(**vars(offer))
    await ana.presses(offer, "Make it a ticket")
    await support.shows("This is *T-1* now.")
    ticket = await office.ticket(1)
    assert (ticket.created_by, ticket.origin.converted_by, ticket.origin.way) == (ben.id, ana.id, "intake")
    assert ticket.summary == "the lobby printer is dead"
    assert await comments(office) == ["It smells of glue"], "what was said meanwhile goes with it"
    ben.says("And now it burns")
    assert await comments(office) == ["It smells of glue", "And now it burns"]
    told = await ana.presses(copied, "Make it a ticket")
    await told.shows("already *T-1*")
    await settled(office)
    assert await office.total() == 1
    assert not offered(office, support)


async def test_an_offer_asks_for_what_is_missing_and_lasts_when_the_form_is_closed(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await switch(office, "ticket", whole=False)
    said = ben.says(DEAD)
    await settled(office)
    (offer,) = offered(office, support)
    first = await (await ana.presses(offer, "Make it a ticket")).form()
    await first.close()
    form = await (await ana.presses(offer, "Make it a ticket")).form()
    assert form.value("summary") == "the lobby printer is dead"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.created_by, ticket.origin.message_ts) == (ben.id, said.ts)
    ben.says("It smells, too")
    assert await comments(office) == ["It smells, too"], "a ticket made by the form is joined, too"
    again = await ana.presses(offer, "Make it a ticket")
    await again.shows("already *T-1*")


@pytest.mark.usefixtures("offers")
async def test_an_offer_whose_message_was_deleted_is_about_the_next_or_nothing(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    first = ben.says("hunter2")
    await settled(office)
    second = ben.says("The <b> printer is dead")
    await settled(office)
    (offer,) = offered(office, support)
    ben.deletes(first)
    await settled(office)
    ben.deletes(second)
    await settled(office)
    told = await ana.presses(offer, "Make it a ticket")
    await told.shows("no longer there")
    third = ben.says("The <b> scanner is dead")
    await settled(office)
    await ana.presses(offer, "Make it a ticket")
    await support.shows("This is *T-1* now.")
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.origin.message_ts) == ("The <b> scanner is dead", third.ts)


@pytest.mark.usefixtures("tickets")
async def test_what_was_deleted_before_slack_told_of_it_becomes_nothing(office: Office, ben: Person) -> None:
    held = office.slack.faults.hold("message")
    ben.deletes(ben.says("hunter2"))
    await office.slack.until(lambda: len(held.waiting) == 2)
    await held.release(backwards=True)
    await settled(office)
    assert await office.total() == 0


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.usefixtures("tickets")
async def test_a_burst_is_one_ticket_in_whatever_order_slack_tells_of_it(
    office: Office, ben: Person, *, backwards: bool
) -> None:
    held = office.slack.faults.hold("message")
    texts = ["The printer is dead", "It smells", "It burns"]
    messages = [ben.says(text) for text in texts]
    ben.edits(messages[1], "It smells of glue")
    await office.slack.until(lambda: len(held.waiting) == 4)
    await held.release(backwards=backwards)
    await settled(office)
    assert await office.total() == 1
    texts[1] = "It smells of glue"
    first = await office.ticket(1)
    assert first.origin.message_ts == messages[2 if backwards else 0].ts
    assert await comments(office) == (texts[:2] if backwards else texts[1:])


@pytest.mark.usefixtures("tickets")
async def test_ten_minutes_later_or_when_the_ticket_is_over_it_is_another_ticket(
    office: Office, ana: Person, ben: Person
) -> None:
    for text, minutes in (("The printer is dead", 0), ("It smells", 9), ("The scanner is dead", 11)):
        later(office, ben, text, minutes=minutes)
        await settled(office)
    assert await comments(office) == ["It smells"]
    assert (await office.ticket(2)).summary == "The scanner is dead"
    await ana.types("/ticket resolve T-2 Bought a new one")
    await ana.types("/ticket close T-2")
    ben.says("The fax is dead")
    await settled(office)
    assert (await office.ticket(3)).summary == "The fax is dead"


@pytest.mark.usefixtures("tickets")
async def test_what_was_undone_comes_not_back_by_a_retry_and_is_joined_no_more(
    office: Office, ben: Person
) -> None:
    said = ben.says("The printer is dead")
    await settled(office)
    await ben.types("/ticket undo T-1")
    assert (await office.ticket(1)).undone_at
    office.slack.world.post(said)
    await settled(office)
    assert await office.total() == 1
    ben.says("The scanner is dead")
    await settled(office)
    assert (await office.ticket(2)).summary == "The scanner is dead"


@pytest.mark.usefixtures("tickets")
async def test_one_gesture_that_comes_as_two_messages_is_one(
    office: Office, ben: Person, support: Channel
) -> None:
    world = office.slack.world
    for text, sent in (("The printer is dead", "one"), ("It smells", "two")):
        for _ in range(2):
            world.post(Message(world.next_ts(), support.conversation, ben.user, text, client_msg_id=sent))
            await settled(office)
    assert await office.total() == 1
    assert await comments(office) == ["It smells"]


@pytest.mark.usefixtures("tickets")
async def test_a_switch_stops_it_at_once(office: Office, ben: Person) -> None:
    ben.says("The printer is dead")
    await settled(office)
    joined = ben.says("It smells")
    await settled(office)
    await switch(office, "off")
    ben.says("The scanner is dead")
    ben.edits(joined, "It smells of glue")
    await settled(office)
    assert await office.total() == 1
    assert await comments(office) == ["It smells of glue"], "what is a comment stays one"


async def test_too_many_get_no_ticket_and_are_told_once_how_to_make_one(
    office: Office, ben: Person, support: Channel
) -> None:
    await switch(office, "ticket", minutes=0)
    begun = await beginning_of_a_span(office)
    for number in range(MOST_OF_A_PERSON + 3):
        later_in_span(office, ben, f"Printer {number} is dead", begun, number)
        await office.slack.events_taken()
    assert await office.total() == MOST_OF_A_PERSON
    (told,) = await answers(office)
    assert f"{MOST_OF_A_PERSON} of them within 10 minutes" in str(told.answer)
    held = next(each for each in support.messages if each.ts == told.target.thread_ts)
    assert held.text == f"Printer {MOST_OF_A_PERSON} is dead"
    await ben.opens_menu(held).picks("Create ticket")
    assert await office.total() == MOST_OF_A_PERSON + 1


async def test_a_channel_has_its_limit_too(office: Office) -> None:
    await switch(office, "ticket", minutes=0)
    people = [User(f"U0P{number}", f"p{number}", f"P {number}") for number in range(MOST_OF_A_CHANNEL + 2)]
    begun = await beginning_of_a_span(office)
    for number, user in enumerate(people):
        office.slack.world.add_user(user)
        later_in_span(office, office.person(user.name), "The printer is dead", begun, number)
        await office.slack.events_taken()
    assert await office.total() == MOST_OF_A_CHANNEL
    told = await answers(office)
    assert {each.target.user for each in told} == {each.id for each in people[MOST_OF_A_CHANNEL:]}
    assert all("30 came from this channel" in str(each.answer) for each in told)


async def answers(office: Office) -> list[Job]:
    """What waits to be said: the cards before it take a second each."""
    jobs = await office.runtime.store.read(office.workspace).jobs()
    return [job for job in jobs if job.kind == "answer"]


async def beginning_of_a_span(office: Office) -> int:
    """In seconds; a span to come, so that all that follows is in one."""
    span = int(SPAN.total_seconds())
    return (int(float(office.slack.world.next_ts())) // span + 1) * span


def later_in_span(office: Office, person: Person, text: str, begun: int, number: int) -> None:
    world, support = office.slack.world, office.channel("support").conversation
    world.post(Message(f"{begun + number}.{number:06}", support, person.user, text, [rich_text(text)]))


@pytest.mark.usefixtures("tickets")
async def test_people_of_another_organisation_are_requesters_by_name_and_see_no_notes(
    office: Office, ana: Person, support: Channel
) -> None:
    """Slack tells of their message once for each workspace that has the channel, which is one message."""
    world = office.slack.world
    zoe = User("U0ZOE", "zoe", "Zoe of Acme")
    theirs = {"user_team": "T0ACME", "team": "T0ACME", "user_profile": {"display_name": "Zoe of Acme"}}
    office.slack.faults.repeat("message", times=None)
    for text in ("The gate is stuck", "It beeps, too"):
        world.post(Message(world.next_ts(), support.conversation, zoe, text, raw=theirs))
        await settled(office)
        told = next(each for each in office.slack.exchanges.of("message") if text in str(each.body))
        once_more = {**told.body, "team_id": "T0ACME", "event_id": "Ev0ACME", "is_ext_shared_channel": True}
        assert (await office.slack.deliveries.send(once_more)).status == 200
    ticket = await office.ticket(1)
    assert await office.total() == 1
    assert (ticket.created_by, ticket.origin.converted_by) == (zoe.id, None)
    assert ticket.origin.message
    assert ticket.origin.message.author_name == "Zoe of Acme"
    (comment,) = (await office.runtime.store.read(office.workspace).comments(1)).comments
    assert (comment.author_name, comment.internal) == ("Zoe of Acme", False)
    actor = await office.runtime.tools.settings.actor(office.workspace, zoe.id)
    assert not actor.is_agent
    await ana.types("/ticket note T-1 the customer owes us money")
    await settled(office)
    assert not [each for each in support.messages if "owes us" in f"{each.shown}{each.blocks}"]


@pytest.mark.usefixtures("tickets")
async def test_while_the_store_is_away_slack_tells_again_and_nothing_is_lost(
    office: Office, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, taken = office.runtime.store, []

    async def away(*_: object) -> None:
        taken.append(1)
        if len(taken) == 1:
            raise StoreUnavailable("The disk is full.")
        monkeypatch.undo()
        await store.change(*_)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store), "change", lambda _, *args: away(*args))
    ben.says("The printer is dead")
    await settled(office)
    assert await office.total() == 1
    answers = [each.status for each in office.slack.exchanges.of("message")]
    assert answers[:2] == [503, 200]


@pytest.mark.usefixtures("tickets")
async def test_a_message_that_cannot_be_read_is_taken_and_logged(
    office: Office, ben: Person, support: Channel
) -> None:
    world = office.slack.world
    world.post(Message(world.next_ts(), support.conversation, ben.user, "Odd", raw={"files": "none"}))
    await settled(office)
    assert [each.status for each in office.slack.exchanges.of("message")] == [200]
    assert await office.total() == 0
