"""What people are told waits a moment for more of it: with the real store, the real courier, and a clock that is moved."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.news import News
from bot.domain.outbox import HELD, Target
from bot.domain.permissions import Actor
from bot.domain.steps import StepName
from bot.domain.ticket import Origin
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from tests.directories import fill
from tests.services.courier_kit import DESK, Office
from tests.storage.samples import DIRECTORY

REQUESTER, ANA, CHLOE = "U1", "U0ANA", "U0CHLOE"
LONGEST = timedelta(seconds=5)
"""So long may somebody wait for what they are told."""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """With a ticket of the requester's that nobody has."""
    office = Office(tmp_path)
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.advance(10)
    yield office
    await office.close()


async def step(office: Office, name: StepName, note: str | None = None, **fields: str) -> None:
    """Ana does it."""
    actor = Actor(user=ANA, is_known=True, is_agent=True, reads_all_notes=True)
    steps = TicketSteps(office.store, lambda: office.now)
    await steps.take(DESK, 1, name, fields, StepRequest(actor, uuid4().hex, note=note))


def told(office: Office, user: str) -> list[tuple[News, ...]]:
    """What each message says that somebody got."""
    jobs = [message.job for message in office.slack.messages.values() if message.job.told]
    return [job.told for job in jobs if job.told[0].to == user]


def events(office: Office, user: str) -> list[list[str]]:
    return [[news.event for news in each] for each in told(office, user)]


async def five_steps(office: Office, pause: float) -> None:
    for name, fields in (
        ("assign", {"assignedUserId": CHLOE}),
        ("note", {"note": "Call first"}),
        ("hold", {"holdReason": "parts"}),
        ("resume", {}),
        ("note", {"note": "They are in"}),
    ):
        await step(office, name, **fields)  # type: ignore[arg-type]
        await office.rest()
        office.advance(pause)


async def test_five_steps_within_the_span_are_one_message_to_each(office: Office) -> None:
    await five_steps(office, pause=0.5)
    assert told(office, CHLOE) == told(office, REQUESTER) == []
    await office.deliver_all()
    assert events(office, CHLOE) == [["assigned", "note", "held", "resumed", "note"]]
    assert events(office, REQUESTER) == [["assigned", "held", "resumed"]]
    assert await office.jobs() == []


async def test_a_critical_ticket_waits_for_nothing(office: Office) -> None:
    await step(office, "priority", priority="critical")
    began = office.now
    await step(office, "assign", assignedUserId=CHLOE)
    await office.rest()
    assert events(office, CHLOE) == [["assigned"]]
    assert events(office, REQUESTER) == [["assigned"]]
    assert office.now == began


async def test_what_waits_goes_out_with_the_first_step_after_it_became_critical(office: Office) -> None:
    await step(office, "assign", assignedUserId=CHLOE)
    await step(office, "priority", priority="critical")
    await step(office, "note", note="CEO on site")
    await office.rest()
    assert events(office, CHLOE) == [["assigned", "note"]]


async def test_what_is_begun_is_left_alone_and_nothing_of_it_is_told_again(office: Office) -> None:
    gate = asyncio.Event()
    await step(office, "assign", assignedUserId=CHLOE)
    office.slack.script[1] = [gate, gate]
    office.advance(HELD.total_seconds())
    await office.rest()
    assert office.slack.at_once == 2, "both are on their way"
    await step(office, "note", note="Call first")
    gate.set()
    await office.rest()
    await office.deliver_all()
    assert events(office, CHLOE) == [["assigned"], ["note"]]
    assert events(office, REQUESTER) == [["assigned"]]


async def test_a_burst_that_goes_on_holds_nothing_back_for_long(office: Office) -> None:
    await step(office, "assign", assignedUserId=CHLOE)
    happened: dict[int, datetime] = {}
    for count in range(24):
        await step(office, "note", note=f"Note {count}")
        happened[(await office.ticket(1)).version] = office.now
        office.advance(0.5)
        await office.rest()
    await office.deliver_all()
    posts = {call.job.id: call.at for call in office.slack.calls if call.call == "post"}
    messages = [message.job for message in office.slack.messages.values() if message.job.told]
    waited = {
        news.version: posts[job.id] - happened[news.version]
        for job in messages
        for news in job.told
        if news.event == "note"
    }
    assert waited.keys() == happened.keys(), "none is lost"
    assert sum(len(each) for each in told(office, CHLOE)) == 25, "none is told twice"
    assert max(waited.values()) <= LONGEST
    assert len(told(office, CHLOE)) <= 5, "they are a few messages"


async def test_what_waits_is_told_after_a_restart(office: Office) -> None:
    await five_steps(office, pause=0.1)
    await office.stop()
    office.open()
    await office.courier.start()
    await office.deliver_all()
    assert events(office, CHLOE) == [["assigned", "note", "held", "resumed", "note"]]
    assert events(office, REQUESTER) == [["assigned", "held", "resumed"]]


async def test_of_a_ticket_that_was_a_slip_nobody_hears_who_has_not_heard_of_it(office: Office) -> None:
    ana = Actor(user=ANA, is_known=True, is_agent=True)
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Slip",
        "assignedUserId": CHLOE,
    }
    request = CreateRequest(
        ana, Origin(way="command"), Target(channel="C1", user=ANA), "slip", requester=REQUESTER
    )
    await office.store.change(DESK, lambda tx: fill(tx, DIRECTORY))
    made = (await Tickets(office.store, lambda: office.now).create(DESK, wire, request)).ticket
    await TicketSteps(office.store, lambda: office.now).undo(DESK, made.number, StepRequest(ana, "undo"))
    await office.deliver_all()
    assert told(office, CHLOE) == told(office, REQUESTER) == []
    assert [place.channel for place in office.slack.messages] == ["C1", "C1"], (
        "its card says that it was undone"
    )
