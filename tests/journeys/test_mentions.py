"""@Deskhand in threads and channels: orders are followed, lines become tickets, and everything else is left alone."""

import random

import pytest

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.errors import StoreUnavailable
from bot.domain.people import Group
from bot.domain.queues import Queue
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.records import Message, User
from bot.services.answers import Answers
from tests.journeys.conftest import Office

DONE = "heavy_check_mark"
ACME = ChannelDefaults(fields={"customerId": "acme", "siteId": "acme-hq", "ticketType": "break_fix"})


@pytest.fixture
async def chloe(office: Office) -> Person:
    return office.person("chloe")


@pytest.fixture
async def asked(office: Office, ben: Person) -> Message:
    """Ben's message, which he made into T-1."""
    said = ben.says("Printer is dead")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    await office.runtime.settled()
    return said


async def keep(office: Office, settings: WorkspaceSettings) -> None:
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))


@pytest.fixture
async def acme(office: Office, support: Channel) -> None:
    """#support is a customer's channel."""
    await keep(office, WorkspaceSettings(channels={support.id: ACME}))


@pytest.fixture
async def agents(office: Office, support: Channel) -> None:
    """Ana and Chloe are the only agents."""
    queue = Queue(name="network", channel=support.id, owner="U0DANA", group="S0NETWORK")
    await keep(office, WorkspaceSettings(queues=(queue,)))
    group = Group(id="S0NETWORK", name="network-agents", members=frozenset({"U0ANA", "U0CHLOE"}))
    await office.runtime.people.learn_groups(office.workspace, [group])


async def say(office: Office, person: Person, text: str, reply_to: Message | None = None) -> Message:
    """Says it, and waits for all that comes of it."""
    said = person.says(text, reply_to=reply_to)
    await settled(office)
    return said


async def settled(office: Office) -> None:
    await office.slack.events_taken()
    await office.runtime.settled()


async def comments(office: Office, number: int = 1) -> list[str]:
    found = await office.runtime.store.read(office.workspace).comments(number, limit=20)
    return [comment.text for comment in found.comments]


def private(office: Office, person: Person) -> list[str]:
    return [message.shown for message in office.slack.ephemerals(to=person)]


def lines(office: Office, below: Message) -> list[str]:
    """What the desk says in a thread, cards aside."""
    bot = office.slack.world.bot
    return [each.shown for each in below.replies if each.author is bot and "It is" not in each.shown]


def marks(office: Office, message: Message) -> list[str]:
    return [name for name, people in message.reactions.items() if office.slack.world.bot.id in people]


async def test_a_ticket_is_worked_in_its_thread_without_its_number(
    office: Office, ana: Person, ben: Person, chloe: Person, asked: Message
) -> None:
    said = []
    for person, order in [
        (chloe, "@Deskhand take"),
        (chloe, "@Deskhand, start it"),
        (chloe, "@Deskhand !high"),
        (chloe, "@Deskhand on hold until monday waiting for parts"),
        (chloe, "@Deskhand note Call first"),
        (ana, "@Deskhand: assign @ben please"),
        (ana, "@Deskhand resolve Replaced the toner"),
    ]:
        said.append(await say(office, person, order, asked))
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.resolution, ticket.priority) == ("resolved", "Replaced the toner", "high")
    assert (ticket.hold_reason, ticket.assigned_user_id) == (None, ben.id)
    entries = [(entry.actor, entry.what, entry.note) for entry in (await office.history(1))[1:]]
    assert entries == [
        (chloe.id, "assigned", None),
        (chloe.id, "started", None),
        (chloe.id, "prioritized", None),
        (chloe.id, "held", None),
        (chloe.id, "noted", "Call first"),
        (ana.id, "assigned", None),
        (ana.id, "resolved", None),
    ]
    assert [marks(office, each) for each in said] == [[DONE]] * len(said)
    assert await comments(office) == []
    (warning,) = private(office, chloe)
    assert "can be read by everybody" in warning
    assert private(office, ana) == []


async def test_a_note_among_agents_needs_no_warning(office: Office, chloe: Person) -> None:
    network = office.channel("network")
    queue = Queue(name="network", channel=network.id, owner="U0DANA")
    await keep(office, WorkspaceSettings(queues=(queue,)))
    await office.person("ben").types(
        "/ticket Printer down customer:acme site:hq type:other #network", in_="#support"
    )
    await settled(office)
    card = network.messages[-1]
    order = await say(office, chloe, "@Deskhand note Call first", card)
    assert [entry.what for entry in await office.history(1)] == ["created", "noted"]
    assert (marks(office, order), private(office, chloe)) == ([DONE], [])


