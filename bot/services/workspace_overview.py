"""What an operator sees of the workspaces of a deployment. No token, and nothing that was written in a ticket."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation
from bot.domain.record import Instant, Record
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store

State = Literal["installed", "install again", "uninstalled", "revoked", "not installed", "cannot be opened"]
"""`install again`: Slack takes its refresh token no more. `cannot be opened`: what is kept of it; nobody knows how much that is."""

_NEWEST = 50  # tickets among which the last change is looked for


class WorkspaceRow(Record):
    """A workspace, or an organisation that has installed the app and has no workspace with it yet. `installed_by`: a Slack user
    ID, empty where a token of the settings was taken over. `last_use`: when one of its newest tickets last changed."""

    id: str
    name: str = ""
    state: State = "not installed"
    installed_at: Instant | None = None
    installed_by: str = ""
    scopes: tuple[str, ...] = ()
    tickets: int = 0
    outbox: int = 0
    set_aside: int = 0
    last_use: Instant | None = None


async def overview(store: Store, installations: Iterable[Installation]) -> Sequence[WorkspaceRow]:
    """By name. Opens each store that is closed."""
    return [await counted(store, row) for row in await uncounted(store, installations)]


async def uncounted(store: Store, installations: Iterable[Installation]) -> Sequence[WorkspaceRow]:
    """The same without a look into any store."""
    kept = {each.id: each for each in installations}
    rows, shown = [], set[str]()
    known = {workspace.id: workspace for workspace in await store.workspaces()}
    served = [Workspace(enterprise_id=each.id, team_id=team) for each in kept.values() for team in each.teams]
    for workspace in [*known.values(), *(each for each in served if each.id not in known)]:
        installation = _serving(workspace, kept)
        if installation:
            shown.add(installation.id)
        rows.append(_row(workspace.id, installation))
    rows += [_row(each.id, each) for each in kept.values() if each.id not in shown]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))


async def counted(store: Store, row: WorkspaceRow) -> WorkspaceRow:
    """A row with what is kept of its workspace."""
    workspace = store.workspace_of(row.id)
    if workspace is None:
        return row
    try:
        return await _counted(store, workspace, row)
    except StoreUnavailable:
        return row.model_copy(update={"state": "cannot be opened"})


def _serving(workspace: Workspace, kept: dict[str, Installation]) -> Installation | None:
    """The active one or, where there is none, the last."""
    own = kept.get(workspace.id)
    of_org = (each for each in kept.values() if each.is_org_wide and workspace.id in each.teams)
    org = next(of_org, None) or kept.get(workspace.enterprise_id or "")
    found = [each for each in (own, org) if each and each.serves(workspace.team_id)]
    return max(found, key=lambda each: (each.is_active, each.since), default=own)


def _row(workspace_id: str, installation: Installation | None) -> WorkspaceRow:
    if installation is None:
        return WorkspaceRow(id=workspace_id)
    again = installation.tokens.refresh_refused_at is not None
    return WorkspaceRow(
        id=workspace_id,
        name=installation.name if workspace_id == installation.id else installation.called(workspace_id).name,
        state=installation.ended or ("install again" if again else "installed"),
        installed_at=installation.since,
        installed_by=installation.installed_by,
        scopes=tuple(sorted(installation.scopes)),
    )


async def _counted(store: Store, workspace: Workspace, row: WorkspaceRow) -> WorkspaceRow:
    reader = store.read(workspace, is_use=False)
    newest = (await reader.tickets(TicketFilter(), limit=_NEWEST)).tickets
    jobs = await reader.jobs()
    last: datetime | None = max((each.updated_at for each in newest), default=None)
    return row.model_copy(
        update={
            "tickets": max((each.number for each in newest), default=0),  # no number is left out
            "outbox": len(jobs),
            "set_aside": sum(each.set_aside is not None for each in jobs),
            "last_use": last,
        }
    )
