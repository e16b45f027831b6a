"""A saved ticket: the contract's input, who asked for it and where; and an entry for each thing that happened to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from bot.domain.clock.service_levels import DueState
from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.contract import Status, TicketCreate
from bot.domain.news import News
from bot.domain.record import Instant, Record


class File(Record):
    """A file that was attached to a message."""

    name: str
    permalink: str


class SourceMessage(Record):
    """The message a ticket was made from, as it stood then. `text` is Slack's own mrkdwn, whole."""

    author: str | None = Field(None, description="Slack user (or bot) ID of who wrote it")
    author_name: str | None = Field(
        None, description="Of somebody from outside, whom a mention would not show"
    )
    by_app: bool = Field(default=False, description="Whether an app wrote it")
    text: str = ""
    files: tuple[File, ...] = ()
    client_msg_id: str | None = Field(
        None, description="Names what somebody sent, also where Slack made two messages of it"
    )


WAITING: tuple[Status, ...] = ("new", "triaged", "assigned")
"""The statuses of a ticket that nobody works on yet."""
OPEN: tuple[Status, ...] = (*WAITING, "in_progress", "on_hold")
"""The statuses of a ticket that is open."""
DONE: tuple[Status, ...] = ("resolved", "closed")
"""All others."""

WayIn = Literal["command", "form", "message", "global_shortcut", "reaction", "mention", "direct", "intake"]
"""`message`: a message's menu. `mention`: @Deskhand in a channel or a thread. `direct`: a message to the bot itself.
`intake`: a message in a channel whose messages become tickets."""
BY_WAY: Mapping[WayIn, str] = {
    "command": "",
    "form": "",
    "message": "",
    "global_shortcut": "",
    "reaction": "by a reaction",
    "mention": "by @Deskhand",
    "direct": "in a direct message",
    "intake": "by intake",
}
"""How a history says which way a ticket came in, where that is to be said."""
OPENINGS = frozenset({"created", "converted"})
"""The `what` of the entry that a history begins with."""


class Origin(Record):
    """Where a ticket came from. `channel` is None for a global shortcut, which has no place."""

    way: WayIn
    channel: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None
    permalink: str | None = None
    message: SourceMessage | None = None
    line: str | None = Field(None, description="What was typed, whole; for whoever typed it")
    converted_by: str | None = Field(None, description="Who made a ticket of somebody else's message")

    @property
    def keys(self) -> tuple[str, ...]:
        """By which what it was made from is known as the ticket's: the message that it is."""
        if not (self.channel and self.message_ts):
            return ()
        sent = self.message.client_msg_id if self.message else None
        return message_keys(self.channel, self.message_ts, sent)

    @property
    def is_message(self) -> bool:
        """Whether it was made from a message, whichever way that was chosen."""
        return self.message_ts is not None


def message_key(channel: str, ts: str) -> str:
    """The idempotency key of a message's ticket: one message is one ticket, for ever."""
    return f"message:{channel}:{ts}"


def message_keys(channel: str, ts: str, client_msg_id: str | None) -> tuple[str, ...]:
    """All keys of a message's ticket: Slack may make several messages of what somebody sent once."""
    return (message_key(channel, ts), *([f"sent:{client_msg_id}"] if client_msg_id else []))


class Change(Record):
    """One field before and after, by the contract's name, in its wire form."""

    field: str
    before: str | float | None = None
    after: str | float | None = None


class Entry(Record):
    """One thing that happened to a ticket. The first entry is always its creation.

    `note` is for agents only; everything else is for whoever sees the ticket.
    """

    at: Instant
    actor: str = Field(description="Slack user ID")
    what: str = Field(description="The `what` of its step, or one of steps.OtherWhat")
    changes: tuple[Change, ...] = ()
    note: str | None = None
    actor_name: str | None = Field(
        None, description="Of somebody from another workspace, whom a mention would not show"
    )


class Place(Record):
    """A message of ours that shows the ticket's card. `internal`: it stands among agents, and so does its thread. `user`:
    whose direct messages it stands in. `told`: what it says above the card."""

    channel: str
    ts: str
    internal: bool = False
    told: tuple[News, ...] = ()
    user: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it stands in somebody's direct messages."""
        return self.channel.startswith("D")


