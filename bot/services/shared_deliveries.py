"""What the courier hands on from one workspace's store to another's.

Exactly once, and across a crash between the two stores: whatever is to be told elsewhere is a job in the outbox of the
workspace in which it happened, saved in the same transaction. Its delivery writes into the shared index and into the
other stores under fixed names (a version that is older than what is kept, or the same, changes nothing; a job's id is
made from what it shows), and only then does the job leave its outbox. So a delivery that is cut off anywhere is done
again, and what it had written stays as it is.
"""

from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace


class SharedDeliveries:
    """Raises StoreUnavailable: the job is tried again."""

    async def hand_on(self, workspace: Workspace, job: Job) -> None:
        """Does what a job of kind `share`, `carry` or `partner` is for."""
        raise NotImplementedError

    async def mirrored(self, workspace: Workspace, job: Job) -> tuple[SeenTicket, SeenComment | None] | None:
        """What a job of kind `mirror` shows, afresh from the ticket's own store; None where there is nothing to show."""
        raise NotImplementedError
