"""What shows things in Slack, and reads there, as the outbox needs it. `handlers.outbound.messenger` implements it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from bot.domain.audience import Audience
from bot.domain.comments import Comment, ThreadMessage
from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.outbox import Job, Search
from bot.domain.telling import Told
from bot.domain.ticket import Place, SourceMessage, Ticket
from bot.domain.workspace import Workspace


class NotDelivered(Exception):
    """Slack has not taken it. The message is the reason as logs and metrics may hold it: a short code, no secret."""


class RateLimited(NotDelivered):
    """Slack wants no more calls of this method for `after` seconds; None where it did not say how many."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class NoAnswer(NotDelivered):
    """Slack, or the way there, failed: it may have been taken all the same."""


class OutOfReach(NotDelivered):
    """What is to be shown cannot be read for now, so that Slack was not asked."""


class Refused(NotDelivered):
    """An error that we have no name for: another try may help, and it may have been taken all the same."""


class ChannelClosed(NotDelivered):
    """The bot may not show it there, as things are: another place may be open, or this one later."""


class ThreadClosed(ChannelClosed):
    """The bot may show it there, but not in that thread."""


class MessageGone(NotDelivered):
    """The message that was to be changed, or read below, is gone for good."""


class Unauthorized(NotDelivered):
    """Slack does not accept the token: nothing can be delivered in this workspace until somebody mends that."""


class ReactionRefused(NotDelivered):
    """Slack takes no such reaction there: words have to do."""


class PerhapsTaken(NotDelivered):
    """Slack knows the id of this post already: it is to be looked for before another try."""


class Undeliverable(NotDelivered):
    """Slack will never take it as it is."""


class Replies(NamedTuple):
    """A page of what people wrote below a message, oldest first; `cursor` is where the next begins, None at the end."""

    messages: Sequence[ThreadMessage]
    cursor: str | None


class PostedMessage(NamedTuple):
    """A message that a gesture was about. `thread_ts`: the message at the head of its thread, its own `ts` where that is it."""

    source: SourceMessage
    thread_ts: str
    permalink: str


class Found(NamedTuple):
    """What a page of messages shows: where the post stands or, where it is not there, how to go on; neither where there is
    none to be seen."""

    place: Place | None = None
    further: Search | None = None


class Messenger(Protocol):
    """Shows things in Slack. Renders at delivery, so what is shown is the newest state. Raises NotDelivered.

    What shows something has 8 seconds at least. It is cut off where it takes longer: then Slack may have taken it all the same.
    """

    async def show(
        self,
        workspace: Workspace,
        job: Job,
        ticket: Ticket,
        directory: Directory,
        audience: Audience,
        told: Sequence[Told],
    ) -> Place | None:
        """Posts or changes a ticket's card, with what stands above it. Where it stands; None where only the user sees it,
        for the moment."""

    async def tell(
        self, workspace: Workspace, job: Job, ticket: Ticket, told: Sequence[Told]
    ) -> Place | None:
        """As `show`, for what somebody is told without a card."""

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        """As `show`, for a comment."""

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        """As `show`, for the notice that the job carries."""

    async def answer(self, workspace: Workspace, job: Job) -> Place | None:
        """As `show`, for the answer that the job carries; None of what passes. Raises ReactionRefused."""

    async def digest(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        """As `show`, for the digest or the hand-overs that the job carries; `tickets` are those that it names."""

    async def remind(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        """As `show`, for the reminders that the job carries; `tickets` are those that they name."""

    async def mirror(self, workspace: Workspace, job: Job, seen: SeenTicket) -> Place | None:
        """As `show`, for another workspace's ticket; without `seen.shared`, that it is not shared any more."""

    async def mirror_comment(
        self, workspace: Workspace, job: Job, seen: SeenTicket, comment: SeenComment
    ) -> Place | None:
        """As `say`, for a comment of another workspace's ticket, below its card here."""

    async def find(self, workspace: Workspace, job: Job, besides: Collection[Place] = ()) -> Found:
        """Reads one more page, from the job's `search` on, for a message that it posted around its `claimed_at`, other than
        those that stand there."""

    async def delete(self, workspace: Workspace, place: Place) -> None:
        """Deletes a message of ours. Raises MessageGone where there is none any more."""

    async def read(self, workspace: Workspace, job: Job) -> Replies:
        """The next page of the replies that the job fetches; messages of bots and our own are left out."""

    async def message(self, workspace: Workspace, job: Job) -> PostedMessage:
        """The message that the job's gesture is about, whoever wrote it."""
