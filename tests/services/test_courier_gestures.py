"""Gestures: the message is read, what is wanted of it is done, and whoever wants it hears where Slack does not give it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.permissions import Actor
from bot.services.gestures import Gestures
from bot.services.outbox.courier import Courier
from bot.services.outbox.failures import MOST_ATTEMPTS
from bot.services.ports.messenger import (
    ChannelClosed,
    MessageGone,
    NoAnswer,
    NotDelivered,
    RateLimited,
    Refused,
    Undeliverable,
)
from bot.tasks import Supervisor
from tests.services.courier_kit import DESK, Lost, Office

READ = "Printer is dead"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    await office.courier.start()
    yield office
    await office.close()


async def begin(office: Office, key: str = "reaction:1") -> None:
    gestures = Gestures(office.store, lambda: office.now)
    await gestures.begin(DESK, Actor(user="U1"), key, "reaction", "C1", "1.0")


async def test_a_gesture_is_heeded_once_however_often_slack_tells_of_it(office: Office) -> None:
    await begin(office)
    await begin(office)
    await office.deliver_all()
    await begin(office)
    await begin(office, "reaction:2")
    await office.deliver_all()
    assert office.heeded == [READ, READ]
    assert (office.asked(), await office.jobs()) == (["fetch", "fetch"], [])


async def test_one_that_waits_is_heeded_after_a_restart(office: Office) -> None:
    office.slack.script[None] = [asyncio.Event()]
    await begin(office)
    await office.rest()
    await office.stop()
    assert office.heeded == []
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert (office.heeded, await office.jobs()) == ([READ], [])


@pytest.mark.parametrize("failure", [NoAnswer("HTTP 503"), Lost("timeout"), RateLimited("ratelimited", 60)])
async def test_an_outage_delays_it(failure: NotDelivered, office: Office) -> None:
    office.slack.script[None] = [failure, failure]
    await begin(office)
    await office.deliver_all()
    assert (office.heeded, await office.jobs()) == ([READ], [])


@pytest.mark.parametrize("failure", [ChannelClosed("not_in_channel"), Undeliverable("access_denied")])
async def test_of_a_message_that_slack_does_not_give_they_hear_at_once(
    failure: NotDelivered, office: Office
) -> None:
    office.slack.script[None] = [failure]
    await begin(office)
    await office.deliver_all()
    assert (office.heeded, office.asked(), await office.jobs()) == ([None], ["fetch"], [])


async def test_of_one_that_slack_refuses_they_hear_in_the_end(office: Office) -> None:
    office.slack.script[None] = [Refused("no_idea")] * MOST_ATTEMPTS
    await begin(office)
    await office.deliver_all()
    assert (office.heeded, len(office.asked()), await office.jobs()) == ([None], MOST_ATTEMPTS, [])


async def test_a_message_that_is_gone_is_let_go(office: Office) -> None:
    office.slack.script[None] = [MessageGone("thread_not_found")]
    await begin(office)
    await office.deliver_all()
    assert (office.heeded, office.asked(), await office.jobs()) == ([], ["fetch"], [])


async def test_what_cannot_be_kept_is_done_again(office: Office) -> None:
    office.faults = [StoreUnavailable("disk full"), ZeroDivisionError()]
    await begin(office)
    await office.deliver_all()
    assert (office.heeded, office.asked(), await office.jobs()) == ([READ], ["fetch"] * 3, [])


async def test_gestures_that_nobody_heeds_are_set_aside(office: Office) -> None:
    await office.courier.stop(grace=0)
    office.courier = Courier(
        office.store, office.slack, lambda: office.now, Supervisor(lambda: office.now), backoff=office.backoff
    )
    await office.courier.start()
    await begin(office)
    await office.deliver_all()
    assert dict(office.courier.status().set_aside) == {"nobody_heeds_gestures": 1}
