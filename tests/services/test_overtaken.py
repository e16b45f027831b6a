"""A courier that stood still between its look at the hold and what it shows: in the end every card stands once, at its newest
state, wherever it stood still and whatever Slack answers then."""

import asyncio
from typing import cast
from uuid import UUID

import pytest

from bot.domain.outbox import Job, Target
from bot.domain.ticket import Place
from bot.domain.unheard_notice import UnheardNotice
from bot.services.outbox.courier import Courier
from bot.services.outbox.holds import LENGTH, RENEWAL
from bot.services.ports.messenger import MessageGone, Messenger, NoAnswer, RateLimited, Undeliverable
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from tests.services.courier_kit import DESK, Late, LateAndLost, Lost, Office, where
from tests.services.passing import Seconds
from tests.services.test_courier_properties import Mortal, MortalMessenger, MortalStore

pytestmark = pytest.mark.tinydb(reason="PostgreSQL measures holds by its own clock")


async def take_over(office: Office, passes: Seconds) -> Courier:
    """The first courier stands still, and another one delivers all that it can."""
    await office.rest()
    other = await office.another()
    await passes(LENGTH + 1, office.courier)
    await office.deliver_all()
    return other


async def go_on(office: Office, passes: Seconds, gate: asyncio.Event) -> None:
    """The first courier goes on, and the other puts right what it does."""
    office.asleep = []
    gate.set()
    await office.rest()
    for _ in range(3):
        await passes(RENEWAL)
        await office.deliver_all()
    assert await office.jobs() == []


async def test_a_post_that_comes_too_late_is_deleted(office: Office, passes: Seconds) -> None:
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    await take_over(office, passes)
    (card,) = (await office.ticket(1)).cards
    await go_on(office, passes, gate)
    assert office.asked() == ["post", "find", "post", "delete"]
    assert office.slack.standing() == ["C1"]
    assert (await office.ticket(1)).cards == (card,)
    assert not office.slack.at(card).deleted


async def test_a_post_that_the_other_has_found_is_the_one_that_stays(office: Office, passes: Seconds) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [Late(gate)]
    await office.courier.start()
    await office.post(1)
    await take_over(office, passes)
    await go_on(office, passes, gate)
    assert office.asked() == ["post", "find", "update"]
    assert [where(each) for each in (await office.ticket(1)).cards] == [*office.slack.messages]
    assert office.slack.standing() == ["C1"]


async def test_a_late_post_is_found_and_deleted_though_its_answer_was_lost(
    office: Office, passes: Seconds
) -> None:
    office.slack.script[1] = [LateAndLost(gate := asyncio.Event())]
    await office.courier.start()
    await office.post(1)
    await take_over(office, passes)
    (card,) = (await office.ticket(1)).cards
    await go_on(office, passes, gate)
    assert office.asked() == ["post", "find", "post", "find", "delete"]
    assert office.slack.standing() == ["C1"]
    assert not office.slack.at(card).deleted


async def test_where_slack_never_had_a_late_post_it_is_looked_for_for_a_minute(
    office: Office, passes: Seconds
) -> None:
    gate = asyncio.Event()

    class Unanswered(NoAnswer):
        """After it stood still."""

    async def late(*_: object) -> None:
        office.slack.at_once += 1
        await gate.wait()
        office.slack.at_once -= 1
        raise Unanswered("timeout")

    await office.courier.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.slack, "show", late)
        await office.post(1)
        await office.rest()
    await take_over(office, passes)
    await go_on(office, passes, gate)
    assert office.asked() == ["find", "post", *["find"] * 7]
    assert office.slack.standing() == ["C1"]


async def test_a_late_post_whose_job_still_waits_is_told_to_it_and_no_second_one_is_made(
    office: Office, passes: Seconds
) -> None:
    """Slack holds up the one that took over."""
    office.slack.script[1] = [gate := asyncio.Event(), RateLimited("ratelimited", after=30)]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    await office.another()
    await passes(LENGTH + 1, office.courier)
    assert office.asked() == ["post", "find"]
    await go_on(office, passes, gate)
    assert office.asked() == ["post", "find", "update"]
    assert [where(each) for each in (await office.ticket(1)).cards] == [*office.slack.messages]


def notice(office: Office) -> Job:
    told = UnheardNotice(ticket="acme/T-1", home="Acme", comment="K1")
    target = Target(user="U1", channel="C1")
    return Job(id=UUID(int=77), target=target, notice=told, created_at=office.now, due_at=office.now)


