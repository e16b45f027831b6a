"""Nobody forgets a ticket: who is warned and paged, until somebody is on it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clock.settings import RuleName
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from bot.playground.standin import StandIn
from tests.journeys.test_settings import add_queue
from tests.journeys.test_telling import direct
from tests.journeys.timed import TimedOffice, opened, timed_slack, with_directory

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
RULES: tuple[RuleName, ...] = ("warn", "escalate", "unclaimed")


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with timed_slack() as standin:
        yield standin


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path) -> AsyncIterator[TimedOffice]:
    """Dana has set up a queue in which Emil is on call and Ana comes next, and switched the rules on. Chloe is an agent, and
    Ben is none."""
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        form = await add_queue(
            office.person("dana"), name="network", channel="ops-oncall", people=["emil", "ana"]
        )
        await office.runtime.settled()
        await form.close()
        await office.switch_on(*RULES)
        yield office


@pytest.fixture
def emil(office: TimedOffice) -> Person:
    return office.person("emil")


@pytest.fixture
def chloe(office: TimedOffice) -> Person:
    return office.person("chloe")


@pytest.fixture
def triage(office: TimedOffice) -> Channel:
    return office.channel("ops-oncall")


def paged(channel: Channel) -> list[Message]:
    """What still waits for an answer there."""
    return [each for each in channel.messages if "I'm on it" in each.shown]


def woken(office: TimedOffice) -> list[str]:
    """Whom a message in a channel mentions, each once for each message: an edit of it notifies nobody."""
    found = {(each.who, each.message.ts): each for each in office.slack.paged}
    return [each.who for each in found.values() if each.message.conversation.name == "ops-oncall"]


async def opens(office: TimedOffice, person: Person, line: str) -> None:
    """A ticket, which everybody sees."""
    await person.types(line)
    await office.shown()


async def history(reader: Person, number: int = 1) -> str:
    form = await (await reader.types(f"/ticket history T-{number}")).form()
    shown = form.view.shown
    await form.close()
    return shown


async def test_a_critical_ticket_that_nobody_takes_goes_from_one_to_the_next_until_somebody_is_on_it(
    office: TimedOffice, ana: Person, ben: Person, emil: Person, triage: Channel
) -> None:
    await opens(office, ben, f"{LINE} !critical #network")
    before = woken(office)
    await office.later(minutes=9)
    assert paged(triage) == []
    await office.later(minutes=1)
    (first,) = paged(triage)
    assert "T-1 Printer down needs somebody now (critical): nobody has taken it" in first.shown
    assert woken(office) == [*before, emil.id]
    await office.later(minutes=15)
    _, second = paged(triage)
    assert woken(office) == [*before, emil.id, ana.id]
    await ana.presses(second, "I'm on it")
    await triage.shows("<@U0ANA> is on it")
    await office.later(hours=5)
    assert woken(office) == [*before, emil.id, ana.id], "nobody else is woken"
    assert (await office.ticket(1)).assigned_user_id == ana.id
    answer = await emil.presses(first, "I'm on it")
    await answer.shows("<@U0ANA> is on T-1 already")
    assert paged(triage) == [], "each message says who is on it"
    told = await history(ana)
    assert "Deskhand paged <@U0EMIL>: nobody takes it" in told
    assert "Deskhand paged <@U0ANA>: nobody takes it" in told
    assert "<@U0ANA> is on it" in told


async def test_whoever_has_a_ticket_is_warned_and_puts_it_off_for_an_hour(
    office: TimedOffice, ana: Person, ben: Person, chloe: Person
) -> None:
    await opens(office, ben, f"{LINE} #network due:in 10h")
    await ana.types("/ticket assign T-1 @chloe")
    await office.later(hours=8)
    warning = paged(chloe.messages)[-1]
    assert "T-1 Printer down is due soon: " in warning.shown
    await chloe.presses(warning, "Snooze 1 h")
    await chloe.messages.shows("<@U0CHLOE> hears of it again in an hour")
    await office.later(minutes=59)
    assert paged(chloe.messages) == []
    await office.later(minutes=1)
    (again,) = paged(chloe.messages)
    await chloe.presses(again, "I'm on it")
    await chloe.messages.shows("<@U0CHLOE> is on it")
    await office.later(minutes=59)
    assert paged(chloe.messages) == []
    told = await history(ana)
    assert "Deskhand warned <@U0CHLOE>: due soon" in told
    assert "<@U0CHLOE> put its warning off for an hour" in told


async def test_a_warning_is_given_to_somebody_else_and_says_who_has_it(
    office: TimedOffice, ben: Person, emil: Person, triage: Channel
) -> None:
    await opens(office, ben, f"{LINE} #network due:in 10h")
    await office.later(hours=8)
    (warning,) = paged(triage)
    form = await (await emil.presses(warning, "Give it to…")).form()
    await form.fill(assignedUserId="chloe")
    await form.submit()
    await triage.shows("<@U0CHLOE> is on it")
    assert (await office.ticket(1)).assigned_user_id == "U0CHLOE"
    assert paged(triage) == []


async def test_a_breach_goes_to_the_lead_in_the_end_who_may_take_it(
    office: TimedOffice, ana: Person, ben: Person, chloe: Person, emil: Person, triage: Channel
) -> None:
    await office.switch_on(*RULES, queues=(await queue(office, lead=ben.id),))
    await opens(office, chloe, f"{LINE} #network due:in 10h @chloe")
    await office.later(hours=8)
    before = len(direct(chloe))
    await office.later(hours=2)
    assert "T-1 Printer down is late. It was due" in direct(chloe)[before].shown
    assert "T-1 Printer down is late" in paged(triage)[0].shown
    await office.later(minutes=15)
    assert len(paged(triage)) == 2
    assert (await ben.types("/ticket show T-1")).messages
    await office.later(minutes=15)
    (to_lead,) = paged(ben.messages)
    await ben.presses(to_lead, "I'm on it")
    await ben.messages.shows("<@U0BEN> is on it")
    answer = await emil.presses(paged(triage)[0], "I'm on it")
    await answer.shows("<@U0BEN> is on T-1 already")
    assert (await office.ticket(1)).assigned_user_id == chloe.id, "it stays with whoever has it"
    assert "Deskhand paged <@U0BEN>: late" in await history(ana)


async def test_whoever_has_nothing_to_do_with_it_answers_nothing(
    office: TimedOffice, ben: Person, triage: Channel
) -> None:
    await opens(office, office.person("chloe"), f"{LINE} !critical #network")
    await office.later(minutes=10)
    (page,) = paged(triage)
    answer = await ben.presses(page, "I'm on it")
    await answer.shows("There is no T-1 here")
    assert paged(triage) == [page]


async def test_whoever_has_do_not_disturb_on_is_passed_over_and_the_next_one_hears_why(
    office: TimedOffice, ana: Person, ben: Person, emil: Person, triage: Channel
) -> None:
    emil.pauses_notifications("week")
    await opens(office, ben, f"{LINE} !critical #network")
    await office.later(minutes=10)
    _, second = paged(triage)
    assert "emil has do-not-disturb on until" in second.shown
    assert "<@U0ANA>" in second.shown
    told = await history(ana)
    assert "<@U0EMIL> has do-not-disturb on until" in told


@pytest.mark.parametrize("fault", ["missing_scope", "ratelimited", "fatal_error", "user_not_found"])
async def test_where_slack_does_not_say_who_is_silent_everybody_counts_as_reached(
    office: TimedOffice, ben: Person, emil: Person, triage: Channel, fault: str
) -> None:
    emil.pauses_notifications("week")
    office.slack.faults.fail("dnd.info", fault, times=None)
    await opens(office, ben, f"{LINE} !critical #network")
    await office.later(minutes=10)
    assert len(paged(triage)) == 1


async def test_at_night_whoever_is_not_on_call_hears_nothing_until_the_morning(
    office: TimedOffice, ana: Person, ben: Person, chloe: Person
) -> None:
    await opens(office, ben, f"{LINE} #network due:in 22h")
    await ana.types("/ticket assign T-1 @chloe")
    await office.later(hours=18)  # three in the morning in Lisbon
    assert paged(chloe.messages) == []
    await office.later(hours=4)
    (warning,) = paged(chloe.messages)
    assert "is late" in warning.shown or "is due soon" in warning.shown


async def test_after_a_week_of_downtime_each_hears_of_all_in_one_message(
    slack: StandIn, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        form = await add_queue(
            office.person("dana"), name="network", channel="ops-oncall", people=["emil", "ana"]
        )
        await office.runtime.settled()
        await form.close()
        await office.switch_on(*RULES)
        for _ in range(6):
            await opens(office, office.person("chloe"), f"{LINE} #network due:in 10h @chloe")
        await office.shown()
        before = {name: len(direct(office.person(name))) for name in ("chloe", "emil", "dana")}
    slack.clock.advance(timedelta(days=7).total_seconds())
    async with opened(slack, tmp_path / "data") as office:
        await office.shown()
        after = {name: len(direct(office.person(name))) for name in before}
        assert after["chloe"] == before["chloe"] + 1
        assert "6 late" in direct(office.person("chloe"))[-1].shown
        assert after["dana"] == before["dana"]


async def queue(office: TimedOffice, **fields: object) -> Queue:
    settings = await office.runtime.store.read(office.workspace).settings()
    return settings.queues[0].model_copy(update=fields)


PAGE = '/ticket oncall page network "VPN is down & out"'


async def test_somebody_pages_by_hand_and_hears_who_was_paged_and_who_is_on_it(
    office: TimedOffice, ana: Person, chloe: Person, emil: Person, triage: Channel
) -> None:
    await (await chloe.types(PAGE)).shows("Whoever is on call for *network* is being paged: VPN is down")
    await office.later()
    (page,) = paged(triage)
    assert "<@U0EMIL>: chloe pages you for *network*: VPN is down" in page.shown
    assert "Paged for *network*: emil." in direct(chloe)[-1].shown
    await office.later(minutes=15)
    _, next_page = paged(triage)
    assert "<@U0ANA>" in next_page.shown
    assert "Paged for *network*: ana." in direct(chloe)[-1].shown
    await ana.presses(next_page, "I'm on it")
    await triage.shows("<@U0ANA> is on it")
    await office.shown()
    assert "ana is on it (*network*)" in direct(chloe)[-1].shown
    answer = await emil.presses(page, "I'm on it")
    await answer.shows("<@U0ANA> is on it already")
    count = len(direct(chloe))
    await office.later(hours=5)
    assert (paged(triage), len(direct(chloe))) == ([], count)


async def test_whoever_pages_hears_when_nobody_is_on_it_and_who_was_not_reached(
    office: TimedOffice, chloe: Person, emil: Person
) -> None:
    emil.pauses_notifications("week")
    await chloe.types(PAGE)
    await office.later()
    told = direct(chloe)[-1].shown
    assert "Paged for *network*: emil and ana. emil has do-not-disturb on until" in told
    await office.later(minutes=15)
    await office.later(minutes=14)
    assert "Nobody says" not in direct(chloe)[-1].shown
    await office.later(minutes=1)
    assert "Nobody says that they are on it (*network*)" in direct(chloe)[-1].shown
    count = len(direct(chloe))
    await office.later(days=3)
    assert len(direct(chloe)) == count


@pytest.mark.parametrize(
    ("who", "line", "words"),
    [
        ("ben", "network VPN is down", "Only agents and admins can page whoever is on call."),
        ("chloe", "netwrok VPN is down", "There is no queue “netwrok”. Did you mean network?"),
        ("chloe", "network", "Say what it is about: `/ticket oncall page network VPN is down`."),
        ("chloe", "", "There is no queue “”."),
        ("chloe", "#network VPN is down", "Whoever is on call for *network* is being paged: VPN is down"),
        ("dana", "Network “VPN”", "Whoever is on call for *network* is being paged: VPN"),
    ],
)
async def test_how_a_page_is_typed(
    office: TimedOffice, triage: Channel, who: str, line: str, words: str
) -> None:
    answer = await office.person(who).types(f"/ticket oncall page {line}")
    await answer.shows(words)
    await office.later()
    assert len(paged(triage)) == ("being paged" in words)


async def test_a_request_that_comes_twice_pages_once(
    office: TimedOffice, chloe: Person, triage: Channel
) -> None:
    actor = Actor(user=chloe.id, is_known=True, is_agent=True)
    pages = office.runtime.tools.pages
    first = await pages.page(office.workspace, actor, "network VPN", "command:1")
    await office.later()
    assert (await pages.page(office.workspace, actor, "network VPN", "command:1")).id == first.id
    await office.later()
    assert len(paged(triage)) == 1
