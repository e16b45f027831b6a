"""How Slack is asked who has do-not-disturb on: few times, and not at all while it refuses."""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import manifest
from bot.domain.clock.dnd import silenced
from bot.domain.workspace import Workspace
from bot.playground.clock import Clock
from bot.playground.standin import StandIn, start_standin
from handlers.outbound.dnd import SlackDnd
from tests.installed import clients_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DESK = Workspace(team_id="T111")
EMIL, ANA = "U0EMIL", "U0ANA"
LONG = 11 * 60  # seconds, longer than Slack is left alone


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(manifest.read(), clock=Clock(lambda: NOW)) as slack:
        yield slack


@pytest.fixture
def dnd(slack: StandIn) -> SlackDnd:
    return SlackDnd(clients_of(slack).of, slack.clock.now)


def asked(slack: StandIn) -> Collection[object]:
    return [call["user"] for call in slack.calls("dnd.info")]


async def test_of_many_tickets_that_are_late_at_once_each_person_is_asked_for_once(
    slack: StandIn, dnd: SlackDnd
) -> None:
    slack.person("emil").rests_at_night()
    for _ in range(30):
        found = await dnd.recent(DESK, [EMIL])
    both = await dnd.recent(DESK, [EMIL, ANA])
    assert asked(slack) == [EMIL, ANA]
    assert found == both
    assert [*silenced(found, found[EMIL].start)] == [EMIL]
    assert silenced(found, found[EMIL].end) == {}


@pytest.mark.parametrize("seconds", [61, -3600])
async def test_what_is_known_is_asked_anew_after_a_minute_and_once_the_time_was_set_back(
    slack: StandIn, dnd: SlackDnd, seconds: int
) -> None:
    await dnd.recent(DESK, [EMIL])
    slack.clock.advance(seconds)
    await dnd.recent(DESK, [EMIL])
    assert asked(slack) == [EMIL, EMIL]


def without_the_scope(slack: StandIn) -> None:
    app = slack.world.app
    slack.world.app = replace(app, scopes=app.scopes - {"dnd:read"})


def limited(slack: StandIn) -> None:
    slack.faults.limit("dnd.info", retry_after=600, times=None)


@pytest.mark.parametrize("refuse", [without_the_scope, limited])
async def test_where_slack_refuses_it_is_left_alone_for_ten_minutes(
    slack: StandIn, dnd: SlackDnd, refuse: Callable[[StandIn], None]
) -> None:
    refuse(slack)
    for _ in range(9):
        assert await dnd.recent(DESK, [EMIL]) == {}
        slack.clock.advance(61)
    assert len(asked(slack)) == 1
    slack.clock.advance(LONG)
    await dnd.recent(DESK, [EMIL])
    assert len(asked(slack)) == 2


async def test_a_slack_that_is_down_for_a_moment_is_asked_again(slack: StandIn, dnd: SlackDnd) -> None:
    slack.faults.break_down("dnd.info", 503)
    assert await dnd.windows(DESK, [EMIL]) == {}
    slack.person("emil").rests_at_night()
    assert EMIL in await dnd.windows(DESK, [EMIL])
