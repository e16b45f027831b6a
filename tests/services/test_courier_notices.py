"""Jobs that say something, once, and jobs that read replies, page by page."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bot.domain.comments import ThreadMessage
from bot.domain.outbox import Fetch, Job, Target
from bot.domain.queues import Override
from bot.domain.swaps import SwapNotice
from bot.services.outbox.courier import Courier
from bot.services.outbox.failures import MOST_ATTEMPTS
from bot.services.ports.messenger import ChannelClosed, MessageGone, NoAnswer, RateLimited
from bot.services.ports.store import Transaction
from bot.tasks import Supervisor
from tests.services.courier_kit import DESK, SECRET, Lost, Office

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOTICE = SwapNotice(
    event="made",
    queue="network",
    override=Override(person="U2", start=START, end=START + timedelta(days=1)),
    relieved="U1",
    by="U1",
    on_call="U2",
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    await office.courier.start()
    yield office
    await office.close()


async def ask(office: Office, **fields: object) -> Job:
    made = {
        "id": UUID(int=700),
        "target": Target(channel="C1", user="U1"),
        "created_at": office.now,
        "due_at": office.now,
        **fields,
    }
    job = Job.model_validate(made)
    await office.store.change(DESK, lambda tx: tx.enqueue(job))
    return job


async def kept(office: Office) -> Sequence[str]:
    return [comment.text for comment in (await office.store.read(DESK).comments(1)).comments]


def say(office: Office, count: int) -> None:
    office.slack.replies = [
        ThreadMessage(channel="C1", thread_ts="1.0", ts=f"{n}.0", author="U2", text=f"Reply {n}")
        for n in range(2, 2 + count)
    ]


FETCH = Fetch(channel="C1", thread_ts="1.0")


async def test_a_notice_is_said_once_and_is_no_card(office: Office) -> None:
    await office.post(1, channel="C2")
    await office.deliver_all()
    before = await office.ticket(1)
    await ask(office, notice=NOTICE, number=1)
    await office.deliver_all()
    assert [call.job.kind for call in office.slack.calls] == ["card", "notice"]
    assert [place.channel for place in office.slack.messages] == ["C2", "C1"]
    assert (await office.jobs(), await office.ticket(1)) == ([], before)


async def test_a_notice_needs_no_ticket(office: Office) -> None:
    await ask(office, notice=NOTICE)
    await office.deliver_all()
    assert (len(office.slack.messages), await office.jobs()) == (1, [])


async def test_a_notice_whose_answer_was_lost_is_not_said_again(office: Office) -> None:
    office.slack.script[None] = [Lost("timeout")]
    await ask(office, notice=NOTICE)
    await office.deliver_all()
    assert office.asked() == ["post", "find"]
    assert (len(office.slack.messages), await office.jobs()) == (1, [])


async def test_a_notice_whose_channel_is_closed_is_said_to_its_user(office: Office) -> None:
    office.slack.script[None] = [ChannelClosed("not_in_channel")]
    await ask(office, notice=NOTICE, target=Target(channel="C1", user="U7", response_url=SECRET))
    await office.deliver_all()
    assert [job.target.user for job in office.slack.private] == ["U7"]
    assert await office.jobs() == []


async def test_replies_are_read_page_by_page_and_kept_once(office: Office) -> None:
    say(office, 5)
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert await kept(office) == [f"Reply {n}" for n in range(2, 7)]
    assert [call.job.fetch and call.job.fetch.cursor for call in office.slack.calls] == [None, "2", "4"]
    assert await office.jobs() == []


async def test_a_restart_goes_on_at_the_page_that_was_not_kept(office: Office) -> None:
    say(office, 5)
    office.slack.script[1] = [None, asyncio.Event()]
    await ask(office, number=1, fetch=FETCH)
    await office.rest()
    await office.stop()
    assert len(office.slack.calls) == 2
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert await kept(office) == [f"Reply {n}" for n in range(2, 7)]
    assert [call.job.fetch and call.job.fetch.cursor for call in office.slack.calls] == [None, "2", "2", "4"]


async def test_a_thread_that_slack_limits_waits_and_holds_up_no_card_of_its_channel(office: Office) -> None:
    say(office, 3)
    office.slack.script[1] = [None, RateLimited("ratelimited", 60)]
    await ask(office, number=1, fetch=FETCH)
    await office.rest()
    began = office.now
    await office.post(2, channel="C1")
    await office.rest()
    assert [place.channel for place in office.slack.messages] == ["C1"]
    assert len(await kept(office)) == 2
    await office.deliver_all()
    assert len(await kept(office)) == 3
    assert (office.now - began).total_seconds() == 60


async def test_an_outage_while_reading_costs_no_page(office: Office) -> None:
    say(office, 5)
    office.slack.script[1] = [None, NoAnswer("HTTP 503"), Lost("timeout")]
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert await kept(office) == [f"Reply {n}" for n in range(2, 7)]


async def test_a_thread_that_is_gone_is_let_go(office: Office) -> None:
    office.slack.script[1] = [MessageGone("thread_not_found")]
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert (len(office.slack.calls), await office.jobs()) == (1, [])


async def test_a_thread_that_is_closed_to_the_bot_is_set_aside(office: Office) -> None:
    office.slack.script[1] = [ChannelClosed("not_in_channel")]
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert dict(office.courier.status().set_aside) == {"not_in_channel": 1}


async def test_what_cannot_be_kept_is_read_again_and_set_aside_in_the_end(office: Office) -> None:
    async def failing(_: Transaction, __: Job, ___: Sequence[ThreadMessage]) -> None:
        raise ZeroDivisionError

    await office.courier.stop(grace=0)
    office.courier = Courier(
        office.store,
        office.slack,
        lambda: office.now,
        Supervisor(lambda: office.now),
        backoff=office.backoff,
        on_replies=failing,
    )
    await office.courier.start()
    say(office, 1)
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert office.asked() == ["fetch"] * MOST_ATTEMPTS
    assert dict(office.courier.status().set_aside) == {"ZeroDivisionError": 1}


async def test_replies_that_nobody_reads_are_set_aside(office: Office) -> None:
    await office.courier.stop(grace=0)
    office.courier = Courier(
        office.store, office.slack, lambda: office.now, Supervisor(lambda: office.now), backoff=office.backoff
    )
    await office.courier.start()
    await ask(office, number=1, fetch=FETCH)
    await office.deliver_all()
    assert dict(office.courier.status().set_aside) == {"nobody_reads_replies": 1}
