"""Three workspaces on one desk, over real signed HTTP: whatever is asked in whatever order, each sees its own and no other's.

What they should see is a model of three dictionaries. Nobody can act elsewhere: not with a button, a form or a menu of another
workspace, copied or forged.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import ClientSession
from cryptography.fernet import Fernet
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import app, manifest
from bot.domain.directory import Customer, Site
from bot.domain.installation import Installation, Tokens
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.http import server
from bot.playground import seed
from bot.playground.driver import Channel, Person
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.store import Transaction
from handlers.outbound.after_answer import FOLLOW_UPS
from tests.journeys.conftest import settings_for
from tests.journeys.test_strangers import Post
from tests.patience import PATIENCE
from tests.stores import temporary_folder

TEAMS = ("T0RED", "T0BLUE", "T0GREEN")
NO = "belongs to another workspace"


class Step(NamedTuple):
    """What somebody in `here` does, with something of `there`."""

    what: str
    here: int
    there: int
    number: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["create", "create", "list", "show", "claim", "press theirs", "press old", "send theirs", "menu"]
        ),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 4),
    ),
    min_size=4,
    max_size=25,
)


@dataclass
class Desks:
    """The desk of all three, and what each should have: its tickets, and who has each."""

    slack: StandIn
    runtime: app.Runtime
    post: Post
    hook: str
    told: list[str]
    """What came over response_urls that are not the stand-in's."""
    model: dict[str, dict[int, tuple[str, str | None]]] = field(
        default_factory=lambda: {t: {} for t in TEAMS}
    )
    ids: "count[int]" = field(default_factory=count)

    def person(self, team: str) -> Person:
        return self.slack.in_workspace(team).person("bo")

    def channel(self, team: str) -> Channel:
        return self.slack.in_workspace(team).channel("support")

    async def step(self, step: Step) -> None:
        here, there = TEAMS[step.here], TEAMS[step.there]
        mine = self.model[here]
        match step.what:
            case "create" if len(mine) < 8:
                await self._create(here)
            case "list":
                answer = await self.person(here).types("/ticket list")
                await asyncio.gather(*(answer.shows(summary) for summary, _ in mine.values()))
                self.is_mine(here, answer.messages[-1].shown)
            case "show":
                answer = await self.person(here).types(f"/ticket show T-{step.number}")
                if step.number in mine:
                    assert (await answer.form()).shows(mine[step.number][0])
                else:
                    await answer.shows("There is no")
            case "claim" if step.number in mine:
                await self._act(here, str(step.number))
                mine[step.number] = mine[step.number][0], self.person(here).id
            case "press theirs" if here != there:
                await self._act(here, f"~{there}~{step.number}")
                assert NO in self.told[-1]
            case "press old" if step.number in mine:  # of before there were stamps
                await self._act(here, str(step.number), action="ticket_step:show")
            case "send theirs" if here != there:
                await self._send_theirs(here, there)
            case "menu":
                await self._menu(here, there)

    def is_mine(self, team: str, shown: str) -> None:
        for other in TEAMS:
            assert other == team or other.removeprefix("T0").title() not in shown

    async def _create(self, team: str) -> None:
        name = team.removeprefix("T0").title()
        number = len(self.model[team]) + 1
        summary = f"{name} printer {number} is down"
        line = f"/ticket {summary} customer:{name}-Co site:{name}-HQ type:break_fix"
        await (await self.person(team).types(line)).shows(f"T-{number}")
        self.model[team][number] = summary, None

    async def _act(self, team: str, value: str, action: str = "ticket_claim") -> None:
        before = len(self.told)
        pressed = {
            "type": "block_actions",
            "trigger_id": f"{next(self.ids)}.1",
            "container": {"type": "message", "message_ts": "1.0", "channel_id": self.channel(team).id},
            "channel": {"id": self.channel(team).id, "name": "support"},
            "response_url": self.hook,
            "actions": [{"action_id": action, "block_id": "b", "type": "button", "value": value}],
        }
        assert (await self.post.payload(self._by(team) | pressed))[0] == 200
        await self.runtime.settled()
        assert len(self.told) >= before

    async def _send_theirs(self, here: str, there: str) -> None:
        form = await (await self.person(there).types("/ticket")).form()
        view = {
            "id": form.view.id,
            "team_id": here,
            "app_installed_team_id": here,
            "type": "modal",
            "callback_id": form.view.content["callback_id"],
            "private_metadata": form.view.content["private_metadata"],
            "blocks": form.view.blocks,
            "state": {"values": {"summary": {"summary": {"type": "plain_text_input", "value": "Stolen"}}}},
        }
        status, answer = await self.post.payload(self._by(here) | {"type": "view_submission", "view": view})
        assert status == 200
        assert NO in answer

    async def _menu(self, here: str, there: str) -> None:
        asked = {"type": "block_suggestion", "action_id": "customerId", "block_id": "customerId", "value": ""}
        view = {
            "id": "V1",
            "team_id": here,
            "app_installed_team_id": here,
            "private_metadata": f"~{there}~{{}}",
        }
        _, answer = await self.post.payload(self._by(here) | asked | {"view": view})
        names = [option["text"]["text"] for option in json.loads(answer)["options"]]
        assert names == ([f"{here.removeprefix('T0').title()}-Co"] if here == there else [])

    def _by(self, team: str) -> dict[str, object]:
        return {"user": {"id": self.person(team).id, "team_id": team}, "team": {"id": team, "domain": "x"}}

    async def are_as_they_should_be(self) -> None:
        await self.runtime.settled()
        for team, tickets in self.model.items():
            page = await self.runtime.store.read(Workspace(team_id=team)).tickets(TicketFilter(), limit=50)
            kept = {each.number: (each.summary, each.assigned_user_id) for each in page.tickets}
            assert kept == tickets
            world = self.slack.in_workspace(team).world
            for conversation in world.conversations.values():
                for message in conversation.messages:
                    self.is_mine(team, message.shown)
        assert {each.id for each in await self.runtime.store.workspaces()} == set(TEAMS)


