"""What must be there after a crash of a desk of many workspaces: all that was acknowledged, once, in the store of its workspace."""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from bot.domain.workspace import Workspace
from bot.services.ports.store import Store
from storage.tinydb.store import TinyDBStore
from tests.crash.clock_load import all_is_done, fast_now, nothing_is_lost, tickets_of
from tests.crash.slack import Post
from tests.crash.workspaces_load import OPEN, WORKSPACES, at_work, installations_of, opened, partner_of

_BY_PARTNERS = {"share", "carry", "partner"}
"""Jobs that Slack has no part in."""

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


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
    found, slack = opened(folder, OPEN)
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
        store, slack = opened(copy, len(WORKSPACES))
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
    assert all(workspace.id in job.channel or job.kind in _BY_PARTNERS for job in jobs), (
        "no job is in the wrong store"
    )
    assert all(workspace.id in post.place.channel for post in posts), "nothing is told elsewhere"
    waiting = {job.number for job in jobs if job.kind == "card" and not job.direct}
    for ticket in tickets.values():
        has_card = any(not card.is_direct for card in ticket.cards)
        assert has_card or ticket.number in waiting, "no card is missing"
    deliveries = Counter(post.delivery for post in posts)
    assert not [each for each, times in deliveries.items() if times > 1], "nothing is posted twice"
    return len(tickets)


async def _acknowledged(store: TinyDBStore, said: list[str], posts: dict[str, list[Post]]) -> None:
    installed = {each.id: each for each in await installations_of(store).all()}
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
    store, slack = opened(folder, OPEN)
    looks = count(1)
    courier, desk_clock, _ = at_work(store, slack, lambda: fast_now() + next(looks) * timedelta(seconds=10))
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
            await _partner_has_it_once(copy, workspace, posts[partner_of(workspace).id])


async def _partner_has_it_once(store: Store, workspace: Workspace, posts: Sequence[Post]) -> None:
    """Each ticket that is shared stands once in the partner's channel, and no other does."""
    tickets = await tickets_of(store, workspace)
    shared = [f"{workspace.id}/{number}" for number, each in tickets.items() if each.shared_with]
    shown = Counter(name for post in posts if post.kind == "mirror" for name in post.told)
    assert shown == Counter(shared), "what is shared is there once"


async def _something_waits(store: Store) -> bool:
    """By what the store tells without being asked for a workspace: a closed one stays closed."""
    for workspace in await store.awake(_FOR_EVER):
        reader = store.read(workspace, is_use=False)
        if not store.is_open(workspace) or await reader.timers(limit=1) or await reader.jobs():
            return True
    return False
