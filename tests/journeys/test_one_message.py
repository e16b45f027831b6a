"""One message is one ticket, whichever ways match: all pairs of ways, by one person and by two at once, before and after a
restart, and all of it delivered once more.

A row for each way in which a message becomes a ticket.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import product
from typing import NamedTuple

import pytest

from bot import app
from bot.domain.channel_defaults import ChannelDefaults, Intake
from bot.domain.ticket import BY_WAY, WayIn
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground import events
from bot.playground.driver import Channel, Person
from bot.playground.markup import rich_text, typed
from bot.playground.records import Message
from bot.playground.wire import Json
from tests.journeys.conftest import Office
from tests.patience import PATIENCE

TEXT = "The lobby printer is dead"
ASKED = "I can make a ticket of that message. Tell me the customer, the site and the type."
WHERE = {"customerId": "acme", "siteId": "acme-hq", "ticketType": "break_fix"}

Doing = Callable[[], Awaitable[object]]
"""What is left to be done of a way that was begun."""


@dataclass(frozen=True)
class Way:
    """`begin`: what comes before another way, such as the form that opens. `asks`: whoever comes this way asked for a ticket,
    and is told where there is one already. `is_authors`: it is for whoever wrote the message. `text`: what that says then."""

    name: str
    way: WayIn
    begin: Callable[[Office, Person, Message], Awaitable[Doing]]
    asks: bool = True
    is_authors: bool = False
    text: str = ""

    def __str__(self) -> str:
        return self.name


async def reacts(_: Office, person: Person, said: Message) -> Doing:
    async def react() -> None:
        person.reacts(said, "ticket", remove=True)
        person.reacts(said, "ticket")

    return react


async def uses_menu(_: Office, person: Person, said: Message) -> Doing:
    async def choose() -> None:
        await person.opens_menu(said).picks("Create ticket")

    return choose


async def submits_form(_: Office, person: Person, said: Message) -> Doing:
    """The form that opens for it, since “Triage ticket” finds none to triage yet."""
    form = await person.opens_menu(said).chooses("Triage ticket")

    async def submit() -> None:
        await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
        await form.submit()

    return submit


async def mentions(_: Office, person: Person, said: Message) -> Doing:
    async def mention() -> None:
        person.says("@Deskhand", reply_to=said)

    return mention


async def speaks_to_us(office: Office, _: Person, said: Message) -> Doing:
    """The event that tells us of a message which begins with our mention."""
    return partial(arrives, office, said, "app_mention")


async def is_taken_in(office: Office, _: Person, said: Message) -> Doing:
    """The event of a new message in a channel whose messages become tickets."""
    return partial(arrives, office, said, "message")


async def takes_offer(office: Office, person: Person, said: Message) -> Doing:
    """The button in the thread of a new message, in a channel that offers tickets instead of making them."""
    await with_defaults(office, intake="offer")
    await arrives(office, said, "message")
    await settled(office)
    offer = await office.channel("support").shows("Shall this be a ticket?")
    return partial(person.presses, offer, "Make it a ticket")


async def presses_offer(office: Office, person: Person, said: Message) -> Doing:
    """The button below what somebody wrote to us directly."""
    await arrives(office, said, "message")
    await settled(office)
    offer = await person.messages.shows("Shall I make a ticket of this?")
    return partial(person.presses, offer, "Make it a ticket")


async def arrives(office: Office, said: Message, kind: str) -> None:
    """Slack tells us of a message."""
    world = office.slack.world
    for event in events.posted(said, world.team, world.app):
        if event.subscription.startswith(kind):
            await office.slack.deliveries.send(office.slack.payloads.event(event))


REACTION = Way("reaction", "reaction", reacts)
SHORTCUT = Way("shortcut", "message", uses_menu)
FORM = Way("form", "message", submits_form)
SPOKEN_TO = Way("spoken to", "mention", speaks_to_us, is_authors=True, text=f"@Deskhand {TEXT}")
INTAKE = Way("intake", "intake", is_taken_in, asks=False, is_authors=True)
OFFER = Way("offer", "intake", takes_offer)
DIRECT = Way("direct", "direct", presses_offer, is_authors=True)
WAYS = (
    REACTION,
    SHORTCUT,
    FORM,
    Way("mention", "mention", mentions),
    SPOKEN_TO,
    INTAKE,
    OFFER,
)


class Pair(NamedTuple):
    """What comes first, and what comes then."""

    first: Way
    second: Way

    def __str__(self) -> str:
        return f"{self.first}, then {self.second}"

    @property
    def is_direct(self) -> bool:
        """Whether the message is to us, which nobody else sees."""
        return DIRECT in self

    @property
    def is_repeated(self) -> bool:
        """Whether the second is the first, done once more."""
        return self.first is self.second and self.first.is_authors

    @property
    def words(self) -> int:
        """How many are told which ticket it is: whoever comes second, where they asked for one."""
        # Of what somebody writes to us in an intake channel, the card says enough.
        is_both = self.first.way == "intake" and self.second is SPOKEN_TO
        return int(self.second.asks and not (self.is_repeated or is_both))

    def where(self, office: Office) -> Channel:
        return office.person("ben").messages if self.is_direct else office.channel("support")

    def people(self, office: Office, *names: str) -> list[Person]:
        """Who comes which way."""
        ways = zip(self, names, strict=True)
        return [office.person("ben" if way.is_authors or self.is_direct else name) for way, name in ways]

    async def begin(self, office: Office, *names: str) -> list[Doing]:
        said = says(office, self)
        people = self.people(office, *names)
        return [await way.begin(office, person, said) for way, person in zip(self, people, strict=True)]


PAIRS = [
    *(Pair(*ways) for ways in product(WAYS, repeat=2) if {*ways} != {INTAKE, OFFER}),  # a channel does either
    *(
        pair
        for ways in product((REACTION, SHORTCUT, FORM, DIRECT), repeat=2)
        if (pair := Pair(*ways)).is_direct
    ),
]
LATER = [pair for pair in PAIRS if pair not in {(DIRECT, DIRECT), (OFFER, OFFER)}]
"""Once it is pressed, such a button is gone."""
OF_ONE = [pair for pair in LATER if pair != (FORM, FORM)]
"""Nobody has two forms open."""
WITH_REACTION = [pair for pair in OF_ONE if REACTION in pair]
"""For what is the same of all pairs: each way comes first and second."""
EVERYBODY = ("ana", "ben", "chloe")


def says(office: Office, pair: Pair) -> Message:
    """A message of Ben's. What we are told of it is up to the ways."""
    world = office.slack.world
    text = next((way.text for way in pair if way.text), TEXT)
    markup = typed(text, world.names())
    where, author = pair.where(office).conversation, office.person("ben").user
    said = Message(world.next_ts(), where, author, markup, [rich_text(markup)])
    world.keep(said)
    return said