def fill(name: str) -> Any:  # noqa: ANN401
    async def work(tx: Transaction) -> None:
        await tx.keep_item(Customer(id=f"{name}-Co", name=f"{name}-Co"))
        await tx.keep_item(Site(id=f"{name}-HQ", name=f"{name}-HQ", customer_id=f"{name}-Co"))

    return work


@asynccontextmanager
async def three_workspaces(folder: Path) -> AsyncIterator[Desks]:
    """All installed by OAuth, each with its own token, people and customers."""
    told: list[str] = []

    async def hear(request: Request) -> Response:
        told.append((await request.body()).decode())
        return Response("ok")

    async with AsyncExitStack() as stack:
        first = Team(TEAMS[0], "Red", "red")
        slack = await start_standin(manifest.read(), team=first, fill=seed.fill_plain)
        await stack.enter_async_context(slack)
        for team in TEAMS[1:]:
            slack.add_workspace(Team(team, team, team.lower()), installed=True)
        also = {
            "bot_token": None,
            "client_id": slack.client_id,
            "client_secret": SecretStr(slack.client_secret),
            "public_url": "https://desk.example.com",
            "secret_keys": Fernet.generate_key().decode(),
            "allowed_teams": "*",
        }
        desk = app.build(
            settings_for(slack, folder / "data", **also),
            clock=slack.clock.now,
            wait=slack.clock.wait,
            held=timedelta(),
        )
        runtime = await stack.enter_async_context(desk)
        assert runtime.oauth
        for team in TEAMS:
            world = slack.in_workspace(team).world
            slack.in_workspace(team).channel("support").invite_bot()
            new = Installation(
                id=team,
                name=world.team.name,
                team_id=team,
                bot_user=world.bot.id,
                installed_by=slack.in_workspace(team).person("ada").id,
                since=slack.clock.now(),
                welcomed_at=datetime.now(UTC),
                tokens=Tokens(access=SecretStr(world.app.bot_token)),
            )
            await runtime.oauth.installations.install(new, frozenset("*"))
            await runtime.store.change(Workspace(team_id=team), fill(team.removeprefix("T0").title()))
        await runtime.introduced()
        listening = server.listening(runtime.asgi, host="127.0.0.1", port=0)
        port = await stack.enter_async_context(listening)
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        hooks = Starlette(routes=[Route("/hook", hear, methods=["POST"])])
        hook = await stack.enter_async_context(server.listening(hooks, host="127.0.0.1", port=0))
        session = await stack.enter_async_context(ClientSession())
        post = Post(session, slack.deliveries.url, slack.signing_secret)
        yield Desks(slack, runtime, post, f"http://127.0.0.1:{hook}/hook", told)


