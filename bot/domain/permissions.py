"""Who may do what to a ticket, and a sentence that says why not.

Rights fail closed: nobody has a right that is not known to be theirs. A ticket that somebody may not see does not exist
for them.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Literal, TypeVar

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.contract import TicketCreate
from bot.domain.errors import Forbidden, NotFound, NotKnown, Problem
from bot.domain.fields import TICKET_FIELDS
from bot.domain.names import folded
from bot.domain.people import Person, unassignable
from bot.domain.queues import Queue
from bot.domain.record import Record
from bot.domain.ticket import Place, Ticket
from bot.domain.words import quoted
from bot.domain.workspace_settings import WorkspaceSettings

Value = TypeVar("Value")

Action = Literal[
    "see",
    "triage",
    "assign",
    "work",
    "close",
    "reopen",
    "edit",
    "note",
    "read_notes",
    "withdraw",
    "comment",
    "correct",
    "share",
]
"""`work`: start, hold, resume and resolve. `edit`: summary and description. `share`: choose who else sees it, by its agents alone. `correct`: what was a slip, by whoever made
the ticket and by nobody else: of somebody else's message, whoever converted it."""

OF_THE_REQUESTER: frozenset[Action] = frozenset({"see", "close", "reopen", "edit", "withdraw", "comment"})
OF_THE_MAKER: frozenset[Action] = frozenset({"correct"})
_OF_ANY_AGENT: frozenset[Action] = frozenset({"see", "comment"})


