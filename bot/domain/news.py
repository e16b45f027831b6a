"""What somebody is told of a ticket. It names what happened; the words are those of the ticket at delivery."""

from typing import Literal

from bot.domain.record import Instant, Record

Event = Literal[
    "created",
    "moved",
    "taken",
    "assigned",
    "unassigned",
    "note",
    "comment",
    "held",
    "resumed",
    "resolved",
    "closed",
    "reopened",
    "answered",
    "withdrawn",
    "undone",
    "restored",
    "merged",
    "due_changed",
    "due_soon",
    "late",
    "paged",
    "came_back",
    "stale",
    "asked_again",
]
"""`moved`: to another queue. `taken`: by the new assignee. `answered`: the requester's reply reopened it. The last six come
from the clock. `paged`: somebody must look at it now. `came_back`: a hold or a snooze has ended. `stale`: nothing has happened
for days. `asked_again`: its requester waits for an answer. They are stored: never rename one."""

Role = Literal["on_call", "assignee", "former_assignee", "requester", "watcher", "agent", "lead", "team"]
"""As what somebody is told. `agent`: of the ticket's queue. `watcher`: of each new ticket of its channel. `lead`: of its
queue. `team`: all in its triage channel, whose ID stands for them."""


class Silence(Record):
    """Somebody has do-not-disturb on, so that Slack keeps from them what they are told until then."""

    user: str
    until: Instant


class News(Record):
    """An event that `to` is told of, which `by` has brought about: Slack user IDs.

    `version` is the ticket's after it, whose entry in the history has its words; `comment` is the key of one that has them.
    `by_name`: in the triage channel `to` is named and not mentioned, since they are not there. `other`: of a duplicate, what
    `to` may do to the ticket that goes on; None where it is not for all who read this. Of the clock's: `about`, such as the target
    that is late, `due_at`, and `unreached`, who was paged just before in vain.
    """

    event: Event
    role: Role
    to: str
    by: str
    version: int
    comment: str | None = None
    by_name: bool = False
    from_elsewhere: str | None = None
    other: Literal["see", "work"] | None = None
    about: str | None = None
    due_at: Instant | None = None
    unreached: tuple[Silence, ...] = ()

    @property
    def brings_card(self) -> bool:
        """Whether it comes with the ticket's card: it is given to them, or they are to look after it."""
        return self.role in {"assignee", "on_call"} and self.event in {"created", "assigned", "moved"}