async def settled(office: Office) -> None:
    await office.slack.events_taken()
    await office.runtime.settled()


async def with_defaults(office: Office, intake: Intake = "ticket") -> None:
    """Tickets of #support, and of what Ben writes to us, need no more than a message, and reactions make them."""
    defaults = ChannelDefaults(fields=WHERE, intake=intake)
    channels = {office.channel("support").id: defaults, office.person("ben").messages.id: defaults}
    chosen = WorkspaceSettings(emoji=True, level="quiet", channels=channels)
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(chosen))


@asynccontextmanager
async def restarted(office: Office) -> AsyncIterator[None]:
    """While the block runs, the desk is one that was started anew."""
    await office.runtime.__aexit__(None, None, None)
    again = app.build(office.settings, held=timedelta())
    async with again, server.listening(again.asgi, host="127.0.0.1", port=0) as port:
        office.slack.connect(f"http://127.0.0.1:{port}/slack/events")
        office.runtime = again
        yield


def delivered(office: Office) -> list[Json]:
    """All that Slack has sent to the desk, but for what it was told of its own messages, and for buttons: whoever presses one
    twice is answered twice."""
    sent = [
        each
        for each in office.slack.exchanges.all
        if each.direction == "to_bot" and each.kind != "block_actions"
    ]
    return [each.body for each in sent if "bot_id" not in each.body.get("event", {})]


async def come_again(office: Office, payloads: list[Json]) -> None:
    """Slack delivers all of it once more."""
    for payload in payloads:
        await office.slack.deliveries.send(payload)
    await settled(office)