EACH = [Step("create", team, 0, 1) for team in range(3)]
ALL = [
    *EACH,
    *(
        Step(what, here, there, 1)
        for what in ("press theirs", "send theirs", "menu")
        for here in range(3)
        for there in range(3)
    ),
    *(Step(what, 1, 1, 1) for what in ("claim", "press old", "list", "show")),
    Step("show", 2, 2, 4),
]


@settings(max_examples=max(3, settings().max_examples // 8))
@given(steps=STEPS)
@example(steps=ALL)
def test_whatever_is_asked_each_workspace_sees_its_own(steps: list[Step]) -> None:
    async def live() -> None:
        async with three_workspaces(folder) as desks:
            for step in steps:
                await desks.step(step)
            await desks.are_as_they_should_be()

    with temporary_folder() as folder:
        asyncio.run(live())


ORG = "E0ORG"


async def test_an_organisations_request_without_a_team_is_of_the_workspace_it_was_shown_in(
    tmp_path: Path,
) -> None:
    """`team` is null then, and whoever presses may be of another workspace of the organisation: the stamp says which."""
    async with asyncio.timeout(PATIENCE), three_workspaces(tmp_path) as desks:
        assert desks.runtime.oauth
        for team in TEAMS[:2]:
            installed = desks.runtime.oauth.installations.get(team)
            assert installed
            await desks.runtime.oauth.installations.end(installed, "uninstalled", desks.slack.clock.now())
        org = Installation(
            id=ORG,
            enterprise_id=ORG,
            is_org_wide=True,
            teams=frozenset(TEAMS[:2]),
            bot_user="U0BOT",
            installed_by="U0X",
            since=desks.slack.clock.now() + timedelta(seconds=1),
            tokens=Tokens(access=SecretStr("xoxb-org")),
        )
        await desks.runtime.oauth.installations.install(org, frozenset("*"))

        async def press(value: str, of: str = "T0BLUE") -> str:
            pressed: dict[str, object] = {
                "type": "block_actions",
                "user": {"id": "U0BLUEBO", "team_id": of},
                "team": None,
                "enterprise": {"id": ORG, "name": "Org"},
                "is_enterprise_install": True,
                "trigger_id": f"{next(desks.ids)}.1",
                "container": {"type": "message", "message_ts": "1.0", "channel_id": "C1"},
                "channel": {"id": "C1", "name": "support"},
                "response_url": desks.hook,
                "actions": [{"action_id": "ticket_claim", "block_id": "b", "type": "button", "value": value}],
            }
            assert (await desks.post.payload(pressed))[0] == 200
            await desks.runtime.tasks.idle(FOLLOW_UPS)
            return desks.told[-1]

        await desks.step(Step("create", 2, 2, 1))
        assert "There is no T-1 here" in await press("~T0BLUE~1") or "who you are" in desks.told[-1]
        assert NO not in await press("~T0RED~1"), "it was shown in another workspace of the organisation"
        assert NO not in await press("1")
        assert NO in await press("~T0GREEN~1"), "which is of no organisation"
        assert NO in await press("~T0NOBODY~1") or "who you are" in desks.told[-1]
        green = await desks.runtime.store.read(Workspace(team_id="T0GREEN")).ticket(1)
        assert green
        assert green.assigned_user_id is None
        assert "T0GUEST" not in {each.id for each in await desks.runtime.store.workspaces()}
        assert "not installed" in await press("1", of="T0GUEST"), "whose team is of no organisation here"
        assert "not installed" in await press("1", of="T0GREEN"), "nor is one that has it by itself"
        found = desks.runtime.oauth.installations.get(ORG)
        assert found
        assert found.teams == {*TEAMS[:2]}
