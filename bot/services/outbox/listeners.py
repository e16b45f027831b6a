"""Who else has to do with deliveries: what is read for them, done by them, and told to them."""

from collections.abc import Awaitable, Callable, Sequence

from bot.domain.comments import ThreadMessage
from bot.domain.outbox import Gesture, Job
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import PostedMessage, Undeliverable
from bot.services.ports.store import Transaction

OnReplies = Callable[[Transaction, Job, Sequence[ThreadMessage]], Awaitable[None]]
"""Takes a page of what a job fetches. It is kept in the transaction that says how far the job has read."""

OnUnreadable = Callable[[Transaction, Job], Awaitable[None]]
"""Hears, in the transaction that sets it aside, of a job whose replies Slack does not let us read."""

OnGroup = Callable[[Workspace, str], Awaitable[None]]
"""Makes a user group whoever is on call. After a crash it is asked again."""

OnGesture = Callable[[Workspace, Gesture, PostedMessage | None], Awaitable[None]]
"""Makes of a message what somebody wants of it; None where Slack does not let us read it. After a crash it is asked again, and
makes nothing twice."""

OnHandOn = Callable[[Workspace, Job], Awaitable[None]]
"""Brings what a job has for another workspace there. After a crash it is asked again, and changes nothing twice."""


async def unread(_: Transaction, __: Job, ___: Sequence[ThreadMessage]) -> None:
    """Takes no replies: their job is set aside."""
    raise Undeliverable("nobody_reads_replies")


async def unheard(_: Transaction, __: Job) -> None:
    """Nobody wants to know."""


async def unkept(_: Workspace, __: str) -> None:
    """Keeps no group: the job is set aside."""
    raise Undeliverable("nobody_keeps_groups")


async def unmade(_: Workspace, __: Gesture, ___: PostedMessage | None) -> None:
    """Makes nothing: the job is set aside."""
    raise Undeliverable("nobody_heeds_gestures")


async def unhanded(_: Workspace, __: Job) -> None:
    """Hands nothing on: the job is set aside."""
    raise Undeliverable("nobody_hands_on")
