from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.services.outbox.rate_limits import Bucket, SteadyClock, exponential, tier

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_bucket_gives_a_burst_and_then_one_each_time() -> None:
    bucket = Bucket(timedelta(seconds=2), burst=3)
    taken = []
    for _ in range(5):
        at = max(bucket.ready_at(), NOON)
        bucket.take(at)
        taken.append((at - NOON).total_seconds())
    assert taken == [0, 0, 0, 2, 4]


def test_a_bucket_is_full_again_after_a_rest_and_no_fuller() -> None:
    bucket = Bucket(timedelta(seconds=2), burst=2)
    bucket.take(NOON)
    for _ in range(2):
        assert bucket.ready_at() <= after(100)
        bucket.take(after(100))
    assert bucket.ready_at() == after(102)


def test_a_bucket_that_is_held_gives_nothing_until_then_and_is_not_opened_earlier() -> None:
    bucket = Bucket()
    bucket.hold(after(30))
    bucket.hold(after(10))
    assert bucket.ready_at() == after(30)


@given(st.lists(st.floats(0, 20), max_size=300))
def test_no_minute_has_more_calls_than_its_tier_allows(pauses: list[float]) -> None:
    bucket, now, calls = tier(50), NOON, list[datetime]()
    for pause in pauses:
        now = max(now + timedelta(seconds=pause), bucket.ready_at())
        bucket.take(now)
        calls.append(now)
    for first, last in zip(calls, calls[50:], strict=False):
        assert last - first >= timedelta(minutes=1)


def test_the_back_off_begins_at_a_second_doubles_and_ends_at_an_hour() -> None:
    for failures, longest in [(1, 1), (2, 2), (3, 4), (11, 1024), (13, 3600), (10_000, 3600)]:
        waits = [exponential(failures).total_seconds() for _ in range(50)]
        assert 0.8 * longest <= min(waits) < max(waits) <= longest


def test_a_steady_clock_stands_still_where_the_wall_clock_steps_back_and_goes_on_from_there() -> None:
    walls = iter([after(seconds) for seconds in (0, 5, -3600, -3599, 100, 90, 91)])
    clock = SteadyClock(lambda: next(walls))
    assert [clock.steady() for _ in range(7)] == [
        after(seconds) for seconds in (0, 5, 5, 6, 3705, 3705, 3706)
    ]
