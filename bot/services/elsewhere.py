"""Tickets where they live, for the services of other workspaces."""

from collections.abc import Callable
from typing import NamedTuple

from bot.domain.comments import Comment
from bot.domain.elsewhere import SharedTicket
from bot.domain.fields import KIND_OF
from bot.domain.leaving import with_names
from bot.domain.lookup import ids_of
from bot.domain.mirror_ref import MirrorRef
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation, cut
from bot.domain.workspace import Workspace
from bot.services.neighbourhood import Neighbourhood
from bot.services.people import People
from bot.services.ports.store import Store

_SAID = ("summary", "symptom_description", "resolution", "hold_reason")
"""The fields of a ticket in which people write."""


class Reached(NamedTuple):
    """A ticket of another workspace, where it lives, and how a workspace stands to it."""

    home: Workspace
    ticket: Ticket
    relation: Relation


class Elsewhere:
    """Whoever uses it asks the rule."""

    def __init__(self, store: Store, people: People, neighbourhood: Neighbourhood) -> None:
        self._store = store
        self._people = people
        self._neighbourhood = neighbourhood

    async def reach(self, workspace: Workspace, ref: MirrorRef) -> Reached | None:
        """A ticket where it lives, and how a workspace stands to it; whether it may be seen is for the rule to say."""
        home = self._store.workspace_of(ref.home)
        ticket = await self._store.read(home).ticket(ref.number) if home else None
        if home is None or ticket is None or ref.ticket not in (None, str(ticket.id)):
            return None
        return Reached(home, ticket, await self._neighbourhood.relation(workspace, ticket, ref.home))

    async def cut_out(self, home: Workspace, ticket: Ticket) -> SharedTicket:
        """What may leave of a ticket, with the names of what it names."""
        directory = await self._store.read(home).directory(ids_of(ticket))
        known, wire = await self._people.of(home), ticket.to_wire()
        people = [user for user in (ticket.created_by, ticket.assigned_user_id) if user]
        return SharedTicket(
            home=home.id,
            ticket=_with_names(cut(ticket), known.name),
            people={user: known.name(user) for user in people},
            due_state=ticket.due_state,
            items={field: directory.name_of(field, str(wire[field])) for field in KIND_OF if wire.get(field)},
        )


def outward(comment: Comment, name: Callable[[str], str]) -> Comment:
    """A comment as it is read elsewhere: where its copies stand is nobody's business. `name`: of its workspace's people; what somebody
    wrote elsewhere names them already."""
    text = comment.text if comment.team else with_names(comment.text, name)
    return comment.model_copy(update={"text": text, "copies": ()})


def _with_names(ticket: Ticket, name: Callable[[str], str]) -> Ticket:
    said = {field: with_names(text, name) for field in _SAID if (text := getattr(ticket, field))}
    return ticket.model_copy(update=said)
