"""Slack, as far as the courier asks it: a file that outlives whoever is killed while posting to it."""

import os
from collections.abc import Sequence
from pathlib import Path

from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.outbox import Audience, Job
from bot.domain.telling import Told
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import Found, Replies


class Slack:
    """Takes every post at once: a line with its delivery id and where it stands."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    async def show(
        self, _: Workspace, job: Job, __: Ticket, ___: Directory, ____: Audience, _____: Sequence[Told]
    ) -> Place | None:
        return self._posted(job)

    async def tell(self, _: Workspace, job: Job, __: Ticket, ___: Sequence[Told]) -> Place | None:
        return self._posted(job)

    async def say(self, _: Workspace, job: Job, __: Ticket, ___: Comment) -> Place | None:
        return self._posted(job)

    async def notify(self, _: Workspace, job: Job) -> Place | None:
        return self._posted(job)

    async def read(self, _: Workspace, __: Job) -> Replies:
        return Replies((), None)

    def _posted(self, job: Job) -> Place:
        place = job.place or Place(channel=job.channel, ts=str(len(self.posts()) + 1))
        if not job.place:
            os.write(self._handle, f"{job.id} {place.channel} {place.ts}\n".encode())
        return place

    async def find(self, _: Workspace, job: Job) -> Found:
        return Found(next((place for delivery, place in self.posts() if delivery == str(job.id)), None))

    def posts(self) -> list[tuple[str, Place]]:
        """Every card that was posted, by delivery id."""
        lines = [line.split() for line in self._file.read_text().splitlines()]
        return [(delivery, Place(channel=channel, ts=ts)) for delivery, channel, ts in lines]

    def close(self) -> None:
        os.close(self._handle)
