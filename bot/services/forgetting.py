"""Forgets a workspace, for good."""

from functools import partial

from bot.domain.installation import without_team
from bot.services.ports.clock import Clock
from bot.services.ports.installations import InstallationStore
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store
from bot.services.shared_again import take_back


async def forget_desk(store: Store, sharing: SharingStore, team: str, clock: Clock) -> None:
    """Its tickets, settings and people, and what it shared with others: all but its installation. What cannot be opened can be
    forgotten. A second time changes nothing."""
    await take_back(store, sharing, team, clock)
    await sharing.forget(team)
    for workspace in await store.workspaces():
        if workspace.id == team:
            await store.forget(workspace)


async def forget_installation(kept: InstallationStore, team: str) -> None:
    """Its own one, and that its organisation has it. If somebody there uses the organisation's, it begins anew."""
    for each in await kept.all():
        if each.is_org_wide:
            await kept.change(each.id, partial(without_team, team=team))
    await kept.forget(team)
