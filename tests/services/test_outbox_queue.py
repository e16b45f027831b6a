"""Which job may go out when, with a clock of numbers: seconds after noon."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain.outbox import Fetch, Job, Target
from bot.domain.ticket import Place
from bot.services.outbox.queue import AT_ONCE, HANDED_AT_ONCE, JobQueue
from bot.services.outbox.taken import Outcome, Taken
from bot.services.outbox.waiting import CLAIMED_AHEAD
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Unauthorized, Undeliverable
from tests.work import steps_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ids = count(1)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def doubling(failures: int) -> timedelta:
    return timedelta(seconds=2 ** (failures - 1))


def new_job(channel: str = "C1", at: float = 0, *, update: bool = False, number: int = 1) -> Job:
    return Job(
        id=UUID(int=next(ids)),
        number=number,
        target=Target(channel=channel, user="U1"),
        place=Place(channel=channel, ts="1.0") if update else None,
        created_at=after(at),
        due_at=after(at),
    )


class Outbox(JobQueue):
    """A queue, and the jobs that it knows by their ids, as the store has them."""

    def __init__(self) -> None:
        super().__init__(doubling)
        self.jobs: dict[UUID, Job] = {}

    def add(self, job: Job) -> bool:
        self.jobs[job.id] = job
        return super().add(job)

    def job(self, at: datetime) -> Job | None:
        """What is taken."""
        taken = self.take(at)
        return taken and self.jobs[taken.job_id]


def job_queue(*jobs: Job) -> Outbox:
    made = Outbox()
    for job in jobs:
        made.add(job)
    return made


def taken(from_: Outbox, seconds: float = 0) -> list[Job]:
    return list(iter(lambda: from_.job(after(seconds)), None))


def test_a_channel_has_one_under_way_and_the_oldest_is_first() -> None:
    second, first, other = new_job(at=2), new_job(at=1), new_job("C2", at=3)
    waiting = job_queue(second, first, other)
    assert taken(waiting, 5) == [first, other]
    waiting.done(first.id, Outcome(), after(5))
    assert taken(waiting, 5.9) == []
    assert waiting.next_at() == after(6)
    assert taken(waiting, 6) == [second]


def test_what_a_delivery_wrote_itself_is_no_newer_job_and_what_others_wrote_is() -> None:
    for newer in (False, True):
        job = new_job()
        claimed = job.model_copy(update={"claimed_at": NOON})
        failed = claimed.model_copy(update={"due_at": after(60)})
        waiting = job_queue(job)
        assert taken(waiting) == [job]
        waiting.add(claimed)  # as the store hands over what was committed
        waiting.add(failed)
        replaced = job.model_copy(update={"created_at": after(1)})
        if newer:
            waiting.add(replaced)
        waiting.done(job.id, Outcome((failed,), None, claimed), after(2))
        assert taken(waiting, 59) == ([replaced] if newer else [])
        assert taken(waiting, 60) == ([] if newer else [failed])


def test_a_job_that_was_replaced_while_it_waited_blocks_neither_its_channel_nor_another() -> None:
    private = new_job().model_copy(update={"private": True})
    behind, elsewhere = new_job("U1", at=1), new_job("C1", at=1)
    waiting = job_queue(private, behind, elsewhere)
    waiting.add(public := private.model_copy(update={"private": False}))
    assert taken(waiting) == [public]
    waiting.done(public.id, Outcome(), NOON)
    assert {each.id for each in taken(waiting, 5)} == {behind.id, elsewhere.id}


def test_a_fetch_waits_for_its_own_limit_and_no_post_for_it() -> None:
    fetch = new_job().model_copy(update={"fetch": Fetch(channel="C1", thread_ts="1.0")})
    post = new_job(at=1)
    waiting = job_queue(fetch, post)
    assert taken(waiting) == [fetch]
    waiting.done(fetch.id, Outcome((fetch,), RateLimited("ratelimited", 60)), NOON)
    assert taken(waiting, 1) == [post]
    assert taken(waiting, 59) == []
    assert taken(waiting, 60) == [fetch]


def test_a_queue_knows_what_waits_is_under_way_or_was_set_aside() -> None:
    waits, runs, aside = new_job("C1"), new_job("C2"), new_job("C3").model_copy(update={"set_aside": "odd"})
    waiting = job_queue(runs)
    assert taken(waiting) == [runs]
    waiting.add(waits)
    waiting.add(aside)
    assert all(each.id in waiting for each in (waits, runs, aside))
    waiting.done(runs.id, Outcome(), NOON)
    assert runs.id not in waiting


def test_a_change_of_a_card_need_not_wait_for_the_second_after_a_post() -> None:
    post, update = new_job(), new_job(at=1, update=True)
    waiting = job_queue(post, update)
    assert taken(waiting, 1) == [post]
    waiting.done(post.id, Outcome(), after(1))
    assert taken(waiting, 1) == [update]


def test_a_job_that_is_known_is_replaced_and_keeps_its_place() -> None:
    first, second = new_job(at=1, update=True), new_job(at=2, update=True)
    waiting = job_queue(first, second)
    newer = first.model_copy(update={"created_at": after(9), "due_at": after(9)})
    waiting.add(newer)
    assert len(waiting) == 2
    assert taken(waiting, 10) == [newer]


def test_a_newer_job_that_came_during_the_delivery_is_not_lost_with_it() -> None:
    job = new_job(update=True)
    waiting = job_queue(job)
    assert taken(waiting) == [job]
    newer = job.model_copy(update={"created_at": after(1)})
    waiting.add(newer)
    assert taken(waiting, 1) == []  # not beside the older one
    waiting.done(job.id, Outcome(), after(1))
    assert taken(waiting, 1) == [newer]
    waiting.done(newer.id, Outcome(), after(1))
    assert len(waiting) == 0


def test_what_is_left_of_a_job_waits_until_it_is_due_and_the_next_passes_it() -> None:
    job, later = new_job(), new_job(at=1)
    waiting = job_queue(job, later)
    assert taken(waiting, 1) == [job]
    postponed = job.model_copy(update={"due_at": after(30)})
    waiting.done(job.id, Outcome((postponed,)), after(1))
    assert taken(waiting, 10) == [later]
    waiting.done(later.id, Outcome(), after(10))
    assert waiting.next_at() == after(30)
    assert taken(waiting, 30) == [postponed]


def test_a_job_that_turns_private_goes_on_in_the_users_lane() -> None:
    job = new_job()
    waiting = job_queue(job)
    assert taken(waiting) == [job]
    private = job.model_copy(update={"private": True})
    waiting.done(job.id, Outcome((private,)), after(0))
    assert taken(waiting) == [private]


def test_what_is_set_aside_is_counted_and_not_taken_until_it_is_put_back() -> None:
    job = new_job()
    waiting = job_queue(job)
    taken(waiting)
    aside = job.model_copy(update={"set_aside": "msg_too_long"})
    waiting.done(job.id, Outcome((aside,), Undeliverable("msg_too_long")), after(0))
    assert (len(waiting), waiting.set_aside) == (0, {job.id: "msg_too_long"})
    assert taken(waiting, 100) == []
    waiting.add(job)
    assert taken(waiting, 100) == [job]
    assert not waiting.set_aside


def test_a_429_that_does_not_say_how_long_holds_its_method_for_a_minute() -> None:
    job, other, update = new_job("C1"), new_job("C2"), new_job("C3", update=True)
    waiting = job_queue(job)
    taken(waiting)
    waiting.done(job.id, Outcome((job,), RateLimited("ratelimited")), after(0))
    waiting.add(other)
    waiting.add(update)
    assert taken(waiting, 59) == [update]
    assert taken(waiting, 60) == [other, job]  # the latter's channel has had its message later


def test_one_broken_channel_backs_off_alone() -> None:
    job = new_job()
    waiting = job_queue(job)
    at = 0.0
    for wait in (1, 2, 4, 8):
        assert taken(waiting, at) == [job]
        waiting.done(job.id, Outcome((job,), NoAnswer("HTTP 500")), after(at))
        assert waiting.next_at() == after(at + wait)
        at += wait
    other = new_job("C2")
    waiting.add(other)
    assert taken(waiting, 9) == [other]


def test_an_outage_is_probed_by_one_and_its_end_lets_everybody_go_on() -> None:
    jobs = [new_job(f"C{number}") for number in range(AT_ONCE + 5)]
    waiting = job_queue(*jobs)
    under_way = taken(waiting)
    assert len(under_way) == AT_ONCE
    for job in under_way:
        waiting.done(job.id, Outcome((job,), NoAnswer("TimeoutError")), after(0))
    assert taken(waiting, 0.9) == []  # those that failed together are one failure
    (probe,) = taken(waiting, 1)
    assert probe not in under_way  # whoever was tried longest ago
    waiting.done(probe.id, Outcome((probe,), NoAnswer("TimeoutError")), after(1))
    assert waiting.next_at() == after(3)
    (probe,) = taken(waiting, 3)
    waiting.done(probe.id, Outcome(), after(3))
    assert len(taken(waiting, 3)) == AT_ONCE


def handed_on(number: int = 1, at: float = 0) -> Job:
    return new_job(at=at, number=number).model_copy(update={"share": 1})


def test_what_goes_to_another_store_waits_for_nothing_that_slack_does() -> None:
    queue, handed = job_queue(new_job("C1"), new_job("C2")), handed_on()
    for post in taken(queue):
        queue.done(post.id, Outcome(None, NoAnswer("HTTP 503")), after(0))
    queue.add(handed)
    assert taken(queue) == [handed], "Slack is down"
    queue.done(handed.id, Outcome(), after(0))
    assert taken(queue) == [], "that a store took it says nothing of Slack"
    queue.done(queue.job(after(2)).id, Outcome(None, Unauthorized("token_revoked")), after(2))  # type: ignore[union-attr]
    queue.add(again := handed_on())
    assert queue.next_at() == after(0)
    assert taken(queue, 3) == [again], "the token is refused"


def test_what_goes_to_another_store_holds_up_no_call_to_slack() -> None:
    jobs = [handed_on(number) for number in range(8)]
    posts = [new_job(f"C{number}") for number in range(AT_ONCE)]
    queue = job_queue(*jobs, *posts)
    under_way = taken(queue)
    assert {*posts} <= {*under_way}
    assert 0 < len(under_way) - len(posts) < len(jobs), "a few at a time"


def test_a_store_that_takes_nothing_is_tried_again_and_what_comes_behind_keeps_its_turn() -> None:
    first, second = handed_on(1), handed_on(1)
    queue = job_queue(first, second)
    assert taken(queue) == [first]
    queue.done(first.id, Outcome(None, NoAnswer("store_unavailable")), after(0))
    assert taken(queue, 0.5) == []
    assert taken(queue, 1) == [first]
    queue.done(first.id, Outcome(), after(1))
    assert taken(queue, 1) == [second]


def test_a_job_costs_the_same_however_many_wait() -> None:
    def cost(number: int) -> int:
        full = job_queue(*(new_job(f"C{each % 100}", at=each) for each in range(number)))

        def one_goes_and_one_comes() -> None:
            job = full.job(after(number))
            assert job
            full.done(job.id, Outcome(), after(number))
            full.add(new_job("C1", at=number))
            assert (len(full), full.oldest) == (number, after(1))
            assert full.next_at()

        return steps_of(one_goes_and_one_comes)

    assert cost(10_000) == cost(1_000)


def claimed(job: Job) -> Job:
    return job.model_copy(update={"claimed_at": NOON})


def test_a_post_that_goes_out_at_once_is_promised_before_it_is_saved_and_needs_no_claim() -> None:
    waiting, job = job_queue(), new_job()
    assert waiting.promise(job, NOON)
    waiting.add(claimed(job))
    assert waiting.take(NOON) == Taken(job.id, "post", is_claimed=True, job=claimed(job))
    waiting.done(job.id, Outcome((claimed(job),), NoAnswer("TimeoutError")), NOON)
    assert waiting.take(after(1)) == Taken(job.id, "find", is_claimed=False)


def test_what_has_to_wait_is_not_promised() -> None:
    resting, behind = job_queue(new_job()), job_queue(new_job())
    (first,) = taken(resting)
    assert not resting.promise(new_job(), NOON), "one is under way in the channel"
    assert resting.promise(new_job("C2"), NOON)
    resting.done(first.id, Outcome(), NOON)
    assert not resting.promise(new_job(), after(0.9)), "the channel rests"
    assert resting.promise(new_job(), after(1))
    assert not behind.promise(new_job(), NOON), "one waits in the channel"
    behind.stopped = "token_revoked"
    assert not behind.promise(new_job("C2"), NOON)


def test_few_are_promised_at_a_time_and_more_when_those_are_taken() -> None:
    waiting = job_queue()
    jobs = [new_job(f"C{number}") for number in range(CLAIMED_AHEAD + 1)]
    assert [waiting.promise(job, NOON) for job in jobs] == [True] * CLAIMED_AHEAD + [False]
    for job in jobs[:-1]:
        waiting.add(claimed(job))
    assert not waiting.promise(jobs[-1], after(3600)), "what has come is kept to"
    assert waiting.take(after(3600)) == Taken(jobs[0].id, "post", is_claimed=True, job=claimed(jobs[0]))
    assert waiting.promise(jobs[-1], after(3600))


def test_a_channel_is_promised_to_one_and_to_another_when_that_one_does_not_come() -> None:
    waiting, lost, came = job_queue(), new_job(), new_job()
    assert waiting.promise(lost, NOON)
    assert not waiting.promise(new_job(), after(4.9))
    assert waiting.promise(came, after(5))
    waiting.add(claimed(lost))
    waiting.add(claimed(came))
    assert waiting.take(after(5)) == Taken(lost.id, "find", is_claimed=False), (
        "nobody knows whether Slack has it"
    )
    waiting.done(lost.id, Outcome(), after(5))
    assert waiting.take(after(5)) == Taken(came.id, "post", is_claimed=True, job=claimed(came))


def test_a_job_that_was_changed_before_its_turn_is_read_again() -> None:
    waiting, job = job_queue(), new_job()
    assert waiting.promise(job, NOON)
    waiting.add(claimed(job))
    waiting.add(claimed(job).model_copy(update={"attempts": 1}))
    assert waiting.take(NOON) == Taken(job.id, "post", is_claimed=True, job=None)


def test_a_channel_rests_after_a_post_that_was_promised_and_handed_over_twice() -> None:
    waiting, job, behind = job_queue(), new_job(), new_job()
    assert waiting.promise(job, NOON)
    for each in (job, job, behind):  # as they are committed, and where they are looked for
        waiting.add(claimed(each) if each is job else each)
    assert waiting.take(NOON)
    waiting.done(job.id, Outcome(), NOON)
    assert waiting.take(after(0.9)) is None
    assert waiting.take(after(1)) == Taken(behind.id, "post", is_claimed=False)


def test_a_job_that_did_not_begin_is_tried_again_as_it_is() -> None:
    job = new_job()
    waiting = job_queue(job)
    assert taken(waiting) == [job]
    waiting.done(job.id, Outcome(None, NoAnswer("not_claimed")), NOON)
    assert (len(waiting), waiting.next_at()) == (1, after(1))
    assert taken(waiting, 1) == [job]


def test_the_garbage_collector_looks_at_no_job_that_waits() -> None:
    def looked_at() -> int:
        gc.collect()
        return len(gc.get_objects())

    before, waiting = looked_at(), JobQueue(doubling)
    for number in range(2000):
        waiting.add(new_job(f"C{number % 10}"))
    assert len(waiting) == 2000
    assert looked_at() - before < 100


failures = st.sampled_from(
    [None, None, NoAnswer("HTTP 503"), RateLimited("ratelimited", 5), Undeliverable("no")]
)


class AnyOrder(RuleBasedStateMachine):
    """Jobs come and end in any order: each is delivered, one at a time in its channel."""

    def __init__(self) -> None:
        super().__init__()
        self.job_queue = Outbox()
        self.now = 0.0
        self.under_way: list[Job] = []
        self.left: set[UUID] = set()

    @rule(channel=st.sampled_from("ABC"), update=st.booleans())
    def comes(self, channel: str, *, update: bool) -> None:
        job = new_job(channel, at=self.now, update=update)
        self.job_queue.add(job)
        self.left.add(job.id)

    @rule(seconds=st.floats(0, 5))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def is_taken(self) -> None:
        if job := self.job_queue.job(after(self.now)):
            self.under_way.append(job)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), failure=failures)
    def ends(self, data: st.DataObject, failure: NotDelivered | None) -> None:
        job = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        left = () if failure is None else (job,)
        self.left -= set() if left else {job.id}
        self.job_queue.done(job.id, Outcome(left, failure), after(self.now))

    @invariant()
    def a_channel_has_one_under_way_and_nothing_is_lost(self) -> None:
        channels = [job.channel for job in self.under_way]
        assert len(channels) == len(set(channels))
        assert len(self.job_queue) == len(self.left)
        at = self.job_queue.next_at()
        assert self.under_way or not self.left or at is not None

    def teardown(self) -> None:
        for job in self.under_way:
            self.job_queue.done(job.id, Outcome((job,)), after(self.now))
        for moment in self._moments():
            while waiting := self.job_queue.job(moment):
                self.left.remove(waiting.id)
                self.job_queue.done(waiting.id, Outcome(), moment)
        assert not self.left

    def _moments(self) -> Iterator[datetime]:
        moment = after(self.now)
        while at := self.job_queue.next_at():
            moment = max(moment, at)
            yield moment


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(stateful_step_count=30)


def share_job(number: int) -> Job:
    return Job(
        id=UUID(int=next(ids)),
        number=number,
        target=Target(user="U1"),
        share=1,
        created_at=NOON,
        due_at=NOON,
    )


def test_a_few_are_handed_on_at_once_and_one_that_cannot_be_holds_up_no_other() -> None:
    queue = job_queue(*(share_job(number) for number in range(1, 2 * HANDED_AT_ONCE + 2)))
    taken = [queue.job(NOON) for _ in range(HANDED_AT_ONCE + 1)]
    assert [job.number for job in taken if job] == [*range(1, HANDED_AT_ONCE + 1)]
    assert queue.next_at() is None
    first = taken[0]
    assert first
    queue.done(first.id, Outcome((first,), NoAnswer("store_unavailable")), NOON)
    for number in range(HANDED_AT_ONCE + 1, 2 * HANDED_AT_ONCE + 1):
        job = queue.job(NOON)
        assert job
        assert job.number == number
        queue.done(job.id, Outcome(), NOON)
    for moment in (after(1), after(1)):
        job = queue.job(moment)
        assert job
        queue.done(job.id, Outcome(), moment)
    assert len(queue) == HANDED_AT_ONCE - 1


def test_what_goes_to_another_store_and_is_asked_for_anew_meanwhile_is_done_again() -> None:
    """However like it is: such a job is not claimed, so nothing that comes meanwhile is the delivery's own."""
    job = new_job().model_copy(update={"share": 1})
    outbox = job_queue(job)
    assert taken(outbox) == [job]
    outbox.add(job)
    outbox.done(job.id, Outcome((), None, job), NOON)
    assert taken(outbox) == [job]
    outbox.done(job.id, Outcome((), None, job), NOON)
    assert not len(outbox)


def test_a_posts_own_claim_is_not_done_again() -> None:
    post = new_job()
    outbox = job_queue(post)
    assert taken(outbox) == [post]
    claimed = post.model_copy(update={"claimed_at": NOON})
    outbox.add(claimed)
    outbox.done(post.id, Outcome((), None, claimed), NOON)
    assert not len(outbox)


def test_what_could_not_be_begun_is_still_the_first_of_its_channel() -> None:
    first, second = new_job(), new_job()
    waiting = job_queue(first, second)
    assert waiting.job(after(10)) == first
    waiting.done(first.id, Outcome(None, NoAnswer("not_claimed")), after(10))
    assert waiting.job(after(12)) == first
