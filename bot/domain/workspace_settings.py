"""What a workspace's admins have chosen. With nothing chosen the desk works: everybody in the workspace is an agent."""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Literal, TypeVar

from bot.domain.calendars import Calendar
from bot.domain.channel_defaults import NOTHING, ChannelDefaults
from bot.domain.clock.settings import ClockSettings
from bot.domain.names import folded, unaccented
from bot.domain.queues import Queue
from bot.domain.record import Record

Value = TypeVar("Value")
NotesFor = Literal["agents", "queue"]
Level = Literal["quiet", "mine", "all"]
"""How much somebody is told: what asks them to act, which all are; what they have or asked for, too; all in their queues."""


class WorkspaceSettings(Record):
    """`emoji`: whether reactions make, take and resolve tickets. `notes`: who reads private notes, all agents or
    those of the ticket's queue. `default_queue` is the name of one of `queues`. `level`: how much people are told who
    have chosen no other, which stands in `levels` by their Slack user IDs. `channels`: what tickets of a channel begin
    with, by its ID. `clock`: what the clock does by itself. `installer`: who installed the app last, by their Slack user ID; they may
    change all this as an admin may."""

    queues: tuple[Queue, ...] = ()
    default_queue: str | None = None
    emoji: bool = False
    notes: NotesFor = "agents"
    level: Level = "mine"
    levels: Mapping[str, Level] = {}
    channels: Mapping[str, ChannelDefaults] = {}
    clock: ClockSettings = ClockSettings()
    installer: str | None = None

    def level_of(self, user: str) -> Level:
        return self.levels.get(user, self.level)

    def queue(self, name: str | None) -> Queue | None:
        """By name, with or without #. Tickets may name a queue that is not set up."""
        wanted = (name or "").strip().removeprefix("#")
        for alike in (folded, unaccented):
            if found := [queue for queue in self.queues if alike(queue.name) == alike(wanted)]:
                return found[0]
        return None

    def triaged_in(self, channel: str) -> Queue | None:
        """The queue whose triage channel this is."""
        return next((queue for queue in self.queues if queue.channel == channel), None)

    def complete(self, fields: Mapping[str, Value]) -> dict[str, Value | str]:
        """The fields of a new ticket, with the default queue where none is given."""
        whole = self.spelled(fields)
        if self.default_queue and not str(whole.get("assignedQueue") or "").strip():
            whole["assignedQueue"] = self.default_queue
        return whole

    def of_channel(self, channel: str | None) -> ChannelDefaults | None:
        """What a channel's tickets begin with; None where nothing is chosen."""
        return self.channels.get(channel) if channel else None

    def with_defaults(self, channel: str, defaults: ChannelDefaults) -> "WorkspaceSettings":
        """With what a channel's tickets begin with; nothing is kept of a channel where that is nothing."""
        others = {each: kept for each, kept in self.channels.items() if each != channel}
        chosen = {} if defaults == NOTHING else {channel: defaults}
        return self.model_copy(update={"channels": {**others, **chosen}})

    def spelled(self, fields: Mapping[str, Value]) -> dict[str, Value | str]:
        """The fields, with a queue's name as it was set up, so that lists find all its tickets."""
        whole: dict[str, Value | str] = {**fields}
        if queue := self.queue(str(fields.get("assignedQueue") or "")):
            whole["assignedQueue"] = queue.name
        return whole

    def matching(self, typed: str) -> list[str]:
        """The names of the queues that somebody may mean who has typed this much, however badly."""
        wanted = unaccented(typed.strip().removeprefix("#"))
        names = {unaccented(queue.name): queue.name for queue in self.queues}
        found = [name for plain, name in names.items() if wanted in plain]
        return found or [names[near] for near in get_close_matches(wanted, names)]

    def meant_queue(self, name: str | None) -> str | None:
        """The queue that a name was probably meant for, where no queue has that name."""
        near = self.matching(name) if name and self.queue(name) is None else []
        return near[0] if near else None

    def with_queue(self, queue: Queue, *, instead_of: str | None = None) -> "WorkspaceSettings":
        """With a queue added, or in the place of the one with that name."""
        old = self.queue(instead_of)
        queues = tuple(queue if each is old else each for each in self.queues)
        was_default = old is not None and self.default_queue == old.name
        default = queue.name if was_default else self.default_queue
        return self.model_copy(
            update={
                "queues": queues if old else (*queues, queue),
                "default_queue": default,
                "channels": self._in_queue(queue.name, old) if old else self.channels,
                "clock": self.clock.in_queue(queue.name, instead_of=old.name) if old else self.clock,
            }
        )

    def with_channel(self, channel: str, *, instead_of: str) -> "WorkspaceSettings":
        """With what was set up for a channel whose ID has changed."""
        update = {"channel": channel}
        return self.model_copy(
            update={
                "queues": tuple(
                    queue.model_copy(update=update) if queue.channel == instead_of else queue
                    for queue in self.queues
                ),
                "channels": {
                    channel if each == instead_of else each: defaults
                    for each, defaults in self.channels.items()
                },
            }
        )

    def without_queue(self, name: str) -> "WorkspaceSettings":
        queue = self.queue(name)
        default = None if queue and self.default_queue == queue.name else self.default_queue
        kept = tuple(each for each in self.queues if each is not queue)
        channels = self._in_queue(None, queue) if queue else self.channels
        clock = self.clock.in_queue(None, instead_of=queue.name) if queue else self.clock
        return self.model_copy(
            update={"queues": kept, "default_queue": default, "channels": channels, "clock": clock}
        )

    def with_calendar(
        self, calendar: Calendar, at: datetime, *, instead_of: str | None = None
    ) -> "WorkspaceSettings":
        """With a calendar added, or in the place of the one with that name, also in the queues that have it."""
        old = self.clock.calendar(instead_of)
        clock = self.clock.with_calendar(calendar, at, instead_of=instead_of)
        return self._on_calendar(calendar.name, old.name if old else None).model_copy(update={"clock": clock})

    def without_calendar(self, name: str, at: datetime) -> "WorkspaceSettings":
        """The queues that had it have none."""
        clock = self.clock.without_calendar(name, at)
        return self._on_calendar(None, name).model_copy(update={"clock": clock})

    def _on_calendar(self, name: str | None, old: str | None) -> "WorkspaceSettings":
        queues = tuple(
            queue.model_copy(update={"calendar": name}) if old and queue.calendar == old else queue
            for queue in self.queues
        )
        return self.model_copy(update={"queues": queues})

    def _in_queue(self, name: str | None, old: Queue) -> Mapping[str, ChannelDefaults]:
        """The channels' defaults after a queue got another name, or None where it was removed."""
        return {
            channel: defaults.in_queue(name, instead_of=old.name)
            for channel, defaults in self.channels.items()
        }
