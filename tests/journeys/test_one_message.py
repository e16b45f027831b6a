"""One message is one ticket, whichever ways match: all pairs of ways, by one person and by two at once, before and after a
restart, and all of it delivered once more.

A row for each way in which a message becomes a ticket.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest

from bot import app
from bot.domain.channel_defaults import ChannelDefaults, Intake
from bot.domain.ticket import BY_WAY, WayIn
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground.driver import Person
from bot.playground.records import Message
from bot.playground.wire import Json
from tests.journeys.conftest import Office

TEXT = "The lobby printer is dead"
OFFER = "I can make a ticket of that message. Tell me the customer, the site and the type."
WHERE = {"customerId": "acme", "siteId": "acme-hq", "ticketType": "break_fix"}

Doing = Callable[[], Awaitable[object]]
"""What is left to be done of a way that was begun."""


@dataclass(frozen=True)
class Way:
    """`begin`: what comes before another way, such as the form that opens. `asks`: whoever comes this way asked for a ticket,
    and is told where there is one already."""

    name: str
    way: WayIn
    begin: Callable[[Office, Person, Message], Awaitable[Doing]]
    asks: bool = True

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


FORM = Way("form", "message", submits_form)
WAYS = (Way("reaction", "reaction", reacts), Way("shortcut", "message", uses_menu), FORM)
PAIRS = [*product(WAYS, repeat=2)]
OF_ONE = [pair for pair in PAIRS if pair != (FORM, FORM)]
"""Nobody has two forms open."""
ASKS: dict[WayIn, bool] = {way.way: way.asks for way in WAYS}


async def settled(office: Office) -> None:
    await office.slack.events_taken()
    await office.runtime.settled()


async def with_defaults(office: Office, intake: Intake = "off") -> None:
    """Tickets of #support need no more than a message, and reactions make them."""
    defaults = ChannelDefaults(fields=WHERE, intake=intake)
    here = office.channel("support").id
    chosen = WorkspaceSettings(emoji=True, level="quiet", channels={here: defaults})
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
    """All that Slack has sent to the desk, but for what it was told of its own messages."""
    sent = [each for each in office.slack.exchanges.all if each.direction == "to_bot"]
    return [each.body for each in sent if "bot_id" not in each.body.get("event", {})]


async def come_again(office: Office, payloads: list[Json]) -> None:
    """Slack delivers all of it once more."""
    for payload in payloads:
        await office.slack.deliveries.send(payload)
    await settled(office)


def told(office: Office, *people: Person) -> int:
    """How often these people hear that the message is a ticket already."""
    words = [each.text for person in people for each in office.slack.ephemerals(to=person)]
    titles = [view.content["title"]["text"] for person in people for view in person.modals]
    return sum("already *T-1*" in text for text in words) + titles.count("Already T-1")


async def is_one(office: Office, *people: Person, words: int) -> None:
    """There is one ticket, one card of it, and so many have heard of that as should."""
    assert await office.total() == 1
    cards = [each for each in office.channel("support").messages if "* · *" in each.shown]
    assert len(cards) == 1
    assert told(office, *people) == words
    assert not await office.runtime.store.read(office.workspace).jobs()