class Ticket(TicketCreate):
    """`number` counts 1, 2, 3 … in its workspace; `version` is how many entries its history has.

    The history is kept beside it. What has happened since the ticket was read is in `new_entries`: saving the ticket
    adds them to its history.
    """

    model_config = ConfigDict(strict=False)

    id: UUID
    number: int = Field(ge=1)
    created_at: Instant
    updated_at: Instant
    computed_due_at: Instant | None = Field(
        None, description="When it is due by its service level, where nobody gave a time"
    )
    response_late: bool = Field(default=False, description="Whether its requester waits for too long")
    visible_since: Instant | None = Field(
        None, description="When an agent last chose a mode other than local; None: it stays local"
    )
    created_by: str = Field(description="Slack user ID of the requester")  # what lists index stands before it
    origin: Origin
    version: int = Field(ge=1)
    resolution: str | None = Field(None, description="What was done about it; a closed ticket has one")
    hold_reason: str | None = Field(None, description="What a ticket on hold waits for")
    hold_until: Instant | None = None
    snoozed_until: Instant | None = Field(None, description="Until when triage need not look at it")
    duplicate_of: int | None = Field(None, description="The number of the ticket that says the same")
    withdrawn_at: Instant | None = Field(None, description="Since when it is not a ticket")
    undone_at: Instant | None = Field(None, description="Withdrawn as a slip, by whoever made it")
    same_thread: tuple[int, ...] = Field(
        (), description="Numbers of other tickets that were asked for in its thread"
    )
    thread_unread: bool = Field(
        default=False, description="Whether Slack does not let us read what was said in its thread before"
    )
    shared_with: tuple[str, ...] = Field(
        (), description="The teams it is shared with, where its mode is shared"
    )
    clock: TicketClock | None = Field(None, description="What the clock has planned; no history")
    cards: tuple[Place, ...] = Field((), description="Where its cards stand; delivery, not history")
    new_entries: tuple[Entry, ...] = Field((), exclude=True)

    @property
    def name(self) -> str:
        """`T-42`, as people say it."""
        return f"T-{self.number}"

    @property
    def maker(self) -> str:
        """Who made it: of somebody else's message, whoever converted it; else its requester."""
        return self.origin.converted_by or self.created_by

    @property
    def is_timed(self) -> bool:
        """Whether it has times of its own that the clock looks after."""
        return bool(self.clock or self.sla_due_at or self.hold_until or self.snoozed_until)

    @property
    def due_at(self) -> datetime | None:
        """When it is due: as somebody gave it, or as its service level makes it."""
        return self.sla_due_at or self.computed_due_at

    @property
    def due_state(self) -> DueState:
        """What the clock has found of it."""
        if self.clock is None or not self.due_at:
            return "on_time"
        if self.sla_due_at:
            return self.clock.given_due
        target = self.clock.level.target("resolution") if self.clock.level else None
        return target.state if target else "on_time"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def opened(  # noqa: PLR0913  (all of them are what it begins with)
    create: TicketCreate,
    *,
    ticket_id: UUID,
    number: int,
    actor: str,
    origin: Origin,
    now: datetime,
    requester: str | None = None,
) -> Ticket:
    """The ticket that a validated input becomes, with the first entry of its history. `requester`: whose ticket it is,
    where the actor makes it of somebody else's message."""
    if requester and requester != actor:
        origin = origin.model_copy(update={"converted_by": actor})
    what = "converted" if origin.converted_by else "created"
    wire = create.to_wire()
    if create.status in DONE:  # such a ticket has a resolution, and nobody gave one
        wire["resolution"] = "Resolved when it was opened"
    changes = [{"field": field, "after": value} for field, value in wire.items() if value is not None]
    return Ticket.model_validate(
        wire
        | {
            "id": ticket_id,
            "number": number,
            "createdAt": now,
            "updatedAt": now,
            "createdBy": requester or actor,
            "origin": origin,
            "version": 1,
            "newEntries": [{"at": now, "actor": actor, "what": what, "changes": changes}],
        }
    )
