"""The outbox: what is still to be done in Slack. A job names the ticket, never the text (law 3); a notice says what has
happened to a swap, which has no ticket; an answer is what somebody is told who spoke to us."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from pydantic import Field, JsonValue

from bot.domain.clock.hand_page import PageNotice
from bot.domain.clock.reminders import Reminded
from bot.domain.clock.shifts import HandOver
from bot.domain.clock.timers import Digest
from bot.domain.handed_on import HandedOn
from bot.domain.installation_notice import InstallationNotice
from bot.domain.news import News
from bot.domain.on_call_groups import GroupNotice
from bot.domain.partners import PartnerNotice
from bot.domain.queues import Queue
from bot.domain.record import Instant, Record
from bot.domain.swaps import SwapNotice
from bot.domain.ticket import Place, Ticket, WayIn
from bot.domain.unheard_notice import UnheardNotice

JobKind = Literal[
    "card",
    "comment",
    "notice",
    "fetch",
    "news",
    "answer",
    "gesture",
    "digest",
    "reminder",
    "group",
    "share",
    "carry",
    "partner",
    "mirror",
    "withdrawal",
]
Call = Literal["post", "find", "update", "fetch", "show", "group", "delete", "hand_on"]
"""What is to be asked of Slack next: to take a new message, whether it took one, to change one, to give what was written, to show
what nobody can look for (a message that one person sees, or a reaction), to change who is in a user group, to delete a message.
`hand_on`: nothing."""

HELD = timedelta(seconds=3)
"""So long what somebody is told of a ticket waits for more of it, so that a burst is one message."""

# Only tell these ids from all others.
_UPDATES = UUID("1d4d6f5c-6c1b-4a55-9d0a-6e2b9d3f7c10")
_REPLIES = UUID("6d0c9a5e-3d27-4d0e-9a0b-5f6f0a1d7c52")
_ANNOUNCEMENTS = UUID("b1f5a0d2-6f39-4a5c-8f0e-2d6f3f0c9e41")
_GESTURES = UUID("0a7c1c52-41f4-4b4e-93a3-6f3f5f2f8d15")
_GROUPS = UUID("c4b0f6d1-7d0a-4c8e-8c52-51f0b1f7a9e3")
_WITHDRAWALS = UUID("8e2d1c0b-7a34-4d0f-9c5a-1b6e4f2a9d37")
_SHARES = UUID("5d8f0f4e-8a53-4d5e-b2a5-2f6a3e8c1b70")


class Target(Record):
    """Where a card belongs, and where it goes when the bot may not post there.

    Tried in this order: `channel` (in `thread_ts`), `response_url`, a direct message to `user`."""

    channel: str | None = None
    thread_ts: str | None = None
    response_url: str | None = Field(None, repr=False)  # whoever holds it may post: a secret
    user: str
    internal: bool = False  # a channel of agents: the card's place there is internal too


class Fetch(Record):
    """The replies below a message. Those before `cursor` have been read."""

    channel: str
    thread_ts: str
    cursor: str | None = None


class Gesture(Record):
    """`user` wants a ticket of a message of which only the place is known. `key` names what they did, however often Slack
    tells of it. `thread_ts`: where they are told of it, if not beside the message. `outsider`: as `Actor` has it."""

    key: str
    way: WayIn
    channel: str
    ts: str
    user: str
    thread_ts: str | None = None
    outsider: bool = False


class Search(Record):
    """How far the search for a post has come whose answer was lost: in its thread first, then in its channel. `pages` have
    been read since somebody last asked for it, those before `cursor`."""

    in_thread: bool = False
    cursor: str | None = None
    pages: int = 0


class Answer(Record):
    """What is said to whoever spoke to us where Slack gave us nothing to answer on. `message` is Slack's JSON, as a view made
    it. `private`: only the user sees it. `reaction`: stands for the words, on the message `reacts_to`, where Slack takes it.
    """

    message: Mapping[str, JsonValue]
    private: bool = False
    reaction: str | None = None
    reacts_to: str | None = None


class Job(HandedOn):
    """Show the card of ticket `number`: a new one at `target` or, where there is a `place`, by changing the one there.

    With a `comment`, the key of one, that is shown instead, and nowhere else. With a `notice` or an `answer`, a `digest`,
    `hand_overs` or `reminders`, that is said at `target`. With a `fetch`, something is read there and nothing is shown; with a
    `gesture`, what is read becomes a ticket; with a `group`, that user group becomes whoever is on call then. What the user is
    `told` stands above the card, or is all there is to say where none of it brings one. With `withdraws`, the id of another job, a
    post of that one's is deleted where it is one too many: the one at `place` or, without, one that is found. A job whose id is in
    the outbox already takes the other's place there."""

    id: UUID
    target: Target
    place: Place | None = None
    created_at: Instant
    due_at: Instant
    comment: str | None = None
    notice: (
        SwapNotice | PageNotice | GroupNotice | InstallationNotice | PartnerNotice | UnheardNotice | None
    ) = None
    answer: Answer | None = None
    digest: Digest | None = None
    hand_overs: tuple[HandOver, ...] = ()
    reminders: tuple[Reminded, ...] = ()
    group: str | None = None
    told: tuple[News, ...] = ()
    fetch: Fetch | None = None
    gesture: Gesture | None = None
    withdraws: UUID | None = None
    attempts: int = Field(0, description="How often it failed by itself; an outage of Slack's does not count")
    last_error: str | None = None
    private: bool = Field(
        default=False, description="Its channel is closed to the bot: only the user is shown it"
    )
    private_because: str | None = Field(None, description="Slack's code for why")
    claimed_at: Instant | None = Field(None, description="When a post was begun of which we know no end")
    seen: Place | None = Field(None, description="Where the post stands, by its own event")
    search: Search | None = None
    set_aside: str | None = Field(None, description="Why it was given up")

    @property
    def kind(self) -> JobKind:
        for field, kind in _KINDS.items():
            if getattr(self, field):
                return kind
        if self.told and not any(news.brings_card for news in self.told):
            return "news"
        return "comment" if self.comment else "card"

    @property
    def named(self) -> Sequence[int]:
        """The numbers of the tickets that its digest or its hand-overs name, each once."""
        first = [each.number for each in self.digest.first] if self.digest else []
        handed = [number for each in self.hand_overs for number in each.numbers]
        return [*dict.fromkeys((*first, *handed))]

    @property
    def call(self) -> Call:
        if self.withdraws:
            return "delete"
        if self.fetch or self.gesture:
            return "fetch"
        if self.group:
            return "group"
        if self.hands_on:
            return "hand_on"
        if self.place:
            return "update"
        if self.passes:
            return "show"
        return "find" if self.claimed_at or self.seen else "post"

    @property
    def hands_on(self) -> bool:
        """Whether it goes to another workspace's store, and Slack has no part in it."""
        return bool(self.share or self.carry or self.partner)

    @property
    def passes(self) -> bool:
        """Whether it is an answer that leaves no message behind that could be looked for."""
        return bool(self.answer and not self.direct and (self.answer.private or self.answer.reaction))

    @property
    def direct(self) -> bool:
        """Whether it is for the user alone."""
        return self.private or self.target.channel is None

    @property
    def channel(self) -> str:
        """The channel, or the user whose direct messages, it goes to."""
        if self.place:
            return self.place.channel
        return self.target.user if self.private else self.target.channel or self.target.user

    @property
    def lane(self) -> str:
        """What is done one after the other. To read a channel holds up nothing that goes there."""
        if self.withdraws:
            return f"deleted in {self.channel}"
        if read := self.fetch or self.gesture:
            return f"replies in {read.channel}"
        if self.group:
            return f"group {self.group}"
        if self.hands_on:
            return f"handing on {self.handed}"
        return f"posts in {self.channel}" if self.search else self.channel

    @property
    def posted(self) -> "Job":
        """The job whose post is to be deleted, as far as that can be looked for."""
        return self.model_copy(update={"id": self.withdraws, "withdraws": None, "place": None})

    @property
    def next_search(self) -> Search:
        """Where to look for its post next."""
        return self.search or Search(in_thread=bool(self.target.thread_ts) and not self.direct)


