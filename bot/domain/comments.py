"""Comments: what people write in a ticket's threads. Slack sends each event at least once, and in any order.

So a comment is known by its message, and the result does not depend on the order of the events: the newest edit
holds, and what was deleted stays deleted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.domain.lifecycle import StepContext, take
from bot.domain.outbox import Job, Target
from bot.domain.record import Instant, Record
from bot.domain.steps import OtherWhat
from bot.domain.ticket import Entry, File, Place, Ticket

_NAMED = re.compile(r"\bT[-‐-–]?(\d{1,9})\b", re.IGNORECASE)
_REPLY = "reply:"
_TYPED = "typed:"
_DIRECT = "D"  # how the IDs of direct messages begin


class ThreadMessage(Record):
    """A message in a thread, or one that may join a ticket and heads its own, as Slack tells of it: new, edited or deleted.
    `text` is as people read it.

    `changed_ts`: when that which tells of it happened, where it tells of a change; only that is exact. `edited_ts` has
    whole seconds.
    """

    channel: str
    thread_ts: str
    ts: str
    author: str
    author_name: str | None = None
    text: str = ""
    files: tuple[File, ...] = ()
    edited_ts: str | None = None
    changed_ts: str | None = None
    deleted: bool = False
    client_msg_id: str | None = None

    @property
    def key(self) -> str:
        return key_of(self.channel, self.ts)

    @property
    def is_head(self) -> bool:
        """Whether it stands in the channel itself."""
        return self.thread_ts == self.ts


class Comment(Record):
    """What somebody wrote in a thread of ticket `number`, or to its requester. `internal`: for agents only.

    A deleted comment has lost its words and files. `as_of` is when it became what it is, where that is known. One that is
    not `heard` is of a message of which only a change was told yet: nobody is shown it before the message comes.
    `author_name` is somebody's from
    outside, whom a mention would not show; `team` is their workspace and `team_name` its name, where they wrote it there,
    to a ticket that is shared with it. `copies` are messages of ours that show it elsewhere.
    """

    key: str
    number: int
    author: str
    author_name: str | None = None
    team: str | None = None
    team_name: str | None = None
    at: Instant
    text: str = ""
    internal: bool = False
    edited_at: Instant | None = None
    as_of: Instant | None = None
    deleted: bool = False
    heard: bool = True
    files: tuple[File, ...] = ()
    copies: tuple[Place, ...] = ()

    @property
    def from_elsewhere(self) -> str | None:
        """Who wrote it and where, of somebody from another workspace: `Ben (Acme)`."""
        return f"{self.author_name or self.author} ({self.team_name or self.team})" if self.team else None

    @property
    def is_reply(self) -> bool:
        """Whether it is an agent's reply that we showed to the requester, and no message of their own."""
        return self.key.startswith(_REPLY)


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some of a ticket's comments, oldest first: `offset` came before them, `total` there are in all."""

    comments: Sequence[Comment]
    offset: int
    total: int


def reply_comment(ticket: Ticket, text: str, *, author: str, nonce: UUID, now: datetime) -> Comment:
    """What an agent sends to the requester by a form, which is known by its nonce."""
    return Comment(key=f"{_REPLY}{nonce}", number=ticket.number, author=author, at=now, text=text)


def typed_comment(ticket: Ticket, text: str, *, author: str, nonce: UUID, now: datetime) -> Comment:
    """What somebody says with `/ticket comment`, which is known by its nonce."""
    return Comment(key=f"{_TYPED}{nonce}", number=ticket.number, author=author, at=now, text=text)


def is_typed(key: str) -> bool:
    """Whether what has this key was sent to us, and is no message of its author's own."""
    return key.startswith(_TYPED)


def key_of(channel: str, ts: str) -> str:
    """What names a message: Slack gives each its own `ts` within a channel."""
    return f"{channel}:{ts}"


def moment_of(ts: str) -> datetime:
    """When Slack took a message: `1748847600.000100` is in seconds, exact to the microsecond."""
    seconds, _, fraction = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(fraction.ljust(6, "0")[:6] or 0))


def threads(ticket: Ticket) -> tuple[str, ...]:
    """The messages whose threads are the ticket's: the one it was asked for under, until it is undone, and its cards."""
    asked = asked_under(ticket)
    cards = (key_of(card.channel, card.ts) for card in ticket.cards)
    return (asked, *cards) if asked and not ticket.undone_at else tuple(cards)


def asked_under(ticket: Ticket) -> str | None:
    """The message in whose thread it was asked for, or that it was made from."""
    origin = ticket.origin
    return key_of(origin.channel, origin.thread_ts) if origin.channel and origin.thread_ts else None


def comment_of(message: ThreadMessage, ticket: Ticket) -> Comment:
    """A message as a comment of the ticket in whose thread it stands."""
    return comment_for(message, ticket.number, internal=_is_internal(message, ticket))


def comment_for(message: ThreadMessage, number: int, *, internal: bool = False) -> Comment:
    """A message as a comment of that ticket."""
    return Comment(
        key=message.key,
        number=number,
        author=message.author,
        author_name=message.author_name,
        at=moment_of(message.ts),
        text="" if message.deleted else message.text,
        files=() if message.deleted else message.files,
        internal=internal,
        edited_at=moment_of(message.edited_ts) if message.edited_ts and not message.deleted else None,
        as_of=moment_of(message.changed_ts) if message.changed_ts else None,
        heard=message.changed_ts is None,
        deleted=message.deleted,
    )


