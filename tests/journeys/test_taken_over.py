"""A data folder that was a single workspace's, or an earlier version's, and a desk that is installed by OAuth: nobody does anything
by hand, and it is the same store with the same tickets."""

import shutil
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import app, imports, manifest
from bot.domain.search import TicketFilter
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.http import server
from bot.playground import seed
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.store import Store
from storage import open_store
from tests.histories import history_of
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_installing import changed, deskhand
from tests.storage.test_history import recorded
from tests.stores import store_url

LINE = "/ticket {} customer:acme site:hq type:break_fix"
EARLIER = Team("T111", "Acme", "acme")
GROUP = {"enterprise_id": "E111", "enterprise_name": "Acme Group"}

Kept = tuple[Sequence[Ticket], Sequence[Sequence[Entry]]]


async def all_of(store: Store, team: str) -> Kept:
    """The tickets of a workspace, with their histories."""
    reader = store.read(Workspace(team_id=team))
    page = await reader.tickets(TicketFilter(), limit=1000)
    return page.tickets, [await history_of(reader, ticket.number) for ticket in page.tickets]


async def kept_in(folder: Path, team: str) -> Kept:
    store = open_store(store_url(folder / "data"))
    kept = await all_of(store, team)
    await store.close()
    return kept


def stores(folder: Path) -> set[str]:
    """The files of workspaces, by their names."""
    return {path.name for path in (folder / "data").glob("*.json")} - {"deployment.json"}


def single(slack: StandIn, folder: Path) -> AbstractAsyncContextManager[app.Runtime]:
    """A desk with the one token of its settings."""
    settings = settings_for(slack, folder / "data")
    return app.build(settings, clock=slack.clock.now, wait=slack.clock.wait, held=timedelta())


def with_token(slack: StandIn, folder: Path) -> AbstractAsyncContextManager[Office]:
    """One that is installed by OAuth from now on, and still has that token in its settings."""
    return deskhand(slack, folder, bot_token=SecretStr(slack.bot_token), allowed_teams=None)


async def test_what_a_single_workspace_had_is_there_and_what_waits_goes_out_once(tmp_path: Path) -> None:
    async with await start_standin(manifest.read()) as slack:
        async with single(slack, tmp_path) as runtime:
            here = Workspace(team_id=slack.world.team.id)
            await runtime.store.change(here, lambda tx: imports.import_files(tx, seed.DIRECTORY))
            async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
                slack.connect(f"http://127.0.0.1:{port}/slack/events")
                await runtime.introduced()
                ana, ben = slack.person("ana"), slack.person("ben")
                await ben.types(LINE.format("Printer down"))
                await slack.channel("support").shows("T-1")
                await ana.types("/ticket start T-1")
                await runtime.settled()
                slack.faults.break_down("chat.postMessage", times=None)
                await ben.types(LINE.format("Lift stuck"))
        before, names = await kept_in(tmp_path, here.id), stores(tmp_path)
        slack.faults.clear()
        async with with_token(slack, tmp_path) as office:
            await changed(office, lambda each: each is not None)
            card = await slack.channel("support").shows("T-2")
            await office.runtime.settled()
            tickets, histories = await all_of(office.runtime.store, here.id)
            assert [each.model_copy(update={"cards": ()}) for each in tickets] == [
                each.model_copy(update={"cards": ()}) for each in before[0]
            ]
            assert histories == before[1]
            assert stores(tmp_path) == names
            cards = [each for each in slack.channel("support").messages if "T-2" in str(each.blocks)]
            assert cards == [card]
            await ana.presses(card, "Start")
            assert (await office.ticket(2)).status == "in_progress"
            await ben.types(LINE.format("Door stuck"))
            assert (await office.ticket(3)).summary == "Door stuck"


async def test_a_token_that_slack_refuses_makes_no_other_store_and_loses_nothing(tmp_path: Path) -> None:
    async with await start_standin(manifest.read()) as slack:
        async with single(slack, tmp_path) as runtime:
            async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
                slack.connect(f"http://127.0.0.1:{port}/slack/events")
                await runtime.introduced()
                await slack.person("ben").types(LINE.format("Printer down"))
            await runtime.settled()
        before, names = await kept_in(tmp_path, slack.world.team.id), stores(tmp_path)
        async with deskhand(slack, tmp_path, bot_token=SecretStr("xoxb-of-nobody")):
            answer = await slack.person("ben").types(LINE.format("Lift stuck"))
            await answer.shows("not installed")
        assert stores(tmp_path) == names
        assert await kept_in(tmp_path, slack.world.team.id) == before


@pytest.mark.tinydb(reason="no earlier version kept anything in PostgreSQL")
@pytest.mark.parametrize("joined", [False, True], ids=["alone", "in an organisation"])
@pytest.mark.parametrize("schema", [1, 2])
async def test_what_an_earlier_version_wrote_goes_on(schema: int, joined: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """By the name of its file it was in an organisation; it is the team's, whatever it has left or joined since."""
    (tmp_path / "data").mkdir()
    recorded(schema, tmp_path / "data")
    shutil.copytree(tmp_path / "data", tmp_path / "before" / "data")
    before = await kept_in(tmp_path / "before", EARLIER.id)
    assert before[0], "there is something to take over"
    team = replace(EARLIER, **GROUP) if joined else EARLIER
    async with await start_standin(manifest.read(), team=team, installed=False) as slack:
        names = stores(tmp_path)
        async with deskhand(slack, tmp_path) as office:
            await slack.install(by="dana")
            await office.person("dana").messages.shows("Hello")
            assert stores(tmp_path) == names
            assert (await all_of(office.runtime.store, team.id))[1] == before[1]
            new = max(each.number for each in before[0]) + 1
            await office.person("ben").types(LINE.format("Printer down"))
            assert (await office.ticket(new)).summary == "Printer down"


async def test_a_workspace_that_joins_an_organisation_keeps_its_desk(tmp_path: Path) -> None:
    async with await start_standin(manifest.read(), installed=False) as slack:
        async with deskhand(slack, tmp_path) as office:
            await slack.install(by="dana")
            await office.person("ben").types(LINE.format("Printer down"))
            await office.runtime.settled()
        names = stores(tmp_path)
    async with (
        await start_standin(manifest.read(), team=replace(seed.TEAM, **GROUP), installed=False) as slack,
        deskhand(slack, tmp_path) as office,
    ):
        await slack.install(by="dana", org=True)
        slack.installs.grant([slack.world])
        await slack.events_taken()
        await office.person("ben").types(LINE.format("Lift stuck"))
        assert [(await office.ticket(number)).summary for number in (1, 2)] == ["Printer down", "Lift stuck"]
        assert stores(tmp_path) == names
