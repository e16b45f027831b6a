"""Has others told anew of what they were told of: after something has changed that decides who sees it, and is no change of a ticket."""

from collections.abc import Sequence
from functools import partial

from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import card_jobs, copy_job
from bot.domain.outbox import shares
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store, Transaction

_AT_A_TIME = 100  # tickets in one transaction


async def look_again(
    store: Store,
    sharing: SharingStore,
    home: str,
    team: str | None,
    clock: Clock,
    *,
    only_open: bool = False,
) -> None:
    """At the tickets of `home` that `team` was told it may see; at all that anybody was told of, without a team. Costs what was
    ever shared, a few at a time; a second time changes nothing."""
    workspace = store.workspace_of(home)
    page = await sharing.told_of(home, limit=_AT_A_TIME) if workspace else ()
    while workspace and page:
        numbers = [each.ref.number for each in page if team is None or team in each.to_tell]
        if numbers:
            await store.change(workspace, partial(_enqueue, numbers, clock, only_open))
        page = await sharing.told_of(home, after=page[-1].order, limit=_AT_A_TIME)


async def _enqueue(numbers: Sequence[int], clock: Clock, only_open: bool, tx: Transaction) -> None:  # noqa: FBT001
    now = clock()
    for number in numbers:
        ticket = await tx.ticket(number)
        is_meant = ticket is not None and (ticket.is_open or not only_open)
        for job in shares(ticket, now) if ticket and is_meant else ():
            await tx.enqueue(job)


async def take_back(store: Store, sharing: SharingStore, home: str, clock: Clock) -> None:
    """Has all that `home` ever shared shown as no longer shared: it is about to be forgotten. A second time changes nothing."""
    page = await sharing.told_of(home, limit=_AT_A_TIME)
    while page:
        shown: dict[str, list[MirrorRef]] = {}
        for told in page:
            for team in told.to_tell:
                shown.setdefault(team, []).append(told.ref)
        for team, refs in shown.items():
            if there := store.workspace_of(team):
                await store.change(there, partial(_hide, refs, clock))
        page = await sharing.told_of(home, after=page[-1].order, limit=_AT_A_TIME)


async def _hide(refs: Sequence[MirrorRef], clock: Clock, tx: Transaction) -> None:
    now = clock()
    for ref in refs:
        mirror = await tx.mirror(ref)
        if mirror is None or not mirror.visible:
            continue
        # What is installed there anew counts its tickets and their versions from the beginning.
        hidden = mirror.model_copy(update={"visible": False, "told": "forgotten", "version": 0})
        await tx.keep_mirror(hidden)
        for card in card_jobs(hidden, "", now):
            await tx.enqueue(card)
        for copy in await tx.mirror_copies(ref):
            if copy.place and (job := copy_job(hidden, copy, now)):
                await tx.enqueue(job)
