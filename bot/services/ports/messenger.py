"""What shows things in Slack, as the outbox needs it. `handlers.outbound.messenger` implements it."""

from typing import Protocol

from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.outbox import Job
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace


class NotDelivered(Exception):
    """Slack has not taken it. The message is the reason as logs and metrics may hold it: a short code, no secret."""


class RateLimited(NotDelivered):
    """Slack wants no more calls of this method for `after` seconds; null where it did not say how many."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class NoAnswer(NotDelivered):
    """Slack, or the way there, failed: it may have been taken all the same."""


class Refused(NotDelivered):
    """An error that we have no name for: another try may help, and it may have been taken all the same."""


class Closed(NotDelivered):
    """The bot may not, or can no longer, show it there: another place may be open."""


class Unauthorized(NotDelivered):
    """The token is not good (any more): nothing can be delivered in this workspace until somebody mends that."""


class Undeliverable(NotDelivered):
    """Slack will never take it as it is."""


class Messenger(Protocol):
    """Shows things in Slack. Renders at delivery, so what is shown is the newest state. Raises NotDelivered."""

    async def show(
        self, workspace: Workspace, job: Job, ticket: Ticket, directory: Directory
    ) -> Place | None:
        """Posts or changes a ticket's card. Where it stands; null where only the user sees it, for the moment."""

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        """As `show`, for a comment."""

    async def find(self, workspace: Workspace, job: Job) -> Place | None:
        """Where the card stands that this job posted around its `claimed_at`; null where there is none to be seen."""
