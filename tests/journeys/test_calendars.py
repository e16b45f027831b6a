"""An admin sets up working hours, and says whose time runs by them."""

import pytest

from bot.domain.calendars import Calendar, business_hours
from bot.domain.clock.settings import ClockSettings
from bot.domain.public_holidays import public_holidays
from bot.domain.queues import Queue
from bot.playground.driver import Person, find_element
from bot.playground.form import Form
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue, settings_of


@pytest.fixture(autouse=True)
def _holidays() -> None:
    """Loading their library takes its time where much else runs, and Slack waits for three seconds."""
    public_holidays("DE", "BY", 2026)


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


async def calendars(admin: Person) -> Form:
    form = await (await admin.types("/ticket settings")).form()
    await form.press("Calendars")
    return form


async def add_calendar(admin: Person, **fields: object) -> Form:
    form = await calendars(admin)
    await form.press("Add a calendar")
    await form.fill(**fields)
    saved = await form.submit()
    assert (saved.errors, saved.trouble) == ({}, None)
    return form


async def clock_of(office: Office) -> ClockSettings:
    return (await settings_of(office)).clock


async def queue_of(office: Office) -> Queue:
    (queue,) = (await settings_of(office)).queues
    return queue


async def test_the_form_of_a_new_calendar_is_filled_with_business_hours(office: Office, dana: Person) -> None:
    form = await calendars(dana)
    assert form.shows("working time runs around the clock")
    await form.press("Add a calendar")
    await form.submit()
    assert form.shows("Mon-Fri 9:00-17:00")
    (made,) = (await clock_of(office)).calendars
    assert made == business_hours(made.zone)
    assert form.shows("Nothing runs by it yet")


async def test_a_calendar_has_lunch_holidays_days_off_and_extra_days(office: Office, dana: Person) -> None:
    form = await add_calendar(
        dana,
        name="Munich",
        hours="Mon-Thu 9-12:30, 13:30-18\nFri 9-15",
        zone="Europe/Berlin",
        country="Germany",
        region="Bayern",
        daysOff="2026-12-24",
        extraDays="2026-12-20 10-14",
    )
    assert form.shows("Mon-Thu 9:00-12:30, 13:30-18:00")
    assert form.shows("Europe/Berlin, holidays of DE-BY, 1 day off, 1 extra day")
    await form.press("Change")
    assert form.title == "Munich"
    assert (form.value("country"), form.value("region")) == ("DE", "BY")
    assert form.value("extraDays") == "2026-12-20 10:00-14:00"
    await form.submit()
    assert [each.name for each in (await clock_of(office)).calendars] == ["Munich"]


async def test_a_fault_stands_below_its_input_and_all_that_was_typed_stays(
    office: Office, dana: Person
) -> None:
    form = await calendars(dana)
    await form.press("Add a calendar")
    await form.fill(hours="Mon-Fri 9-5", zone="Mars", country="Atlantis", daysOff="Christmas")
    errors = (await form.submit()).errors
    assert errors.keys() == {"hours", "zone", "country", "daysOff"}
    assert "ends before it begins" in errors["hours"]
    assert form.value("hours") == "Mon-Fri 9-5"
    assert not (await clock_of(office)).calendars
    await form.fill(hours="Mon-Fri 9-17", zone="Etc/UTC", country="DE", daysOff=None)
    await form.submit()
    assert len((await clock_of(office)).calendars) == 1


async def test_two_calendars_have_two_names(dana: Person) -> None:
    form = await add_calendar(dana, name="Munich")
    await form.press("Add a calendar")
    await form.fill(name="munich")
    assert "There is a calendar “Munich” already" in (await form.submit()).errors["name"]


