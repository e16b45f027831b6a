"""People in many workspaces, few of which are open at a time, with their courier, their clock and their installations while the
process is killed: a hundred times as fast as ours. What is due falls due in workspaces that are closed, most of the time.

Every channel, user and text of a workspace names it, so that what is in another's store or place is seen.
"""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from time import time_ns

from pydantic import SecretStr

from bot.domain.clock.settings import ClockSettings
from bot.domain.installation import Installation, Tokens
from bot.domain.outbox import Target
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.installations import InstallationStore
from bot.services.ports.store import Store, Transaction
from bot.services.reminders import ReminderRequest, Reminders
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import StepRequest, TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from storage import open_store
from storage.tinydb.installations import TinyDBInstallations
from storage.tinydb.keyring import Keyring
from storage.tinydb.store import TinyDBStore
from tests.crash.clock_load import (
    all_is_done,
    at_work,
    fast_now,
    nothing_is_lost,
    soon,
    tickets_of,
)
from tests.crash.desk import WIRE, Say
from tests.crash.slack import Post, Slack
from tests.directories import fill
from tests.storage.samples import DIRECTORY

WORKSPACES = [Workspace(team_id=f"T{number:02}") for number in range(24)]
OPEN = 6
_WRITERS = 4
_AGENTS = 20  # of each workspace: nobody has very many reminders
_KEY = SecretStr("a2VlcHMgdGhlIHRva2VucyBvZiB0ZXN0cyBzZWNyZXQ=")
_EPOCH = datetime(2026, 11, 29, tzinfo=UTC)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def workspaces(folder: Path, chance: Random, say: Say) -> None:
    """Tickets are made, some twice by a retry, and held, or due, or somebody wants to be reminded of them."""
    asyncio.run(_workspaces(folder, chance, say))


async def _workspaces(folder: Path, chance: Random, say: Say) -> None:
    store, slack = _opened(folder, OPEN)
    courier, desk_clock = at_work(store, slack)
    await courier.start()
    await desk_clock.start()
    desk = _Desk(store, chance, say)
    await asyncio.gather(*(desk.person() for _ in range(_WRITERS)), _install(store, chance, say))


def _opened(folder: Path, most_open: int) -> tuple[TinyDBStore, Slack]:
    store = open_store(f"tinydb:{folder}", most_open=most_open)
    assert isinstance(store, TinyDBStore)
    return store, Slack(folder / "slack.txt")


class _Desk:
    def __init__(self, store: Store, chance: Random, say: Say) -> None:
        self._store = store
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
        what = self._chance.choice(("held", "due", "reminder", "nothing"))
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
        elif what == "reminder":
            request = ReminderRequest(agent, key, number, soon(self._chance), words=key)
            reminder = await self._reminders.remind(workspace, request)
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


def _replaced(new: Installation, _: Installation | None) -> Installation:
    return new


def _installations(store: TinyDBStore) -> InstallationStore:
    return TinyDBInstallations(store.deployment, Keyring([_KEY]))


async def _install(store: TinyDBStore, chance: Random, say: Say) -> None:
    """Workspaces are installed anew all the while, each time with a later token."""
    kept = _installations(store)
    while True:
        team, token = chance.choice(WORKSPACES).id, f"xoxb-{time_ns()}"
        tokens = Tokens(access=SecretStr(token))
        made = Installation(
            id=team, team_id=team, bot_user="UBOT", installed_by="UADMIN", since=fast_now(), tokens=tokens
        )
        await kept.change(team, partial(_replaced, made))
        say(f"installed {team} {token}")


def kept_apart(folder: Path, said: list[str]) -> int:
    """All that was acknowledged is there, once, in the store of its workspace and nowhere else; and the workspaces in which
    something falls due are known without opening them. What was left is opened as a copy: the next process gets it as it is."""
    return asyncio.run(_kept_apart(folder, said))


async def _kept_apart(folder: Path, said: list[str]) -> int:
    async with _copied(folder) as (store, posts):
        tickets = 0
        assert {*await store.workspaces()} <= {*WORKSPACES}, "there is no store of a stranger"
        due = [(each, at) for each in WORKSPACES if (at := await _next_due(store, each))]
        for workspace in WORKSPACES:
            ours = posts[workspace.id]
            await nothing_is_lost(store, workspace, ours)
            tickets += await _holds_its_own(store, workspace, ours)
        await _acknowledged(store, said, posts)
    assert not await asyncio.to_thread(_holds_tokens, folder), "no token is kept in clear"
    found, slack = _opened(folder, OPEN)
    for workspace, at in due:
        assert workspace in await found.awake(at), "what falls due is never known too late"
    assert not any(map(found.is_open, await found.workspaces()))
    slack.close()
    await found.close()
    return tickets


def _holds_tokens(folder: Path) -> bool:
    return any(b"xoxb-" in path.read_bytes() for path in folder.iterdir())


