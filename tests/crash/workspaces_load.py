"""People in many workspaces, few of which are open at a time, with their courier, their clock and their installations while the
process is killed: a hundred times as fast as ours. What is due falls due in workspaces that are closed, most of the time.

Every channel, user and text of a workspace names it, so that what is in another's store or place is seen. Two and two they are
partners, who share tickets with each other.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import time_ns
from typing import TypeVar

from pydantic import SecretStr

from bot.domain.clock.settings import ClockSettings
from bot.domain.installation import Installation, Tokens
from bot.domain.outbox import Target
from bot.domain.partners import Neighbour, Partnership, Side
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.across import across
from bot.services.clock import DeskClock
from bot.services.clock_subjects import subjects
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.installations import InstallationStore
from bot.services.ports.store import Store, Transaction
from bot.services.reminders import ReminderRequest, Reminders
from bot.services.sharing import Sharing
from bot.services.step_requests import StepRequest
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.tasks import Supervisor
from storage import open_store, sharing_store
from storage.common.keyring import Keyring
from storage.tinydb.installations import TinyDBInstallations
from storage.tinydb.store import TinyDBStore
from tests.crash.clock_load import fast_now, soon
from tests.crash.desk import WIRE, Say
from tests.crash.slack import Slack
from tests.directories import fill
from tests.storage.samples import DIRECTORY

T = TypeVar("T")

WORKSPACES = [Workspace(team_id=f"T{number:02}") for number in range(24)]
OPEN = 6
_WRITERS = 4
_AGENTS = 20  # of each workspace: nobody has very many reminders
_KEY = SecretStr("a2VlcHMgdGhlIHRva2VucyBvZiB0ZXN0cyBzZWNyZXQ=")
_EPOCH = datetime(2026, 11, 29, tzinfo=UTC)


def workspaces(folder: Path, chance: Random, say: Say) -> None:
    """Tickets are made, some twice by a retry, and are held, or due, or shared with the partner, or somebody wants to be reminded
    of them."""
    asyncio.run(_workspaces(folder, chance, say))


async def _workspaces(folder: Path, chance: Random, say: Say) -> None:
    store, slack = opened(folder, OPEN)
    courier, desk_clock, sharing = at_work(store, slack)
    await _be_partners(store)
    await courier.start()
    await desk_clock.start()
    desk = _Desk(store, sharing, chance, say)
    await asyncio.gather(*(desk.person() for _ in range(_WRITERS)), _install(store, chance, say))


def opened(folder: Path, most_open: int) -> tuple[TinyDBStore, Slack]:
    store = open_store(f"tinydb:{folder}", most_open=most_open)
    assert isinstance(store, TinyDBStore)
    return store, Slack(folder / "slack.txt")


def at_work(store: TinyDBStore, slack: Slack, read: Clock = fast_now) -> tuple[Courier, DeskClock, Sharing]:
    people, news = People(store, read), TicketNews(held=timedelta())
    both = across(
        store,
        sharing_store(store),
        _Neighbours(),
        people,
        steps=TicketSteps(store, read, news=news),
        comments=TicketComments(store, read, news),
        clock=read,
    )
    told = both.deliveries
    courier = Courier(store, slack, read, Supervisor(read), on_hand_on=told.hand_on, mirrored=told.mirrored)
    return courier, DeskClock(store, read, Supervisor(read), subjects(people, timedelta())), both.sharing


def _replaced(new: T, _: T | None) -> T:
    return new


class _Neighbours:
    """All of them, each known by its ID."""

    def neighbour(self, team: str) -> Neighbour | None:
        return Neighbour(team, team, team.lower()) if Workspace(team_id=team) in WORKSPACES else None

    def called(self, text: str) -> Neighbour | None:
        return self.neighbour(text.upper())

    def organisation(self, team: str) -> str | None:  # noqa: ARG002
        return None

    def teams_of(self, organisation: str) -> Sequence[str]:  # noqa: ARG002
        return ()


def partner_of(workspace: Workspace) -> Workspace:
    return WORKSPACES[WORKSPACES.index(workspace) ^ 1]


async def _be_partners(store: TinyDBStore) -> None:
    kept = sharing_store(store)
    for one, other in zip(WORKSPACES[::2], WORKSPACES[1::2], strict=True):
        if await kept.partnership(one.id, other.id):
            continue
        for each in (one, other):  # who has accepted has a store
            await store.change(each, _set_up)
        sides = [
            Side(team=mine.id, name=mine.id, calls=theirs.id.lower(), channel=f"CSHARED{mine.id}")
            for mine, theirs in ((one, other), (other, one))
        ]
        new = Partnership(
            sides=(sides[0], sides[1]), state="active", since=_EPOCH, inviter=one.id, invited_by="UADMIN"
        )
        await kept.change_partnership(one.id, other.id, partial(_replaced, new))


class _Desk:
    def __init__(self, store: Store, sharing: Sharing, chance: Random, say: Say) -> None:
        self._store = store
        self._sharing = sharing
        self._chance = chance
        self._say = say
        news = TicketNews(held=timedelta())
        self._tickets = Tickets(store, fast_now, news=news)
        self._steps = TicketSteps(store, fast_now, news=news)
        self._reminders = Reminders(store, fast_now)

    async def person(self) -> None:
        while True:
            await self._work(self._chance.choice(WORKSPACES))

    async def _work(self, workspace: Workspace) -> None:
        what = self._chance.choice(("held", "due", "reminder", "shared", "nothing"))
        key = f"{workspace.id} {self._chance.getrandbits(64)}"
        due_at = soon(self._chance) if what == "due" else None
        agent = _agent(workspace, self._chance)
        await self._store.change(workspace, _set_up)
        number, *again = await asyncio.gather(
            *(self._create(workspace, agent, key, due_at) for _ in range(self._chance.randint(1, 2)))
        )
        assert {number} >= {*again}
        self._say(f"ticket {number} 1 {key}")
        if what == "held":
            fields = {"holdReason": "parts", "holdUntil": soon(self._chance).isoformat()}
            held = await self._steps.take(
                workspace, number, "hold", fields, StepRequest(agent, f"{key} held")
            )
            self._say(f"ticket {number} {held.version} {key}")
        elif what == "shared":
            called = [partner_of(workspace).id.lower()]
            request = StepRequest(agent, f"{key} shared")
            shared = await self._sharing.share(workspace, number, called, request)
            self._say(f"ticket {number} {shared.version} {key}")
        elif what == "reminder":
            wanted = ReminderRequest(agent, key, number, soon(self._chance), words=key)
            reminder = await self._reminders.remind(workspace, wanted)
            self._say(f"reminder {workspace.id} {reminder.id}")

    async def _create(self, workspace: Workspace, agent: Actor, key: str, due_at: datetime | None) -> int:
        channel, person = (f"{kind}{key.replace(' ', '')}" for kind in "CU")
        request = CreateRequest(
            agent,
            Origin(way="command", channel=channel),
            Target(channel=channel, user=agent.user),
            key,
            requester=person,
        )
        wire = {
            **WIRE,
            "summary": key,
            "assignedUserId": f"UA{workspace.id}{key[-2:]}",
            "priority": "critical",
        }
        if due_at:
            wire["slaDueAt"] = due_at.isoformat()
        return (await self._tickets.create(workspace, wire, request)).ticket.number


def _agent(workspace: Workspace, chance: Random) -> Actor:
    user = f"UAGENT{workspace.id}{chance.randrange(_AGENTS)}"
    return Actor(user=user, is_known=True, is_agent=True, reads_all_notes=True)


async def _set_up(tx: Transaction) -> None:
    """Once, with the first that somebody does there."""
    if not (await tx.settings()).clock.since:
        since = dict.fromkeys(("warn", "escalate"), _EPOCH)
        settings = WorkspaceSettings(clock=ClockSettings.model_validate({"begun": True, "since": since}))
        await fill(tx, DIRECTORY)
        await tx.keep_settings(settings)


def installations_of(store: TinyDBStore) -> InstallationStore:
    return TinyDBInstallations(store.deployment, Keyring([_KEY]))


async def _install(store: TinyDBStore, chance: Random, say: Say) -> None:
    """Workspaces are installed anew all the while, each time with a later token."""
    kept = installations_of(store)
    while True:
        team, token = chance.choice(WORKSPACES).id, f"xoxb-{time_ns()}"
        tokens = Tokens(access=SecretStr(token))
        made = Installation(
            id=team, team_id=team, bot_user="UBOT", installed_by="UADMIN", since=fast_now(), tokens=tokens
        )
        await kept.change(team, partial(_replaced, made))
        say(f"installed {team} {token}")
