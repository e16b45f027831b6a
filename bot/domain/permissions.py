"""Who may do what to a ticket, and a sentence that says why not."""

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple

from bot.domain.queues import Queue
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from bot.domain.words import quoted
from bot.domain.workspace_settings import WorkspaceSettings

Action = Literal[
    "see", "triage", "assign", "work", "close", "reopen", "edit", "note", "read_notes", "withdraw", "comment"
]
"""`work`: start, hold, resume and resolve. `edit`: summary and description."""

_OF_THE_REQUESTER: frozenset[Action] = frozenset({"see", "close", "reopen", "edit", "withdraw", "comment"})
_OF_ANY_AGENT: frozenset[Action] = frozenset({"see", "comment"})


class Actor(Record):
    """Somebody who acts. Agents do everything in their queues, and with tickets of a queue that is not set up;
    guests, bots and other organisations' people never are agents.

    `elsewhere`: the queues, casefolded, that are set up and not theirs. `reads_all_notes`: those of `elsewhere`, too.
    """

    user: str
    is_agent: bool = True
    is_outsider: bool = False
    elsewhere: frozenset[str] = frozenset()
    reads_all_notes: bool = True


class Decision(NamedTuple):
    """Whether, and if not, why not."""

    allowed: bool
    reason: str = ""


def actor(
    user: str, settings: WorkspaceSettings, members: Callable[[Queue], Collection[str]], *, outsider: bool
) -> Actor:
    """What the settings make of a user: without queues everybody in the workspace is an agent, else those who work
    in one. `members` are those of a queue's channel or user group."""
    if not settings.queues or outsider:
        return Actor(user=user, is_agent=not outsider, is_outsider=outsider)
    theirs = queues_of(user, settings, members)
    return Actor(
        user=user,
        is_agent=bool(theirs),
        elsewhere=frozenset(each.name.casefold() for each in settings.queues if each.name not in theirs),
        reads_all_notes=settings.notes == "agents",
    )


def queues_of(
    user: str, settings: WorkspaceSettings, members: Callable[[Queue], Collection[str]]
) -> tuple[str, ...]:
    """The names of the queues that somebody works in."""
    return tuple(queue.name for queue in settings.queues if user in queue.on_duty or user in members(queue))


def may(actor: Actor, action: Action, ticket: Ticket) -> Decision:
    """The one answer to who may do what. Whoever in the workspace was given a ticket works it as an agent does."""
    is_theirs = actor.is_agent and (ticket.assigned_queue or "").casefold() not in actor.elsewhere
    has_it = actor.user == ticket.assigned_user_id and not actor.is_outsider
    asked = actor.user == ticket.created_by
    by_any_agent = action in _OF_ANY_AGENT or (action == "read_notes" and actor.reads_all_notes)
    if is_theirs or has_it or (asked and action in _OF_THE_REQUESTER) or (actor.is_agent and by_any_agent):
        return Decision(True)  # noqa: FBT003  (a decision's first word)
    return Decision(False, _why_not(actor, ticket, asked=asked))  # noqa: FBT003


def _why_not(actor: Actor, ticket: Ticket, *, asked: bool) -> str:
    if actor.is_agent:
        return f"{ticket.name} is in {quoted(ticket.assigned_queue or '')}, so that is for the agents there."
    if asked:
        return f"That is for agents. You can edit, withdraw, close or reopen {ticket.name}, or write into its thread."
    return f"Only agents and whoever asked for {ticket.name} can do that."