def merged(known: Comment | None, report: Comment) -> Comment:
    """What is known of a comment after another report of it."""
    if known is None:
        return report
    is_newer = not known.deleted and (report.deleted or _version(report) > _version(known))
    newest = report if is_newer else known
    name = report.author_name or known.author_name
    lasting = {"number": known.number, "copies": known.copies, "author_name": name, "team": known.team}
    return newest.model_copy(update={**lasting, "heard": known.heard or report.heard})


def in_order(comments: Iterable[Comment]) -> Sequence[Comment]:
    """As they were written, oldest first."""
    return sorted(comments, key=lambda comment: (comment.at, comment.key))


def closest(tickets: Iterable[Ticket], text: str = "") -> Ticket:
    """Which of the tickets of one thread a reply there is about: the one that it names or, where it names none of them
    or several, the newest open one; the newest where none is open."""
    newest_first = sorted(tickets, key=lambda ticket: (ticket.is_open, ticket.number), reverse=True)
    named = {int(number) for number in _NAMED.findall(text)}
    answered = [ticket for ticket in newest_first if ticket.number in named]
    return answered[0] if len(answered) == 1 else newest_first[0]


def noticed(
    ticket: Ticket,
    known: Comment | None,
    comment: Comment,
    resolution: Entry | None,
    now: datetime,
    *,
    alone: bool = True,
) -> Ticket:
    """The ticket after one of its comments is new, edited or deleted. The same ticket where its history does not change.

    The history says nothing of internal comments, since requesters read it. The requester's answer to a resolution
    reopens the ticket, unless they wrote it before the resolution and it only came late. `resolution` is the last
    entry of one in its history, None where it has none. Where the ticket is not `alone` in its thread, the answer may be to another one, and reopens none.
    """
    if comment.internal:
        return ticket
    context = StepContext(comment.author, now)
    if known and comment.deleted:
        return _noted(ticket, "comment_deleted", context, comment.from_elsewhere)
    if alone and known is None and not comment.deleted and _answers(ticket, comment, resolution):
        ticket = take(ticket, "reopen", {}, context)
    if comment.edited_at and (known is None or _words(comment) != _words(known)):
        return _noted(ticket, "comment_edited", context, comment.from_elsewhere)
    return ticket


def shown_by(ticket: Ticket, known: Comment | None, comment: Comment, now: datetime) -> tuple[Job, ...]:
    """The jobs that keep agents' threads in step with the requester's: a new copy in each, or the copies changed."""
    if known:
        return tuple(copy_update(comment, copy, now) for copy in known.copies)
    if comment.internal or comment.deleted:
        return ()
    return tuple(
        _job(
            comment, now, Target(channel=card.channel, thread_ts=card.ts, user=comment.author, internal=True)
        )
        for card in ticket.cards
        if card.internal
    )


def copy_update(comment: Comment, copy: Place, now: datetime) -> Job:
    """Brings a copy of a comment up to date."""
    return _job(comment, now, Target(channel=copy.channel, user=comment.author), copy)


def sent(ticket: Ticket, comment: Comment, now: datetime) -> Job:
    """The job that shows an agent's reply to the requester, where they follow the ticket."""
    return _job(comment, now, requesters_thread(ticket))


def requesters_thread(ticket: Ticket) -> Target:
    """Where its requester follows a ticket: the thread they asked in, or that of a card they see; their direct messages
    where there is neither."""
    channel, thread_ts = ticket.origin.channel, ticket.origin.thread_ts
    if channel and thread_ts and not _below_internal(ticket, key_of(channel, thread_ts)):
        return Target(channel=channel, thread_ts=thread_ts, user=ticket.created_by)
    for card in ticket.cards:
        if not card.internal and not card.channel.startswith(_DIRECT):
            return Target(channel=card.channel, thread_ts=card.ts, user=ticket.created_by)
    return Target(user=ticket.created_by)


def _is_internal(message: ThreadMessage, ticket: Ticket) -> bool:
    """Whether it stands below a card among agents, or is somebody else's than the requester's in direct messages."""
    if _below_internal(ticket, key_of(message.channel, message.thread_ts)):
        return True
    return message.channel.startswith(_DIRECT) and message.author != ticket.created_by


def _below_internal(ticket: Ticket, thread: str) -> bool:
    return any(card.internal and key_of(card.channel, card.ts) == thread for card in ticket.cards)


def _words(comment: Comment) -> object:
    return comment.edited_at, comment.text, comment.files


def _version(comment: Comment) -> tuple[bool, datetime]:
    """Which of two reports is the newer one. Where a message was edited, its own time says nothing: an edit's has whole
    seconds, so that it may be earlier."""
    return comment.edited_at is not None, comment.as_of or comment.edited_at or comment.at


def _answers(ticket: Ticket, comment: Comment, resolution: Entry | None) -> bool:
    if (
        comment.team
        or ticket.status != "resolved"
        or ticket.withdrawn_at
        or comment.author != ticket.created_by
    ):
        return False
    return resolution is None or comment.at > resolution.at


def _noted(ticket: Ticket, what: OtherWhat, context: StepContext, name: str | None) -> Ticket:
    entry = Entry(at=context.at, actor=context.actor, what=what, actor_name=name)
    entries = (*ticket.new_entries, entry)
    return ticket.model_copy(
        update={"new_entries": entries, "updated_at": context.at, "version": ticket.version + 1}
    )


def _job(comment: Comment, now: datetime, target: Target, place: Place | None = None) -> Job:
    """One for each place where a comment is or will be shown: it replaces the one that waits already."""
    where = place or target
    ts = where.ts if isinstance(where, Place) else where.thread_ts
    return Job(
        id=uuid5(NAMESPACE_URL, f"comment:{comment.key}:{where.channel}:{ts}"),
        number=comment.number,
        target=target,
        place=place,
        comment=comment.key,
        created_at=now,
        due_at=now,
    )
