"""Who is an agent is what Slack says, also after a restart and where Slack says little."""

import pytest

from bot import app
from bot.playground.driver import Person
from bot.playground.records import User
from bot.playground.standin import StandIn
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue


@pytest.fixture
def dana(office: Office) -> Person:
    return office.person("dana")


async def is_agent(runtime: app.Runtime, office: Office, name: str) -> bool:
    return (await runtime.work.actor(office.workspace, office.person(name).id)).is_agent


async def test_a_desk_that_starts_again_knows_its_agents(office: Office, dana: Person) -> None:
    await add_queue(dana, name="network", channel="ops-oncall")
    await add_queue(dana, name="field", channel="support", group="@field-team")
    await office.runtime.__aexit__(None, None, None)
    async with app.build(office.settings) as again:
        await again.introduced()
        assert [
            name for name in ("ana", "ben", "chloe", "dana", "emil") if await is_agent(again, office, name)
        ] == [
            "ana",
            "ben",  # of the user group
            "chloe",
            "dana",
            "emil",
        ]
        assert await again.preferences.queues_of(office.workspace, "U0EMIL") == ("network", "field")
        assert await again.preferences.queues_of(office.workspace, "U0BEN") == ("field",)


async def test_guests_are_no_agents_whatever_channel_they_are_in(office: Office, dana: Person) -> None:
    ana = office.person("ana").user
    assert await is_agent(office.runtime, office, "ana")
    ana.is_restricted = True
    office.slack.world.change_user(ana)
    await office.slack.events_taken()
    assert not await is_agent(office.runtime, office, "ana")
    await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.settled()
    assert not await is_agent(office.runtime, office, "ana")
    assert await is_agent(office.runtime, office, "emil")


async def test_somebody_who_becomes_admin_may_change_the_settings_at_once(
    office: Office, ben: Person
) -> None:
    await (await ben.types("/ticket settings")).shows("Settings are for the workspace's admins")
    ben.user.is_admin = True
    office.slack.world.change_user(ben.user)
    await office.slack.events_taken()
    assert (await (await ben.types("/ticket settings")).form()).shows("Add a queue")


async def test_somebody_who_is_not_known_yet_is_looked_up(slack: StandIn, office: Office) -> None:
    slack.world.add_user(User("U0NEW", "nia", "Nia New", "nia", is_admin=True))
    nia = office.person("nia")
    await (await nia.types("/ticket settings")).shows("Please try again in a moment")
    await office.runtime.settled()
    assert (await (await nia.types("/ticket settings")).form()).shows("Add a queue")


async def test_a_channel_that_slack_does_not_show_us_says_how_to_open_it(
    office: Office, dana: Person
) -> None:
    leads = office.channel("support-leads")
    leads.remove_bot()
    await add_queue(dana, name="leads", channel="support-leads")
    await office.runtime.settled()
    settings = await (await dana.types("/ticket settings")).form()
    assert settings.shows("I cannot see who is in there. `/invite @Deskhand` lets me")
    assert not await is_agent(office.runtime, office, "ana"), "nobody is taken for an agent by mistake"
    leads.invite_bot()
    await office.slack.events_taken()
    await office.runtime.settled()
    assert await is_agent(office.runtime, office, "ana")


async def test_a_workspace_without_user_groups_has_agents_all_the_same(office: Office, dana: Person) -> None:
    await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.__aexit__(None, None, None)
    office.slack.faults.fail("usergroups.list", "paid_teams_only")
    async with app.build(office.settings) as again:
        await again.introduced()
        assert await is_agent(again, office, "emil")
