"""Who is on call, and how somebody stands in for somebody else."""

from datetime import timedelta

import pytest

from bot.domain.queues import on_call
from bot.playground.driver import Person
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue


@pytest.fixture
async def dana(office: Office) -> Person:
    """The admin, who has set up one queue with a rotation."""
    dana = office.person("dana")
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["emil", "ana"])
    await office.runtime.settled()
    await form.close()
    return dana


async def test_without_queues_the_answer_says_what_to_do(ana: Person) -> None:
    await (await ana.types("/ticket oncall")).shows("A workspace admin adds one with `/ticket settings`")


@pytest.mark.usefixtures("dana")
async def test_everybody_sees_who_is_on_call_now_and_next(ben: Person) -> None:
    message = await (await ben.types("/ticket oncall")).shows("*network*: <@U0EMIL> now, <@U0ANA> from")
    assert message.only_for == ben.id


@pytest.mark.usefixtures("dana")
async def test_a_line_lets_somebody_stand_in(office: Office, ana: Person) -> None:
    answer = await ana.types("/ticket oncall swap network @chloe for @emil until in 2h")
    await answer.shows("<@U0CHLOE> is on call for *network*")
    await answer.shows("in place of <@U0EMIL>")
    await (await ana.types("/ticket oncall")).shows("*network*: <@U0CHLOE> now, <@U0EMIL> from")
    now = office.slack.clock.now()
    queue = (await office.runtime.store.read(office.workspace).settings()).queues[0]
    assert on_call(queue, now) == "U0CHLOE"
    assert on_call(queue, now + timedelta(hours=3)) == "U0EMIL"


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("network ＠Chloe Duarte for ＠Emil Novak until in 2h", "in place of <@U0EMIL>"),
        ("network ＠Chloe Duarte from in 1h until in 2h", "<@U0CHLOE> is on call for *network*"),
        ("network @me until in 2h", "<@U0ANA> is on call for *network*"),
        ("network me for @emil until in 2h", "<@U0ANA> is on call for *network*"),
    ],
)
async def test_names_with_blanks_and_me_stand_in(line: str, words: str, ana: Person) -> None:
    await (await ana.types(f"/ticket oncall swap {line}")).shows(words)


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize(
    ("who", "change", "words"),
    [
        ("@chloe", {"deleted": True}, "has left. Choose somebody else."),
        ("@chloe", {"is_bot": True}, "is a bot. Choose a person."),
        ("@chloe", {"is_restricted": True}, "is a guest or from another organisation"),
        ("@deskhand", {}, "Deskhand is a bot. Choose a person."),
        ("@USLACKBOT", {}, "Slackbot is a bot. Choose a person."),
    ],
)
async def test_nobody_stands_in_who_works_no_tickets(
    who: str, change: dict[str, bool], words: str, office: Office, ana: Person
) -> None:
    chloe = office.person("chloe").user
    for name, value in change.items():
        setattr(chloe, name, value)
    office.slack.world.change_user(chloe)
    await office.slack.events_taken()
    await (await ana.types(f"/ticket oncall swap network {who} until in 2h")).shows(words)
    queue = (await office.runtime.store.read(office.workspace).settings()).queues[0]
    assert not queue.overrides


@pytest.mark.usefixtures("dana")
async def test_a_form_lets_somebody_stand_in(office: Office, ana: Person) -> None:
    form = await (await ana.types("/ticket oncall swap")).form()
    assert form.value("queue") == "network"
    await form.fill(person="chloe", end=office.slack.clock.now() + timedelta(hours=2))
    await form.submit()
    assert form.shows("<@U0CHLOE> is on call for *network*")
    button = await (await ana.types("/ticket oncall")).shows("*network*: <@U0CHLOE> now")
    again = await (await ana.presses(button, "Swap…")).form()
    await again.fill(person="chloe", covers="chloe", end=office.slack.clock.now() + timedelta(hours=2))
    assert (await again.submit()).errors == {"person": "Choose two different people."}


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("swap network @chloe until whenever", "“whenever” is not a time I understand"),
        ("swap network @nobody until friday", "Nobody here is called “nobody”"),
        ("swap netwrok @chloe until friday", "There is no queue “netwrok”. Did you mean network?"),
        ("swap network", "I did not understand that"),
        ("swap network @chloe until yesterday", "“yesterday” is not a time I understand"),
    ],
)
async def test_a_line_that_is_not_understood_says_why(ana: Person, line: str, words: str) -> None:
    await (await ana.types(f"/ticket oncall {line}")).shows(words)


@pytest.mark.usefixtures("dana")
async def test_only_agents_of_the_queue_and_admins_swap(ana: Person, ben: Person) -> None:
    line = "/ticket oncall swap network @chloe until in 2h"
    await (await ben.types(line)).shows("Only agents of “network” and admins")
    await (await ana.types(line)).shows("is on call for *network*")


async def test_saving_the_settings_again_begins_no_new_rotation(office: Office, dana: Person) -> None:
    before = (await office.runtime.store.read(office.workspace).settings()).queues[0]
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Change")
    assert form.value("people") == ["U0EMIL", "U0ANA"]
    await form.fill(channel="support")
    await form.submit()
    changed = (await office.runtime.store.read(office.workspace).settings()).queues[0]
    assert (changed.channel, changed.rotation) == ("C0SUPPORT", before.rotation)
    await form.press("Change")
    await form.fill(people=["ana", "emil"])
    await form.submit()
    await (await dana.types("/ticket oncall")).shows("*network*: <@U0ANA> now")


@pytest.mark.usefixtures("dana")
async def test_the_turns_of_somebody_who_left_go_to_the_next(office: Office, ben: Person) -> None:
    emil = office.person("emil").user
    emil.deleted = True
    office.slack.world.change_user(emil)
    await office.slack.events_taken()
    await (await ben.types("/ticket oncall")).shows("*network*: <@U0ANA> now")


@pytest.mark.usefixtures("dana")
async def test_the_forms_of_a_ticket_show_who_is_on_call_for_its_queue(office: Office, ana: Person) -> None:
    await ana.types("/ticket Printer down customer:acme site:hq type:break_fix")
    form = await (await ana.types("/ticket triage T-1")).form()
    await form.fill(triageNotes="Look at the fuser.")
    assert not form.shows("On call for")
    await form.fill(assignedQueue="network")
    assert form.shows("On call for *network*: <@U0EMIL>")
    await form.press("Choose")
    assert form.value("assignedUserId") == "U0EMIL"
    assert form.value("triageNotes") == "Look at the fuser."
    await form.fill(assignedUserId="ben")
    await form.press("Choose")
    assert form.value("assignedUserId") == "U0EMIL", "however often somebody changes their mind"
    await form.submit()
    ticket = await office.ticket(1)
    assert (ticket.assigned_queue, ticket.assigned_user_id) == ("network", "U0EMIL")
    again = await (await ana.types("/ticket assign T-1")).form()
    assert again.shows("On call for *network*: <@U0EMIL>")
    await again.fill(assignedQueue="facilities")
    assert not again.shows("On call for")