def told(office: Office, *names: str) -> int:
    """How often these people are shown, each for themselves, which ticket the message is."""
    people = [office.person(name) for name in names or EVERYBODY]
    words = [each.text for person in people for each in office.slack.ephemerals(to=person)]
    direct = [each.text for person in people for each in person.messages.messages]
    titles = [view.content["title"]["text"] for person in people for view in person.modals]
    alone = sum("already *T-1*" in text for text in direct) + sum("*T-1*" in text for text in words)
    return alone + titles.count("Already T-1")


async def all_out(office: Office) -> None:
    """Whoever delivers it: on PostgreSQL a desk that was started anew looks for what there is after a moment."""
    async with asyncio.timeout(PATIENCE):
        while await office.runtime.store.read(office.workspace).jobs():
            await office.runtime.settled()


async def is_one(office: Office, pair: Pair, words: int) -> None:
    """There is one ticket, one card of it, and so many have heard of that as should."""
    await all_out(office)
    assert await office.total() == 1
    cards = [each for each in pair.where(office).messages if "* · *" in each.shown]
    assert len(cards) == 1
    assert told(office) == words


@pytest.mark.parametrize("pair", OF_ONE, ids=str)
async def test_a_message_that_is_a_ticket_becomes_none_another_way(pair: Pair, office: Office) -> None:
    await with_defaults(office)
    for do in await pair.begin(office, "ana", "ana"):
        await do()
        await settled(office)
    assert (await office.ticket(1)).origin.way == pair.first.way
    await is_one(office, pair, pair.words)
    await come_again(office, delivered(office))
    await is_one(office, pair, pair.words)


@pytest.mark.parametrize("pair", LATER, ids=str)
async def test_nor_does_it_by_somebody_else_after_a_restart(pair: Pair, office: Office) -> None:
    await with_defaults(office)
    now, later = await pair.begin(office, "ana", "chloe")
    await now()
    await settled(office)
    before = delivered(office)
    async with restarted(office):
        await come_again(office, before)
        await is_one(office, pair, 0)
        await later()
        await settled(office)
        await come_again(office, delivered(office))
        await is_one(office, pair, pair.words)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
async def test_of_two_people_at_once_one_makes_it(pair: Pair, office: Office) -> None:
    await with_defaults(office)
    await asyncio.gather(*(do() for do in await pair.begin(office, "ana", "chloe")))
    await settled(office)
    won = pair.first if (await office.ticket(1)).origin.way == pair.first.way else pair.second
    words = Pair(won, pair.first if won is pair.second else pair.second).words
    await is_one(office, pair, words)
    before = delivered(office)
    async with restarted(office):
        await come_again(office, before)
        await is_one(office, pair, words)


@pytest.mark.parametrize("pair", WITH_REACTION, ids=str)
async def test_once_it_is_undone_another_way_makes_a_new_one(pair: Pair, office: Office) -> None:
    await with_defaults(office)
    now, later = await pair.begin(office, "ana", "ana")
    await now()
    await settled(office)
    await undo(office, 1)
    await come_again(office, delivered(office))
    assert await office.total() == 1, "what comes again is no other way"
    await later()
    await settled(office)
    before, after = await office.ticket(1), await office.ticket(2)
    assert before.undone_at
    assert (after.origin.way, after.origin.message_ts) == (pair.second.way, before.origin.message_ts)
    await come_again(office, delivered(office))
    assert await office.total() == 2
    assert told(office) == 0


@pytest.mark.parametrize("way", [*WAYS, DIRECT], ids=str)
async def test_a_ticket_of_every_way_is_undone_and_brought_back_by_whoever_made_it(
    way: Way, office: Office
) -> None:
    await with_defaults(office)
    pair = Pair(way, way)
    person, _ = pair.people(office, "ana", "ana")
    await (await way.begin(office, person, says(office, pair)))()
    await settled(office)
    ticket, ben = await office.ticket(1), office.person("ben")
    assert (ticket.origin.way, ticket.created_by, ticket.maker) == (way.way, ben.id, person.id)
    await (await office.person("chloe").types("/ticket undo T-1")).shows("who made T-1")
    await undo(office, 1)
    card = await pair.where(office).shows("T-1* was undone")
    await person.presses(card, "Bring it back")
    await settled(office)
    again = await office.ticket(1)
    assert (again.undone_at, again.status) == (None, "new")
    opened = "opened it" if person.id == ben.id else "converted a message into it"
    for line in ("/ticket history T-1", "/ticket show T-1"):
        assert (await (await person.types(line)).form()).shows(f"{opened} {BY_WAY[way.way]}".strip())
    assert [entry.what for entry in await office.history(1)][1:] == ["undone", "restored"]


