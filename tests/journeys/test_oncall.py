"""Who is on call, and how somebody stands in for somebody else."""

from datetime import timedelta

import pytest

from bot.domain.queues import on_call
from bot.playground.driver import Person
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue, days_away
from tests.journeys.test_telling import direct


@pytest.fixture
async def dana(office: Office) -> Person:
    """The admin, who has set up one queue with a rotation."""
    dana = office.person("dana")
    form = await add_queue(
        dana, name="network", channel="ops-oncall", people=["emil", "ana"], ownRule=days_away(office)
    )
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


LINE = "/ticket oncall swap network @chloe for @emil until in 2h"


async def told(office: Office, *names: str) -> list[str]:
    """The newest message to each of these, as it is read; empty where they have none."""
    await office.runtime.settled()
    newest = [direct(office.person(name))[-1:] for name in names]
    return [messages[0].shown if messages else "" for messages in newest]


@pytest.mark.usefixtures("dana")
async def test_a_swap_tells_both_and_the_triage_channel_once(office: Office, ana: Person) -> None:
    triage = office.channel("ops-oncall")
    before = len(triage.messages)
    await (await ana.types(LINE)).shows("is on call for *network*")
    chloe, emil, ana_hears = await told(office, "chloe", "emil", "ana")
    assert "put you on call for *network* until " in chloe
    assert "in place of emil" in chloe
    assert "put chloe" in emil
    assert "in your place." in emil
    assert ana_hears == "", "nobody is told of their own act"
    assert [len(direct(office.person(name))) for name in ("chloe", "emil", "dana")] == [1, 1, 0]
    (line,) = triage.messages[before:]
    assert "chloe" in line.text
    assert "arranged it." in line.text
    assert office.slack.paged == []


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize(("ends", "hears"), [("chloe", "emil"), ("emil", "chloe")])
async def test_either_of_the_two_ends_a_swap_once(ends: str, hears: str, office: Office, ana: Person) -> None:
    triage = office.channel("ops-oncall")
    await ana.types(LINE)
    await office.runtime.settled()
    before = len(triage.messages)
    one, other = office.person(ends), office.person(hears)
    (mine,), (theirs,) = direct(one), direct(other)
    await one.presses(mine, "End this swap")
    said = {"chloe": "chloe no longer stands in for you", "emil": "emil ended the swap in which you stood in"}
    assert said[ends] in (await told(office, hears))[0]
    assert len(direct(one)) == 1
    assert "You ended this swap on network." in mine.shown
    (line,) = triage.messages[before:]
    assert "emil is on call now." in line.text
    await (await other.presses(theirs, "End this swap")).shows("That swap is over already")
    await (await ana.types("/ticket oncall")).shows("*network*: <@U0EMIL> now")
    assert len(triage.messages) == before + 1
    assert office.slack.paged == []


@pytest.mark.usefixtures("dana")
async def test_who_is_on_call_lists_swaps_and_only_those_it_concerns_can_end_one(
    office: Office, ana: Person, ben: Person
) -> None:
    await ana.types(LINE)
    await office.runtime.settled()
    seen = await (await ben.types("/ticket oncall")).shows("<@U0CHLOE> stands in for <@U0EMIL> on *network*")
    assert "End this swap" not in seen.shown
    (with_button,) = direct(office.person("chloe"))
    await (await ben.presses(with_button, "End this swap")).shows("Only the two it is about")
    mine = await ana.types("/ticket oncall")
    await ana.presses(await mine.shows("stands in"), "End this swap")
    await mine.shows("*network*: <@U0EMIL> now")
    chloe, emil = await told(office, "chloe", "emil")
    assert "in which you stood in for emil" in chloe
    assert "for you on *network*. You are on call now." in emil
