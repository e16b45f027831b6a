"""Who is an agent is what Slack says, also after a restart and where Slack says little."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import app, imports
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground import seed
from bot.playground.driver import Person
from bot.playground.records import User, UserGroup
from bot.playground.standin import StandIn
from bot.services.ports.store import Transaction
from tests.handlers.conftest import NOW, ticket
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_settings import add_queue


@pytest.fixture
def dana(office: Office) -> Person:
    return office.person("dana")


async def is_agent(runtime: app.Runtime, office: Office, name: str) -> bool:
    return (await runtime.tools.settings.actor(office.workspace, office.person(name).id)).is_agent


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
        assert (await again.tools.settings.actor(office.workspace, "U0EMIL")).queues == ("network", "field")
        assert (await again.tools.settings.actor(office.workspace, "U0BEN")).queues == ("field",)


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
    await (await nia.types("/ticket settings")).shows("I am still learning who you are: try again")
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


async def test_a_workspace_that_does_not_show_its_user_groups_keeps_the_agents_of_both_kinds_of_queue(
    office: Office, dana: Person
) -> None:
    await add_queue(dana, name="network", channel="ops-oncall")
    await add_queue(dana, name="field", channel="support", group="@field-team")
    await office.runtime.__aexit__(None, None, None)
    office.slack.faults.fail("usergroups.list", "no_permission", times=None)
    async with app.build(office.settings) as again:
        await again.introduced()
        assert await is_agent(again, office, "chloe")
        assert await is_agent(again, office, "ben")


@asynccontextmanager
async def desk(slack: StandIn, folder: Path) -> AsyncIterator[Office]:
    """A desk that need not know anybody yet."""
    settings = settings_for(slack, folder)
    async with (
        app.build(settings) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=0) as port,
    ):
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        yield Office(slack, runtime, settings)


LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


async def test_a_desk_that_starts_while_slack_is_down_knows_everybody_at_once(
    office: Office, dana: Person, tmp_path: Path
) -> None:
    await add_queue(dana, name="network", channel="ops-oncall")
    await (await office.person("ben").types(f"{LINE} #network")).shows("*T-1* is saved")
    await office.runtime.settled()
    await office.runtime.__aexit__(None, None, None)
    office.slack.faults.break_down("*", times=None)
    async with desk(office.slack, tmp_path / "data") as again:
        await office.person("emil").types("/ticket assign T-1 @chloe")
        await office.person("ana").types("/ticket resolve T-1 Done")
        ticket = await again.ticket(1)
        assert (ticket.status, ticket.assigned_user_id) == ("resolved", "U0CHLOE")
        await (await office.person("ben").types("/ticket assign T-1 me")).shows("That is for agents")
        office.slack.faults.clear()


async def upgraded(slack: StandIn, folder: Path, **queue: str) -> None:
    """Leaves a data folder as a version that kept nobody would, with Ben's T-1 in a queue."""
    settings = settings_for(slack, folder)
    store = app.store_url(settings.store).open()
    kept = Queue.model_validate(
        {"name": "network", "channel": slack.channel("ops-oncall").id, "owner": "U0DANA", **queue}
    )
    workspace = Workspace(team_id=slack.world.team.id)

    async def work(tx: Transaction) -> None:
        await tx.keep_settings(WorkspaceSettings(queues=(kept,)))
        await imports.import_files(tx, seed.DIRECTORY)
        await tx.save(ticket(1, assignedQueue="network", workspaceId=workspace.id), now=NOW)

    await store.change(workspace, work)
    await store.close()


@pytest.mark.parametrize("group", [None, "S0FIELD"], ids=["by channel", "by user group"])
async def test_an_agent_whose_queue_is_not_read_yet_is_asked_to_wait_and_no_longer_than_that_takes(
    slack: StandIn, tmp_path: Path, group: str | None
) -> None:
    method = "usergroups.list" if group else "conversations.members"
    slack.faults.limit("users.list", retry_after=3600, times=None)
    slack.faults.limit(method, retry_after=3600, times=1)
    await upgraded(slack, tmp_path / "data", **({"group": group} if group else {}))
    agent = slack.person("emil")
    async with desk(slack, tmp_path / "data") as office:
        await slack.until(lambda: slack.exchanges.of(method))
        looking_up = slack.faults.hang(method)
        for _ in range(3):
            await (await agent.types("/ticket start T-1")).shows("I am still learning who you are: try again")
        looking_up.release()
        await office.runtime.settled()
        await agent.types("/ticket start T-1")
        assert (await office.ticket(1)).status == "in_progress"