@pytest.mark.parametrize("is_mention_first", [True, False])
async def test_an_order_is_no_comment_and_followed_once_in_whatever_order_its_events_come(
    office: Office, chloe: Person, asked: Message, *, is_mention_first: bool
) -> None:
    for kind in ("message", "app_mention"):
        office.slack.faults.break_down(kind, status=500, times=None)
    order = chloe.says("@Deskhand note Call first", reply_to=asked)
    line = chloe.says("@Deskhand is anybody on this?", reply_to=asked)
    exchanges = office.slack.exchanges
    await office.slack.until(
        lambda: len(exchanges.of("app_mention")) >= 2 and len(exchanges.of("message")) >= 2
    )
    office.slack.faults.clear()
    told = [each.body for kind in ("message", "app_mention") for each in exchanges.of(kind)]
    told.sort(key=lambda body: (body["event"]["type"] == "app_mention") is not is_mention_first)
    for each in told * 2:
        office.slack.deliveries.send_event(each | {"event_id": f"Ev{random.getrandbits(40)}"})
    await settled(office)
    assert [entry.what for entry in await office.history(1)][1:] == ["noted"]
    assert await comments(office) == ["@Deskhand is anybody on this?"]
    assert len(private(office, chloe)) == 2, "that the note can be read there, and that the line is no order"
    assert (marks(office, order), marks(office, line)) == ([DONE], [])


async def test_an_edit_gives_no_order_and_takes_none_back(
    office: Office, chloe: Person, asked: Message
) -> None:
    order = await say(office, chloe, "@Deskhand take", asked)
    talk = await say(office, chloe, "take", asked)
    chloe.edits(order, "@Deskhand resolve it: by mistake")
    chloe.edits(talk, "@Deskhand resolve it: by mistake")
    await settled(office)
    ticket = await office.ticket(1)
    assert (ticket.assigned_user_id, ticket.status) == (chloe.id, "assigned")
    assert await comments(office) == ["@Deskhand resolve it: by mistake"]


async def test_what_needs_a_form_opens_at_a_press_of_whoever_ordered_it(
    office: Office, ana: Person, chloe: Person, asked: Message
) -> None:
    await say(office, chloe, "@Deskhand resolve", asked)
    (offered,) = office.slack.ephemerals(to=chloe)
    assert "*Resolve T-1*: a press opens it." in offered.shown
    assert offered.thread_ts == asked.ts
    assert (await office.ticket(1)).is_open
    form = await (await chloe.presses(offered, "Open the form")).form()
    assert form.title == "Resolve T-1"
    await form.fill(resolution="New fuser")
    await form.submit()
    assert (await office.ticket(1)).resolution == "New fuser"
    await (await ana.presses(offered, "Open the form")).shows("I no longer have that order")
    assert not ana.modals


async def test_our_mention_alone_in_a_tickets_thread_shows_the_ticket(
    office: Office, chloe: Person, asked: Message
) -> None:
    await say(office, chloe, "@Deskhand", asked)
    (offered,) = office.slack.ephemerals(to=chloe)
    form = await (await chloe.presses(offered, "Open the form")).form()
    assert form.shows("Printer is dead")
    assert await comments(office) == []


async def test_another_ticket_that_is_named_wins_and_its_answer_is_one_line(
    office: Office, ben: Person, chloe: Person, asked: Message
) -> None:
    await ben.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await settled(office)
    order = await say(office, chloe, "@Deskhand start T-2", asked)
    assert [(await office.ticket(number)).status for number in (1, 2)] == ["new", "in_progress"]
    assert marks(office, order) == []
    assert [each.text for each in asked.replies][-1] == ":heavy_check_mark: *T-2* is in progress."


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("resolve 42", "Did you mean T-42?"),
        ("close", "T-1 is new"),
        ("start T-404", "There is no T-404 here."),
        ("assign @nobodyinparticular", "nobodyinparticular"),
        ("list", "T-1"),
        ("help", "How /ticket works"),
        ("show", "Which one?"),
        ("is anybody on this?", "I don't know that order, so it is a comment of *T-1*"),
    ],
)
async def test_what_only_the_writer_may_see_stands_in_no_thread(
    office: Office, ana: Person, chloe: Person, asked: Message, order: str, told: str
) -> None:
    before = len(asked.replies)
    said = await say(office, chloe, f"@Deskhand {order}", asked)
    (words,) = office.slack.ephemerals(to=chloe)
    assert told in words.shown
    assert (words.thread_ts, marks(office, said)) == (asked.ts, [])
    assert [each.text for each in asked.replies][before:] == [said.text]
    assert private(office, ana) == []
    assert (await office.ticket(1)).version == 1


