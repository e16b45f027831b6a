"""What a job shows: a ticket, one of its comments, or what somebody is told of it, as it is at delivery."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from bot.domain.audience import audience
from bot.domain.clock.service_levels import DueState
from bot.domain.comments import Comment, copy_update
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.lookup import ids_of
from bot.domain.mirrors import Mirror, MirrorCopy, card_update, copy_job
from bot.domain.news import News
from bot.domain.outbox import Job, update
from bot.domain.telling import Told, words_of
from bot.domain.ticket import Place, Ticket
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.workspace import Workspace
from bot.services.outbox.mirror_jobs import enqueue_once
from bot.services.ports.messenger import Messenger, Undeliverable
from bot.services.ports.store import Reader, Transaction

State = tuple[int, DueState] | Comment | str | None
"""The version of a ticket and how its due time stands, which the clock finds; or a comment but for where it stands; or what we were
last told of another workspace's ticket or comment; None of what never changes."""

Mirrored = Callable[[Workspace, Job], Awaitable[tuple[SeenTicket, SeenComment | None] | None]]
"""Gives what a job of kind `mirror` shows, afresh; None where there is nothing to show."""

Show = Callable[[], Awaitable[Place | None]]


async def unseen(_: Workspace, __: Job) -> None:
    """Shows nothing of other workspaces."""


async def shown(
    messenger: Messenger, workspace: Workspace, job: Job, reader: Reader, mirrored: Mirrored = unseen
) -> tuple[Show | None, State]:
    """The call that shows it, and the state that it will show; no call where nothing is to be shown any more. Raises
    Undeliverable where there is nothing that could be."""
    if job.kind == "mirror":
        return await _mirror(messenger, workspace, job, reader, mirrored)
    if job.kind == "notice":
        return partial(messenger.notify, workspace, await _quoting(reader, job)), None
    if job.kind == "answer":
        return partial(messenger.answer, workspace, job), None
    if job.kind == "digest":
        found = [await reader.ticket(number) for number in job.named]
        return partial(messenger.digest, workspace, job, [ticket for ticket in found if ticket]), None
    if job.reminders:
        asked = [await reader.ticket(each.reminder.number) for each in job.reminders]
        return partial(messenger.remind, workspace, job, [ticket for ticket in asked if ticket]), None
    ticket = None if job.number is None else await reader.ticket(job.number)
    if ticket is None:
        raise Undeliverable("no_such_ticket")
    told = job.place.told if job.place else job.told
    if job.kind == "news":
        said = await _with_words(reader, ticket, told)
        return partial(messenger.tell, workspace, job, ticket, said), None
    if job.comment is None:
        directory = await reader.directory(ids_of(ticket))
        readers = audience(job, ticket, await reader.settings())
        said = await _with_words(reader, ticket, told)
        show = partial(messenger.show, workspace, job, ticket, directory, readers, said)
        return show, _state_of(ticket)
    comment = await reader.comment(job.comment)
    if comment is None:
        raise Undeliverable("no_such_comment")
    return partial(messenger.say, workspace, job, ticket, comment), _state(comment)


async def _quoting(reader: Reader, job: Job) -> Job:
    """With the words that its notice is about."""
    if not isinstance(job.notice, UnheardNotice):
        return job
    written = await reader.written_here(job.notice.comment)
    notice = job.notice.model_copy(update={"text": written.comment.text if written else ""})
    return job.model_copy(update={"notice": notice})


async def _mirror(
    messenger: Messenger, workspace: Workspace, job: Job, reader: Reader, mirrored: Mirrored
) -> tuple[Show | None, State]:
    """What we were told is read first: what is shown is as new as that, or newer."""
    state = (await Subject.of(reader, job)).state
    found = await mirrored(workspace, job)
    if found is None:
        return None, state
    seen, comment = found
    if comment:
        return partial(messenger.mirror_comment, workspace, job, seen, comment), state
    return partial(messenger.mirror, workspace, job, seen), state


class Subject(NamedTuple):
    """What a job shows: a ticket, or one of its comments; of another workspace's, what is kept of it here. All are None where there
    is none (any more)."""

    ticket: Ticket | None = None
    comment: Comment | None = None
    mirror: Mirror | None = None
    copy: MirrorCopy | None = None

    @classmethod
    async def of(cls, tx: Reader, job: Job) -> "Subject":
        if job.mirror and job.comment:
            mirror, copy = await tx.mirror(job.mirror), await tx.mirror_copy(job.mirror, job.comment)
            return cls(mirror=mirror, copy=copy) if mirror and copy else cls()
        if job.mirror:
            return cls(mirror=await tx.mirror(job.mirror))
        if job.kind == "comment" and job.comment:
            return cls(comment=await tx.comment(job.comment))
        if job.kind == "card" and job.number is not None:
            return cls(await tx.ticket(job.number))
        return cls()

    @property
    def state(self) -> State:
        if self.copy and self.mirror:
            return f"{self.copy.revision} {self.mirror.visible}"
        if self.mirror:
            return self.mirror.told
        if self.comment:
            return _state(self.comment)
        return _state_of(self.ticket) if self.ticket else None

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it stands."""
        if self.copy:
            return (self.copy.place,) if self.copy.place else ()
        if self.mirror:
            return self.mirror.places
        return self.comment.copies if self.comment else self.ticket.cards if self.ticket else ()

    async def keep(self, tx: Transaction, places: Sequence[Place], now: datetime) -> None:
        """Keeps where it stands. What waits to stand below a card of another workspace's ticket, may."""
        if self.copy:
            await tx.keep_mirror_copy(self.copy.standing(places))
        elif self.mirror:
            mirror = self.mirror.standing(places)
            await tx.keep_mirror(mirror)
            for copy in await tx.mirror_copies(mirror.ref):
                if copy.waits and (job := copy_job(mirror, copy, now)):
                    await enqueue_once(tx, job)
        elif self.comment:
            await tx.keep_comment(self.comment.model_copy(update={"copies": tuple(places)}))
        elif self.ticket:
            await tx.keep_cards(self.ticket.model_copy(update={"cards": tuple(places)}))

    def update(self, place: Place, now: datetime) -> Job:
        if self.copy and self.mirror:
            job = copy_job(self.mirror, self.copy.standing([place]), now)
            assert job  # noqa: S101  (its card stands)
            return job
        if self.mirror:
            return card_update(self.mirror, place, now)
        if self.comment:
            return copy_update(self.comment, place, now)
        assert self.ticket  # noqa: S101  (it has a state)
        return update(self.ticket, place, now)


def _state_of(ticket: Ticket) -> tuple[int, DueState]:
    return ticket.version, ticket.due_state


def _state(comment: Comment) -> Comment:
    """A comment but for where it stands."""
    return comment.model_copy(update={"copies": ()})


async def _with_words(reader: Reader, ticket: Ticket, told: Sequence[News]) -> Sequence[Told]:
    """What was typed with each of these, and which ticket goes on."""
    said = []
    for news in told:
        if news.comment:
            comment = await reader.comment(news.comment)
            said.append(Told(news, comment.text if comment else ""))
            continue
        seen = ticket.duplicate_of if news.other else None
        other = await reader.ticket(seen) if seen else None
        entries = await reader.history(ticket.number, offset=max(ticket.version - news.version, 0), limit=1)
        said.append(Told(news, words_of(news, next(iter(entries), None)), other))
    return said
