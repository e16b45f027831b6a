"""What was said in a thread before one of its messages became a ticket is not lost."""

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from bot.playground.records import Message
from tests.journeys.conftest import Office


async def saved(form: Form) -> None:
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}


async def texts(office: Office, number: int = 1) -> list[str]:
    await office.slack.events_taken()
    await office.runtime.settled()
    page = await office.runtime.store.read(office.workspace).comments(number, limit=100)
    return [comment.text for comment in page.comments]


async def test_earlier_replies_and_those_that_come_while_the_form_is_open_become_comments(
    office: Office, ana: Person, ben: Person
) -> None:
    said = ben.says("Printer is dead")
    ben.says("It smells", reply_to=said)
    gone = ben.says("My password is hunter2", reply_to=said)
    ben.deletes(gone)
    form = await ana.opens_menu(said).chooses("Create ticket")
    meanwhile = ana.says("Which printer?", reply_to=said)
    ana.edits(meanwhile, "Which one?")
    await saved(form)
    ben.says("The one in the lobby", reply_to=said)
    assert await texts(office) == ["It smells", "Which one?", "The one in the lobby"]
    assert [entry.what for entry in await office.history(1)] == ["converted"]


async def test_a_reply_that_becomes_a_ticket_brings_its_neighbours_and_not_itself(
    office: Office, ana: Person, ben: Person
) -> None:
    said = ben.says("Anybody there?")
    ben.says("The printer, I mean", reply_to=said)
    reply = ben.says("Printer is dead", reply_to=said)
    await saved(await ana.opens_menu(reply).chooses("Create ticket"))
    assert await texts(office) == ["The printer, I mean"]


@pytest.mark.parametrize("page", [2, 15])
async def test_a_long_thread_is_read_page_by_page(
    page: int, office: Office, ana: Person, ben: Person
) -> None:
    office.slack.world.most_history = page
    said = ben.says("Printer is dead")
    replies = [ben.says(f"Reply {number}", reply_to=said).text for number in range(9)]
    await saved(await ana.opens_menu(said).chooses("Create ticket"))
    assert await texts(office) == replies


@pytest.fixture
def random(office: Office) -> Channel:
    """Where the bot is no member."""
    return office.channel("random")


async def test_where_the_bot_is_no_member_the_replies_come_once_it_is_invited(
    office: Office, ana: Person, ben: Person, random: Channel
) -> None:
    said = ben.says("Printer is dead", in_=random)
    ben.says("It smells", reply_to=said)
    menu = await ana.opens_menu(said).picks("Create ticket")
    await saved(await menu.form())
    await menu.shows("Invite me to bring the earlier replies")
    assert await texts(office) == []
    assert (await office.ticket(1)).thread_unread
    random.invite_bot()
    assert await texts(office) == ["It smells"]
    assert not (await office.ticket(1)).thread_unread


async def test_somebody_else_who_joins_brings_nothing(
    office: Office, ana: Person, ben: Person, random: Channel
) -> None:
    said: Message = ben.says("Printer is dead", in_=random)
    ben.says("It smells", reply_to=said)
    await saved(await ana.opens_menu(said).chooses("Create ticket"))
    await office.runtime.settled()
    calls = len(office.slack.calls("conversations.replies"))
    office.slack.world.join(office.person("dana").user, random.conversation)
    assert await texts(office) == []
    assert len(office.slack.calls("conversations.replies")) == calls