class Actor(Record):
    """Somebody who acts, with the rights that they have at this moment: unless more is said, a requester's.

    `is_known`: whether we know who they are; somebody who is not known is no agent. `is_outsider`: a guest, a bot, somebody
    of another organisation, or somebody who has left. Agents do everything in their `queues`, and with tickets of a
    queue that is not set up. `elsewhere`: the queues, by their folded names, that are set up and not theirs. `reads_all_notes`:
    those of `elsewhere`, too. `unread`: the queues whose members are yet to be read, so that they may be theirs.
    """

    user: str
    is_known: bool = False
    is_agent: bool = False
    is_admin: bool = False
    is_outsider: bool = False
    queues: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    reads_all_notes: bool = False
    unread: tuple[Queue, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether all that their rights hang on is known. Else a refusal may be for that alone."""
        return self.is_known and not self.unread

    @property
    def is_member(self) -> bool:
        """Whether they are known to be of this workspace, and no guests."""
        return self.is_known and not self.is_outsider

    @property
    def may_look_elsewhere(self) -> bool:
        """Whether other workspaces' tickets are for them at all, as far as these are shared with theirs."""
        return self.is_member and (self.is_agent or self.is_admin)


THE_DESK = Actor(user="", is_known=True, is_agent=True, is_admin=True, reads_all_notes=True)
"""What the desk does of its own accord, for nobody."""


def actor(
    user: str,
    person: Person | None,
    settings: WorkspaceSettings,
    members: Callable[[Queue], Collection[str] | None],
    *,
    outsider: bool,
    now: datetime,
) -> Actor:
    """What the settings make of a user: without queues everybody in the workspace is an agent, else those who work
    in one. `person` is what is known of them, None where that is nothing (yet). `members` are those of a queue's
    channel or user group, None while they are yet to be read. `outsider`: the request itself says that they are from outside.
    Admins are Slack's, and whoever installed the app."""
    if outsider or (person and unassignable(person)):
        return Actor(user=user, is_known=True, is_outsider=True)
    unread = tuple(each for each in settings.queues if members(each) is None)
    if person is None:
        return Actor(user=user, unread=unread)
    is_admin = person.is_admin or user == settings.installer
    if not settings.queues:
        return Actor(user=user, is_known=True, is_agent=True, is_admin=is_admin, reads_all_notes=True)
    theirs = _queues_of(user, settings, members, now)
    return Actor(
        user=user,
        is_known=True,
        is_agent=bool(theirs),
        is_admin=is_admin,
        queues=theirs,
        elsewhere=frozenset(folded(each.name) for each in settings.queues if each.name not in theirs),
        reads_all_notes=settings.notes == "agents",
        unread=tuple(each for each in unread if each.name not in theirs),
    )


def _queues_of(
    user: str, settings: WorkspaceSettings, members: Callable[[Queue], Collection[str] | None], now: datetime
) -> tuple[str, ...]:
    return tuple(
        queue.name
        for queue in settings.queues
        if user in queue.on_duty(now) or user in (members(queue) or ())
    )


def may(actor: Actor, action: Action, ticket: Ticket) -> bool:
    """The one answer to who may do what. A member of the workspace who was given a ticket works it as an agent does; so does
    one whom the clock has told that it needs somebody, such as its queue's lead, while it is open."""
    if actor.user == ticket.created_by and action in OF_THE_REQUESTER:
        return True
    if action in OF_THE_MAKER:
        return actor.user == ticket.maker
    if action == "withdraw" and ticket.undone_at and actor.user == ticket.maker:
        return True  # brings back what they undid
    if action == "share":
        return _is_agent_of(actor, ticket)
    if _is_agent_of(actor, ticket) or (actor.is_member and _is_needed(actor.user, ticket)):
        return True
    by_any_agent = action in _OF_ANY_AGENT or (action == "read_notes" and actor.reads_all_notes)
    return actor.is_agent and by_any_agent


def readable(actor: Actor, values: Mapping[str, Value], ticket: Ticket) -> dict[str, Value]:
    """What is for somebody who sees the ticket, of its fields' values: the private ones are for whoever reads notes."""
    reads_all = may(actor, "read_notes", ticket)
    return {field: value for field, value in values.items() if reads_all or not TICKET_FIELDS[field].private}


def thread_of(actor: Actor, ticket: Ticket) -> Place | None:
    """Where a ticket is talked about, as far as the actor may be there: never below a card among agents, unless they are
    one of its agents, nor in somebody else's direct messages."""
    return thread_for(actor.user, ticket, works=may(actor, "work", ticket))


def thread_for(user: str, ticket: Ticket, *, works: bool) -> Place | None:
    """As `thread_of`, for somebody who sees the ticket; `works`: whether they may work it."""
    readable = [
        place
        for place in ticket.cards
        if (place.user == user if place.is_direct else works or not place.internal)
    ]
    return min(readable, key=lambda place: place.is_direct, default=None)


def if_visible(actor: Actor, ticket: Ticket | None) -> Ticket | None:
    """None where there is none for this actor."""
    return ticket if ticket and may(actor, "see", ticket) else None


def permitted(actor: Actor, action: Action, ticket: Ticket | None, number: int) -> Ticket:
    """The ticket, for an actor who may do this to it. `ticket` is None where there is none with the number.

    Raises NotFound where they may not see it, in the words for a ticket that does not exist, so that nobody learns which
    there are; NotKnown where we do not know yet who they are; and Forbidden.
    """
    if ticket and may(actor, action, ticket):
        return ticket
    if not actor.is_settled:
        raise NotKnown
    if ticket is None or not may(actor, "see", ticket):
        raise NotFound(f"There is no T-{number} here. `/ticket list` shows the tickets you can see.")
    raise Forbidden(_why_not(actor, action, ticket))


def may_set_channel(actor: Actor, defaults: ChannelDefaults | None) -> bool:
    """Whether somebody who is in a channel may choose what its tickets begin with: admins, and agents, unless its tickets go
    to a queue that is not theirs."""
    queue = defaults.fields.get("assignedQueue") if defaults else None
    return actor.is_admin or (actor.is_agent and folded(queue or "") not in actor.elsewhere)


def unknown_hint(actor: Actor) -> str:
    """What an answer adds where it may hold too little, because we do not know yet who the actor is; else empty."""
    return "" if actor.is_settled else NotKnown.words


def refused_fields(actor: Actor, create: TicketCreate, before: TicketCreate | None = None) -> list[Problem]:
    """A problem for each field that only agents of its queue may set, where the actor is none: of a new ticket, or of one
    that is corrected, where it differs from `before`."""
    if _is_agent_of(actor, create):
        return []
    whose = f" of {quoted(create.assigned_queue or '')}" if actor.is_agent else ""
    given = {
        "assignedUserId": create.assigned_user_id is not None,
        "status": create.status != "new",
        "triageNotes": create.triage_notes is not None,
        "visibilityMode": create.visibility_mode != "workspace_local",
    }
    if before:
        old, new = before.to_wire(), create.to_wire()
        given = {field: old[field] != new[field] for field in given}
    return [
        Problem(field=field, code="for_agents", message=f"Only agents{whose} {_FOR_AGENTS[field]}")
        if actor.is_settled
        else Problem(field=field, code="not_known", message=NotKnown.words)
        for field, is_given in given.items()
        if is_given
    ]


_FOR_AGENTS = {
    "assignedUserId": "say who gets a ticket. Leave the assignee empty.",
    "status": "choose the status of a new ticket. Leave it at New.",
    "triageNotes": "write triage notes. Leave them empty, or use the description.",
    "visibilityMode": "choose who else sees a ticket. Leave it at Workspace local.",
}


def _is_agent_of(actor: Actor, ticket: TicketCreate) -> bool:
    return actor.is_agent and folded(ticket.assigned_queue or "") not in actor.elsewhere


def _is_needed(user: str, ticket: Ticket) -> bool:
    if user == ticket.assigned_user_id:
        return True
    return ticket.clock is not None and ticket.is_open and user in ticket.clock.alerted


def _why_not(actor: Actor, action: Action, ticket: Ticket) -> str:
    if action in OF_THE_MAKER:
        return f"That is for @{ticket.maker}, who made {ticket.name}. Agents can edit it, or mark it as no ticket."
    if actor.is_agent:
        return f"{ticket.name} is in {quoted(ticket.assigned_queue or '')}, so that is for the agents there."
    return f"That is for agents. You can edit, withdraw, close or reopen {ticket.name}, or write into its thread."