@asynccontextmanager
async def _copied(folder: Path) -> AsyncIterator[tuple[TinyDBStore, dict[str, list[Post]]]]:
    """A store on a copy of the folder, and what was posted in each workspace."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "data"
        shutil.copytree(folder, copy)
        store, slack = _opened(copy, len(WORKSPACES))
        posts = defaultdict[str, list[Post]](list)
        for post in slack.posts():
            posts[post.workspace].append(post)
        yield store, posts
        slack.close()
        await store.close()


async def _next_due(store: Store, workspace: Workspace) -> datetime | None:
    reader = store.read(workspace)
    times = [timer.at for timer in await reader.timers(limit=1)]
    jobs = [job for job in await reader.jobs() if not job.set_aside]
    times += [min(fast_now(), job.due_at) if job.claimed_at else job.due_at for job in jobs]
    return min(times, default=None)


async def _holds_its_own(store: Store, workspace: Workspace, posts: Sequence[Post]) -> int:
    """Nothing of another workspace, nothing twice, and a card of each ticket or a job for it. Gives how many tickets there are."""
    tickets, jobs = await tickets_of(store, workspace), await store.read(workspace).jobs()
    assert [*sorted(tickets)] == [*range(1, len(tickets) + 1)], "numbers have no duplicate and no gap"
    summaries = Counter(ticket.summary for ticket in tickets.values())
    assert not [each for each, times in summaries.items() if times > 1], "nothing is there twice"
    assert all(each.startswith(f"{workspace.id} ") for each in summaries), "nothing is in the wrong store"
    assert all(workspace.id in job.channel for job in jobs), "no job is in the wrong store"
    assert all(workspace.id in post.place.channel for post in posts), "nothing is told elsewhere"
    waiting = {job.number for job in jobs if job.kind == "card" and not job.direct}
    for ticket in tickets.values():
        has_card = any(not card.is_direct for card in ticket.cards)
        assert has_card or ticket.number in waiting, "no card is missing"
    deliveries = Counter(post.delivery for post in posts)
    assert not [each for each, times in deliveries.items() if times > 1], "nothing is posted twice"
    return len(tickets)


async def _acknowledged(store: TinyDBStore, said: list[str], posts: dict[str, list[Post]]) -> None:
    installed = {each.id: each for each in await _installations(store).all()}
    reminders = {each.id: await _reminders(store, each, posts[each.id]) for each in WORKSPACES}
    for line in said:
        what, first, second, *rest = line.split(" ", 3)
        if what == "ticket":
            workspace = Workspace(team_id=rest[0].partition(" ")[0])
            ticket = await store.read(workspace).ticket(int(first))
            assert ticket, "what was acknowledged is there"
            assert ticket.summary == rest[0]
            assert ticket.version >= int(second), "what was acknowledged is there"
            assert await store.read(workspace).answered(rest[0]) == ticket.number
        elif what == "reminder":
            assert second in reminders[first], "no reminder is lost"
        else:
            assert installed[first].tokens.access.get_secret_value() >= second, "the newest token is kept"


async def _reminders(store: Store, workspace: Workspace, posts: Sequence[Post]) -> set[str]:
    """Those that wait, are on their way, or have come: each once."""
    reader = store.read(workspace)
    waiting = [each.id for timer in await reader.timers(limit=1_000_000) for each in timer.reminders]
    coming = [each.reminder.id for job in await reader.jobs() for each in job.reminders]
    come = [name for post in posts for name in post.told if post.kind == "reminder"]
    assert len({*waiting} | {*coming}) == len(waiting) + len(coming), "no reminder is there twice"
    assert len({*come}) == len(come), "nobody is reminded twice"
    return {*waiting, *coming, *come}


def all_done(folder: Path) -> None:
    """Long after the last kill: what was due in workspaces that were closed has been done, and nobody had to ask there."""
    asyncio.run(_all_done(folder))


async def _all_done(folder: Path) -> None:
    store, slack = _opened(folder, OPEN)
    looks = count(1)
    courier, desk_clock = at_work(store, slack, lambda: fast_now() + next(looks) * timedelta(seconds=10))
    await courier.start()
    async with asyncio.timeout(60):
        while await _something_waits(store):
            await desk_clock.turn()
            await courier.idle()
            await asyncio.sleep(0)  # what is being closed has its turn, too
    await courier.stop(1)
    slack.close()
    await store.close()
    async with _copied(folder) as (copy, posts):
        for workspace in WORKSPACES:
            assert not await copy.read(workspace).timers(limit=1), "all that was due has come"
            assert not await copy.read(workspace).jobs(), "all has been delivered"
            await all_is_done(copy, workspace, posts[workspace.id])
            await _holds_its_own(copy, workspace, posts[workspace.id])
            await _reminders(copy, workspace, posts[workspace.id])


async def _something_waits(store: Store) -> bool:
    """By what the store tells without being asked for a workspace: a closed one stays closed."""
    for workspace in await store.awake(_FOR_EVER):
        reader = store.read(workspace, is_use=False)
        if not store.is_open(workspace) or await reader.timers(limit=1) or await reader.jobs():
            return True
    return False
