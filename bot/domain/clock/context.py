"""What a rule of the clock may know at a moment, and what it gives."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple

from bot.domain.clock.service_levels import TargetKind
from bot.domain.comments import Comment
from bot.domain.news import News
from bot.domain.queues import Queue
from bot.domain.telling import People
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings

CLOCK = "clock"
"""The actor of what the clock does, in histories and news: no Slack user's ID."""


class Change(NamedTuple):
    """What a rule may know of a change: `before` is None of a new ticket, and the ticket itself where only time has passed.
    `comment`: one that was written to it, or changed. `profile`: the occupancyProfile of its site, where the settings need
    it. `answered`: whether a comment has answered its requester before, where it has no target for that yet. `unwatched`: the
    clock has not looked after it until now. `by_bystander`: who wrote the comment may not work the ticket, as far as is known."""

    before: Ticket | None
    settings: WorkspaceSettings
    at: datetime
    comment: Comment | None = None
    profile: str | None = None
    answered: bool = False
    unwatched: bool = False
    by_bystander: bool = False


class Reached(NamedTuple):
    """A promise whose state has changed: `due` is the due time that somebody gave."""

    kind: TargetKind | Literal["due"]
    state: Literal["soon", "late"]
    due_at: datetime


class Moment(NamedTuple):
    """`queue`: the ticket's, else the one that tickets without one go to; where neither is set up, there are `admins`. `on_call`: whose turn it is there, and whose next, in their order, without
    those who `left`. `silenced`: who is known to have do-not-disturb on, and until when. `zone`: what time it is for somebody;
    None where nobody knows. `profile`: as a change has it. `listeners`: who is told of its
    queue's tickets."""

    at: datetime
    settings: WorkspaceSettings
    queue: Queue | None = None
    on_call: tuple[str, ...] = ()
    silenced: Mapping[str, datetime] = {}
    left: Collection[str] = ()
    zone: Callable[[str], tzinfo | None] = lambda _: None
    profile: str | None = None
    listeners: People = People(lambda _: "mine")
    admins: tuple[str, ...] = ()


class Struck(NamedTuple):
    ticket: Ticket
    told: tuple[News, ...] = ()