async def test_what_is_private_goes_to_direct_messages_where_it_would_not_show(
    office: Office, chloe: Person, asked: Message, support: Channel
) -> None:
    office.slack.faults.fail("chat.postEphemeral", "user_not_in_channel")
    await say(office, chloe, "@Deskhand resolve", asked)
    assert private(office, chloe) == []
    (offered,) = chloe.messages.messages
    form = await (await chloe.presses(offered, "Open the form")).form()
    assert form.title == "Resolve T-1"
    assert support.messages


@pytest.mark.usefixtures("agents")
async def test_somebody_without_rights_is_refused_in_private(
    office: Office, ben: Person, asked: Message
) -> None:
    emil = office.person("emil")
    for person, told in [(ben, "That is for agents."), (emil, "I know of no ticket of this thread")]:
        said = await say(office, person, "@Deskhand take", asked)
        (words,) = private(office, person)
        assert told in words
        assert marks(office, said) == []
    assert (await office.ticket(1)).assigned_user_id is None


@pytest.mark.parametrize(
    "text",
    [
        "should we ask @Deskhand?",
        "take @Deskhand",
        "@ben @Deskhand take",
        "@Deskhand @ben can you take it?",
        "@Deskhand thanks!",
        "thanks @Deskhand",
    ],
)
async def test_other_mentions_get_nothing(
    office: Office, chloe: Person, asked: Message, support: Channel, text: str
) -> None:
    before = len(support.messages)
    for below in (asked, None):
        said = await say(office, chloe, text, below)
        assert said.reactions == {}
    assert len(support.messages) == before + 2
    assert (private(office, chloe), await office.total()) == ([], 1)
    assert (await office.ticket(1)).version == 1


async def test_a_comment_that_was_meant_as_a_ticket_becomes_one(
    office: Office, chloe: Person, asked: Message
) -> None:
    said = await say(office, chloe, "@Deskhand The scanner is dead, too", asked)
    (words,) = office.slack.ephemerals(to=chloe)
    form = await (await chloe.presses(words, "Make a ticket of it")).form()
    assert form.value("summary") == "The scanner is dead, too"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    made = await office.ticket(2)
    assert (made.origin.way, made.origin.message_ts) == ("mention", said.ts)


async def test_several_tickets_in_one_thread_are_asked_about_unless_one_alone_is_open(
    office: Office, ana: Person, ben: Person, chloe: Person, asked: Message
) -> None:
    second = ben.says("The scanner, too", reply_to=asked)
    form = await ben.opens_menu(second).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    await settled(office)
    await say(office, chloe, "@Deskhand start", asked)
    (words,) = private(office, chloe)
    assert "This thread is about T-1 and T-2. Which one? Name it: `@Deskhand start T-1`." in words
    await say(office, chloe, "@Deskhand high", asked)
    assert "`@Deskhand priority T-1`" in private(office, chloe)[-1]
    await say(office, chloe, "@Deskhand resolve T-1: New fuser", asked)
    await say(office, chloe, "@Deskhand start", asked)
    assert [(await office.ticket(number)).status for number in (1, 2)] == ["resolved", "in_progress"]
    await say(office, ana, "@Deskhand reopen", asked)
    assert (await office.ticket(1)).is_open


def made_of(ticket: Ticket) -> tuple[str, str | None, str, str]:
    return ticket.origin.way, ticket.origin.message_ts, ticket.summary, ticket.created_by


@pytest.mark.usefixtures("acme")
async def test_a_line_behind_our_mention_is_a_ticket_of_that_message_once(
    office: Office, ben: Person, support: Channel
) -> None:
    office.slack.faults.repeat("app_mention", 3)
    said = await say(office, ben, "@Deskhand The lobby printer is dead !high")
    assert await office.total() == 1
    ticket = await office.ticket(1)
    assert made_of(ticket) == ("mention", said.ts, "The lobby printer is dead", ben.id)
    assert (ticket.customer_id, ticket.priority) == ("acme", "high")
    card = await support.shows("T-1")
    assert card.thread_ts == said.ts
    assert private(office, ben) == []
    await say(office, office.person("chloe"), "@Deskhand take", said)
    assert (await office.ticket(1)).assigned_user_id == "U0CHLOE"


@pytest.mark.usefixtures("acme")
async def test_our_mention_alone_makes_a_ticket_of_the_thread(
    office: Office, ben: Person, chloe: Person
) -> None:
    head = await say(office, ben, "The lobby printer is dead")
    await say(office, ben, "It smells", head)
    await say(office, chloe, "@Deskhand", head)
    ticket = await office.ticket(1)
    assert made_of(ticket) == ("mention", head.ts, "The lobby printer is dead", ben.id)
    assert ticket.origin.converted_by == chloe.id
    assert await comments(office) == ["It smells"]
    await say(office, ben, "@Deskhand", head)
    assert await office.total() == 1


