"""What the courier promises, with the real store."""

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.errors import StoreUnavailable
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.outbox import attempt
from bot.services.outbox.attempt import GIVEN_UP, MOST_PAGES
from bot.services.outbox.courier import Courier
from bot.services.outbox.deliveries import Deliveries
from bot.services.outbox.failures import MOST_ATTEMPTS
from bot.services.outbox.holds import Holds
from bot.services.outbox.queue import AT_ONCE
from bot.services.outbox.records import Records
from bot.services.outbox.waiting import CLAIMED_AHEAD
from bot.services.ports.messenger import (
    ChannelClosed,
    NoAnswer,
    NotDelivered,
    PerhapsTaken,
    RateLimited,
    Refused,
    Unauthorized,
    Undeliverable,
)
from bot.services.ports.store import Reader, Store
from bot.tasks import Supervisor
from storage.tinydb.store import TinyDBStore
from storage.tinydb.transaction import TinyDBTransaction
from tests.histories import as_read
from tests.patience import PATIENCE
from tests.services.courier_kit import DESK, OTHER, SECRET, Late, Lost, Office, new_ticket


async def test_a_card_is_shown_once_and_its_place_kept_in_the_ticket(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.courier.idle()
    assert office.asked() == ["post"]
    place = Place(channel="C1", ts="1.0")
    assert await office.ticket(1) == as_read(new_ticket(1)).model_copy(update={"cards": (place,)})
    assert await office.jobs() == []


async def test_many_changes_are_one_update_for_each_card_and_it_shows_the_newest(office: Office) -> None:
    await office.courier.start()
    await office.post(1, channel="C1")
    await office.post(1, channel="C2")
    await office.deliver_all()
    await office.courier.stop(grace=1)
    for _ in range(10):
        await office.change(1)
    await office.courier.start()
    await office.deliver_all()
    assert office.versions() == [[1, 11], [1, 11]]


async def test_a_change_during_a_post_is_shown_by_an_update_of_the_new_card(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    await office.change(1)  # which knows of no card yet
    gate.set()
    await office.deliver_all()
    assert office.versions() == [[1, 2]]


async def test_what_the_clock_finds_during_a_post_is_shown_by_an_update_of_the_new_card(
    office: Office,
) -> None:
    """That a due time is near is no entry of the history."""
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    made = await office.ticket(1)
    soon = made.model_copy(update={"sla_due_at": office.now, "clock": TicketClock(given_due="soon")})
    await office.store.change(DESK, lambda tx: tx.save(soon, now=office.now))
    gate.set()
    await office.deliver_all()
    assert office.versions() == [[1, 1]]


async def test_a_change_during_an_update_is_shown_by_another_one(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await office.change(1)
    await office.rest()
    await office.change(1)
    gate.set()
    await office.deliver_all()
    assert office.versions() == [[1, 2, 3]]
    assert await office.jobs() == []


async def test_a_channel_gets_its_cards_in_order_one_a_second(office: Office) -> None:
    for number in (1, 2, 3):
        await office.post(number)
    await office.courier.start()
    await office.deliver_all()
    assert [call.job.number for call in office.slack.calls] == [1, 2, 3]
    first = office.slack.calls[0].at
    assert [(call.at - first).total_seconds() for call in office.slack.calls] == [0, 1, 2]


async def test_as_many_as_allowed_are_under_way_in_a_workspace_and_no_workspace_waits_for_another(
    office: Office,
) -> None:
    gate = asyncio.Event()
    for number in range(1, AT_ONCE + 3):
        office.slack.script[number] = [gate]
        await office.post(number, channel=f"C{number}")
    await office.courier.start()
    await office.rest()
    assert office.slack.at_once == AT_ONCE
    await office.post(99, "other", workspace=OTHER)
    await office.rest()
    assert office.slack.posted() == ["other"]
    gate.set()
    await office.deliver_all()
    assert len(office.slack.messages) == AT_ONCE + 3


async def test_a_slow_channel_and_a_broken_one_hold_up_no_other(office: Office) -> None:
    slow = asyncio.Event()
    office.slack.script[1] = [slow]
    office.slack.script[2] = [NoAnswer("TimeoutError")] * 100
    for channel in ("C1", "C2", "C3"):
        for _ in range(3):
            await office.post(int(channel[1]), channel, channel=channel)
    await office.courier.start()
    for _ in range(5):
        await office.rest()
        office.advance(1)
    assert office.slack.posted() == ["C3"] * 3
    slow.set()


async def test_a_retry_after_holds_its_method_and_no_other_one(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[2] = [RateLimited("ratelimited", after=30)]
    began = office.now
    await office.post(2, channel="C2")
    await office.rest()
    await office.post(3, channel="C3")
    await office.change(1)
    await office.rest()
    assert office.versions() == [[1, 2]]
    office.advance(29.9)
    await office.rest()
    assert office.asked(3) == []
    await office.deliver_all()
    assert office.asked(2) == ["post", "post"]
    assert {call.at - began for call in office.slack.calls[-2:]} == {timedelta(seconds=30)}


async def test_it_wakes_by_itself_when_a_job_is_due(office: Office) -> None:
    office.courier = Courier(
        office.store,
        office.slack,
        lambda: office.now + timedelta(milliseconds=20),
        Supervisor(lambda: office.now),
    )
    office.slack.script[1] = [NoAnswer("timeout")]
    loop, began, start = asyncio.get_running_loop(), asyncio.get_running_loop().time(), office.now
    office.courier = Courier(
        office.store,
        office.slack,
        lambda: start + timedelta(seconds=loop.time() - began),
        Supervisor(lambda: office.now),
        backoff=lambda _: timedelta(milliseconds=10),
    )
    await office.courier.start()
    await office.post(1)
    async with asyncio.timeout(PATIENCE):
        while not office.slack.posted():
            office.happened.clear()
            await office.happened.wait()
    assert office.slack.posted() == ["U1"]


@pytest.mark.parametrize(
    "failure", [None, NoAnswer("timeout"), RateLimited("ratelimited", 2), Refused("odd")]
)
@pytest.mark.parametrize("steps", [[-3600], [3600, -3600], [-3600, 3600, -3600]])
async def test_a_wall_clock_that_steps_holds_nothing_up(
    office: Office, failure: NotDelivered | None, steps: Sequence[int]
) -> None:
    office.slack.script[1] = [failure]
    await office.courier.start()
    await office.post(1, "first")
    for step in steps:
        await office.rest()
        office.advance(step)
    await office.post(2, "second")
    for _ in range(5):
        await office.rest()
        office.advance(1)
    await office.rest()
    assert sorted(office.slack.posted()) == ["first", "second"]


async def test_a_post_is_claimed_by_the_wall_clock_which_is_slacks(office: Office) -> None:
    await office.courier.start()
    office.advance(-3600)
    office.slack.script[1] = [NoAnswer("timeout")]
    await office.post(1)
    await office.rest()
    assert (await office.job()).claimed_at == office.now


async def test_a_restart_waits_no_longer_than_a_job_backs_off_whatever_the_clock_was(office: Office) -> None:
    office.slack.script[1] = [Refused("odd")]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    await office.stop()
    office.now -= timedelta(days=30)
    office.open()
    await office.courier.start()
    for _ in range(2):
        await office.rest()
        office.advance(1)
    await office.rest()
    assert office.slack.posted() == ["U1"]


async def test_a_lost_answer_makes_no_second_card(office: Office) -> None:
    office.slack.script[1] = [Lost("TimeoutError")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert office.asked() == ["post", "find", "update"]  # what the lost post showed, nobody knows
    assert (await office.ticket(1)).cards == (Place(channel="C1", ts="1.0"),)


async def test_a_post_that_slack_never_had_is_made_after_it_was_looked_for(office: Office) -> None:
    office.slack.script[1] = [NoAnswer("ClientConnectorError"), NoAnswer("HTTP 503")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert office.asked() == ["post", "find", "find", "post"]
    assert office.versions() == [[1]]


async def test_the_event_of_a_lost_post_tells_where_it_stands_and_nothing_is_looked_for(
    office: Office,
) -> None:
    office.slack.script[1] = [Lost("TimeoutError")]
    await office.courier.start()
    job = await office.post(1)
    await office.rest()
    (place,) = office.slack.messages
    await Deliveries(office.store).seen(DESK, job.id, place)
    await office.deliver_all()
    assert office.asked() == ["post", "update"]
    assert (await office.ticket(1)).cards == (place,)


async def test_an_event_that_comes_before_the_answer_makes_no_second_place(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [Late(gate)]
    await office.courier.start()
    job = await office.post(1)
    await office.rest()
    (place,) = office.slack.messages
    await Deliveries(office.store).seen(DESK, job.id, place)
    gate.set()
    await office.deliver_all()
    assert office.asked() == ["post"]
    assert (await office.ticket(1)).cards == (place,)
    assert await office.jobs() == []


async def test_a_search_goes_on_where_it_was_after_a_crash_and_holds_up_no_other_post(office: Office) -> None:
    office.slack.empty_pages = 3
    office.slack.script[1] = [Lost("TimeoutError"), None, RateLimited("ratelimited", after=60)]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    office.advance(1)
    await office.rest()
    await office.post(2, "U2")
    office.advance(1)
    await office.rest()
    assert office.slack.posted() == ["U1", "U2"]
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    cursors = [call.job.search and call.job.search.cursor for call in office.calls() if call.call == "find"]
    assert [*dict.fromkeys(cursors)] == [None, "1", "2", "3"]
    assert cursors.count(None) == 1
    assert len(office.slack.messages) == 2


async def test_a_search_ends_and_what_was_not_found_is_kept_and_not_posted_again(office: Office) -> None:
    office.slack.empty_pages = 70
    office.slack.script[1] = [Lost("TimeoutError")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert (await office.job()).set_aside == GIVEN_UP
    assert office.asked() == ["post", *["find"] * MOST_PAGES]
    office.courier.retry()
    await office.deliver_all()
    assert office.asked().count("post") == 1, "it goes on where it was given up"
    assert office.asked().count("find") == 71
    assert len((await office.ticket(1)).cards) == 1


async def test_the_event_of_a_post_whose_search_was_given_up_settles_it(office: Office) -> None:
    office.slack.empty_pages = 70
    office.slack.script[1] = [Lost("TimeoutError")]
    await office.courier.start()
    job = await office.post(1)
    await office.deliver_all()
    (place,) = office.slack.messages
    await Deliveries(office.store).seen(DESK, job.id, place)
    await office.deliver_all()
    assert (await office.ticket(1)).cards == (place,)
    assert await office.jobs() == []


async def test_a_post_whose_id_slack_knows_is_looked_for_first_and_not_for_ever(office: Office) -> None:
    office.slack.script[1] = [PerhapsTaken("duplicate_message_not_found"), None] * 20
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert office.asked() == ["post", "find"] * (MOST_ATTEMPTS - 1) + ["post"]
    assert (await office.job()).set_aside == "duplicate_message_not_found"


async def test_where_the_bot_may_not_read_a_lost_answer_is_a_second_card_rather_than_none(
    office: Office,
) -> None:
    office.slack.may_read = False
    office.slack.script[1] = [Lost("TimeoutError")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert len(office.slack.messages) == 2


async def test_slack_is_not_asked_where_it_has_certainly_refused(office: Office) -> None:
    office.slack.script[1] = [RateLimited("ratelimited", after=1), ChannelClosed("not_in_channel")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert office.asked() == ["post", "post", "post"]


async def test_what_is_closed_to_the_bot_goes_to_the_user_alone_and_not_again_to_the_channel(
    office: Office,
) -> None:
    office.slack.script[1] = [ChannelClosed("not_in_channel"), NoAnswer("timeout")]
    await office.courier.start()
    await office.post(1, "U7", channel="C1", response_url=SECRET)
    await office.deliver_all()
    channels = [call.job.channel for call in office.calls()]
    assert channels[:4] == ["C1", "U7", "U7", "U7"]
    assert {*channels[4:]} <= {"U7"}  # where another replica may have posted it, too, it is looked for there
    assert [(job.target.user, job.private_because) for job in office.slack.private] == [
        ("U7", "not_in_channel")
    ]
    assert (await office.ticket(1)).cards == ()


async def test_a_card_that_was_deleted_is_let_go(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.post(1, channel="C2")
    await office.deliver_all()
    gone, stays = office.slack.messages
    office.slack.messages[gone].deleted = True
    await office.change(1)
    await office.deliver_all()
    ticket = await office.ticket(1)
    assert (ticket.cards, ticket.version) == ((stays,), 2)
    assert office.asked().count("update") == 2
    assert await office.jobs() == []


async def test_a_card_whose_channel_was_closed_once_is_brought_up_to_date_at_the_next_change(
    office: Office,
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [ChannelClosed("is_archived")]
    await office.change(1)
    await office.deliver_all()
    assert office.versions() == [[1]]
    assert len((await office.ticket(1)).cards) == 1
    assert dict(office.courier.status().set_aside) == {"is_archived": 1}
    await office.change(1)
    await office.deliver_all()
    assert office.versions() == [[1, 3]]
    assert (await office.jobs(), office.courier.status().set_aside) == ([], {})


async def test_a_card_whose_channel_is_open_again_is_brought_up_to_date_when_somebody_asks(
    office: Office,
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [ChannelClosed("not_in_channel")]
    await office.change(1)
    await office.deliver_all()
    office.courier.retry()
    await office.deliver_all()
    assert office.versions() == [[1, 2]]


async def test_a_change_while_a_channel_closes_is_tried_as_well(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [gate := asyncio.Event(), ChannelClosed("is_archived")]
    await office.change(1)
    await office.rest()
    await office.change(1)
    gate.set()
    await office.deliver_all()
    assert office.asked() == ["post", "update", "update"]
    assert len((await office.ticket(1)).cards) == 1


async def test_a_token_that_is_refused_stops_its_workspace_which_keeps_everything(office: Office) -> None:
    office.slack.script[1] = [Unauthorized("token_revoked")]
    await office.courier.start()
    with capture_logs() as logs:
        await office.post(1)
        await office.rest()
    assert ("workspace_stopped", "error") in {(line["event"], line["log_level"]) for line in logs}
    await office.post(2)
    await office.post(3, "other", workspace=OTHER)
    await office.deliver_all()
    async with asyncio.timeout(PATIENCE):
        await office.courier.idle()
    office.advance(7 * 24 * 3600)
    await office.deliver_all()
    assert office.slack.posted() == ["other"]
    outbox = office.courier.status()
    assert (outbox.waiting, dict(outbox.stopped)) == (2, {"token_revoked": 1})
    office.courier.retry()
    await office.deliver_all()
    assert office.slack.posted() == ["other", "U1", "U1"]
    assert not office.courier.status().stopped


async def test_what_slack_will_never_take_is_set_aside_and_the_next_follows(office: Office) -> None:
    office.slack.script[1] = [Undeliverable("invalid_blocks")]
    await office.post(1, "first")
    await office.post(1, "second")
    with capture_logs() as logs:
        await office.courier.start()
        await office.deliver_all()
    assert office.slack.posted() == ["second"]
    job = await office.job()
    assert (job.target.user, job.set_aside, job.claimed_at) == ("first", "invalid_blocks", None)
    outbox = office.courier.status()
    assert (outbox.waiting, outbox.oldest, dict(outbox.set_aside)) == (0, None, {"invalid_blocks": 1})
    assert [line["reason"] for line in logs if line["log_level"] == "error"] == ["invalid_blocks"]


async def test_what_was_set_aside_stays_so_over_a_restart_until_somebody_wants_it_tried(
    office: Office,
) -> None:
    office.slack.script[1] = [Undeliverable("invalid_blocks")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert dict(office.courier.status().set_aside) == {"invalid_blocks": 1}
    assert office.asked() == ["post"]
    office.courier.retry()
    await office.deliver_all()
    assert office.slack.posted() == ["U1"]
    assert not office.courier.status().set_aside
    assert await office.jobs() == []


async def test_a_card_that_cannot_be_shown_even_privately_is_set_aside(office: Office) -> None:
    office.slack.script[1] = [ChannelClosed("is_archived"), ChannelClosed("messages_tab_disabled")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    assert dict(office.courier.status().set_aside) == {"messages_tab_disabled": 1}


@pytest.mark.parametrize("fault", [ZeroDivisionError(SECRET), Refused("never_heard_of")])
async def test_what_fails_by_itself_lets_the_others_pass_and_is_set_aside_in_the_end(
    office: Office, fault: Exception
) -> None:
    office.slack.script[1] = [fault] * 100
    with capture_logs() as logs:
        await office.courier.start()
        await office.post(1, "odd")
        await office.post(2, "good")
        began = office.now
        await office.deliver_all()
    assert office.slack.posted() == ["good"]
    assert (await office.job()).attempts == MOST_ATTEMPTS
    assert office.now - began > timedelta(minutes=30)
    assert len(office.courier.status().set_aside) == 1
    assert SECRET not in str([{**line, "exc_info": None} for line in logs])


async def test_a_fault_of_ours_is_logged_with_its_traceback(office: Office) -> None:
    office.slack.script[1] = [ZeroDivisionError()]
    with capture_logs() as logs:
        await office.courier.start()
        await office.post(1)
        await office.deliver_all()
    (line,) = (line for line in logs if line["event"] == "not_delivered")
    assert (line["reason"], line["exc_info"]) == ("ZeroDivisionError", True)


async def test_an_outage_is_probed_with_one_job_at_a_time_and_drains_in_order(office: Office) -> None:
    numbers = range(1, 21)
    for number in numbers:
        office.slack.script[number] = [NoAnswer("HTTP 503")] * 1000
        await office.post(number, channel=f"C{number % 4}")
    await office.courier.start()
    began = office.now
    while office.now - began < timedelta(days=7):
        await office.rest()
        office.slack.most_at_once = 0
        office.advance(3600)
    assert office.slack.most_at_once <= 1
    assert len(office.slack.calls) < 200
    office.slack.script.clear()
    office.slack.calls.clear()
    back = office.now
    await office.deliver_all()
    posts = [call for call in office.slack.calls if call.call == "post"]
    for channel in range(4):
        assert [call.job.number for call in posts if call.job.channel == f"C{channel}"] == [
            number for number in numbers if number % 4 == channel
        ]
    assert len(posts) == len(numbers)
    assert office.now - back < timedelta(hours=2)


async def test_two_broken_channels_do_not_look_like_an_outage_for_long(office: Office) -> None:
    for number in (1, 2):
        office.slack.script[number] = [NoAnswer("HTTP 500")] * 1000
        await office.post(number, channel=f"C{number}")
    await office.courier.start()
    for _ in range(12):
        await office.rest()
        office.advance(600)
    began = office.now
    await office.post(3, "good", channel="C3")
    while "good" not in office.slack.posted():
        await office.rest()
        (at,) = office.times()
        office.advance(max(0, (at - office.now).total_seconds()))
    assert office.now - began < timedelta(hours=2)


async def test_a_restart_goes_on_with_what_was_left_in_every_workspace(office: Office) -> None:
    await office.post(1, "first")
    await office.post(1, "second")
    await office.post(1, "other", workspace=OTHER)
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert sorted(office.slack.posted()) == ["first", "other", "second"]
    assert office.slack.posted().index("first") < office.slack.posted().index("second")
    assert len((await office.ticket(1, OTHER)).cards) == 1


async def test_a_job_that_is_not_in_the_outbox_is_forgotten(office: Office) -> None:
    job = await office.post(1)
    await office.store.change(DESK, lambda tx: tx.dequeue(job.id))
    await office.courier.start()
    await office.courier.idle()
    assert office.asked() == []


async def test_a_store_that_fails_after_the_post_makes_no_second_post(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, faults = os.fsync, iter(range(3))

    def failing(handle: int) -> None:
        if next(faults, None) is not None:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    office.courier = Courier(
        office.store,
        office.slack,
        lambda: office.now,
        Supervisor(lambda: office.now),
        backoff=lambda _: timedelta(),
    )
    await office.courier.start()
    await office.post(1)
    await office.rest()
    monkeypatch.setattr(os, "fsync", failing)
    gate.set()
    await office.courier.idle()
    assert office.asked() == ["post"]
    assert len((await office.ticket(1)).cards) == 1


async def test_stopping_lets_a_delivery_under_way_end(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await office.courier.start()
    await office.post(1, "first")
    await office.post(1, "second")
    await office.rest()
    stopping = asyncio.create_task(office.courier.stop(grace=5))
    for _ in range(10):  # turns of the loop: plenty for whatever would not wait
        await asyncio.sleep(0)
    assert not stopping.done()
    gate.set()
    await stopping
    assert office.slack.posted() == ["first"]
    assert (await office.job()).target.user == "second"


async def test_a_delivery_that_outlasts_the_grace_is_looked_for_after_a_restart(office: Office) -> None:
    office.slack.script[1] = [asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    assert (await office.job()).claimed_at == office.now  # on disk before Slack answers
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert office.asked() == ["post", "find", "post"]
    assert office.slack.posted() == ["U1"]


class Counting:
    """Counts how often an outbox is read whole."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads: Counter[Workspace] = Counter()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def read(self, workspace: Workspace, *, is_use: bool = True) -> Reader:
        reader = self._store.read(workspace, is_use=is_use)
        whole = reader.jobs

        async def jobs(*, besides: Collection[UUID] = ()) -> object:
            self.reads[workspace] += not besides
            return await whole(besides=besides)

        reader.jobs = jobs  # type: ignore[method-assign, assignment]
        return reader


async def test_the_outbox_is_read_once_however_much_is_delivered(tmp_path: Path) -> None:
    office = Office(tmp_path, wrap=Counting)  # type: ignore[arg-type]
    for number in range(1, 20):
        await office.post(number, channel=f"C{number}")
    await office.courier.start()
    await office.deliver_all()
    for number in range(1, 20):
        await office.change(number)
        await office.post(number, channel="C99")
    await office.deliver_all()
    office.courier.status()
    assert isinstance(office.store, Counting)
    assert office.store.reads == {DESK: 1}
    assert len(office.slack.calls) == 3 * 19
    await office.close()


async def test_the_outbox_counts_all_workspaces(office: Office) -> None:
    await office.courier.start()
    empty = office.courier.status()
    assert (empty.waiting, empty.oldest) == (0, None)
    office.slack.script[1] = [asyncio.Event(), asyncio.Event()]
    first = office.now
    await office.post(1)
    office.now += timedelta(minutes=1)
    await office.post(1, workspace=OTHER)
    await office.rest()
    both = office.courier.status()
    assert (both.waiting, both.oldest) == (2, first)


def counted(store: Store) -> list[int]:
    """One for each commit from now on."""
    commits: list[int] = []
    cast(TinyDBStore, store)._on_commit = lambda _: commits.append(1)
    return commits


async def test_a_card_that_goes_out_at_once_costs_two_commits(office: Office) -> None:
    await office.post(1, channel="C9")
    await office.courier.start()
    await office.deliver_all()
    commits = counted(office.store)
    office.slack.script[1] = [gate := asyncio.Event()]
    await office.post(1)
    assert (await office.job()).claimed_at == office.now  # on disk with the ticket, before Slack answers
    gate.set()
    await office.courier.idle()
    assert (office.asked(), len(commits)) == (["post"] * 2, 2)
    await office.post(2)
    assert (await office.job()).claimed_at is None, "its channel rests"


async def test_what_deliveries_write_in_one_turn_is_one_commit(office: Office) -> None:
    gate = asyncio.Event()
    for number in range(1, AT_ONCE + 1):
        office.slack.script[number] = [gate]
        await office.post(number, channel=f"C{number}")
    commits = counted(office.store)
    await office.courier.start()
    await office.rest()
    assert (len(office.asked()), len(commits)) == (AT_ONCE, 1), "their claims"
    gate.set()
    await office.courier.idle()
    assert (len(office.slack.messages), len(commits)) == (AT_ONCE, 2), "and their records"


@pytest.mark.tinydb(reason="TinyDB's transaction is made to fail")
async def test_what_one_delivery_cannot_write_hinders_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        await office.post(number, channel=f"C{number}")
    keep, times, alone = TinyDBTransaction.keep_cards, count(1), asyncio.Event()

    async def failing(tx: TinyDBTransaction, ticket: Ticket) -> None:
        if ticket.number == 3:
            if next(times) > 1:  # the others were before it
                alone.set()
            raise ZeroDivisionError
        await keep(tx, ticket)

    monkeypatch.setattr(TinyDBTransaction, "keep_cards", failing)
    await office.courier.start()
    await alone.wait()
    assert [bool((await office.ticket(number)).cards) for number in (1, 2, 3)] == [True, True, False]
    assert office.asked() == ["post"] * 3


async def test_a_crash_with_many_that_wait_leaves_few_to_be_looked_for(office: Office) -> None:
    office.slack.script[1] = [asyncio.Event() for _ in range(100)]
    await office.courier.start()
    for number in range(1, 101):
        await office.post(1, channel=f"C{number}")
    await office.rest()
    claimed = sum(job.claimed_at is not None for job in await office.jobs())
    assert claimed == AT_ONCE + CLAIMED_AHEAD
    await office.stop()
    office.slack.script.clear()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert office.asked().count("find") == claimed
    assert len(office.slack.messages) == 100


@pytest.mark.parametrize(
    ("place", "name"), [(Records, "claim"), (Holds, "look"), (attempt, "shown")], ids=str
)
async def test_a_store_that_is_away_for_a_moment_changes_no_order(
    office: Office, monkeypatch: pytest.MonkeyPatch, place: object, name: str
) -> None:
    asked, faults = getattr(place, name), [StoreUnavailable("It is away.")]

    async def away_at_first(*args: object) -> object:
        if faults:
            raise faults.pop()
        return await asked(*args)

    monkeypatch.setattr(place, name, away_at_first)
    for number in (1, 2, 3):
        await office.post(number, user=f"U{number}")
    office.advance(5)
    await office.courier.start()
    await office.deliver_all()
    assert not faults
    assert office.slack.posted() == ["U1", "U2", "U3"]
