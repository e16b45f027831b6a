"""Hundreds of workspaces and one desk, few of whose stores are open at a time: no answer is another's, and nothing piles up."""

import asyncio
import gc
import re
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from types import FrameType
from typing import NamedTuple

import pytest

from bot.domain.installation import ANYBODY
from bot.domain.people import WorkspacePeople
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.services.kept_installations import KeptInstallations
from bot.services.outbox.queue import JobQueue
from handlers.outbound.member_sync import ENDING
from handlers.outbound.workspace_sync import WorkspaceSync
from storage.tinydb.workspace_db import WorkspaceDB
from tests.journeys.many import (
    Desk,
    Json,
    ManySlack,
    Message,
    desk_of,
    installation,
    installed,
    mark_of,
    people_of,
    team_of,
)
from tests.patience import PATIENCE
from tests.stores import is_postgresql
from tests.work import TraceFunction

_AT_ONCE = 8
_TASKS = 3
"""Of a workspace that is open: the readings of who is in it."""
_TASKS_OF_ALL = 25
"""Those of the desk itself, of its server and of this test."""
_OF_A_WORKSPACE = (WorkspaceDB, JobQueue, WorkspacePeople, WorkspaceSync)
_WAITING = ("New", "Assigned")
_OPEN = (*_WAITING, "In progress", "On hold")
_OURS = tuple(str(Path(__file__).parents[2] / room) for room in ("bot", "handlers", "storage"))
_CARD = re.compile(r"\*T-(\d+)\*")
_LINE = "customer:acme site:hq type:break_fix"


class Step(NamedTuple):
    """From which statuses, to which, and what is typed behind the ticket."""

    starts: Sequence[str]
    ends: str
    typed: str = ""


STEPS = {
    "start": Step(_WAITING, "In progress"),
    "hold": Step((*_WAITING, "In progress"), "On hold", "parts"),
    "resume": Step(("On hold",), "In progress"),
    "resolve": Step(_OPEN, "Resolved", "done"),
    "close": Step(("Resolved",), "Closed"),
}
PRESSED = ("start", "resume", "close")
"""Buttons that act at once."""


@dataclass
class Expected:
    """A ticket of the model."""

    summary: str
    status: str = "New"
    assignee: str | None = None

    def take(self, step: str, by: str) -> bool:
        """Whether it could be taken."""
        row = STEPS[step]
        if self.status not in row.starts:
            return False
        self.status = row.ends
        if step in {"start", "resume"} and self.assignee is None:
            self.assignee = by
        return True


@dataclass
class Office:
    """A workspace as it must be. Its people do one thing after the other."""

    team: str
    tickets: dict[int, Expected] = field(default_factory=dict)
    is_installed: bool = True
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


Deed = Callable[[Office], Awaitable[None]]