async def test_where_nothing_is_known_of_the_channel_the_offer_asks_for_what_is_missing(
    office: Office, ben: Person, chloe: Person
) -> None:
    head = await say(office, ben, "The lobby printer is dead")
    await say(office, chloe, "@Deskhand", head)
    (offered,) = office.slack.ephemerals(to=chloe)
    assert (offered.thread_ts, await office.total()) == (head.ts, 0)
    form = await (await chloe.presses(offered, "Open the form")).form()
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    assert made_of(await office.ticket(1)) == ("mention", head.ts, "The lobby printer is dead", ben.id)


async def test_an_order_where_there_is_no_ticket_says_so(office: Office, ben: Person, chloe: Person) -> None:
    head = await say(office, ben, "The lobby printer is dead")
    await say(office, chloe, "@Deskhand take", head)
    (words,) = private(office, chloe)
    assert "This thread is about no ticket yet." in words
    assert await office.total() == 0


async def test_an_order_outlives_a_slack_that_is_down(office: Office, chloe: Person, asked: Message) -> None:
    office.slack.faults.fail("reactions.add", "internal_error", times=2)
    order = chloe.says("@Deskhand take", reply_to=asked)
    await office.slack.events_taken()
    assert (await office.ticket(1)).assigned_user_id == chloe.id
    await settled(office)
    assert marks(office, order) == [DONE]


async def test_what_looked_like_an_order_and_is_none_stays_a_comment(
    office: Office, chloe: Person, asked: Message
) -> None:
    await say(office, chloe, "@Deskhand mine shaft is flooded", asked)
    assert await comments(office) == ["@Deskhand mine shaft is flooded"]
    (words,) = private(office, chloe)
    assert "I don't know that order" in words


@pytest.mark.usefixtures("acme")
async def test_one_gesture_that_comes_as_two_messages_is_one(office: Office, chloe: Person) -> None:
    line = await say(office, chloe, "@Deskhand The lobby printer is dead")
    order = await say(office, chloe, "@Deskhand high", line)
    for exchange in [*office.slack.exchanges.of("app_mention")]:
        ts = f"{exchange.body['event']['ts'][:-3]}999"
        twin = {**exchange.body["event"], "ts": ts, "event_ts": ts}
        office.slack.deliveries.send_event(exchange.body | {"event_id": f"Ev{ts}", "event": twin})
    await settled(office)
    assert [entry.what for entry in await office.history(1)] == ["created", "prioritized"]
    assert (await office.total(), private(office, chloe), marks(office, order)) == (1, [], [DONE])


@pytest.mark.usefixtures("acme")
async def test_what_a_mention_made_is_undone_and_made_again_like_a_typed_line(
    office: Office, ben: Person
) -> None:
    said = await say(office, ben, "@Deskhand The lobby printer is dead")
    order = await say(office, ben, "@Deskhand undo", said)
    assert (await office.ticket(1)).undone_at
    assert marks(office, order) == [DONE]
    await say(office, ben, "@Deskhand", said)
    made = await office.ticket(2)
    assert made_of(made) == ("mention", said.ts, "The lobby printer is dead", ben.id)


async def test_in_an_intake_channel_a_line_to_us_is_one_ticket_and_an_order_none(
    office: Office, ben: Person, support: Channel
) -> None:
    intake = ACME.model_copy(update={"intake": "ticket"})
    await keep(office, WorkspaceSettings(channels={support.id: intake}))
    await say(office, ben, "@Deskhand mine")
    assert await office.total() == 0
    said = await say(office, ben, "@Deskhand The lobby printer is dead")
    assert await office.total() == 1
    assert (await office.ticket(1)).origin.message_ts == said.ts
    assert len(private(office, ben)) == 1, "the list that he asked for"


async def test_an_order_whose_answer_could_not_be_kept_is_told_again_by_slack_and_carried_out_once(
    office: Office, chloe: Person, asked: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Answers, "say", unavailable)
        order = chloe.says("@Deskhand note Call first", reply_to=asked)
        told = office.slack.exchanges
        await office.slack.until(lambda: [each.status for each in told.of("app_mention")] == [503, 503])
    await office.slack.until(lambda: office.slack.deliveries.waiting)
    office.slack.clock.advance(60)
    await settled(office)
    assert [entry.what for entry in await office.history(1)] == ["created", "noted"]
    assert marks(office, order) == [DONE]


async def test_whoever_is_named_and_not_known_yet_is_looked_up(
    office: Office, chloe: Person, asked: Message
) -> None:
    newcomer = office.slack.world.add_user(User("U0NELL", "nell", "Nell Hardy"))
    await say(office, chloe, "@Deskhand assign @nell", asked)
    await say(office, chloe, "@Deskhand assign @nell", asked)
    assert (await office.ticket(1)).assigned_user_id == newcomer.id
