"""Comments on a real store: heard once, shown where they belong, and to whom they are for."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from bot.domain.comments import ThreadMessage
from bot.domain.errors import Forbidden, InvalidInput, NotFound
from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin, Place
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from storage import open_store
from tests.histories import history_of
from tests.stores import store_url

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WHEN = int(NOW.timestamp())
ASKED = f"{WHEN - 60}.000100"
CARD = Place(channel="C1", ts="6.000100")
TRIAGE = Place(channel="C0TRIAGE", ts="7.000100", internal=True)
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)
BEN, EVE = (Actor(user=user, is_known=True) for user in ("U0BEN", "U0EVE"))
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "break_fix",
    "sourceChannel": "phone",
    "summary": "Printer down",
}


class Woken(list[Job]):
    def __call__(self, _: Workspace, jobs: Sequence[Job]) -> None:
        self.extend(jobs)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """T-1, made by Ben from his message, with a card below it and one among agents."""
    store = open_store(store_url(tmp_path))
    origin = Origin(way="message", channel="C1", message_ts=ASKED, thread_ts=ASKED)
    request = CreateRequest(actor=BEN, origin=origin, target=Target(channel="C1", user="U0BEN"), key="form:1")
    created = await Tickets(store, lambda: NOW).create(HERE, WIRE, request)

    async def deliver(tx: Transaction) -> None:
        for job in await tx.jobs():
            await tx.dequeue(job.id)
        await tx.save(created.ticket.model_copy(update={"cards": (CARD, TRIAGE)}), now=NOW)

    await store.change(HERE, deliver)
    yield store
    await store.close()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def comments(store: Store, woken: Woken) -> TicketComments:
    store.on_jobs(woken)
    return TicketComments(store, lambda: NOW)


def said(seconds: int = 1, text: str = "It smells", **fields: object) -> ThreadMessage:
    message = {"channel": "C1", "thread_ts": ASKED, "ts": f"{WHEN + seconds}.000200", "author": "U0BEN"}
    return ThreadMessage.model_validate({**message, "text": text, **fields})


async def texts(store: Store, actor: Actor = ANA) -> list[str]:
    ticket = await store.read(HERE).ticket(1)
    assert ticket
    page = await TicketComments(store, lambda: NOW).of(HERE, actor, ticket, before=None, limit=10)
    return [comment.text for comment in page.comments]


async def test_a_conversation_in_any_order_is_each_comment_once(
    comments: TicketComments, store: Store, woken: Woken
) -> None:
    told = [
        said(1, "It smells"),
        said(1, "It smells of glue", edited_ts=f"{WHEN + 5}.000000"),
        said(2, "And it smokes"),
        said(3, "Never mind"),
        said(3, deleted=True),
        said(4, "Hello?", thread_ts=CARD.ts),
    ]
    for each in random.Random(5).sample(told * 3, k=len(told) * 3):  # noqa: S311  (no secret)
        await comments.record_reply(HERE, each)
    assert await texts(store) == ["It smells of glue", "And it smokes", "", "Hello?"]
    copies = [job for job in await store.read(HERE).jobs() if job.comment]
    assert len(copies) == len({job.id for job in copies})
    assert {job.target.channel for job in copies} == {TRIAGE.channel}
    assert {job.id for job in copies} <= {job.id for job in woken}


async def test_what_is_said_below_no_ticket_is_not_kept(
    comments: TicketComments, store: Store, woken: Woken
) -> None:
    stranger = said(thread_ts="9.9")
    await comments.record_reply(HERE, stranger)
    assert await store.read(HERE).comment(stranger.key) is None
    assert woken == []


async def test_the_requesters_answer_reopens_once_and_every_card_is_told(
    comments: TicketComments, store: Store
) -> None:
    steps = TicketSteps(store, lambda: NOW)
    await steps.take(HERE, 1, "resolve", {"resolution": "Fixed"}, StepRequest(ANA, "press:1"))
    await comments.record_reply(HERE, said())
    await steps.take(HERE, 1, "resolve", {"resolution": "Fixed again"}, StepRequest(ANA, "press:2"))
    await comments.record_reply(HERE, said())
    history = await history_of(store.read(HERE), 1)
    assert [entry.what for entry in history] == ["created", "resolved", "reopened", "resolved"]
    assert {job.place for job in await store.read(HERE).jobs() if job.place} == {CARD, TRIAGE}


async def test_a_requester_reads_nothing_that_is_internal(comments: TicketComments, store: Store) -> None:
    await comments.record_reply(HERE, said(1, "In the open"))
    await comments.record_reply(
        HERE, said(2, "Ben again", author="U0ANA", channel=TRIAGE.channel, thread_ts=TRIAGE.ts)
    )
    assert await texts(store, ANA) == ["In the open", "Ben again"]
    assert await texts(store, BEN) == ["In the open"]
    assert await texts(store, EVE) == []


async def test_internal_talk_makes_no_job_and_no_history(comments: TicketComments, store: Store) -> None:
    before = await store.read(HERE).ticket(1)
    talk = said(author="U0ANA", channel=TRIAGE.channel, thread_ts=TRIAGE.ts)
    for each in (
        talk,
        talk.model_copy(update={"edited_ts": f"{WHEN + 9}.0"}),
        talk.model_copy(update={"deleted": True}),
    ):
        await comments.record_reply(HERE, each)
    assert await store.read(HERE).jobs() == ()
    assert await store.read(HERE).ticket(1) == before


async def test_a_reply_goes_to_the_requester_once_and_is_a_comment(
    comments: TicketComments, store: Store
) -> None:
    for _ in range(2):
        await comments.reply(HERE, ANA, 1, "On my way", UUID(int=1))
    assert await texts(store, BEN) == ["On my way"]
    to_requester, to_agents = await store.read(HERE).jobs()
    assert (to_requester.target.channel, to_requester.target.thread_ts) == ("C1", ASKED)
    assert (to_agents.target.channel, to_agents.target.thread_ts) == (TRIAGE.channel, TRIAGE.ts)
    assert {to_requester.comment, to_agents.comment} == {f"reply:{UUID(int=1)}"}


async def test_only_agents_reply_and_they_say_something_about_some_ticket(
    comments: TicketComments, store: Store
) -> None:
    with pytest.raises(Forbidden):
        await comments.reply(HERE, BEN, 1, "Me, to myself", UUID(int=1))
    with pytest.raises(InvalidInput):
        await comments.reply(HERE, ANA, 1, "  ", UUID(int=1))
    with pytest.raises(NotFound):
        await comments.reply(HERE, ANA, 9, "On my way", UUID(int=1))
    assert (await store.read(HERE).comments(1)).total == 0


async def test_a_typed_comment_is_shown_once_wherever_it_was_not_written(
    comments: TicketComments, store: Store
) -> None:
    for _ in range(2):
        await comments.comment(HERE, ANA, 1, "Toner is ordered", UUID(int=1))
        await comments.comment(HERE, BEN, 1, "It smells", UUID(int=2))
    assert await texts(store, BEN) == ["Toner is ordered", "It smells"]
    shown = {(job.comment, job.target.channel) for job in await store.read(HERE).jobs()}
    assert shown == {
        (f"typed:{UUID(int=1)}", "C1"),
        (f"typed:{UUID(int=1)}", TRIAGE.channel),
        (f"typed:{UUID(int=2)}", TRIAGE.channel),
    }


async def test_who_does_not_see_a_ticket_writes_no_comment(comments: TicketComments, store: Store) -> None:
    for user, error, text in (
        (EVE, NotFound, "Me too"),
        (BEN, InvalidInput, "\u200b"),
        (BEN, InvalidInput, "\0"),
    ):
        with pytest.raises(error):
            await comments.comment(HERE, user, 1, text, UUID(int=1))
    assert (await store.read(HERE).comments(1)).total == 0


async def test_a_ticket_is_found_by_its_message_and_its_cards(store: Store) -> None:
    read = store.read(HERE)
    for channel, ts in (("C1", ASKED), (CARD.channel, CARD.ts), (TRIAGE.channel, TRIAGE.ts)):
        assert await read.ticket_at(channel, ts) == 1
    assert await read.ticket_at("C2", ASKED) is None


async def test_comments_and_places_outlive_a_restart(
    tmp_path: Path, comments: TicketComments, store: Store
) -> None:
    await comments.record_reply(HERE, said())
    await store.close()
    again = open_store(store_url(tmp_path))
    assert [comment.text for comment in (await again.read(HERE).comments(1)).comments] == ["It smells"]
    assert await again.read(HERE).ticket_at(TRIAGE.channel, TRIAGE.ts) == 1
    await again.close()


async def test_what_the_requester_of_a_typed_ticket_writes_below_its_public_card_is_in_the_open(
    comments: TicketComments, store: Store
) -> None:
    origin, target = Origin(way="command", channel="C1"), Target(channel="C1", user="U0BEN")
    tickets = Tickets(store, lambda: NOW)
    typed = (await tickets.create(HERE, WIRE, CreateRequest(BEN, origin, target, key="command:2"))).ticket
    card = Place(channel="C1", ts="8.000100")
    await store.change(HERE, lambda tx: tx.save(typed.model_copy(update={"cards": (card,)}), now=NOW))
    await comments.record_reply(HERE, said(thread_ts=card.ts))
    (comment,) = (await comments.of(HERE, BEN, typed, before=None, limit=10)).comments
    assert (comment.number, comment.text, comment.internal) == (2, "It smells", False)
    assert (await comments.of(HERE, EVE, typed, before=None, limit=10)).total == 0
