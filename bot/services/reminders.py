"""Reminders: kept with a timer for each person, and told when their moment has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.domain.clock import reminders
from bot.domain.clock.reminder_threads import thread_channel, thread_in
from bot.domain.clock.reminders import Reminded, Reminder
from bot.domain.clock.timers import FEW, Timer, subject
from bot.domain.contract import refuse_unstorable
from bot.domain.draft import Draft
from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor, may, permitted
from bot.domain.workspace import Workspace
from bot.services.people import People, actor_of
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction

_JOBS = UUID("d2a4f6b8-0c1e-4d3f-8a5b-7c9e1f2a3b4c")  # only tells these ids from all others


@dataclass(frozen=True, slots=True)
class ReminderRequest:
    """`key` names it: its repetition makes no second one. `for_thread`: all who are in the ticket's thread are reminded, that
    of the `channel` where it has one there."""

    actor: Actor
    key: str
    number: int
    at: datetime
    words: str = ""
    for_thread: bool = False
    channel: str | None = None


class Reminders:
    """Raises NotFound, NotKnown, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def remind(self, workspace: Workspace, request: ReminderRequest) -> Reminder:
        now, actor = self._clock(), request.actor
        refuse_unstorable({"words": request.words})

        async def work(tx: Transaction) -> Reminder:
            ticket = permitted(actor, "see", await tx.ticket(request.number), request.number)
            reminder = Reminder(
                id=uuid5(NAMESPACE_URL, f"reminder:{request.key}").hex,
                number=ticket.number,
                user=actor.user,
                at=request.at,
                words=request.words,
                channel=thread_channel(ticket, actor, request.channel) if request.for_thread else None,
            )
            nonce = f"reminder:{request.key}"
            if await tx.draft(nonce):
                return reminder
            await tx.keep_draft(Draft(nonce=nonce, created_at=now, owner=actor.user))
            await _keep(tx, actor.user, reminders.with_one(await _of(tx, actor.user), reminder, now))
            return reminder

        return await self._store.change(workspace, work)

    async def of(self, workspace: Workspace, actor: Actor, number: int) -> Sequence[Reminder]:
        """Those of the actor that are still to come for a ticket, the soonest first."""
        timer = await self._store.read(workspace).timer(subject("reminder", actor.user))
        return [each for each in timer.reminders if each.number == number] if timer else []

    async def take_back(self, workspace: Workspace, actor: Actor, reminder_id: str) -> Reminder | None:
        """The reminder that comes no more; None where it was taken back, or has come, before, or is somebody else's."""

        async def work(tx: Transaction) -> Reminder | None:
            waiting = await _of(tx, actor.user)
            found = next((each for each in waiting if each.id == reminder_id), None)
            if found:
                await _keep(tx, actor.user, [each for each in waiting if each is not found])
            return found

        return await self._store.change(workspace, work)


class ReminderTimes:
    """Tells a person of all that has come due. A Subject of the clock; its id is the person's."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        known = await self._people.of(workspace, tx)
        is_away = timer.id in known.left
        come, left = reminders.due(timer.reminders, now, is_away=is_away)
        await _keep(tx, timer.id, left, reminders.next_look(left, now))
        actor = None if is_away else actor_of(known, timer.id, await tx.settings(), now)
        told: dict[Target, list[Reminded]] = {}
        for each in come:
            ticket = await tx.ticket(each.number)
            is_hidden = ticket is not None and actor is not None and not may(actor, "see", ticket)
            place = thread_in(ticket, actor, each.channel) if ticket and not is_hidden else None
            if is_away and place is None:
                continue
            target = Target(**place._asdict(), user=timer.id) if place else Target(user=timer.id)
            told.setdefault(target, []).append(Reminded(reminder=each, is_hidden=is_hidden))
        for target, all_of_it in told.items():
            messages = [all_of_it] if len(all_of_it) > FEW else [[each] for each in all_of_it]
            for said in messages:
                job_id = uuid5(_JOBS, ":".join(each.reminder.id for each in said))
                await tx.enqueue(
                    Job(id=job_id, target=target, reminders=tuple(said), created_at=now, due_at=now)
                )


async def _of(tx: Transaction, user: str) -> Sequence[Reminder]:
    timer = await tx.timer(subject("reminder", user))
    return timer.reminders if timer else ()


async def _keep(
    tx: Transaction, user: str, waiting: Sequence[Reminder], look_at: datetime | None = None
) -> None:
    """`look_at`: where that is not when the first one comes."""
    name = subject("reminder", user)
    if waiting:
        at = look_at or waiting[0].at
        await tx.keep_timer(Timer(subject=name, at=at, reminders=tuple(waiting)))
    else:
        await tx.drop_timer(name)