_KINDS: Mapping[str, JobKind] = {
    "withdraws": "withdrawal",
    "fetch": "fetch",
    "gesture": "gesture",
    "notice": "notice",
    "answer": "answer",
    "digest": "digest",
    "hand_overs": "digest",
    "reminders": "reminder",
    "group": "group",
    "share": "share",
    "carry": "carry",
    "partner": "partner",
    "mirror": "mirror",
}
"""What a job is by the field that it has. All others show a ticket."""


def update(ticket: Ticket, place: Place, now: datetime) -> Job:
    """Brings a card up to date. One for each message: it replaces the one that waits already."""
    return Job(
        id=uuid5(_UPDATES, f"{place.channel}:{place.ts}"),
        number=ticket.number,
        target=Target(channel=place.channel, user=place.user or ticket.created_by),
        place=place,
        created_at=now,
        due_at=now,
    )


def updates(ticket: Ticket, now: datetime) -> tuple[Job, ...]:
    """Brings every card of a changed ticket up to date, and what other workspaces have of it. Every change of a ticket enqueues
    these."""
    return (*(update(ticket, place, now) for place in ticket.cards), *shares(ticket, now))


def shares(ticket: Ticket, now: datetime) -> tuple[Job, ...]:
    """The job that tells other workspaces how a ticket is that is, or was, for them. One for each ticket: it replaces the one
    that waits already."""
    if ticket.visible_since is None:
        return ()
    job_id, target = uuid5(_SHARES, str(ticket.id)), Target(user=ticket.created_by)
    share = ticket.version
    return (Job(id=job_id, number=ticket.number, target=target, share=share, created_at=now, due_at=now),)


