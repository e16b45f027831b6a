"""Who may do what to a ticket, and a sentence that says why not."""

from typing import Literal, NamedTuple

from bot.domain.record import Record
from bot.domain.ticket import Ticket

Action = Literal[
    "see", "triage", "assign", "work", "close", "reopen", "edit", "note", "read_notes", "withdraw", "comment"
]
"""`work`: start, hold, resume and resolve. `edit`: summary and description."""

_OF_THE_REQUESTER: frozenset[Action] = frozenset({"see", "close", "reopen", "edit", "withdraw", "comment"})


class Actor(Record):
    """Somebody who acts. Agents do everything; guests and other organisations' people never are agents."""

    user: str
    is_agent: bool = True


class Decision(NamedTuple):
    """Whether, and if not, why not."""

    allowed: bool
    reason: str = ""


def may(actor: Actor, action: Action, ticket: Ticket) -> Decision:
    """The one answer to who may do what."""
    if actor.is_agent or (actor.user == ticket.created_by and action in _OF_THE_REQUESTER):
        return Decision(True)  # noqa: FBT003  (a decision's first word)
    if actor.user == ticket.created_by:
        return Decision(False, _FOR_AGENTS.format(name=ticket.name))  # noqa: FBT003
    return Decision(False, f"Only agents and whoever asked for {ticket.name} can do that.")  # noqa: FBT003


_FOR_AGENTS = "That is for agents. You can edit, withdraw, close or reopen {name}, or write into its thread."
