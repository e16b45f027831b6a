"""What happens to a partnership: applied once, told to those whom it concerns, and to what was shared.

It is a job in the outbox of the side that does it, and saved before anything else is written. Its delivery may be cut off
anywhere and begin anew: a change is applied once by its key, an admin is told once by a key that their own store keeps, and
to look at a ticket again changes nothing where nothing differs.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid5

from bot.domain.outbox import Job, Target
from bot.domain.partners import (
    Neighbour,
    PartnerChange,
    PartnerNotice,
    Partnership,
    applied,
    slug_of,
    unlike,
)
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Refused
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.ports.store import Store, Transaction
from bot.services.shared_again import look_again

_CHANGES = UUID("2b6a7f11-93d4-4a0e-8c7f-5d1e0b9a6c33")
_NOTICES = UUID("e4d1c9a0-7b52-4f6d-9e18-0a3c5b7d9f44")
_LEARNING = 8  # so often it waits until somebody is known
_MOST_TOLD = 20  # admins of a workspace


class PartnerChanges:
    """Raises StoreUnavailable."""

    def __init__(
        self, store: Store, sharing: SharingStore, neighbours: Neighbours, people: People, clock: Clock
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._neighbours = neighbours
        self._people = people
        self._clock = clock

    async def begin(self, workspace: Workspace, change: PartnerChange) -> Partnership | None:
        """Saves that it is to happen, and applies it. The partnership then."""
        job_id, target = uuid5(_CHANGES, f"{change.team}:{change.key}"), Target(user=change.by)
        job = Job(id=job_id, target=target, partner=change, created_at=change.at, due_at=change.at)

        async def work(tx: Transaction) -> None:
            await tx.enqueue(job)

        await self._store.change(workspace, work)
        return await self.apply(change)

    async def deliver(self, change: PartnerChange, attempts: int = 0) -> None:
        """Applies it, where it is not yet, and tells of it. Nothing, where somebody else was first. Raises Refused where it is tried
        again, since nobody is known yet whom it could be told."""
        after = await self.apply(change)
        if after is None or change.key not in after.applied:
            return
        if change.event == "placed":
            open_ones = partial(look_again, self._store, self._sharing, only_open=True)
            await open_ones(change.other, change.team, self._clock)
            return
        for team in (change.team, change.other):
            await self._tell(team, change, after, may_wait=attempts < _LEARNING)
        if change.event in {"ended", "let"}:
            await look_again(self._store, self._sharing, change.team, change.other, self._clock)
            await look_again(self._store, self._sharing, change.other, change.team, self._clock)

    async def apply(self, change: PartnerChange) -> Partnership | None:
        """The partnership after it, as `partners.applied` has it."""
        names = {
            team: self._neighbours.neighbour(team) or Neighbour(team, team)
            for team in (change.team, change.other)
        }
        calls = {team: await self._would_call(team, names[other]) for team, other in _both(change)}
        return await self._sharing.change_partnership(
            change.team, change.other, lambda known: applied(known, change, names, calls)
        )

    async def _would_call(self, team: str, other: Neighbour) -> str:
        """What a workspace would call another one, beside what it calls its partners: as before, where it has called it something."""
        known = await self._sharing.partnerships(team)
        before = next((each.side(team).calls for each in known if each.other(team).team == other.team), None)
        others = [each for each in known if each.other(team).team != other.team and each.state != "ended"]
        taken = {each.side(team).calls for each in others}
        return unlike(before, other.team, taken) if before else slug_of(other, taken)

    async def _tell(self, team: str, change: PartnerChange, after: Partnership, *, may_wait: bool) -> None:
        workspace = self._store.workspace_of(team)
        readers = await self._readers(workspace, change, after) if workspace else ()
        if workspace and change.event == "invited" and team == change.other and not readers and may_wait:
            raise Refused("nobody_known_yet")
        if workspace is None or not readers:
            return
        now, side, other = self._clock(), after.side(team), after.other(team)
        notice = PartnerNotice(
            event=change.event,
            key=after.key,
            other=other.team,
            name=other.name,
            partner=side.calls,
            by_name=change.by_name,
            lets=other.lets,
            is_ours=team == change.team,
        )
        told = f"{after.key}:{change.key}:{change.event}"

        async def work(tx: Transaction) -> None:
            if not await tx.take_over(told):
                return
            for user in readers:
                job_id = uuid5(_NOTICES, f"{told}:{user}")
                target = Target(user=user)
                await tx.enqueue(Job(id=job_id, target=target, notice=notice, created_at=now, due_at=now))

        await self._store.change(workspace, work)

    async def _readers(
        self, workspace: Workspace, change: PartnerChange, after: Partnership
    ) -> Sequence[str]:
        """Who hears of it in a workspace: its admins, or only whoever invited. Nobody of what they do themselves."""
        is_ours = workspace.id == change.team
        match change.event:
            case "invited" | "withdrawn" if not is_ours:
                return await self._admins(workspace)
            case "accepted" | "refused" if not is_ours:
                return (after.invited_by,)
            case "ended":
                return [user for user in await self._admins(workspace) if not is_ours or user != change.by]
        return ()

    async def _admins(self, workspace: Workspace) -> Sequence[str]:
        """Where none is known (yet), whoever installed the app."""
        known = (await self._people.of(workspace)).admins
        admins = sorted(person.id for person in known if not (person.is_bot or person.is_outsider))
        installer = (await self._store.read(workspace).settings()).installer
        return admins[:_MOST_TOLD] or ([installer] if installer else [])


def _both(change: PartnerChange) -> Sequence[tuple[str, str]]:
    return (change.team, change.other), (change.other, change.team)