def announcement(
    ticket: Ticket, queue: Queue | None, now: datetime, told: tuple[News, ...] = ()
) -> tuple[Job, ...]:
    """The job that shows a ticket in its queue's triage channel, where it is not shown yet. Where the bot may not post
    there, the person who set the queue up is told. `told`: to whoever is on call."""
    if queue is None or any(card.channel == queue.channel for card in ticket.cards):
        return ()
    job_id = uuid5(_ANNOUNCEMENTS, f"{ticket.id}:{queue.channel}")
    target = Target(channel=queue.channel, user=queue.owner, internal=True)
    return (Job(id=job_id, number=ticket.number, target=target, told=told, created_at=now, due_at=now),)


def earlier_replies(ticket: Ticket, now: datetime) -> tuple[Job, ...]:
    """The job that reads the thread of the message that became a ticket: what was said there before, and while the form
    was open."""
    origin = ticket.origin
    if not (origin.is_message and origin.channel and origin.thread_ts):
        return ()
    fetch = Fetch(channel=origin.channel, thread_ts=origin.thread_ts)
    job_id, target = uuid5(_REPLIES, str(ticket.id)), Target(user=ticket.created_by)
    return (Job(id=job_id, number=ticket.number, target=target, fetch=fetch, created_at=now, due_at=now),)


def gesture_job(gesture: Gesture, now: datetime) -> Job:
    """The job that makes a ticket of the message that a gesture is about."""
    target = Target(channel=gesture.channel, user=gesture.user)
    return Job(id=uuid5(_GESTURES, gesture.key), target=target, gesture=gesture, created_at=now, due_at=now)


def group_job(group: str, owner: str, now: datetime) -> Job:
    """The job that makes a user group whoever is on call. One for each: it replaces the one that waits already."""
    return Job(id=uuid5(_GROUPS, group), target=Target(user=owner), group=group, created_at=now, due_at=now)


def withdrawal(job: Job, place: Place | None, now: datetime) -> Job:
    """The job that deletes a post of another one's where that is one too many. `place`: where it stands; None where nobody knows
    whether it was made."""
    name = f"{job.id}:{place.channel}:{place.ts}" if place else str(job.id)
    new = {"id": uuid5(_WITHDRAWALS, name), "withdraws": job.id, "place": place, "created_at": now}
    as_new = {
        "due_at": now,
        "attempts": 0,
        "last_error": None,
        "set_aside": None,
        "search": None,
        "seen": None,
    }
    return job.model_copy(update={**new, **as_new, "claimed_at": job.claimed_at if place else now})


def put_back(job: Job, now: datetime) -> Job:
    """A job that was set aside, to be tried as if for the first time; a search goes on where it was given up."""
    search = job.search and job.search.model_copy(update={"pages": 0})
    return job.model_copy(update={"set_aside": None, "attempts": 0, "due_at": now, "search": search})
