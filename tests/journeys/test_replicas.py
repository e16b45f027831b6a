"""Two desks on one PostgreSQL: whichever answers, it is the same desk."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from bot.app import Runtime
from bot.domain.people import Person as Known
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn
from bot.services.outbox.holds import RETRY
from tests.journeys.replicas_kit import Replicas, replicas_of
from tests.postgres import Cluster

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
_BUSY = 4  # seconds that a machine may take for nothing
SETTINGS = "Settings are for the workspace's admins"


@pytest.fixture
async def replicas(slack: StandIn, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Replicas]:
    async with replicas_of(slack, postgresql_url, tmp_path) as both:
        yield both


@pytest.fixture
def ben(slack: StandIn, replicas: Replicas) -> Person:  # noqa: ARG001  (who answers)
    return slack.person("ben")


@pytest.fixture
def dana(slack: StandIn, replicas: Replicas) -> Person:  # noqa: ARG001  (as above)
    """The one admin."""
    return slack.person("dana")


@pytest.fixture
def support(slack: StandIn) -> Channel:
    return slack.channel("support")


async def test_requests_go_to_both_and_every_card_stands_once(
    replicas: Replicas, ben: Person, support: Channel
) -> None:
    for number in range(1, 7):
        await (await ben.types(f"{LINE} P{number}")).shows(f"*T-{number}* is saved")
    for number in range(1, 7):
        await support.shows(f"T-{number}")
    await replicas.settled()
    assert {*replicas.front.given} == {0, 1}
    for number in range(1, 7):
        assert [f"T-{number} " in f"{each.text} " for each in support.messages].count(True) == 1
        assert (await replicas.one.ticket(number)) == (await replicas.other.ticket(number))


async def test_a_right_that_was_taken_away_on_one_is_refused_by_the_other_at_once(
    replicas: Replicas, dana: Person
) -> None:
    one, other = replicas.offices
    for replicas.front.to in (0, 1):
        await (await dana.types("/ticket settings")).form()
    known = (await one.runtime.people.of(one.workspace)).person(dana.id)
    assert isinstance(known, Known)
    replicas.front.to = 1
    for _ in range(3):  # each time right after the other has said so
        await one.runtime.people.learn(one.workspace, [known.model_copy(update={"is_admin": False})])
        await (await dana.types("/ticket settings")).shows(SETTINGS)
        await one.runtime.people.learn(one.workspace, [known])
        await (await dana.types("/ticket settings")).form()
    assert (await other.runtime.people.of(other.workspace)).is_admin(dana.id)


async def test_a_queue_that_is_set_up_on_one_is_used_on_the_other(
    replicas: Replicas, dana: Person, ben: Person, slack: StandIn
) -> None:
    replicas.front.to = 0
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Add a queue")
    await form.fill(name="network", channel="ops-oncall")
    saved = await form.submit()
    assert (saved.errors, saved.trouble) == ({}, None)
    replicas.front.to = 1
    await ben.types(f"{LINE} #network")
    await slack.channel("ops-oncall").shows("T-1")
    await replicas.settled()
    assert (await replicas.one.ticket(1)).assigned_queue == "network"


async def test_who_is_an_agent_no_more_on_one_works_nothing_on_the_other(
    replicas: Replicas, ben: Person, support: Channel, slack: StandIn
) -> None:
    one, queue = replicas.one, Queue(name="network", channel=support.id, owner="U0DANA")
    await one.runtime.store.change(
        one.workspace, lambda tx: tx.keep_settings(WorkspaceSettings(queues=(queue,)))
    )
    agents = ["U0ANA", "U0CHLOE", "U0BEN"]
    await one.runtime.people.learn_channel(one.workspace, support.id, agents)
    replicas.front.to = 1
    await ben.types(f"{LINE} #network")
    card = await support.shows("T-1")
    await replicas.settled()
    await one.runtime.people.learn_channel(one.workspace, support.id, agents[:2])
    await (await slack.person("emil").types("/ticket triage T-1")).shows("T-1")
    told = await (await ben.presses(card, "Triage")).shows("That is for agents")
    assert told.only_for == ben.id


async def test_what_is_sent_to_both_at_once_is_one_ticket(
    replicas: Replicas, ben: Person, support: Channel
) -> None:
    replicas.front.is_doubled = True
    await ben.types(f"{LINE} typed")
    await support.shows("T-1")
    said = ben.says("The lobby lamp flickers")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    await support.shows("T-2")
    await replicas.settled()
    assert [await office.total() for office in replicas.offices] == [2, 2]
    for number in (1, 2):
        assert [f"T-{number} " in f"{each.text} " for each in support.messages].count(True) == 1


async def test_a_button_that_both_hear_at_once_does_one_step(
    replicas: Replicas, ben: Person, support: Channel, slack: StandIn
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    await replicas.settled()
    replicas.front.is_doubled = True
    await slack.person("ana").presses(card, "Assign to me")
    await replicas.settled()
    for office in replicas.offices:
        assert (await office.ticket(1)).assigned_user_id == "U0ANA"
    assert [entry.what for entry in await replicas.one.history(1)].count("assigned") == 1


async def test_people_are_read_from_slack_by_one_and_known_to_both(
    replicas: Replicas, slack: StandIn
) -> None:
    for office in replicas.offices:
        known = await office.runtime.people.of(office.workspace)
        assert known.is_admin("U0DANA")
    assert len(slack.calls("users.list")) == 1


async def test_the_newest_home_stays_whichever_replica_has_drawn_it(
    replicas: Replicas, slack: StandIn, ben: Person
) -> None:
    def shown() -> str:
        return view.shown if (view := ben.home) else ""

    replicas.front.to = 0
    ben.opens_home()
    await slack.until(lambda: ben.home)
    before = ben.home
    assert before
    slow = slack.faults.hang("views.publish")
    await ben.presses(before, "home_sight:asked")
    await slack.until(lambda: slow.struck)
    replicas.front.to = 1
    await ben.presses(before, "home_sight:unassigned")
    await slack.until(lambda: "Everything is somebody's already." in shown(), otherwise=shown)
    slow.release()
    await replicas.settled()
    assert "Everything is somebody's already." in shown()


@pytest.mark.slow
@pytest.mark.parametrize("is_orderly", [True, False])
async def test_what_one_did_alone_the_other_goes_on_with_within_fifteen_seconds_and_twice_nothing(
    replicas: Replicas,
    slack: StandIn,
    is_orderly: bool,  # noqa: FBT001
) -> None:
    one, other = (office.runtime for office in replicas.offices)
    alone = {"clock", "members", "do-not-disturb"}

    async def does_it(runtime: Runtime) -> bool:
        return alone <= runtime.leases.held().keys()

    await replicas.until(lambda: does_it(one))
    assert not alone & other.leases.held().keys()
    replicas.front.to = 1
    began = monotonic()
    if is_orderly:
        await one.__aexit__(None, None, None)
    else:
        await one.tasks.stop(0)  # as one that was killed: it says nothing to anybody
    await replicas.until(lambda: does_it(other))
    assert monotonic() - began < (RETRY + _BUSY if is_orderly else 15)
    await other.introduced()
    assert len(slack.calls("users.list")) == 1, "they were read today"


@pytest.mark.slow
async def test_while_postgresql_is_away_nothing_typed_is_lost_and_all_comes_back_by_itself(
    slack: StandIn, tmp_path: Path
) -> None:
    with Cluster(durable=False) as cluster:
        async with replicas_of(slack, cluster.url, tmp_path) as replicas:
            ben, support = slack.person("ben"), slack.channel("support")
            await ben.types(f"{LINE} before")
            await support.shows("T-1")
            await replicas.settled()
            cluster.stop()
            for office in replicas.offices:
                assert "The database cannot be used" in (await office.runtime.not_ready() or "")
                said = await (await ben.types(f"{LINE} meanwhile")).shows("could not be saved")
                assert "Printer down customer:acme site:hq type:break_fix meanwhile" in said.shown
                await (await ben.types("/ticket list")).shows("I cannot read the tickets right now")
                await (await ben.types("/ticket help")).shows("How /ticket works")
            cluster.start()
            for office in replicas.offices:

                async def is_ready(runtime: Runtime = office.runtime) -> bool:
                    return await runtime.not_ready() is None

                await replicas.until(is_ready)
            form = await (await ben.presses(said, "Open the form")).form()
            assert form.value("siteId") == "acme-hq"
            for number in (2, 3):
                await ben.types(f"{LINE} after")
                await support.shows(f"T-{number}")
            await replicas.settled()
