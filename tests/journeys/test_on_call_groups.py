"""A user group is whoever is on call: the settings in which it is chosen, and what Slack is asked to do."""

import pytest

from bot.playground.driver import Person
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


async def test_the_form_of_a_queue_keeps_its_on_call_group(dana: Person) -> None:
    form = await add_queue(dana, name="network", channel="ops-oncall", onCallGroup="@support-team")
    assert form.shows("Whoever is on call is @support-team")
    await form.press("Change")
    assert form.value("onCallGroup") == "S0DESK"
    await form.submit()
    assert form.shows("Whoever is on call is @support-team")


async def test_the_group_of_the_agents_cannot_follow_on_call(dana: Person) -> None:
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await form.press("Change")
    await form.fill(group="@field-team", onCallGroup="@field-team")
    assert "I would put all but one out of it" in (await form.submit()).errors["onCallGroup"]
