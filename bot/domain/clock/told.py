"""What a rule of the clock may know at a moment, and what it gives."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from bot.domain.news import News
from bot.domain.queues import Queue
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings

CLOCK = "clock"
"""The actor of what the clock does, in histories and news: no Slack user's ID."""


class Moment(NamedTuple):
    """`queue`: the ticket's, where it is set up. `on_call`: whose turn it is there, and whose next, in their order, without
    those who have left. `silenced`: who is known to be in do-not-disturb now."""

    at: datetime
    settings: WorkspaceSettings
    queue: Queue | None = None
    on_call: tuple[str, ...] = ()
    silenced: Collection[str] = ()


class Struck(NamedTuple):
    ticket: Ticket
    told: tuple[News, ...] = ()
