"""Who sees what across workspaces: the one rule, asked by every way that reads or changes a ticket of another workspace.

`workspace_local` is for its own workspace alone. `shared` is for the partners that it is shared with, too: their agents and
admins. `global`: those of every workspace that the operator joined with its own may find and read it. Nobody elsewhere acts on
it. Rights fail closed: what is not known to be shown is not shown.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bot.domain import permissions
from bot.domain.comments import Comment
from bot.domain.contract import VisibilityMode
from bot.domain.lifecycle import StepContext
from bot.domain.partners import Partnership
from bot.domain.permissions import Action, Actor
from bot.domain.ticket import Change, Entry, Origin, Ticket

Relation = Literal["own", "partner_sees", "partner_comments", "former_partner", "joined", "stranger"]
"""How a workspace stands to another one's ticket. `partner_…`: the ticket is shared with it, and the two are partners."""

LOCAL: VisibilityMode = "workspace_local"

WHAT = "shared"
"""What a history calls that somebody chose who sees it."""


def relation_of(
    ticket: Ticket, home: str, team: str, partnership: Partnership | None, *, joined: bool
) -> Relation:
    """How workspace `team` stands to a ticket of `home`. `partnership`: of the two, where there is any; `joined`: whether the
    operator joined them, or they are of one organisation."""
    if team == home:
        return "own"
    if ticket.visibility_mode == "global" and joined:
        return "joined"
    if partnership is None or partnership.state == "invited":
        return "joined" if joined else "stranger"
    if not partnership.is_active:
        return "former_partner"
    if not is_shared_with(ticket, team, partnership):
        return "joined" if joined else "stranger"
    return "partner_comments" if partnership.side(home).lets == "comment" else "partner_sees"


def is_shared_with(ticket: Ticket, team: str, partnership: Partnership) -> bool:
    """Whether it was shared with that partner since the partnership began."""
    since = ticket.visible_since
    return team in ticket.shared_with and since is not None and since >= partnership.since


def may(actor: Actor, action: Action, ticket: Ticket, relation: Relation) -> bool:
    """Whether an actor of a workspace that stands so to it may do this. Elsewhere only agents and admins see it, only
    partners comment, and nobody does anything else."""
    if relation == "own":
        return permissions.may(actor, action, ticket)
    return actor.may_look_elsewhere and may_workspace(action, ticket, relation)


def may_workspace(action: Action, ticket: Ticket, relation: Relation) -> bool:
    """The same of a workspace elsewhere: what its agents may do."""
    if ticket.visible_since is None:
        return False
    match ticket.visibility_mode, relation:
        case "shared", "partner_comments":
            return action in {"see", "comment"}
        case ("shared", "partner_sees") | ("global", "joined"):
            return action == "see"
    return False


def leaves(comment: Comment) -> bool:
    """Whether a comment is for all who see its ticket, wherever they are."""
    return not comment.internal and comment.heard


def cut(ticket: Ticket) -> Ticket:
    """What of a ticket may leave its workspace. Triage notes, what was typed, the message it was made from, where its cards
    stand, which other tickets there are, and what the clock has planned do not."""
    return ticket.model_copy(
        update={
            "triage_notes": None,
            "related_ticket_id": None,
            "duplicate_of": None,
            "origin": Origin(way=ticket.origin.way),
            "shared_with": (),
            "same_thread": (),
            "thread_unread": False,
            "clock": None,
            "cards": (),
            "new_entries": (),
        }
    )


def chosen(before: Ticket | None, after: Ticket, now: datetime) -> Ticket:
    """A ticket that somebody who may has just saved, with since when it is for others, where they chose that by its mode.
    `before`: None where it is new."""
    if after.visibility_mode == (before.visibility_mode if before else LOCAL):
        return after
    kept = after.shared_with if after.visibility_mode == "shared" else ()
    since = after.visible_since if after.visibility_mode == LOCAL else now
    return after.model_copy(update={"shared_with": kept, "visible_since": since})


def shared(
    ticket: Ticket,
    mode: VisibilityMode,
    teams: tuple[str, ...],
    names: Mapping[str, str],
    context: StepContext,
    begun: datetime | None = None,
) -> Ticket:
    """The ticket after somebody chose who sees it; the same one where nothing differs. `teams`: of the partners that it is
    shared with; `names`: what they are called here, as the history has it; `begun`: when the newest of these partnerships
    did. What was made before it could be shared is confirmed by that."""
    teams, since = (teams if mode == "shared" else ()), ticket.visible_since
    is_confirmed = mode == LOCAL or (since is not None and (begun is None or since >= begun))
    if (mode, teams) == (ticket.visibility_mode, ticket.shared_with) and is_confirmed:
        return ticket
    before, after = _names(ticket.shared_with, names), _names(teams, names)
    changes = []
    if mode != ticket.visibility_mode:
        changes.append(Change(field="visibilityMode", before=ticket.visibility_mode, after=mode))
    if before != after:
        changes.append(Change(field="sharedWith", before=before, after=after))
    entry = Entry(at=context.at, actor=context.actor, what=WHAT, changes=tuple(changes), note=context.note)
    return ticket.model_copy(
        update={
            "visibility_mode": mode,
            "shared_with": teams,
            "visible_since": ticket.visible_since if mode == LOCAL else context.at,
            "new_entries": (*ticket.new_entries, entry),
            "updated_at": context.at,
            "version": ticket.version + 1,
        }
    )


def _names(teams: tuple[str, ...], names: Mapping[str, str]) -> str | None:
    return ", ".join(names.get(team, team) for team in teams) or None