async def test_a_queue_has_a_calendar_and_a_lead(office: Office, ana: Person, dana: Person) -> None:
    await (await add_calendar(dana, name="Munich")).close()
    await add_queue(dana, name="network", channel="ops-oncall", lead="ana", calendar="Munich")
    queue = await queue_of(office)
    assert (queue.lead, queue.calendar) == (ana.id, "Munich")
    form = await calendars(dana)
    assert form.shows("Queues: network")
    await form.press("Change")
    await form.fill(name="Bavaria")
    await form.submit()
    assert form.shows("Queues: network")
    assert (await queue_of(office)).calendar == "Bavaria", "it follows the new name"
    await form.press("Change")
    await form.press("Remove this calendar")
    assert form.shows("working time runs around the clock")
    assert (await queue_of(office)).calendar is None


async def test_a_queues_form_shows_its_lead_and_calendar_and_lets_them_go(
    office: Office, ana: Person, dana: Person
) -> None:
    await (await add_calendar(dana, name="Munich")).close()
    form = await add_queue(dana, name="network", channel="ops-oncall", lead="ana", calendar="Munich")
    await form.press("Change")
    assert (form.value("lead"), form.value("calendar")) == (ana.id, "Munich")
    await form.fill(lead=None, calendar="None of its own")
    await form.submit()
    queue = await queue_of(office)
    assert (queue.lead, queue.calendar) == (None, None)


async def test_nobody_who_has_left_becomes_the_lead_of_a_queue(office: Office, dana: Person) -> None:
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Add a queue")
    await form.fill(name="network", channel="ops-oncall", lead="ben")
    ben = office.person("ben").user
    ben.deleted = True
    office.slack.world.change_user(ben)
    await office.slack.events_taken()
    assert "has left. Choose somebody else." in (await form.submit()).errors["lead"]


async def test_a_queue_cannot_take_a_calendar_that_was_removed_meanwhile(
    office: Office, dana: Person
) -> None:
    await (await add_calendar(dana, name="Munich")).close()
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Add a queue")
    await form.fill(name="network", channel="ops-oncall", calendar="Munich")
    tools, here = office.runtime.tools, office.workspace
    actor = await tools.settings.actor(here, dana.id)
    await tools.clock_settings.remove_calendar(here, actor, "Munich")
    assert "There is no calendar “Munich” any more" in (await form.submit()).errors["calendar"]


async def test_sites_of_a_kind_may_have_a_calendar(office: Office, dana: Person) -> None:
    form = await add_calendar(dana, name="Munich")
    await form.fill(**{"calendar_profile:business_hours": "Munich"})
    assert form.shows("Sites: Business hours")
    clock = await clock_of(office)
    assert clock.calendar_for(None, "business_hours").name == "Munich"
    assert clock.calendar_for(None, "seasonal").is_always_open
    await form.fill(**{"calendar_profile:business_hours": "Around the clock"})
    assert not (await clock_of(office)).profiles
    await form.press("‹ Settings")
    assert form.title == "Settings"


async def test_calendars_are_for_admins_even_where_a_press_or_a_form_is_forged(
    office: Office, ben: Person, dana: Person
) -> None:
    form = await add_calendar(dana, name="Munich")
    before = await clock_of(office)
    for words in ("Add a calendar", "‹ Settings"):
        block, button = find_element(form.view.blocks, words)
        await office.slack.client.act(ben.user, form.view, block, button)
        assert form.title == "Calendars"
    await form.press("Change")
    block, button = find_element(form.view.blocks, "Remove this calendar")
    await office.slack.client.act(ben.user, form.view, block, button)
    await form.fill(name="Ben's")
    await office.slack.client.submit(ben.user, form.view)
    assert await clock_of(office) == before


def test_of_a_ticket_the_queues_calendar_goes_before_the_sites() -> None:
    ours, theirs = (business_hours("Europe/Berlin", name) for name in ("ours", "theirs"))
    clock = ClockSettings(calendars=(ours, theirs), profiles={"business_hours": "theirs"})
    queue = Queue(name="network", channel="C1", owner="U1", calendar="OURS")

    def chosen(queue: Queue | None, profile: str | None) -> Calendar:
        return clock.calendar_for(queue, profile)

    assert chosen(queue, "business_hours") is ours
    assert chosen(None, "business_hours") is theirs
    assert chosen(queue.model_copy(update={"calendar": "gone"}), "business_hours") is theirs
    assert chosen(None, None).is_always_open