class Crowd:
    """People of all workspaces, each of whom does something by chance and looks whether the answer is right."""

    def __init__(self, desk: Desk, teams: Sequence[str], chance: Random) -> None:
        self.offices = [Office(team) for team in teams]
        self.alive_before = alive()
        self._desk = desk
        self._chance = chance
        self._deeds: Sequence[Deed] = (
            self._creates,
            self._creates,
            self._types_a_step,
            self._types_a_step,
            self._assigns,
            self._lists,
            self._shows,
            self._presses,
            self._presses,
            self._presses_what_is_another_workspaces,
            self._presses_with_another_workspaces_stamp,
            self._sends_the_form_of_another_workspace,
            self._asks_for_what_only_others_have,
            self._comes_from_nowhere,
            self._leaves,
        )

    async def does(self, times: int) -> None:
        """So many things in all, several at once."""
        left = iter(range(times))

        async def some() -> None:
            for _ in left:
                office = self._chance.choice(self.offices)
                async with office.busy:
                    if office.is_installed:
                        await self._chance.choice(self._deeds)(office)
                    else:
                        await self._comes_back(office)

        await asyncio.gather(*(some() for _ in range(_AT_ONCE)))

    async def hold(self) -> None:
        """Each store has what it must have, and nothing else."""
        for office in self.offices:
            reader = self._desk.runtime.store.read(Workspace(team_id=office.team))
            page = await reader.tickets(TicketFilter(), limit=1_000_000)
            found = {
                each.number: Expected(
                    each.summary, each.status.replace("_", " ").capitalize(), each.assigned_user_id
                )
                for each in page.tickets
            }
            assert found == office.tickets, office.team
            cards = Counter(
                number
                for message in self._desk.slack.messages[office.team].values()
                for number in _CARD.findall(str(message.blocks[:1]))
                if message.channel.startswith("C0")
            )
            assert cards == dict.fromkeys(map(str, office.tickets), 1), "each has one card"

    async def all_come_back(self) -> None:
        for office in self.offices:
            if not office.is_installed:
                await self._comes_back(office)

    async def _creates(self, office: Office) -> None:
        """Once in a while the line comes twice."""
        summary = f"{mark_of(office.team)} printer {self._chance.getrandbits(32)} is down"
        user, trigger = self._user(office), f"{self._chance.getrandbits(60)}.1"
        number = len(office.tickets) + 1
        for _ in range(self._chance.choice((1, 1, 1, 2))):
            answer = await self._desk.command(office.team, user, f"{summary} {_LINE}", trigger=trigger)
            assert f"*T-{number}*" in answer["text"]
            assert summary in answer["text"]
        office.tickets[number] = Expected(summary)

    async def _types_a_step(self, office: Office) -> None:
        if not office.tickets:
            return
        number, step, user = self._number(office), self._chance.choice([*STEPS]), self._user(office)
        answer = await self._desk.command(office.team, user, f"{step} T-{number} {STEPS[step].typed}")
        if office.tickets[number].take(step, user):
            assert office.tickets[number].summary in answer["text"]
        else:
            assert f"not possible to {step} it" in answer["text"]

    async def _assigns(self, office: Office) -> None:
        if not office.tickets:
            return
        number, whom = self._number(office), self._user(office)
        ticket = office.tickets[number]
        await self._desk.command(office.team, self._user(office), f"assign T-{number} <@{whom}>")
        if ticket.status in _OPEN:
            ticket.assignee = whom
            ticket.status = "Assigned" if ticket.status in _WAITING else ticket.status

    async def _lists(self, office: Office) -> None:
        answer = await self._desk.command(office.team, self._user(office), "list status:any")
        newest = sorted(office.tickets, reverse=True)[:10]
        assert _rows(answer) == [
            (f"T-{number}", office.tickets[number].summary, office.tickets[number].status)
            for number in newest
        ]

    async def _shows(self, office: Office) -> None:
        if office.tickets:
            number = self._number(office)
            before = len(self._desk.slack.views[office.team])
            await self._desk.command(office.team, self._user(office), f"show T-{number}")
            await self._until(lambda: len(self._desk.slack.views[office.team]) > before)
            view = str(self._desk.slack.views[office.team][-1])
            assert office.tickets[number].summary in view

    async def _presses(self, office: Office) -> None:
        if found := self._card(office):
            message, button, number = found
            user, step = self._user(office), button["action_id"].partition(":")[2]
            await self._desk.press(office.team, user, message, button)
            office.tickets[number].take(step, user)

    async def _presses_what_is_another_workspaces(self, office: Office) -> None:
        other = self._chance.choice(self.offices)
        if other is not office and (found := self._card(other)):
            await self._desk.press(office.team, self._user(office), found[0], found[1])

    async def _presses_with_another_workspaces_stamp(self, office: Office) -> None:
        other = self._chance.choice(self.offices)
        if other is not office and (found := self._card(office)):
            message, button, number = found
            forged = {**button, "value": f"~{other.team}~{number}"}
            await self._desk.press(office.team, self._user(office), message, forged)

    async def _sends_the_form_of_another_workspace(self, office: Office) -> None:
        other = self._chance.choice(self.offices)
        forms = [each for each in self._desk.slack.views[other.team] if "submit" in each]
        if other is not office and forms:
            view = {**self._chance.choice(forms), "title": {"type": "plain_text", "text": "Form"}}
            answer = await self._desk.submit(office.team, self._user(office), view, "forged")
            assert answer, "it is told why"

    async def _asks_for_what_only_others_have(self, office: Office) -> None:
        number = len(office.tickets) + self._chance.randint(1, 3)
        answer = await self._desk.command(office.team, self._user(office), f"show T-{number}")
        assert f"There is no T-{number} here" in answer["text"]

    async def _comes_from_nowhere(self, _: Office) -> None:
        team = f"T0FORGED{self._chance.getrandbits(32)}"
        answer = await self._desk.command(team, "U0FORGED", f"Printer down {_LINE}")
        assert "not installed" in answer["text"]
        event = {"type": "app_home_opened", "user": "U0FORGED", "tab": "home", "channel": "D0FORGED"}
        await self._desk.event(team, event)

    async def _leaves(self, office: Office) -> None:
        await self._desk.event(office.team, {"type": "app_uninstalled"})
        office.is_installed = False

    async def _comes_back(self, office: Office) -> None:
        answer = await self._desk.command(office.team, self._user(office), f"Printer down {_LINE}")
        assert "not installed" in answer["text"]
        installations = self._desk.runtime.installations
        assert isinstance(installations, KeptInstallations)
        # Of what Slack tells within five minutes of it, the desk asks Slack whether it is over.
        since = datetime.now(UTC) - timedelta(minutes=6)
        await installations.install(installation(office.team, since), ANYBODY)
        office.is_installed = True

    def _user(self, office: Office) -> str:
        return self._chance.choice(people_of(office.team))

    def _number(self, office: Office) -> int:
        return self._chance.choice([*office.tickets])

    def _card(self, office: Office) -> tuple[Message, Json, int] | None:
        """A message of the workspace that has buttons which act at once; one of them, and its ticket."""
        found = [
            (message, element)
            for message in self._desk.slack.messages[office.team].values()
            for block in message.blocks
            for element in block.get("elements", ())
            if element.get("action_id") in {f"ticket_step:{each}" for each in PRESSED}
        ]
        if not found:
            return None
        message, button = self._chance.choice(found)
        return message, button, int(button["value"].rpartition("~")[2].partition(":")[0])

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                await self._desk.slack.called()


