"""Who is who in each workspace, kept in its store: a handler may not wait for Slack to learn somebody's time
zone, and after a restart everybody is known at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from bot.domain.errors import Problem, StoreUnavailable
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person, WorkspacePeople
from bot.domain.permissions import Actor, actor
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.clock import Clock
from bot.services.ports.store import PeopleVersion, Reader, Store, Transaction
from bot.services.queue_timers import look_at_queues_of

_AT_START = 100
"""The people of so many workspaces are read at the start."""


class _Known(NamedTuple):
    """What was read at a version that the store gave to it."""

    version: PeopleVersion
    people: WorkspacePeople


_NOTHING = _Known(PeopleVersion(0, 0), WorkspacePeople())

Changed = Callable[[Transaction, WorkspacePeople], Awaitable[WorkspacePeople]]
"""Changes the people of a workspace in a transaction, from what they are in it, and gives what they are then."""


class People:
    """What the store has is read once, and then follows each commit. Every change is one transaction, of what differs.

    Where other processes change the store, too, it is looked at before each use whether they have; then what they changed is read.
    Raises StoreUnavailable; nothing is changed then.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, _Known] = {}  # by the ids of their workspaces
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # of a store that is shared
        store.on_closed(self._forget)

    async def load(self) -> None:
        """Reads the people of the workspaces that are at work, so that no request has to."""
        for workspace in (await self._store.awake(self._clock()))[:_AT_START]:
            with suppress(StoreUnavailable):  # the store says why, and others go on
                await self.of(workspace)

    def _forget(self, workspace: Workspace) -> None:
        """Who is closed is read again when somebody comes back. A change under way goes on from what it has read."""
        self._known.pop(workspace.id, None)
        for locks in (self._locks, self._reading):
            if (lock := locks.get(workspace.id)) and not lock.locked():
                del locks[workspace.id]

    async def of(self, workspace: Workspace, tx: Reader | None = None) -> WorkspacePeople:
        """Who is who at this moment, or as a transaction finds it that decides by them."""
        known = self._known.get(workspace.id)
        if known and not self._store.is_shared:
            return known.people
        if known and await (tx or self._store.read(workspace)).people_version() == known.version:
            return known.people
        # A change waits for the store's transactions, and one of these may wait here: so it is another lock.
        async with (self._reading if self._store.is_shared else self._locks)[workspace.id]:
            return await self._loaded(workspace, tx)

    async def refused(self, workspace: Workspace, field: str, users: Iterable[str | None]) -> list[Problem]:
        """A problem for each of these users who can be given no work. Somebody who is not known yet can."""
        known = await self.of(workspace)
        whys = [why for user in users if user and (why := known.why_unassignable(user))]
        return [Problem(field=field, code="unassignable", message=why) for why in whys]

    async def progress(self, workspace: Workspace) -> MemberSyncProgress:
        """How far they have been read from Slack."""
        return await self._store.read(workspace).member_sync_progress()

    async def learn(self, workspace: Workspace, people: Iterable[Person]) -> None:
        """What is new replaces what was known of the same person."""
        await self._learn(workspace, [*people], {})

    async def learn_page(self, workspace: Workspace, people: Iterable[Person], cursor: str | None) -> None:
        """A page of the list of everybody. The list goes on at the `cursor`; without one, this was its last page."""
        done = {"cursor": cursor} if cursor else {"cursor": None, "people_read_at": self._clock()}
        await self._learn(workspace, [*people], done)

    async def start_over(self, workspace: Workspace) -> None:
        """The list of everybody will be read from its beginning."""

        async def work(tx: Transaction) -> None:
            await _progressed(tx, {"cursor": None})

        await self._store.change(workspace, work)

    async def learn_groups(self, workspace: Workspace, groups: Iterable[Group]) -> None:
        """`groups` are all that there are."""
        found, now = sorted(groups, key=lambda group: group.id), self._clock()

        async def changed(tx: Transaction, before: WorkspacePeople) -> WorkspacePeople:
            await tx.replace_groups(found)
            await _progressed(tx, {"groups_read_at": now})
            return before.with_groups(found)

        await self._change(workspace, changed)

    async def learn_channel(self, workspace: Workspace, channel: str, members: Iterable[str]) -> None:
        """Who is in a triage channel."""
        kept = ChannelMembers(channel=channel, members=frozenset(members))

        async def changed(tx: Transaction, before: WorkspacePeople) -> WorkspacePeople:
            await tx.keep_channel(kept)
            return before.with_channel(kept)

        await self._change(
            workspace, changed, unless=lambda known: known.channels.get(channel) == kept.members
        )

    async def cannot_read(self, workspace: Workspace, what: str) -> None:
        """Slack does not let us read a channel's members, or GROUPS. It is not kept: a restart asks again."""
        async with self._locks[workspace.id]:
            unreadable = (await self._loaded(workspace)).with_unreadable(what)
            self._known[workspace.id] = self._known[workspace.id]._replace(people=unreadable)

    async def forget_channel(self, workspace: Workspace, channel: str) -> None:
        """No queue is triaged there any more."""

        async def changed(tx: Transaction, before: WorkspacePeople) -> WorkspacePeople:
            await tx.drop_channel(channel)
            return before.without_channel(channel)

        await self._change(workspace, changed)

    async def rename_channel(self, workspace: Workspace, old: str, new: str) -> None:
        """Slack calls a channel by another ID. All that is kept of it goes on under that: its messages, its queues and who
        is in it, in one transaction."""

        async def changed(tx: Transaction, before: WorkspacePeople) -> WorkspacePeople:
            after, members = before.without_channel(old), before.channels.get(old)
            kept = ChannelMembers(channel=new, members=members) if members is not None else None
            await tx.drop_channel(old)
            await tx.rename_channel(old, new)
            settings = await tx.settings()
            if (moved := settings.with_channel(new, instead_of=old)) != settings:
                await tx.keep_settings(moved)
            if kept and new not in before.channels:
                await tx.keep_channel(kept)
                after = after.with_channel(kept)
            return after

        await self._change(workspace, changed)

    async def _learn(
        self, workspace: Workspace, people: Sequence[Person], progress: Mapping[str, object]
    ) -> None:
        async def changed(tx: Transaction, before: WorkspacePeople) -> WorkspacePeople:
            new = before.differing(people)
            came_or_went = {person.id for person in new if person.has_left != (person.id in before.left)}
            for person in new:
                await tx.keep_person(person)
            if came_or_went:
                await look_at_queues_of(tx, came_or_went, self._clock())
            if progress:
                await _progressed(tx, progress)
            return before.with_people(new)

        await self._change(workspace, changed, unless=lambda known: not (progress or known.differing(people)))

    async def _loaded(self, workspace: Workspace, reader: Reader | None = None) -> WorkspacePeople:
        """Under a lock, as a commit in between would be missed. `reader`: of the transaction that it is for."""
        known, reader = self._known.get(workspace.id), reader or self._store.read(workspace)
        if known and not self._store.is_shared:
            return known.people
        version = await reader.people_version()  # first: what is read may be newer, and is read again then
        if known is None or known.version != version:
            is_older = known is not None and known.version.of == version.of and known.version.at < version.at
            before = known if is_older else None  # of a workspace that was forgotten, nobody is known
            known = self._known[workspace.id] = _Known(version, await _read(reader, before))
        return known.people

    async def _change(
        self, workspace: Workspace, changed: Changed, unless: Callable[[WorkspacePeople], bool] | None = None
    ) -> None:
        """Under the lock, so that what is known follows the commits in their order. `unless`: where nothing is to be changed."""

        async def work(tx: Transaction) -> _Known:
            after = await changed(tx, await self._loaded(workspace, tx))
            return _Known(await tx.people_version(), after)

        async with self._locks[workspace.id]:
            known = await self._loaded(workspace)
            if unless and unless(known):
                return
            try:
                self._known[workspace.id] = await self._store.change(workspace, work)
            except asyncio.CancelledError:  # the commit may have gone through
                self._known.pop(workspace.id, None)
                raise


async def _read(reader: Reader, before: _Known | None) -> WorkspacePeople:
    """All of them; of the people those who have changed since `before`, who may be thousands."""
    version, known = before or _NOTHING
    people = await reader.people(changed_after=version.at)
    has_groups = (await reader.member_sync_progress()).groups_read_at is not None
    groups = await reader.groups() if has_groups else None
    return known.read_anew(people, groups, await reader.channels())


def actor_of(
    known: WorkspacePeople, user: str, settings: WorkspaceSettings, now: datetime, *, outsider: bool = False
) -> Actor:
    """A user with their rights at this moment."""
    return actor(
        user,
        known.person(user),
        settings,
        lambda queue: None if known.has_yet_to_read(queue) else known.members(queue) or frozenset(),
        outsider=outsider,
        now=now,
    )


async def _progressed(tx: Transaction, what: Mapping[str, object]) -> None:
    await tx.keep_member_sync_progress((await tx.member_sync_progress()).model_copy(update=what))
