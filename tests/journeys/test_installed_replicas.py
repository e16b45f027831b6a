"""Two desks on one PostgreSQL that browsers install: what one hears of an installation, the other knows before it answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.standin import StandIn, start_standin
from bot.services.kept_installations import KeptInstallations
from handlers.installing.lifecycle import ASKED
from tests.journeys.replicas_kit import Replicas, by_oauth, replicas_of
from tests.journeys.test_installing import HOURS, LINE, rotating
from tests.postgres import free_port


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    """A workspace that has not got the app yet. Tokens live for twelve hours."""
    async with await start_standin(rotating(), installed=False) as standin:  # type: ignore[arg-type]
        yield standin


@pytest.fixture
async def replicas(slack: StandIn, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Replicas]:
    port = free_port()
    async with replicas_of(slack, postgresql_url, tmp_path, port=port, **by_oauth(slack, port)) as both:
        yield both


def kept(replicas: Replicas, at: int) -> KeptInstallations:
    found = replicas.offices[at].runtime.installations
    assert isinstance(found, KeptInstallations)
    return found


async def test_installed_through_one_it_is_welcomed_once_and_the_other_answers_at_once(
    slack: StandIn, replicas: Replicas
) -> None:
    """The flow begins at one, and Slack leads back to the other."""
    replicas.front.to = None
    landing = await slack.install(by="dana")
    assert "Deskhand is in Northgate Building Services" in landing.text
    assert {*replicas.front.given} == {0, 1}
    for replicas.front.to in (0, 1):
        await (await slack.person("ben").types(LINE)).shows("is saved")
    dana = slack.person("dana")
    await dana.messages.shows("Hello, I am Deskhand")
    await replicas.settled()
    await slack.channel("support").shows("T-2")
    assert len([each for each in dana.messages.messages if "Hello, I am" in each.text]) == 1


async def test_uninstalled_on_one_the_other_answers_that_it_is_not_installed(
    slack: StandIn, replicas: Replicas
) -> None:
    replicas.front.to = 0
    await slack.install(by="dana")
    await slack.person("dana").messages.shows("Hello")
    replicas.front.to = 1
    await (await slack.person("ben").types(LINE)).shows("is saved")
    slack.clock.advance(HOURS)  # long after: Slack is not asked whether it is over
    found = kept(replicas, 0).get("T0NORTHGATE")
    assert found
    await kept(replicas, 0).end(found, "uninstalled", slack.clock.now())
    await (await slack.person("ben").types(LINE)).shows("not installed")
    assert await replicas.one.total() == 1


async def test_slacks_news_of_an_uninstallation_is_heard_by_whichever_and_known_to_both(
    slack: StandIn, replicas: Replicas
) -> None:
    replicas.front.to = 0
    await slack.install(by="dana")
    await slack.person("dana").messages.shows("Hello")
    replicas.front.to = 1
    slack.uninstall()
    await slack.events_taken()
    for office in replicas.offices:
        await office.runtime.tasks.idle(ASKED)

    async def is_over() -> bool:
        return all(kept(replicas, at).of(replicas.one.workspace) is None for at in (0, 1))

    await replicas.until(is_over)


async def test_a_token_is_renewed_once_and_serves_both(slack: StandIn, replicas: Replicas) -> None:
    replicas.front.to = 0
    await slack.install(by="dana")
    await slack.person("dana").messages.shows("Hello")
    before = kept(replicas, 0).get("T0NORTHGATE")
    assert before
    await kept(replicas, 1).catch_up()
    slack.clock.advance(13 * HOURS)  # the token has ended for both
    workspace = replicas.one.workspace
    tokens = await asyncio.gather(*(kept(replicas, at).token(workspace) for at in (0, 1) for _ in range(20)))
    assert len({*tokens}) == 1
    assert tokens[0] != before.tokens.access.get_secret_value()
    assert len(slack.calls("oauth.v2.access")) == 2  # the installation, and this one
    for replicas.front.to in (0, 1):
        await slack.person("ben").types(LINE)
    await slack.channel("support").shows("T-2")
    await replicas.settled()
    assert len(slack.calls("oauth.v2.access")) == 2