@pytest.mark.parametrize(("first", "second"), OF_ONE, ids=str)
async def test_a_message_that_is_a_ticket_becomes_none_another_way(
    first: Way, second: Way, office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    said = ben.says(TEXT)
    await settled(office)
    doing = [await way.begin(office, ana, said) for way in (first, second)]
    for do in doing:
        await do()
        await settled(office)
    await is_one(office, ana, words=second.asks)
    await come_again(office, delivered(office))
    await is_one(office, ana, words=second.asks)


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
async def test_nor_does_it_by_somebody_else_after_a_restart(
    first: Way, second: Way, office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    chloe, said = office.person("chloe"), ben.says(TEXT)
    await settled(office)
    now, later = await first.begin(office, ana, said), await second.begin(office, chloe, said)
    await now()
    await settled(office)
    before = delivered(office)
    async with restarted(office):
        await come_again(office, before)
        await is_one(office, ana, chloe, words=0)
        await later()
        await settled(office)
        await come_again(office, delivered(office))
        await is_one(office, chloe, words=second.asks)
        assert told(office, ana) == 0


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
async def test_of_two_people_at_once_one_makes_it(
    first: Way, second: Way, office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    chloe, said = office.person("chloe"), ben.says(TEXT)
    await settled(office)
    doing = [await way.begin(office, who, said) for way, who in ((first, ana), (second, chloe))]
    await asyncio.gather(*(do() for do in doing))
    await settled(office)
    words = first.asks + second.asks - ASKS[(await office.ticket(1)).origin.way]
    await is_one(office, ana, chloe, words=words)
    before = delivered(office)
    async with restarted(office):
        await come_again(office, before)
        await is_one(office, ana, chloe, words=words)


@pytest.mark.parametrize(("first", "second"), OF_ONE, ids=str)
async def test_once_it_is_undone_another_way_makes_a_new_one(
    first: Way, second: Way, office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    said = ben.says(TEXT)
    await settled(office)
    doing = [await way.begin(office, ana, said) for way in (first, second)]
    await doing[0]()
    await settled(office)
    await undo(office, 1)
    await doing[1]()
    await settled(office)
    before, after = await office.ticket(1), await office.ticket(2)
    assert before.undone_at
    assert (after.origin.way, after.origin.message_ts) == (second.way, said.ts)
    await come_again(office, delivered(office))
    assert await office.total() == 2
    assert told(office, ana) == 0


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_a_ticket_of_every_way_is_undone_and_brought_back_by_whoever_made_it(
    way: Way, office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    said = ben.says(TEXT)
    await (await way.begin(office, ana, said))()
    await settled(office)
    ticket = await office.ticket(1)
    assert (ticket.origin.way, ticket.created_by) == (way.way, ben.id)
    other = office.person("chloe" if ticket.maker != office.person("chloe").id else "ana")
    refused = await other.types("/ticket undo T-1")
    await refused.shows("who made T-1")
    await undo(office, 1)
    card = await office.channel("support").shows("T-1* was undone")
    await maker(office, ticket.maker).presses(card, "Bring it back")
    await settled(office)
    again = await office.ticket(1)
    assert (again.undone_at, again.status) == (None, "new")
    for line in ("/ticket history T-1", "/ticket show T-1"):
        assert (await (await ana.types(line)).form()).shows(
            f"converted a message into it {BY_WAY[way.way]}".strip()
        )
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


async def test_a_reaction_that_is_answered_and_not_yet_read_outlives_a_restart(
    office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    hanging = office.slack.faults.hang("conversations.replies")
    ana.reacts(ben.says(TEXT), "ticket")
    await office.slack.events_taken()
    await office.slack.until(
        lambda: hanging.struck, otherwise=lambda: "the courier never asked for the message"
    )
    assert await office.total() == 0
    async with restarted(office):
        await settled(office)
        await is_one(office, ana, words=0)


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
        assert [[each.text for each in theirs] for theirs in offers] == [[OFFER], [OFFER]]
        forms = [
            await (await person.presses(theirs[0], "Open the form")).form()
            for person, theirs in zip(people, offers, strict=True)
        ]
        for form in forms:
            await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
        await asyncio.gather(*(form.submit() for form in forms))
        await settled(office)
        await is_one(office, *people, words=1)


async def test_what_a_message_and_its_channel_say_is_chosen_in_the_form_that_asks_for_the_rest(
    office: Office, ana: Person, ben: Person
) -> None:
    await with_defaults(office)
    said = ben.says(f"{TEXT} site:nowhere !high")
    ana.reacts(said, "ticket")
    await settled(office)
    (offer,) = office.slack.ephemerals(to=ana)
    form = await (await ana.presses(offer, "Open the form")).form()
    assert (form.value("summary"), form.value("priority")) == (TEXT, "high")
    assert form.shows("nowhere")
