"""An admin says what the clock does by itself: rule by rule, or by one press for a sensible set."""

from datetime import timedelta

import pytest

from bot.domain.clock.service_levels import READY
from bot.domain.clock.settings import STEPS, WARN_AND_ESCALATE, ClockSettings
from bot.playground.driver import Person, find_element
from bot.playground.form import Form
from bot.services.clock_settings import Preview
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue, settings_of

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


async def rules(admin: Person) -> Form:
    form = await (await admin.types("/ticket settings")).form()
    await form.press("Rules")
    return form


async def rule(admin: Person, name: str) -> Form:
    form = await rules(admin)
    await form.press(f"settings_rule:{name}")
    return form


async def clock_of(office: Office) -> ClockSettings:
    return (await settings_of(office)).clock


async def test_nothing_is_on_at_first(office: Office, dana: Person) -> None:
    form = await (await dana.types("/ticket settings")).form()
    assert form.shows("Nobody is warned or paged yet.")
    await form.press("Rules")
    assert "*on*" not in form.view.shown
    assert form.shows("holds and snoozes end")
    assert not (await clock_of(office)).since


async def test_a_rule_is_switched_on_with_its_number_and_off_again(office: Office, dana: Person) -> None:
    form = await rule(dana, "close")
    assert form.shows("A resolved ticket closes after 7 working days, unless it is opened again.")
    await form.fill(on="On", number=3)
    await form.submit()
    assert form.shows("A resolved ticket closes after 3 working days, unless it is opened again.")
    clock = await clock_of(office)
    assert (set(clock.since), clock.close_days) == ({"close"}, 3)
    await form.press("settings_rule:close")
    await form.fill(number=1)
    await form.submit()
    assert form.shows("after 1 working day, unless it is opened again")
    assert (await clock_of(office)).since == clock.since, "it is on since the same moment"
    await form.press("settings_rule:close")
    await form.fill(on="Off")
    await form.submit()
    assert not (await clock_of(office)).since


async def test_a_rule_is_off_for_some_queues_whatever_they_are_called(office: Office, dana: Person) -> None:
    await (await add_queue(dana, name="network", channel="ops-oncall")).close()
    await (await add_queue(dana, name="field", channel="support")).close()
    form = await rule(dana, "warn")
    await form.fill(on="On", queuesOff=["network"])
    await form.submit()
    assert form.shows("*Warnings*: *on*, but for network")
    clock = await clock_of(office)
    assert clock.on_since("warn", "network") is None
    assert clock.on_since("warn", "field")
    await form.press("‹ Settings")
    await form.press("settings_queue:0")
    await form.fill(name="networks")
    await form.submit()
    assert (await clock_of(office)).off == {"warn": ("networks",)}
    await form.press("settings_queue:0")
    await form.press("Remove this queue")
    assert (await clock_of(office)).off == {"warn": ("networks",)}, "its tickets keep its name"


async def test_the_steps_of_an_escalation_are_an_admins(office: Office, dana: Person) -> None:
    form = await rule(dana, "escalate")
    assert form.value("steps") == "0 min: assignee\n0 min: on-call\n15 min: next on-call\n30 min: lead"
    await form.fill(on="On", steps="0: on-call\n20: boss")
    assert "names nobody I know" in (await form.submit()).errors["steps"]
    assert (await clock_of(office)).steps == STEPS
    await form.fill(steps="0: on-call\n20: channel", channel="ops-oncall")
    await form.submit()
    assert form.shows("on-call at once, channel after 20 min")
    first, last = (await clock_of(office)).steps
    assert (first.to, last.to, last.channel) == ("on_call", "channel", office.channel("ops-oncall").id)
    await form.press("settings_rule:escalate")
    assert form.value("channel") == office.channel("ops-oncall").id


async def test_one_press_shows_what_it_would_send_and_then_switches_a_sensible_set_on(
    office: Office, ben: Person, dana: Person
) -> None:
    await (await ben.types(LINE)).shows("*T-1* is saved")
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Warn and escalate…")
    assert form.shows("It sends no message now")
    assert not (await clock_of(office)).since, "nothing is on before it is confirmed"
    await form.press("Switch on")
    clock = await clock_of(office)
    assert set(clock.since) == set(WARN_AND_ESCALATE)
    assert clock.policies == READY
    (calendar,) = clock.calendars
    assert (calendar.name, calendar.zone) == ("Business hours", dana.user.tz)
    await form.press("‹ Settings")
    assert not form.shows("Warn and escalate…")
    assert form.shows("On: Service levels, Warnings, Escalation, Unclaimed tickets")


async def test_the_press_keeps_what_is_chosen_already(office: Office, dana: Person) -> None:
    form = await rule(dana, "unclaimed")
    await form.fill(on="On", number=25)
    await form.submit()
    since = (await clock_of(office)).since
    await form.press("‹ Settings")
    await form.press("Warn and escalate…")
    assert form.shows("nobody takes within 25 minutes")
    await form.press("Switch on")
    clock = await clock_of(office)
    assert clock.unclaimed_minutes == 25
    assert clock.since["unclaimed"] == since["unclaimed"]


async def test_the_preview_counts_a_digest_as_one_message(
    office: Office, ana: Person, ben: Person, dana: Person
) -> None:
    """What is over already is told at once, whatever is switched on."""
    tools, here = office.runtime.tools, office.workspace
    for number in range(1, 7):
        who = ana if number <= 5 else ben
        await (await ana.types(f"{LINE} @{who.user.name}")).shows(f"*T-{number}* is saved")
        await overdue_hold(office, number)
    actor = await tools.settings.actor(here, dana.id)
    preview = await tools.clock_settings.preview(here, actor, "Europe/Berlin")
    assert preview[1:] == Preview(preview.settings, messages=2, recipients=2)[1:]
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Warn and escalate…")
    assert form.shows("It sends 2 messages now")


async def overdue_hold(office: Office, number: int) -> None:
    now = office.runtime.tools.clock()

    async def work(tx: Transaction) -> None:
        ticket = await tx.ticket(number)
        assert ticket
        update = {
            "status": "on_hold",
            "hold_until": now - timedelta(minutes=1),
            "version": ticket.version + 1,
        }
        await tx.save(ticket.model_copy(update=update), now=now)

    await office.runtime.store.change(office.workspace, work)


async def test_the_clock_is_for_admins_even_where_a_press_or_a_form_is_forged(
    office: Office, ben: Person, dana: Person
) -> None:
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Warn and escalate…")
    block, button = find_element(form.view.blocks, "Switch on")
    await office.slack.client.act(ben.user, form.view, block, button)
    await form.press("‹ Settings")
    await form.press("Rules")
    await form.press("settings_rule:close")
    await form.fill(on="On")
    await office.slack.client.submit(ben.user, form.view)
    assert not (await clock_of(office)).since