def _rows(answer: Json) -> list[tuple[str, ...]]:
    """The first three columns of a list."""
    rows = [row for block in answer["blocks"] if block["type"] == "data_table" for row in block["rows"][1:]]
    return [tuple(_text(cell) for cell in row[:3]) for row in rows]


def _text(cell: Json) -> str:
    return str(cell.get("text") or "".join(_text(each) for each in cell.get("elements", ())))


def alive() -> Counter[type]:
    """How many objects there are in the process of the kinds of which a workspace has some."""
    gc.collect()
    return Counter(type(each) for each in gc.get_objects() if isinstance(each, _OF_A_WORKSPACE))


@asynccontextmanager
async def crowd(
    folder: Path, workspaces: int, most_open: int, seed: int
) -> AsyncIterator[tuple[Desk, Crowd]]:
    teams = [*map(team_of, range(workspaces))]
    await installed(folder, teams)
    slack = ManySlack()
    async with slack.served(), desk_of(slack, folder, most_open=most_open) as desk:
        yield desk, Crowd(desk, teams, Random(seed))  # noqa: S311  (no secret)


async def hold_together(desk: Desk, crowd: Crowd, most_open: int) -> None:
    """What must be so whatever has happened."""
    await desk.runtime.settled()
    assert not desk.slack.wrong
    store = desk.runtime.store
    if store.is_shared:  # what it keeps in memory is let go of every half minute, not by the next request
        await store.close_idle()
        await desk.runtime.tasks.idle(ENDING)
    known = await store.workspaces()
    assert len(known) == len(crowd.offices), "no stranger has a store"
    assert store.is_shared or sum(map(store.is_open, known)) <= most_open
    more = alive() - crowd.alive_before
    assert all(more[kind] <= most_open + _AT_ONCE for kind in _OF_A_WORKSPACE), more
    assert threading.active_count() < 30, "no workspace has a thread of its own"
    tasks = Counter(task.get_name() for task in asyncio.all_tasks())
    assert tasks.total() <= _TASKS * (most_open + _AT_ONCE) + _TASKS_OF_ALL, tasks


async def test_many_workspaces_each_see_what_is_theirs(tmp_path: Path) -> None:
    async with crowd(tmp_path, 20, 4, seed=1) as (desk, people):
        await people.does(500)
        await people.all_come_back()
        await hold_together(desk, people, 4)
        await people.hold()


async def lines_of(work: Callable[[], Awaitable[object]]) -> int:
    """How many lines of ours it takes, in the event loop. Whatever comes between adds some: the least of several times counts."""
    lines = count()

    def tracing(frame: FrameType, _: str, __: object) -> TraceFunction | None:
        if frame.f_code.co_filename.startswith(_OURS):
            next(lines)
            return tracing
        return None

    sys.settrace(tracing)  # type: ignore[arg-type]  # its type names itself
    try:
        await work()
    finally:
        sys.settrace(None)
    return next(lines)


async def test_a_request_takes_no_more_lines_the_more_workspaces_are_open(tmp_path: Path) -> None:
    least = {}
    for number in (1, 40):
        async with crowd(tmp_path / str(number), number, number, seed=3) as (desk, _):

            async def ask(at: int, desk: Desk = desk) -> None:
                team = team_of(at)
                await desk.command(team, people_of(team)[0], f"Printer down {_LINE}")
                await desk.runtime.settled()

            for at in range(number):
                await ask(at)
            # On PostgreSQL the look of each second, which is for all workspaces, comes between more often than not.
            times = 30 if is_postgresql() else 6
            least[number] = min([await lines_of(partial(ask, 0)) for _ in range(times)])
    assert least[40] <= 1.02 * least[1], least


@pytest.mark.slow
async def test_three_hundred_workspaces_each_see_what_is_theirs_and_nothing_piles_up(tmp_path: Path) -> None:
    async with crowd(tmp_path, 300, 20, seed=2) as (desk, people):
        for _ in range(4):
            await people.does(1000)
            await hold_together(desk, people, 20)
        await people.all_come_back()
        await hold_together(desk, people, 20)
        await people.hold()
