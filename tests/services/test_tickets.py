"""Tickets on a real store: one ticket whatever is repeated, and no way round the contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bot.domain.directory import Customer, Directory, Site
from bot.domain.draft import Draft, Overlong
from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown
from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin, Place
from bot.domain.workspace import Workspace
from bot.services.drafts import Drafts
from bot.services.message_tickets import MessageTickets
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import Created, CreateRequest, Tickets
from bot.services.workspaces import Workspaces
from storage import open_store
from tests.directories import fill
from tests.histories import as_read, history_of
from tests.stores import store_url

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)
BEN, EVE = (Actor(user=user, is_known=True) for user in ("U0BEN", "U0EVE"))
CARDS = (Place(channel="C1", ts="7.1"),)
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "break_fix",
    "sourceChannel": "phone",
    "summary": "Printer down",
}


class Woken(list[Workspace]):
    def __call__(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        del jobs
        self.append(workspace)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path))
    yield store
    await store.close()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def tickets(store: Store, woken: Woken) -> Tickets:
    store.on_jobs(woken)
    return Tickets(store, lambda: NOW)


async def make(
    tickets: Tickets,
    *,
    by: Actor = ANA,
    key: str = "command:1",
    workspace: Workspace = HERE,
    origin: Origin | None = None,
    draft: str | None = None,
    **fields: object,
) -> Created:
    return await tickets.create(
        workspace,
        {**WIRE, **fields},
        CreateRequest(
            actor=by,
            origin=origin or Origin(way="command", channel="C1"),
            target=Target(channel="C1", user=by.user),
            key=key,
            draft=draft,
        ),
    )


async def test_a_ticket_is_saved_with_its_history_its_key_and_its_job(
    tickets: Tickets, store: Store, woken: Woken
) -> None:
    created = await make(tickets)
    ticket = created.ticket
    assert (created.outcome, ticket.name, ticket.version, ticket.created_by) == ("created", "T-1", 1, "U0ANA")
    assert ticket.workspace_id == "T1"
    assert ticket.created_at == ticket.updated_at == NOW
    (entry,) = await history_of(store.read(HERE), 1)
    assert (entry.what, entry.actor, entry.at) == ("created", "U0ANA", NOW)
    assert {change.field: change.after for change in entry.changes}["summary"] == "Printer down"
    reader = store.read(HERE)
    assert await reader.ticket(1) == as_read(ticket)
    assert await reader.answered("command:1") == 1
    assert [job.number for job in await reader.jobs()] == [1]
    assert {*woken} == {HERE}
    assert len(woken) == 1 or store.is_shared  # where whoever looks for others' jobs may find it as well


async def test_five_repetitions_at_once_make_one_ticket_and_one_job(tickets: Tickets, store: Store) -> None:
    made = await asyncio.gather(*(make(tickets, key="form:n") for _ in range(5)))
    assert sorted(created.outcome for created in made) == ["created"] + ["repeated"] * 4
    assert {created.ticket.id for created in made} == {made[0].ticket.id}
    assert len(await store.read(HERE).jobs()) == 1


async def test_two_people_who_turn_one_message_into_a_ticket_get_the_same_one(
    tickets: Tickets, store: Store
) -> None:
    origin = Origin(way="message", channel="C1", message_ts="1.2")
    made = await asyncio.gather(*(make(tickets, key=f"form:{n}", origin=origin) for n in range(2)))
    assert sorted(created.outcome for created in made) == ["created", "taken"]
    assert len(await store.read(HERE).jobs()) == 1
    there = await MessageTickets(store).of_message(HERE, ANA, "C1", "1.2")
    assert there
    assert there.number == 1


async def test_what_came_first_answers_even_where_the_repetition_is_not_valid(tickets: Tickets) -> None:
    first = await make(tickets)
    assert (await make(tickets, summary="")).ticket == as_read(first.ticket)


async def test_every_workspace_counts_for_itself_and_sees_only_its_own(tickets: Tickets) -> None:
    other = Workspace(team_id="T2")
    assert (await make(tickets)).ticket.number == 1
    assert (await make(tickets, workspace=other)).ticket.number == 1
    with pytest.raises(NotFound):
        await tickets.ticket(Workspace(team_id="T3"), ANA, 1)


async def test_a_ticket_is_not_made_in_somebody_elses_workspace(tickets: Tickets) -> None:
    with pytest.raises(InvalidInput) as refused:
        await make(tickets, workspaceId="T2")
    assert [(p.field, p.code) for p in refused.value.problems] == [("workspaceId", "other_workspace")]
    assert (await make(tickets, workspaceId="T1")).ticket.workspace_id == "T1"


async def test_a_fault_saves_nothing_and_uses_up_no_number(tickets: Tickets, store: Store) -> None:
    with pytest.raises(InvalidInput):
        await make(tickets, priority="urgent")
    assert await store.read(HERE).jobs() == ()
    assert (await make(tickets)).ticket.number == 1


async def test_the_site_names_its_customer_and_must_be_one_of_its_own(tickets: Tickets, store: Store) -> None:
    customers = (Customer(id="acme", name="Acme"), Customer(id="globex", name="Globex"))
    directory = Directory(customers=customers, sites=(Site(id="hq", name="HQ", customer_id="acme"),))
    await store.change(HERE, lambda tx: fill(tx, directory))
    assert (await make(tickets, customerId="")).ticket.customer_id == "acme"
    with pytest.raises(InvalidInput) as refused:
        await make(tickets, key="command:2", customerId="globex")
    assert [(p.field, p.code) for p in refused.value.problems] == [("siteId", "not_of_parent")]


async def test_a_draft_gives_back_the_whole_text_and_is_settled_with_its_ticket(
    tickets: Tickets, store: Store
) -> None:
    drafts = Drafts(store)
    whole = "x" * 5000
    draft = Draft(nonce="n", created_at=NOW, overlong={"summary": Overlong(whole=whole, shown="xxx…")})
    await drafts.keep(HERE, ANA, draft)
    assert draft.restored({"summary": "xxx…\n"})["summary"] == whole
    assert draft.restored({"summary": "edited"})["summary"] == "edited"
    await make(tickets, key="form:n", draft="n")
    assert await drafts.draft(HERE, ANA, "n") is None


async def test_a_team_keeps_its_store_however_its_organisation_is_named(
    tickets: Tickets, store: Store
) -> None:
    workspaces = Workspaces(store)
    joined = Workspace(enterprise_id="E1", team_id="T1")
    await make(tickets, workspace=joined)
    assert workspaces.of(None, "T1") == joined
    assert workspaces.of("E-of-a-guest", "T1") == joined
    assert workspaces.of("E1", None) == Workspace(enterprise_id="E1")
    assert workspaces.of(None, "T9") == Workspace(team_id="T9")


async def test_whoever_may_not_see_a_ticket_finds_none_by_any_way(tickets: Tickets, store: Store) -> None:
    origin = Origin(way="message", channel="C1", message_ts="1.2", thread_ts="1.1")
    made = (await make(tickets, by=BEN, origin=origin, assignedQueue="payroll")).ticket
    await store.change(HERE, lambda tx: tx.save(made.model_copy(update={"cards": CARDS}), now=NOW))

    async def found(actor: Actor) -> list[object]:
        page = await tickets.find(HERE, actor, TicketFilter(within=TicketFilter(words=("printer",))))
        return [
            await tickets.by_id(HERE, actor, made.id),
            await tickets.by_number(HERE, actor, 1),
            *page.tickets,
            *[
                await MessageTickets(store).about_message(HERE, actor, "C1", ts)
                for ts in ("1.1", "1.2", "9.9")
            ],
            *await tickets.queue_names(HERE, actor),
        ]

    assert [each for each in await found(EVE) if each] == []
    assert [each for each in await found(BEN) if each] == [
        as_read(made).model_copy(update={"cards": CARDS})
    ] * 5 + ["payroll"]
    for read in (tickets.ticket, partial(tickets.history, offset=0, limit=10)):
        with pytest.raises(NotFound, match=r"There is no T-1 here\."):
            await read(HERE, EVE, 1)
        with pytest.raises(NotKnown):
            await read(HERE, Actor(user="U0EVE"), 1)
    with pytest.raises(Forbidden, match="This message is a ticket already"):
        await MessageTickets(store).of_message(HERE, EVE, "C1", "1.2")
    with pytest.raises(Forbidden, match="This message is a ticket already"):
        await make(tickets, by=EVE, key="form:2", origin=origin)
    with pytest.raises(NotKnown):
        await MessageTickets(store).about_message(HERE, Actor(user="U0EVE"), "C1", "9.9")


async def test_a_ticket_is_related_only_to_one_that_its_maker_sees(tickets: Tickets) -> None:
    first = (await make(tickets, by=BEN)).ticket
    with pytest.raises(InvalidInput) as refused:
        await make(tickets, by=EVE, key="command:2", relatedTicketId=str(first.id))
    assert [(p.field, p.code) for p in refused.value.problems] == [("relatedTicketId", "unknown_ticket")]
    own = await make(tickets, by=BEN, key="command:3", relatedTicketId=str(first.id))
    assert own.ticket.related_ticket_id == first.id


async def test_what_agents_decide_nobody_else_says_of_a_new_ticket(tickets: Tickets, store: Store) -> None:
    with pytest.raises(InvalidInput) as refused:
        await make(tickets, by=EVE, assignedUserId="U0EVE", status="closed", priority="low")
    assert [p.field for p in refused.value.problems] == ["assignedUserId", "status"]
    assert await store.read(HERE).ticket(1) is None
    given = await make(tickets, by=ANA, assignedUserId="U0EVE", status="closed")
    assert given.ticket.resolution == "Resolved when it was opened"


async def test_a_draft_is_for_whoever_it_was_kept_of(store: Store) -> None:
    drafts = Drafts(store)
    await drafts.keep(HERE, BEN, Draft(nonce="n", created_at=NOW, line="Mine"))
    await drafts.drop(HERE, EVE, "n")
    assert await drafts.draft(HERE, EVE, "n") is None
    assert await drafts.draft(HERE, BEN, "n")


class Collided(Exception):
    pass


async def test_a_transaction_that_runs_again_makes_one_ticket_and_one_job(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = store.change

    async def twice(workspace: Workspace, work: Callable[[Transaction], Awaitable[object]]) -> object:
        async def in_vain(tx: Transaction) -> None:
            await work(tx)
            raise Collided

        with contextlib.suppress(Collided):
            await change(workspace, in_vain)
        return await change(workspace, work)

    monkeypatch.setattr(store, "change", twice)
    tickets, steps = Tickets(store, lambda: NOW), TicketSteps(store, lambda: NOW)
    assert (await make(tickets)).outcome == "created"
    await steps.take(HERE, 1, "assign", {"assignedUserId": "U0BEN"}, StepRequest(ANA, "press:1"))
    jobs = await store.read(HERE).jobs()
    assert [job.target.user for job in jobs] == ["U0ANA", "U0BEN"]
