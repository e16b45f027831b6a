"""Whatever Slack answers, whenever the process dies: no card is missing, none is there twice, all show the newest.

The store is real, the clock stands still unless it is moved, and a crash comes where the courier was about to do
something that outlives it: before and after each commit, before and after each thing that Slack does.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.domain.audience import Audience
from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.outbox import Job
from bot.domain.telling import Told
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.outbox.courier import Courier
from bot.services.ports.messenger import (
    ChannelClosed,
    Found,
    MessageGone,
    Messenger,
    NoAnswer,
    PostedMessage,
    RateLimited,
    Refused,
    Replies,
    Unauthorized,
)
from bot.services.ports.store import Store, Transaction
from bot.tasks import Supervisor
from tests.patience import PATIENCE
from tests.services.courier_kit import Late, Lost, Office, where
from tests.stores import temporary_folder

T = TypeVar("T")

TICKETS, CHANNELS = 3, ("C1", "C2")

failures = st.sampled_from(
    [
        Lost("TimeoutError"),
        NoAnswer("HTTP 503"),
        RateLimited("ratelimited", after=30),
        Refused("never_heard_of"),
        ChannelClosed("not_in_channel"),
        Unauthorized("token_revoked"),
        ZeroDivisionError("a bug"),
    ]
)
answers = st.one_of(st.none(), failures)
"""What Slack does with a call: all that it was asked to, or one of these."""

actions = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("change"), st.integers(1, TICKETS)),
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 60, 7200])),
)
"""What people do meanwhile, and time."""


class Mortal:
    """Dies at given points of its life: whoever passes one stays there for ever, until all is opened anew."""

    def __init__(self, deaths: list[int]) -> None:
        self._deaths = iter(deaths)
        self._left = next(self._deaths, -1)
        self.dead = False

    async def passes(self) -> None:
        if self.dead:
            await asyncio.Event().wait()
        self._left -= 1
        if self._left == 0:
            self.dead = True
            await asyncio.Event().wait()

    def rest_of_it(self) -> None:
        """No more deaths."""
        self._deaths, self._left = iter(()), -1

    def live_on(self, deaths: list[int]) -> None:
        """Dies at these points from now on."""
        self._deaths = iter(deaths)
        self._left = next(self._deaths, -1)

    def revive(self) -> None:
        self.dead, self._left = False, next(self._deaths, -1)


@dataclass
class MortalStore:
    """The courier's way to the store."""

    store: Store
    mortal: Mortal

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async def mortal(tx: Transaction) -> T:
            done = await work(tx)
            await self.mortal.passes()
            return done

        await self.mortal.passes()
        done = await self.store.change(workspace, mortal)
        await self.mortal.passes()
        return done

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@dataclass
class MortalMessenger:
    """The courier's way to Slack."""

    slack: Messenger
    mortal: Mortal

    async def show(
        self,
        workspace: Workspace,
        job: Job,
        ticket: Ticket,
        directory: Directory,
        audience: Audience,
        told: Sequence[Told],
    ) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.show(workspace, job, ticket, directory, audience, told)
        await self.mortal.passes()
        return place

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.say(workspace, job, ticket, comment)
        await self.mortal.passes()
        return place

    async def tell(
        self, workspace: Workspace, job: Job, ticket: Ticket, told: Sequence[Told]
    ) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.tell(workspace, job, ticket, told)
        await self.mortal.passes()
        return place

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.notify(workspace, job)
        await self.mortal.passes()
        return place

    async def digest(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.digest(workspace, job, tickets)
        await self.mortal.passes()
        return place

    async def remind(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.remind(workspace, job, tickets)
        await self.mortal.passes()
        return place

    async def answer(self, workspace: Workspace, job: Job) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.answer(workspace, job)
        await self.mortal.passes()
        return place

    async def mirror(self, workspace: Workspace, job: Job, seen: SeenTicket) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.mirror(workspace, job, seen)
        await self.mortal.passes()
        return place

    async def mirror_comment(
        self, workspace: Workspace, job: Job, seen: SeenTicket, comment: SeenComment
    ) -> Place | None:
        await self.mortal.passes()
        place = await self.slack.mirror_comment(workspace, job, seen, comment)
        await self.mortal.passes()
        return place

    async def find(self, workspace: Workspace, job: Job, besides: Collection[Place] = ()) -> Found:
        await self.mortal.passes()
        found = await self.slack.find(workspace, job, besides)
        await self.mortal.passes()
        return found

    async def delete(self, workspace: Workspace, place: Place) -> None:
        await self.mortal.passes()
        await self.slack.delete(workspace, place)
        await self.mortal.passes()

    async def read(self, workspace: Workspace, job: Job) -> Replies:
        await self.mortal.passes()
        replies = await self.slack.read(workspace, job)
        await self.mortal.passes()
        return replies

    async def message(self, workspace: Workspace, job: Job) -> PostedMessage:
        await self.mortal.passes()
        posted = await self.slack.message(workspace, job)
        await self.mortal.passes()
        return posted


class Life:
    """An office whose courier dies now and then and is started again."""

    def __init__(self, folder: Path, answers: Sequence[Exception | None], deaths: list[int]) -> None:
        self.mortal = Mortal(deaths)
        self.office = Office(folder, dead=lambda: self.mortal.dead)
        shared: list[Exception | asyncio.Event | Late | None] = [*answers]
        self.office.slack.script = defaultdict(lambda: shared)
        self.births: list[int] = []
        self.opened: list[Job] = []
        self.deleted_unrecorded: list[Job] = []

    async def act(self, what: str, of: str | int) -> None:
        office = self.office
        match what, of:
            case "open", str(channel):
                number = len(self.opened) % TICKETS + 1
                self.opened.append(await office.post(number, channel=channel))
            case "change", int(number) if number <= len(self.opened):
                await office.change(number)
            case "delete", int(index) if index < len(office.slack.messages):
                await self._delete(index)
            case "wait", int(seconds):
                office.advance(seconds)
        await self.go_on()

    async def _delete(self, index: int) -> None:
        place, message = list(self.office.slack.messages.items())[index]
        tickets = [await self.office.ticket(number) for number in {job.number or 0 for job in self.opened}]
        recorded = {where(card) for ticket in tickets for card in ticket.cards}
        if place not in recorded and not message.deleted:
            self.deleted_unrecorded.append(message.job)
        message.deleted = True

    async def go_on(self) -> None:
        """Until the courier rests, in this life or the next."""
        await self.office.rest()
        while self.mortal.dead:
            await self.office.close()
            self.mortal.revive()
            self.office.open()
            await self.begin()
            await self.office.rest()

    async def end_well(self) -> None:
        """Slack and the courier work from now on, and somebody asks for what was set aside."""
        self.mortal.rest_of_it()
        self.office.slack.script = defaultdict(list)
        self.office.courier.retry()
        await self.office.deliver_all()
        self.office.courier.retry()  # what was set aside by an answer that was under way
        await self.office.deliver_all()

    async def begin(self) -> None:
        office = self.office
        office.courier = Courier(
            MortalStore(office.store, self.mortal),  # type: ignore[arg-type]  # all that the courier needs of it
            MortalMessenger(office.slack, self.mortal),
            lambda: office.now,
            Supervisor(lambda: office.now),
            backoff=office.backoff,
        )
        await office.courier.start()
        self.births.append(len(office.slack.calls))


async def play(life: Life, script: list[tuple[str, str | int]]) -> None:
    await life.begin()
    for what, of in script:
        await life.act(what, of)
    await life.end_well()
    office = life.office
    assert await office.jobs() == []
    tickets = {number: await office.ticket(number) for number in {job.number or 0 for job in life.opened}}
    cards = {where(place): ticket for ticket in tickets.values() for place in ticket.cards}
    let_go = {
        where(call.job.place)
        for call in office.slack.calls
        if call.job.place and isinstance(call.failure, MessageGone)
    }
    for place, message in office.slack.messages.items():
        assert message.versions == sorted(message.versions)
        assert (place in cards) == (place not in let_go) or not office.slack.may_read
        if place in cards and not message.deleted:
            assert message.versions[-1] == cards[place].version
    await office.close()


def spaces(life: Life) -> Iterator[timedelta]:
    """Between two posts to a channel in one life."""
    calls = life.office.slack.calls
    for born, died in pairwise([*life.births, len(calls)]):
        for channel in {call.job.channel for call in calls}:
            posts = [c.at for c in calls[born:died] if c.call == "post" and c.job.channel == channel]
            yield from (later - earlier for earlier, later in pairwise(posts))


@given(
    script=st.lists(actions, max_size=15),
    answers=st.lists(answers, max_size=20),
    deaths=st.lists(st.integers(1, 12), max_size=5),
    may_read=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_no_card_is_missing_none_is_twice_and_all_show_the_newest(
    script: list[tuple[str, str | int]], answers: list[Exception | None], deaths: list[int], *, may_read: bool
) -> None:
    uncertain = bool(deaths) or any(isinstance(answer, Lost) for answer in answers)
    with temporary_folder() as folder, capture_logs():

        async def run() -> Life:
            life = Life(folder, answers, deaths)
            life.office.slack.may_read = may_read
            async with asyncio.timeout(PATIENCE):
                await play(life, script)
            return life

        life = asyncio.run(run())
    made = Counter(message.job.id for message in life.office.slack.messages.values())
    assert set(made) == {job.id for job in life.opened}
    made -= Counter(job.id for job in life.deleted_unrecorded)  # nobody can find these: another is made
    if may_read or not uncertain:
        assert set(made.values()) <= {1}
    assert all(space >= timedelta(seconds=1) for space in spaces(life))
