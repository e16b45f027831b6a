"""What is asked to be done to a ticket, and what has happened to it meanwhile."""

from dataclasses import dataclass

from bot.domain.errors import DeskError
from bot.domain.lifecycle import NotNow
from bot.domain.permissions import Actor
from bot.domain.ticket import Entry, Ticket


@dataclass(frozen=True, slots=True)
class StepRequest:
    """Who acts. `key` names this request: its repetition does nothing more.

    `version`: the one of the ticket that a form was filled from. `note` is for agents.
    """

    actor: Actor
    key: str
    version: int | None = None
    note: str | None = None


class Conflict(DeskError):
    """Somebody changed the ticket while a form was open. `ticket` is how it is now; `since` is what happened, as far as
    the person with the form may read it."""

    code = "conflict"

    def __init__(self, ticket: Ticket, since: tuple[Entry, ...]) -> None:
        super().__init__(f"{ticket.name} has changed while you were typing. Look again, and save once more.")
        self.ticket = ticket
        self.since = since


class Taken(NotNow):
    """Somebody else was first: `holder`, a Slack user ID."""

    code = "taken"

    def __init__(self, ticket: Ticket, holder: str) -> None:
        super().__init__(f"@{holder} has {ticket.name} already. “Assign…” gives it to somebody else.")
        self.ticket = ticket
        self.holder = holder