async def test_whose_queue_slack_does_not_tell_is_not_kept_waiting(slack: StandIn, tmp_path: Path) -> None:
    slack.faults.fail("conversations.members", "channel_not_found", times=None)
    await upgraded(slack, tmp_path / "data")
    async with desk(slack, tmp_path / "data") as office:
        await office.runtime.introduced()
        await (await slack.person("emil").types("/ticket start T-1")).shows("There is no T-1 here")
        asked = len(slack.exchanges.of("conversations.members"))
        await slack.person("emil").types("/ticket start T-1")
        await office.runtime.settled()
        assert len(slack.exchanges.of("conversations.members")) == asked


async def test_the_first_start_of_all_refuses_no_agent_for_longer_than_one_look_up_takes(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.faults.limit("users.list", retry_after=3600, times=None)
    ana, settings = slack.person("ana"), settings_for(slack, tmp_path / "data")
    store = app.store_url(settings.store).open()
    queue = Queue(name="network", channel=slack.channel("ops-oncall").id, owner="U0DANA")

    async def work(tx: Transaction) -> None:
        await tx.keep_settings(WorkspaceSettings(queues=(queue,)))  # of a version that kept nobody
        await imports.import_files(tx, seed.DIRECTORY)

    await store.change(Workspace(team_id=slack.world.team.id), work)
    await store.close()
    async with desk(slack, tmp_path / "data") as office:
        await slack.until(lambda: slack.exchanges.of("conversations.members"))
        line = f"{LINE} #network due:2027-06-01 09:00"
        await ana.types(line)
        await office.runtime.settled()
        assert (await office.runtime.people.of(office.workspace)).knows(ana.id)
        assert len(slack.exchanges.of("users.info")) == 1
        await (await ana.types(line)).shows("*T-1* is saved")
        await ana.types("/ticket resolve T-1 Done")
        assert (await office.ticket(1)).status == "resolved"
        assert len(slack.exchanges.of("users.list")) == 1, "all the while it is not known who else there is"


async def test_ten_requests_of_somebody_unknown_make_one_call(
    slack: StandIn, office: Office, tmp_path: Path
) -> None:
    slack.world.add_user(User("U0NEW", "nia", "Nia New", "nia", is_admin=True))
    nia, looking_up = office.person("nia"), slack.faults.hang("users.info")
    for _ in range(10):
        await (await nia.types("/ticket settings")).shows("I am still learning who you are: try again")
    looking_up.release()
    await office.runtime.settled()
    assert len(slack.exchanges.of("users.info")) == 1
    assert (await (await nia.types("/ticket settings")).form()).shows("Add a queue")
    await office.runtime.__aexit__(None, None, None)
    async with desk(slack, tmp_path / "data") as again:
        assert (await again.runtime.people.of(office.workspace)).is_admin("U0NEW"), "what was learnt is kept"


async def test_somebody_whom_slack_does_not_know_stays_unknown_and_is_asked_for_again(
    slack: StandIn, office: Office
) -> None:
    slack.world.add_user(User("U0NEW", "nia", "Nia New", "nia", is_admin=True))
    nia = office.person("nia")
    slack.faults.fail("users.info", "user_not_found")
    await nia.types("/ticket settings")
    await office.runtime.settled()
    people = await office.runtime.people.of(office.workspace)
    assert not people.knows("U0NEW")
    assert people.left == frozenset()
    await nia.types("/ticket settings")
    await office.runtime.settled()
    assert (await office.runtime.people.of(office.workspace)).knows("U0NEW")


async def test_who_joins_leaves_and_comes_back_is_followed_at_once(slack: StandIn, office: Office) -> None:
    nia = User("U0NEW", "nia", "Nia New", "nia", "Asia/Kathmandu")
    slack.world.join_team(nia)
    await slack.events_taken()
    people = await office.runtime.people.of(office.workspace)
    assert people.zone_name("U0NEW") == "Asia/Kathmandu"
    assert [person.id for person in people.called("Nia New")] == ["U0NEW"]
    for deleted in (True, False):
        nia.deleted = deleted
        slack.world.change_user(nia)
        await slack.events_taken()
        people = await office.runtime.people.of(office.workspace)
        assert people.knows("U0NEW") is not deleted
        assert ("U0NEW" in people.left) is deleted
        assert await is_agent(office.runtime, office, "nia") is not deleted
    assert len(slack.exchanges.of("users.info")) == 0


async def test_an_admin_who_sets_up_a_queue_finds_a_group_that_was_just_made(
    slack: StandIn, office: Office, dana: Person
) -> None:
    slack.world.add_group(UserGroup("S0NEW", "night-team", "Night team", ("U0ANA",)))
    await dana.types("/ticket settings")
    await office.runtime.settled()
    await add_queue(dana, name="night", channel="support", group="@night-team")
    assert await is_agent(office.runtime, office, "ana")
    assert not await is_agent(office.runtime, office, "ben")
