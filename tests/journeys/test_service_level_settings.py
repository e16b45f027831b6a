"""An admin says what is promised of which tickets."""

import pytest

from bot.domain.clock.service_levels import BUSINESS_HOURS, CRITICAL, Policy
from bot.domain.clock.settings import ClockSettings
from bot.playground.driver import Person, find_element
from bot.playground.form import Form
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue, settings_of


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


async def levels(admin: Person) -> Form:
    form = await (await admin.types("/ticket settings")).form()
    await form.press("Service levels")
    return form


async def clock_of(office: Office) -> ClockSettings:
    return (await settings_of(office)).clock


async def policy_of(office: Office) -> Policy:
    (policy,) = (await clock_of(office)).policies
    return policy


async def test_a_ready_service_level_is_one_press(office: Office, dana: Person) -> None:
    form = await levels(dana)
    assert form.shows("No service level is set up yet")
    await form.press("Add “24×7 critical”")
    assert form.shows("First response 15 min · next response 30 min · assignment 10 min · resolution 4h")
    assert form.shows("No hold stops the clock.")
    assert await policy_of(office) == CRITICAL
    await form.press("Add “Business hours”")
    assert form.shows("A hold stops the clock if its reason has “customer” or “requester”.")
    assert (await clock_of(office)).policies == (CRITICAL, BUSINESS_HOURS)
    assert not form.shows("Add “"), "both are there"
    assert form.shows("They do nothing until the rule *Service levels* is on")
    assert [each.name for each in (await clock_of(office)).calendars] == ["Business hours"]


async def test_a_service_level_is_for_some_tickets(office: Office, dana: Person) -> None:
    await (await add_queue(dana, name="network", channel="ops-oncall")).close()
    form = await levels(dana)
    await form.press("Add a service level")
    await form.fill(
        name="VIP",
        response="30 min",
        resolution="1h 30 min",
        priorities=["high", "critical"],
        types=["break_fix"],
        policy_customers=["Acme"],
        queues=["network"],
        calendar="24×7",
        pauses="Always",
    )
    saved = await form.submit()
    assert (saved.errors, saved.trouble) == ({}, None)
    assert form.shows("High, Critical, Break-fix, Acme")
    assert form.shows("First response 30 min · resolution 1h 30 min")
    assert await policy_of(office) == Policy(
        name="VIP",
        priorities=("high", "critical"),
        types=("break_fix",),
        customers=("acme",),
        queues=("network",),
        response=30,
        resolution=90,
        calendar="24×7",
        pauses="all",
    )
    before = await policy_of(office)
    await form.press("Change")
    assert form.title == "VIP"
    await form.submit()
    assert await policy_of(office) == before, "the form shows all of it"


async def test_a_fault_stands_below_its_input_and_all_that_was_typed_stays(
    office: Office, dana: Person
) -> None:
    form = await levels(dana)
    await form.press("Add a service level")
    await form.fill(name="VIP", response="3 days", pauseWords=None)
    errors = (await form.submit()).errors
    assert errors.keys() == {"response", "pauseWords"}
    assert form.value("response") == "3 days"
    await form.fill(response="24h", pauseWords="customer, parts")
    await form.submit()
    assert (await policy_of(office)).pauses == ("customer", "parts")
    await form.press("Add a service level")
    await form.fill(name="vip", response="1h")
    assert "There is a service level “VIP” already" in (await form.submit()).errors["name"]


async def test_a_service_level_is_changed_and_removed(office: Office, dana: Person) -> None:
    form = await levels(dana)
    await form.press("Add “24×7 critical”")
    await form.press("Change")
    await form.fill(name="Critical", nextResponse=None)
    await form.submit()
    policy = await policy_of(office)
    assert (policy.name, policy.next_response) == ("Critical", None)
    await form.press("Change")
    await form.press("Remove this service level")
    assert form.shows("No service level is set up yet")
    assert not (await clock_of(office)).policies


async def test_a_service_level_follows_the_names_of_its_calendar_and_its_queue(
    office: Office, dana: Person
) -> None:
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await form.press("Service levels")
    await form.press("Add “Business hours”")
    await form.press("Change")
    await form.fill(queues=["network"])
    await form.submit()
    await form.press("‹ Settings")
    await form.press("settings_queue:0")
    await form.fill(name="networks")
    await form.submit()
    await form.press("Calendars")
    await form.press("Change")
    await form.fill(name="Office hours")
    await form.submit()
    policy = await policy_of(office)
    assert (policy.queues, policy.calendar) == (("networks",), "Office hours")
    await form.press("Change")
    await form.press("Remove this calendar")
    await form.press("‹ Settings")
    await form.press("settings_queue:0")
    await form.press("Remove this queue")
    policy = await policy_of(office)
    assert (policy.queues, policy.calendar) == (("networks",), None), "of no queue it would be for all"


async def test_service_levels_are_for_admins_even_where_a_press_or_a_form_is_forged(
    office: Office, ben: Person, dana: Person
) -> None:
    form = await levels(dana)
    for words in ("Add “24×7 critical”", "Add a service level"):
        block, button = find_element(form.view.blocks, words)
        await office.slack.client.act(ben.user, form.view, block, button)
        assert form.title == "Service levels"
    await form.press("Add a service level")
    await form.fill(name="Ben's", response="1h")
    await office.slack.client.submit(ben.user, form.view)
    assert not (await clock_of(office)).policies
