"""A private channel that is shared with another organisation has another ID from then on: all of it goes on under that."""

import pytest

from bot import app
from bot.playground.driver import Channel, Person
from bot.playground.events import id_changed
from tests.journeys.conftest import Office
from tests.journeys.test_message import finish
from tests.journeys.test_settings import add_queue

NEW = "C0SHARED"


@pytest.fixture
def leads(office: Office) -> Channel:
    """A private channel that the desk is in."""
    return office.channel("support-leads")


async def share(office: Office) -> None:
    office.slack.world.change_id(office.slack.world.conversation("support-leads"), NEW)
    await office.slack.events_taken()
    await office.runtime.settled()


async def converted(person: Person, said: object) -> None:
    form = await person.opens_menu(said).chooses("Create ticket")  # type: ignore[arg-type]
    await finish(form)
    assert (await form.submit()).errors == {}


async def test_a_message_stays_one_ticket(office: Office, ana: Person, leads: Channel) -> None:
    said = ana.says("Printer is dead", in_=leads)
    await converted(ana, said)
    await office.runtime.settled()
    await share(office)
    assert (await ana.opens_menu(said).chooses("Create ticket")).shows("T-1")
    assert await office.total() == 1


async def test_its_cards_and_threads_go_on(office: Office, ana: Person, leads: Channel) -> None:
    said = ana.says("Printer is dead", in_=leads)
    await converted(ana, said)
    await office.runtime.settled()
    await share(office)
    reply = ana.says("It smokes", in_=leads, reply_to=said)
    ana.edits(reply, "It burns")
    await office.slack.events_taken()
    await ana.types("/ticket priority T-1 critical", in_="support")
    await office.runtime.settled()
    page = await office.runtime.store.read(office.workspace).comments(1)
    assert [comment.text for comment in page.comments] == ["It burns"]
    (card,) = (await office.ticket(1)).cards
    assert card.channel == NEW
    shown = office.slack.world.conversation(NEW).find(card.ts)
    assert shown
    assert "Critical" in shown.shown
    assert not (await office.runtime.store.read(office.workspace).jobs())


async def test_its_queue_is_triaged_there_by_the_same_people_also_after_a_restart(
    office: Office, ana: Person, leads: Channel
) -> None:
    await add_queue(office.person("dana"), name="leads", channel="support-leads")
    await office.runtime.settled()
    agents = [name for name in ("ana", "ben", "chloe", "dana", "emil") if await is_agent(office, name)]
    assert agents
    await share(office)
    assert [
        name for name in ("ana", "ben", "chloe", "dana", "emil") if await is_agent(office, name)
    ] == agents
    await ana.types("/ticket Printer down customer:acme site:hq type:break_fix source:phone #leads")
    await leads.shows("Printer down")
    await office.runtime.settled()
    await office.runtime.__aexit__(None, None, None)
    async with app.build(office.settings) as again:
        read = again.store.read(office.workspace)
        assert [queue.channel for queue in (await read.settings()).queues] == [NEW]
        assert {each.channel for each in await read.channels()} == {NEW}


async def test_what_slack_refused_meanwhile_is_shown(office: Office, ana: Person, leads: Channel) -> None:
    await ana.types(
        "/ticket Printer down customer:acme site:hq type:break_fix source:phone", in_="support-leads"
    )
    await office.runtime.settled()
    before = leads.id
    world = office.slack.world
    conversation = world.conversation("support-leads")
    conversation.id = NEW
    world.conversations = {each.id: each for each in world.conversations.values()}
    await ana.types("/ticket priority T-1 critical", in_="support")
    await office.runtime.settled()
    assert [job.set_aside for job in await office.runtime.store.read(office.workspace).jobs()]
    for _ in range(2):  # the event is late, and comes twice
        world.tell(id_changed(before, NEW, world.next_ts()))
        await office.slack.events_taken()
        await office.runtime.settled()
    await leads.shows("Critical")
    assert not await office.runtime.store.read(office.workspace).jobs()


async def is_agent(office: Office, name: str) -> bool:
    actor = await office.runtime.tools.settings.actor(office.workspace, office.person(name).id)
    return actor.is_agent
