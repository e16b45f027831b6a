"""At a change of shift both hear what there is to do.

ben:   /ticket Printer down … #network !critical
(Monday 9:00)
emil:  Your shift on network has ended. ana is on call now. 2 tickets are open, of them 1 critical.
ana:   You are on call for network now, after emil. 2 tickets are open, of them 1 critical.
"""

from datetime import datetime

import pytest

from bot.domain.clock.settings import RuleName
from bot.playground.driver import Person
from bot.playground.records import Message
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office
from tests.journeys.test_settings import LINE, add_queue


async def switched_on(office: Office, rule: RuleName) -> None:
    since: dict[RuleName, datetime] = {rule: office.slack.clock.now()}

    async def work(tx: Transaction) -> None:
        settings = await tx.settings()
        clock = settings.clock.model_copy(update={"since": since})
        await tx.keep_settings(settings.model_copy(update={"clock": clock}))

    await office.runtime.store.change(office.workspace, work)


@pytest.fixture
async def dana(office: Office) -> Person:
    """The admin, who has set up two queues in which Emil hands over to Ana."""
    dana = office.person("dana")
    await switched_on(office, "hand_over")
    for name, channel in (("network", "ops-oncall"), ("field team", "support")):
        form = await add_queue(dana, name=name, channel=channel, people=["emil", "ana"])
        await form.close()
    while await office.runtime.desk_clock.turn() == 0:
        pass
    return dana


def handed(who: Person) -> list[Message]:
    return [each for each in who.messages.messages if "on call" in each.shown and "open" in each.shown]


@pytest.mark.usefixtures("dana")
async def test_both_get_the_open_late_and_critical_tickets_in_one_message(
    office: Office, ana: Person, ben: Person
) -> None:
    await ben.types(f"{LINE} #network !critical")
    await ben.types(f"{LINE} #network due:tomorrow")
    await ben.types(f'{LINE} queue:"field team"')
    await office.channel("support").shows("T-3")
    ana.moves_time("week")
    coming = await ana.messages.shows("You are on call for *network* now, after emil.")
    assert "2 tickets are open, of them 1 late and 1 critical." in coming.shown
    assert "*T-2* Printer down – late since" in coming.shown
    assert "*T-1* Printer down – critical" in coming.shown
    assert "`/ticket list queue:network overdue` the late ones" in coming.shown
    assert "You are on call for *field team* now, after emil. 1 ticket is open." in coming.shown
    assert '`/ticket list queue:"field team"` shows all of them' in coming.shown
    going = await office.person("emil").messages.shows(
        "Your shift on *network* has ended. ana is on call now."
    )
    assert "2 tickets are open, of them 1 late and 1 critical." in going.shown
    await office.runtime.settled()
    assert (len(handed(ana)), len(handed(office.person("emil")))) == (1, 1)


@pytest.mark.usefixtures("dana")
async def test_a_ticket_is_opened_from_the_message(ana: Person, ben: Person) -> None:
    await ben.types(f"{LINE} #network")
    ana.moves_time("week")
    coming = await ana.messages.shows("You are on call for *network* now")
    form = await (await ana.selects(coming, "ticket_open", "1")).form()
    assert form.title == "T-1"


@pytest.mark.usefixtures("dana")
async def test_the_lists_that_it_names_are_understood(ana: Person, ben: Person) -> None:
    await ben.types(f'{LINE} queue:"field team" due:tomorrow')
    ana.moves_time("week")
    await ana.messages.shows("on call for *field team*")
    for also in ("", " overdue"):
        await (await ana.types(f'/ticket list queue:"field team"{also}')).shows("T-1")