@pytest.mark.parametrize("answer", [asyncio.Event, Late, LateAndLost])
async def test_of_what_nothing_is_recorded_of_one_stays_as_well(
    office: Office, passes: Seconds, answer: type
) -> None:
    gate = asyncio.Event()
    office.slack.script[None] = [gate if answer is asyncio.Event else answer(gate)]
    await office.courier.start()
    await office.store.change(DESK, lambda tx: tx.enqueue(notice(office)))
    await take_over(office, passes)
    await go_on(office, passes, gate)
    assert office.slack.standing() == ["C1"]


async def test_a_card_that_went_back_to_an_older_state_is_changed_once_more(
    office: Office, passes: Seconds
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.change(1)
    await office.rest()
    await office.change(1)
    await take_over(office, passes)
    assert office.versions() == [[1, 3]]
    await go_on(office, passes, gate)
    assert office.versions() == [[1, 3, 2, 3]]


async def test_a_group_that_was_changed_too_late_is_changed_once_more(
    office: Office, passes: Seconds
) -> None:
    gates, followed = [asyncio.Event()], []

    async def follow(*_: object) -> None:
        office.slack.at_once += 1
        if gates:
            await gates.pop().wait()
        office.slack.at_once -= 1
        followed.append(1)

    office.courier._attempts._on_group = follow
    gate = gates[0]
    job = Job(id=UUID(int=5), target=Target(user="U1"), group="S1", created_at=office.now, due_at=office.now)
    await office.courier.start()
    await office.store.change(DESK, lambda tx: tx.enqueue(job))
    await office.rest()
    other = office.new_courier()
    other._attempts._on_group = follow
    office.others.append(other)
    await other.start()
    await passes(LENGTH + 1, office.courier)
    await office.deliver_all()
    assert followed == [1]
    await go_on(office, passes, gate)
    assert followed == [1, 1, 1]


@pytest.mark.parametrize(
    "failure", [NoAnswer("HTTP 503"), Lost("TimeoutError"), RateLimited("ratelimited", after=5)]
)
async def test_a_deletion_that_fails_is_tried_again(
    office: Office, passes: Seconds, failure: Exception
) -> None:
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    await take_over(office, passes)
    office.slack.script[1] = [failure]
    await go_on(office, passes, gate)
    assert office.asked()[-2:] == ["delete", "delete"]
    assert office.slack.standing() == ["C1"]


async def test_what_somebody_has_deleted_already_need_not_be(office: Office, passes: Seconds) -> None:
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    await take_over(office, passes)
    office.slack.script[1] = [MessageGone("message_not_found")]
    await go_on(office, passes, gate)
    assert office.asked()[-1] == "delete"
    assert len((await office.ticket(1)).cards) == 1


async def test_what_slack_does_not_delete_is_set_aside_with_the_reason(
    office: Office, passes: Seconds
) -> None:
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    other = await take_over(office, passes)
    office.slack.script[1] = [Undeliverable("cant_delete_message")]
    gate.set()
    await office.deliver_all()
    assert dict(other.status().set_aside) == {"cant_delete_message": 1}
    office.slack.script[1] = []
    other.retry()
    await office.deliver_all()
    assert (office.slack.standing(), await office.jobs()) == (["C1"], [])


class Sleeper(Mortal):
    """Stands still at a point of its life, and goes on when its gate opens."""

    def __init__(self, office: Office, at: int) -> None:
        super().__init__([at])
        self._office = office
        self.gate = asyncio.Event()

    async def passes(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._office.asleep = [self._office.courier]
            await self.gate.wait()
        elif self._left < 0 and not self.gate.is_set():
            await self.gate.wait()


@pytest.mark.parametrize("point", range(1, 22))
async def test_wherever_it_stood_still_every_card_stands_once_and_shows_the_newest_state(
    office: Office, passes: Seconds, point: int
) -> None:
    sleeper = Sleeper(office, point)
    store, slack = MortalStore(office.store, sleeper), MortalMessenger(office.slack, sleeper)
    office.courier = Courier(
        cast("Store", store),
        cast("Messenger", slack),
        lambda: office.now,
        Supervisor(lambda: office.now),
        backoff=office.backoff,
    )
    await office.courier.start()
    for number in (1, 2):
        await office.post(number, channel=f"C{number}")
    await office.rest()
    changing = asyncio.create_task(
        office.change(1)
    )  # which may have to wait for a transaction that stands still
    await office.rest()
    taking_over = asyncio.create_task(take_over(office, passes))
    await asyncio.wait([taking_over], timeout=1)  # or no longer than until it waits for that transaction, too
    office.asleep = []
    sleeper.gate.set()
    await asyncio.gather(changing, taking_over)
    await go_on(office, passes, sleeper.gate)
    assert office.slack.standing() == ["C1", "C2"]
    for number, newest in ((1, 2), (2, 1)):
        (card,) = (await office.ticket(number)).cards
        assert office.slack.at(Place(channel=card.channel, ts=card.ts)).versions[-1] == newest
