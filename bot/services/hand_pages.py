"""Pages by hand: made by whoever may, answered by whoever is paged, and gone on with by the clock."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from bot.domain.clock import dnd, hand_page, page, paging
from bot.domain.clock.context import Moment
from bot.domain.clock.hand_page import HandPage, PageNotice
from bot.domain.clock.page import Paged
from bot.domain.clock.timers import Timer, subject
from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown, Problem
from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.dnd import AskDnd, nobody
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.ticket_times import moment_of
from bot.services.workspace_settings import no_queue

_PAGES = UUID("3c2f8a5e-7a0b-4e0e-9d4c-52f0f9b6f1a7")  # only tell these ids from all others
_NOTICES = UUID("e2d1d6a4-4f0f-4a68-8c1b-0a6de7c8b9f3")


class HandPages:
    """Raises Forbidden, NotKnown, NotFound, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, workspace: Workspace, actor: Actor, text: str, key: str) -> HandPage:
        """`text`: a queue, and words. Whoever is to be paged is so by the clock, at once. `key` names the request, whose repetition
        pages nobody more."""
        if not hand_page.may_page(actor):
            if not actor.is_settled:
                raise NotKnown
            raise Forbidden("Only agents and admins can page whoever is on call.")
        now = self._clock()

        async def work(tx: Transaction) -> HandPage:
            settings = await tx.settings()
            name, words = hand_page.queue_and_words(text, settings.queues)
            queue = settings.queue(name)
            if queue is None:
                raise no_queue(name, settings)
            if not words:
                asked = f"Say what it is about: `/ticket oncall page {queue.name} VPN is down`."
                raise InvalidInput([Problem(field=None, code="missing", message=asked)])
            page_id = uuid5(_PAGES, key).hex
            if (known := await tx.timer(subject("page", page_id))) and known.page:
                return known.page
            steps = [step for step in settings.clock.steps if step.to != "assignee"]
            begun = page.begun("asked", steps, now)
            made = HandPage(
                id=page_id, queue=queue.name, channel=queue.channel, words=words, by=actor.user, page=begun
            )
            await tx.keep_timer(_timer(made, now.replace(microsecond=0)))
            return made

        return await self._store.change(workspace, work)

    async def answer(self, workspace: Workspace, actor: Actor, page_id: str) -> HandPage:
        """“I'm on it”: the page with the one who said so first."""
        now = self._clock()

        async def work(tx: Transaction) -> HandPage:
            timer = await tx.timer(subject("page", page_id))
            if timer is None or timer.page is None:
                raise NotFound("That page is over.")
            hand = hand_page.renamed(timer.page, (await tx.settings()).queues)
            if not hand_page.may_answer(actor, hand):
                if not actor.is_settled:
                    raise NotKnown
                raise Forbidden("That is for whoever was paged, and for the queue's agents.")
            if not hand.page.is_open:
                return hand
            answered = hand.answered(actor.user, now)
            await tx.keep_timer(_timer(answered, hand_page.kept_until(now)))
            if actor.user != hand.by:
                told = hand_page.notice(answered, "answered", [actor.user])
                await _enqueue(tx, told, Target(user=hand.by), now, answered)
            return answered

        return await self._store.change(workspace, work)


class HandPageTimes:
    """Goes on with pages by hand. A Subject of the clock."""

    def __init__(
        self,
        people: People,
        ask_dnd: AskDnd = nobody,
        silenced: Mapping[str, datetime] | None = None,
    ) -> None:
        """`silenced`: who is known to have do-not-disturb on, and until when."""
        self._people = people
        self._ask_dnd = ask_dnd
        self._silenced = silenced or {}

    async def prepared(
        self, reader: Reader, workspace: Workspace, timer: Timer, now: datetime
    ) -> "HandPageTimes":
        """Knowing of everybody who may be paged whether they can be."""
        if timer.page is None or not timer.page.page.next_at:
            return self
        hand = hand_page.renamed(timer.page, (await reader.settings()).queues)
        people = paging.reach(None, await self._moment(reader, workspace, hand, now)).people
        silenced = dnd.silenced(await self._ask_dnd(workspace, people), now)
        return HandPageTimes(self._people, self._ask_dnd, silenced)

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        if timer.page is None:
            return
        hand = hand_page.renamed(timer.page, (await tx.settings()).queues)
        moment = await self._moment(tx, workspace, hand, now)
        rung = hand_page.struck(hand, paging.reach(None, moment), now)
        if rung is None:
            return
        await tx.keep_timer(_timer(rung.hand, rung.next_at))
        channels = (await self._people.of(workspace)).channels
        for paged in rung.paged:
            target = _target(paged, moment.queue, channels)
            told = hand_page.notice(rung.hand, "paged", [paged.to], paged.unreached)
            await _enqueue(tx, told, target, now, rung.hand)
        if rung.told:
            await _enqueue(tx, rung.told, Target(user=rung.hand.by), now, rung.hand)

    async def _moment(self, reader: Reader, workspace: Workspace, hand: HandPage, now: datetime) -> Moment:
        settings = await reader.settings()
        known = await self._people.of(workspace)
        found = moment_of(known, settings, settings.queue(hand.queue), now)
        return found._replace(silenced=self._silenced)


def _timer(hand: HandPage, at: datetime) -> Timer:
    return Timer(subject=subject("page", hand.id), at=at, page=hand)


def _target(paged: Paged, queue: Queue | None, channels: Mapping[str, frozenset[str]]) -> Target:
    """Whoever is on call is mentioned in the triage channel, where they are in there."""
    if queue is None:
        return Target(user=paged.to)
    if paged.role == "team":
        return Target(channel=paged.to, user=queue.owner, internal=True)
    is_there = paged.role == "on_call" and paged.to in channels.get(queue.channel, ())
    return Target(channel=queue.channel if is_there else None, user=paged.to, internal=is_there)


async def _enqueue(tx: Transaction, told: PageNotice, target: Target, now: datetime, hand: HandPage) -> None:
    """Each is told once of each round."""
    said = f"{hand.id}:{told.event}:{target.channel}:{target.user}:{hand.page.done}"
    job = Job(id=uuid5(_NOTICES, said), target=target, notice=told, created_at=now, due_at=now)
    await tx.enqueue(job)
