"""Slack, as far as the courier asks it: a file that outlives whoever is killed while posting to it."""

import asyncio
import os
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from signal import SIGKILL, SIGSTOP
from time import sleep, time_ns
from typing import Literal, NamedTuple

from bot.domain.audience import Audience
from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.news import News
from bot.domain.outbox import Job
from bot.domain.telling import Told
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import Found, MessageGone, PostedMessage, Replies

_DELETED = "deleted"
"""What a line begins with that takes back another."""


Then = Literal["goes on", "is killed"]
"""What becomes of a process that has posted too late."""


class Post(NamedTuple):
    """What was posted, and in which workspace, by its ID. `told`: what it tells its reader, of which there is more than a card
    where there is any."""

    workspace: str
    delivery: str
    place: Place
    kind: str
    told: tuple[str, ...]


class Slack:
    """Takes every post at once, or within as many seconds as it `takes`: a line with its workspace, its delivery id, where it
    stands, and what it tells. Several processes may post to it."""

    def __init__(self, file: Path, *, takes: float = 0.0) -> None:
        self._file = file
        self._takes = takes
        self._to_freeze, self._frozen = file.with_suffix(".freeze"), file.with_suffix(".frozen")
        self._ts = (f"{time_ns()}.{os.getpid()}" for _ in count())
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    async def show(
        self, workspace: Workspace, job: Job, _: Ticket, __: Directory, ___: Audience, told: Sequence[Told]
    ) -> Place | None:
        return await self._posted(workspace, job, told)

    async def tell(self, workspace: Workspace, job: Job, _: Ticket, told: Sequence[Told]) -> Place | None:
        return await self._posted(workspace, job, told)

    async def say(self, workspace: Workspace, job: Job, _: Ticket, __: Comment) -> Place | None:
        return await self._posted(workspace, job)

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        return await self._posted(workspace, job)

    async def digest(self, workspace: Workspace, job: Job, _: Sequence[Ticket]) -> Place | None:
        return await self._posted(workspace, job)

    async def remind(self, workspace: Workspace, job: Job, _: Sequence[Ticket]) -> Place | None:
        return await self._posted(workspace, job)

    async def answer(self, workspace: Workspace, job: Job) -> Place | None:
        return await self._posted(workspace, job)

    async def mirror(self, workspace: Workspace, job: Job, _: SeenTicket) -> Place | None:
        return await self._posted(workspace, job)

    async def mirror_comment(
        self, workspace: Workspace, job: Job, _: SeenTicket, __: SeenComment
    ) -> Place | None:
        return await self._posted(workspace, job)

    async def read(self, _: Workspace, __: Job) -> Replies:
        return Replies((), None)

    async def message(self, _: Workspace, __: Job) -> PostedMessage:
        raise MessageGone("message_not_found")

    async def delete(self, _: Workspace, place: Place) -> None:
        """A message of ours that somebody else has posted, too."""
        os.write(self._handle, f"{_DELETED} {place.channel} {place.ts}\n".encode())

    async def _posted(self, workspace: Workspace, job: Job, told: Sequence[Told] = ()) -> Place:
        """Users are told things in their direct messages, whose ID is not theirs."""
        if job.place:
            return job.place
        place = Place(channel=f"D{job.channel}" if job.direct else job.channel, ts=next(self._ts))
        names = [name_of(job.number, each.news) for each in told]
        names += [name_of(each.number, each.news) for each in job.digest.first] if job.digest else []
        names += [each.reminder.id for each in job.reminders]
        names += [f"{job.mirror.home}/{job.mirror.number}"] if job.mirror else []
        line = " ".join([workspace.id, str(job.id), place.channel, place.ts, job.kind, *names])
        # Most of what it takes stands between the look at the hold and the post: whoever is frozen is to be frozen there.
        sleep(self._takes)  # noqa: ASYNC251
        then = self._stands_still(job)
        os.write(self._handle, f"{line}\n".encode())
        if then == "is killed":
            os.kill(os.getpid(), SIGKILL)
        await asyncio.sleep(self._takes / 10)
        return place

    def freeze_next(self, then: Then) -> None:
        """Whichever process posts next stands still right before it, until it is told to go on."""
        self._to_freeze.write_text(then)

    def frozen(self) -> tuple[int, str] | None:
        """The ID of the process that stands still, and the delivery of its post."""
        with suppress(FileNotFoundError):
            process, delivery = self._frozen.read_text().split()
            return int(process), delivery
        return None

    def _stands_still(self, job: Job) -> str | None:
        try:
            then = self._to_freeze.read_text()
            self._to_freeze.unlink()
        except FileNotFoundError:
            return None
        (new := self._frozen.with_suffix(".new")).write_text(f"{os.getpid()} {job.id}")
        new.rename(self._frozen)
        os.kill(os.getpid(), SIGSTOP)
        self._frozen.unlink()
        return then

    async def find(self, _: Workspace, job: Job, besides: Collection[Place] = ()) -> Found:
        others = {(each.channel, each.ts) for each in besides}
        posted = [post.place for post in self.posts() if post.delivery == str(job.id)]
        return Found(next((each for each in posted if (each.channel, each.ts) not in others), None))

    def posts(self) -> list[Post]:
        """Every message that was posted, and not deleted."""
        lines = [line.split() for line in self._file.read_text().splitlines()]
        deleted = {tuple(places) for what, *places in lines if what == _DELETED}
        return [
            Post(workspace, delivery, Place(channel=channel, ts=ts), kind, tuple(told))
            for workspace, delivery, channel, ts, kind, *told in (
                each for each in lines if each[0] != _DELETED
            )
            if (channel, ts) not in deleted
        ]

    def times_made(self, delivery: str) -> int:
        """How often one was, be it deleted or not."""
        lines = [line.split() for line in self._file.read_text().splitlines()]
        return sum(what != _DELETED and which == delivery for what, which, *_ in lines)

    def deleted(self) -> int:
        """How many were."""
        return sum(line.startswith(f"{_DELETED} ") for line in self._file.read_text().splitlines())

    def close(self) -> None:
        os.close(self._handle)


def that_stay(posts: Iterable[Post], jobs: Iterable[Job]) -> list[Post]:
    """Without those of which one is to be deleted yet: a replica posted it that another had overtaken."""
    twice = {str(job.withdraws) for job in jobs if job.withdraws}
    return [post for post in posts if post.delivery not in twice]


def name_of(number: int | None, news: News) -> str:
    """Of something that somebody is told, in a word."""
    if news.comment:
        return f"T-{number}:{news.comment}"
    return f"T-{number}:{news.version}:{news.event}:{news.to}"
