"""What a rule of the clock may know at a moment, and what it gives."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from bot.domain.news import News
from bot.domain.queues import Queue
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings

CLOCK = "clock"
"""The actor of what the clock does, in histories and news: no Slack user's ID."""


class Moment(NamedTuple):
    """`queue`: the ticket's, where it is set up. `on_call`: whose turn it is there, and whose next, in their order, without
    those who `left`. `silenced`: who is known to have do-not-disturb on, and until when. `zone`: what time it is for somebody;
    None where nobody knows."""

    at: datetime
    settings: WorkspaceSettings
    queue: Queue | None = None
    on_call: tuple[str, ...] = ()
    silenced: Mapping[str, datetime] = {}
    left: Collection[str] = ()
    zone: Callable[[str], tzinfo | None] = lambda _: None


class Struck(NamedTuple):
    ticket: Ticket
    told: tuple[News, ...] = ()