async def undo(office: Office, number: int) -> None:
    """By whoever made it."""
    made = await office.ticket(number)
    await maker(office, made.maker).types(f"/ticket undo T-{number}")
    await settled(office)
    assert (await office.ticket(number)).undone_at


def maker(office: Office, user: str) -> Person:
    names = ("ana", "ben", "chloe", "dana", "emil")
    return next(person for name in names if (person := office.person(name)).id == user)


@pytest.mark.parametrize("pair", [pair for pair in WITH_REACTION if not pair.is_direct], ids=str)
async def test_what_somebody_sent_once_is_one_ticket_where_slack_made_two_messages_of_it(
    pair: Pair, office: Office
) -> None:
    await with_defaults(office)
    said = says(office, pair)
    twin = replace(said, ts=office.slack.world.next_ts())
    office.slack.world.keep(twin)
    people = pair.people(office, "ana", "ana")
    doing = [
        await way.begin(office, person, message)
        for way, person, message in zip(pair, people, (said, twin), strict=True)
    ]
    for do in doing:
        await do()
        await settled(office)
    await is_one(office, pair, pair.words)


async def test_a_broadcast_reply_is_one_message(office: Office, ana: Person, ben: Person) -> None:
    """It stands in its thread and in its channel: it is a comment there, until somebody makes a ticket of it."""
    await with_defaults(office)
    said = ben.says(TEXT)
    await settled(office)
    where = said.conversation
    reply = office.slack.world.say(ben.user, where, "It smells, too", thread_ts=said.ts, broadcast=True)
    await settled(office)
    await come_again(office, delivered(office))
    comments = await office.runtime.store.read(office.workspace).comments(1)
    assert (await office.total(), [each.text for each in comments.comments]) == (1, ["It smells, too"])
    for person in (ana, office.person("chloe")):
        person.reacts(reply, "ticket")
    await settled(office)
    await come_again(office, delivered(office))
    assert await office.total() == 2
    assert (await office.ticket(2)).origin.message_ts == reply.ts


async def test_a_reaction_that_is_answered_and_not_yet_read_outlives_a_restart(
    office: Office, ana: Person
) -> None:
    await with_defaults(office)
    hanging = office.slack.faults.hang("conversations.replies")
    ana.reacts(says(office, Pair(REACTION, REACTION)), "ticket")
    await office.slack.events_taken()
    await office.slack.until(
        lambda: hanging.struck, otherwise=lambda: "the courier never asked for the message"
    )
    assert await office.total() == 0
    async with restarted(office):
        await settled(office)
        assert (await office.ticket(1)).maker == ana.id


async def test_a_reaction_of_two_that_comes_four_times_over_a_restart_makes_one_offer_for_each(
    office: Office, ana: Person, ben: Person
) -> None:
    await office.runtime.store.change(
        office.workspace, lambda tx: tx.keep_settings(WorkspaceSettings(emoji=True))
    )
    people = ana, office.person("chloe")
    office.slack.faults.repeat("reaction_added", copies=2, times=None)
    said = ben.says(TEXT)
    for person in people:
        person.reacts(said, "ticket")
    await settled(office)
    before = delivered(office)
    async with restarted(office):
        await come_again(office, before)
        offers = [office.slack.ephemerals(to=person) for person in people]
        assert [[each.text for each in theirs] for theirs in offers] == [[ASKED], [ASKED]]
        forms = [
            await (await person.presses(theirs[0], "Open the form")).form()
            for person, theirs in zip(people, offers, strict=True)
        ]
        for form in forms:
            await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
        await asyncio.gather(*(form.submit() for form in forms))
        await settled(office)
        assert (await office.total(), told(office)) == (1, 1)


async def test_what_a_message_and_its_channel_say_is_chosen_in_the_form_that_asks_for_the_rest(
    office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    said = ben.says(f"{TEXT} site:nowhere !high", in_="general")
    ana.reacts(said, "ticket")
    await settled(office)
    (offer,) = office.slack.ephemerals(to=ana)
    form = await (await ana.presses(offer, "Open the form")).form()
    assert (form.value("summary"), form.value("priority")) == (TEXT, "high")
    assert form.shows("nowhere")
