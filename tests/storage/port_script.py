"""Random scripts of what can be done with a workspace's store, and all that can be asked of it, for whoever compares two stores.

A step is its name and two small numbers, which say whom it is about, and how.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as some

from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment, key_of
from bot.domain.directory import Contact, Customer, Site
from bot.domain.home import Home
from bot.domain.lookup import Lookup
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere, copy_key
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.search import Span, TicketFilter
from bot.domain.ticket import Entry, Origin, Place, message_key
from bot.services.ports.store import Reader, Transaction
from tests.storage.samples import NOW, SETUP, draft, job, new_ticket

T = TypeVar("T")
Step = tuple[str, int, int]
Take = Callable[[Transaction, int, int], Awaitable[object]]
Ask = Callable[[Reader], Awaitable[object]]

CHANNELS = ("C1", "C2", "C3")
STAMPS = ("1.5", "2.5")
MESSAGES = [(channel, ts) for channel in CHANNELS for ts in STAMPS]
REFS = [MirrorRef(home="T999", number=number) for number in (1, 2)]
NAMES = ("plain", "nul \0", "".join(map(str, range(3000))))
"""Whose keys, forms and homes are meant: names that no index of PostgreSQL takes are among them."""

STEPS: dict[str, Take] = {}
QUESTIONS: dict[str, Ask] = {}


RESTART: Step = ("restart", 0, 0)


class Failed(Exception):
    """A step that fails."""


def step(take: Take) -> Take:
    STEPS[take.__name__] = take
    return take


def question(ask: Ask) -> Ask:
    QUESTIONS[ask.__name__] = ask
    return ask


async def taken(tx: Transaction, each: Step) -> object:
    name, one, two = each
    return await (STEPS[name](tx, one, two) if name in STEPS else QUESTIONS[name](tx))


async def all_answers(reader: Reader) -> dict[str, object]:
    return {name: await ask(reader) for name, ask in QUESTIONS.items()}


def scripts() -> some.SearchStrategy[list[list[Step]]]:
    """Transactions of some steps each; of few kinds, so that they have to do with each other. `RESTART` stands by itself between
    them."""
    names = some.lists(some.sampled_from([*STEPS, *STEPS, *QUESTIONS]), min_size=1, max_size=8, unique=True)
    return names.flatmap(_of_steps)


def _of_steps(names: Sequence[str]) -> some.SearchStrategy[list[list[Step]]]:
    steps = some.tuples(some.sampled_from(names), some.integers(0, 2), some.integers(0, 2))
    transactions = some.lists(steps, max_size=8)
    return some.lists(transactions | transactions | transactions | some.just([RESTART]), max_size=8)


def message(one: int, two: int) -> tuple[str, str]:
    return CHANNELS[one], STAMPS[two % 2]


def place(one: int, two: int) -> Place:
    return Place(channel=CHANNELS[one], ts=STAMPS[two % 2])


# What is done with tickets.


@step
async def create(tx: Transaction, one: int, two: int) -> object:
    number, (channel, ts) = await tx.next_number(), message(one, two)
    origin = Origin(way="message", channel=channel, message_ts=ts, thread_ts=ts)
    fields = {"summary": f"Printer {one}{two}", "assignedQueue": ("Net", "net", None)[two]}
    made = new_ticket(number, **{name: value for name, value in fields.items() if value})
    made = made.model_copy(update={"origin": origin, "created_by": f"U{one}"})
    keys = [] if await tx.answered(NAMES[one]) else [NAMES[one]]
    origins = [key for key in origin.keys if await tx.answered(key) is None]
    await tx.save(made, now=NOW, keys=keys, origins=origins)
    return number


@step
async def create_again(tx: Transaction, one: int, two: int) -> object:
    """Whatever its number and its keys already say."""
    number = 1 + two
    await tx.save(new_ticket(number), now=NOW, keys=[NAMES[one]], origins=[message_key(*message(one, two))])
    return number


@step
async def change(tx: Transaction, one: int, two: int) -> object:
    ticket = await tx.ticket(one + 1)
    if ticket is None:
        return None
    what = ("assigned", "noted", "resolved")[two]
    entry = Entry(
        at=NOW + timedelta(minutes=ticket.version), actor=f"U{two}", what=what, note="ring \\ twice"
    )
    changes: Sequence[dict[str, object]] = (
        {"assigned_user_id": f"U{one}", "status": "assigned", "sla_due_at": NOW, "visibility_mode": "global"},
        {"summary": "Scanner down", "cards": (place(one, two),), "priority": "high", "visible_since": NOW},
        {"status": "resolved", "undone_at": NOW, "response_late": True, "assigned_queue": "Net"},
    )
    more = {"version": ticket.version + 1, "new_entries": (entry,), **changes[two]}
    await tx.save(ticket.model_copy(update=more), now=NOW)
    return what


@step
async def keep_cards(tx: Transaction, one: int, two: int) -> object:
    if ticket := await tx.ticket(one + 1):
        await tx.keep_cards(ticket.model_copy(update={"cards": (place(one, two), place(two, one))[:two]}))
    return ticket


@step
async def release(tx: Transaction, one: int, two: int) -> object:
    if ticket := await tx.ticket(one + 1):
        await tx.release(ticket, origins=[*ticket.origin.keys, *([NAMES[two]] if two else [])])
    return ticket


@step
async def read_ahead(tx: Transaction, one: int, two: int) -> None:
    await tx.read_ahead(
        tickets=[one, two, 2**40],
        keys=[NAMES[one], message_key(*message(one, two))],
        messages=[message(one, two), message(two, one)],
        timers=[f"ticket:{one}"],
        jobs=[job(two + 1).id],
    )


# What is said and shown.


@step
async def keep_comment(tx: Transaction, one: int, two: int) -> None:
    at, key = NOW + timedelta(minutes=two), key_of(*message(one, two))
    comment = Comment(key=key, number=1, author="U1", at=at, internal=one == 0, heard=two > 0)
    await tx.keep_comment(comment.model_copy(update={"copies": (place(two, one),)}))


@step
async def edit_comment(tx: Transaction, one: int, two: int) -> object:
    known = await tx.comment(key_of(*message(one, two)))
    if known:
        edited = {"text": f"{known.text}{NAMES[1]}", "internal": not known.internal, "heard": True}
        await tx.keep_comment(known.model_copy(update=edited))
    return known


@step
async def keep_mirror(tx: Transaction, one: int, two: int) -> None:
    ref = REFS[one % 2]
    await tx.keep_mirror(Mirror(key=ref.key, ref=ref, version=two, told="1", places=(place(one, two),)))


@step
async def keep_mirror_copy(tx: Transaction, one: int, two: int) -> None:
    ref, key = REFS[one % 2], key_of(*message(two, one))
    await tx.keep_mirror_copy(
        MirrorCopy(key=copy_key(ref, key), of=ref.key, comment=key, revision=f"{two}", place=place(one, two))
    )


@step
async def keep_written_here(tx: Transaction, one: int, two: int) -> None:
    comment = Comment(key=key_of(*message(one, two)), number=1, author="U1", at=NOW)
    await tx.keep_written_here(
        WrittenHere(key=comment.key, ref=REFS[two % 2], comment=comment, unheard=one == 0)
    )


@step
async def take_over(tx: Transaction, one: int, two: int) -> object:
    return await tx.take_over(key_of(*message(one, two)))


@step
async def rename_channel(tx: Transaction, one: int, two: int) -> None:
    await tx.rename_channel(CHANNELS[one], CHANNELS[two])


@step
async def keep_home(tx: Transaction, one: int, two: int) -> None:
    await tx.keep_home(Home(user=NAMES[one], tab="mine", words=f"{two}"))


@step
async def keep_draft(tx: Transaction, one: int, two: int) -> None:
    made = draft(NAMES[one])
    await tx.keep_draft(made.model_copy(update={"created_at": NOW + timedelta(minutes=two)}))


@step
async def drop_draft(tx: Transaction, one: int, _: int) -> None:
    await tx.drop_draft(NAMES[one])


# What is to be done.


@step
async def enqueue(tx: Transaction, one: int, two: int) -> None:
    reason = "no" if two == 2 else None
    await tx.enqueue(job(one + 1).model_copy(update={"attempts": two, "set_aside": reason}))


@step
async def dequeue(tx: Transaction, one: int, _: int) -> None:
    await tx.dequeue(job(one + 1).id)


@step
async def keep_timer(tx: Transaction, one: int, two: int) -> None:
    await tx.keep_timer(Timer(subject=TIMERS[one], at=NOW + timedelta(minutes=two)))


@step
async def drop_timer(tx: Transaction, one: int, _: int) -> None:
    await tx.drop_timer(TIMERS[one])


TIMERS = ("ticket:0", "ticket:1", f"queue:{NAMES[1]}")


@step
async def fail(tx: Transaction, one: int, two: int) -> None:
    if one == two == 0:
        raise Failed
    await tx.next_number()


# Who and what there is.


@step
async def keep_settings(tx: Transaction, one: int, two: int) -> None:
    await tx.keep_settings(SETUP.model_copy(update={"emoji": one == 0, "default_queue": f"{two}"}))


@step
async def keep_item(tx: Transaction, one: int, two: int) -> None:
    names = ("Acme", "Acme Ltd", "Zeta")
    await tx.keep_item(Customer(id="aAz"[one], name=names[two]))
    if two:
        await tx.keep_item(Site(id=f"hq{one}", name=names[one], customer_id="aAz"[two], address="1 Main St"))
        await tx.keep_item(Contact(id=f"ann{two}", name="Ann", customer_id="aAz"[one], phone=f"{two}"))


@step
async def keep_person(tx: Transaction, one: int, two: int) -> None:
    await tx.keep_person(Person(id=NAMES[one], names=(f"Ana {two}",)))


@step
async def replace_groups(tx: Transaction, one: int, two: int) -> None:
    groups = [Group(id=f"S{each}", name=f"{one}", members=frozenset({f"U{two}"})) for each in range(3)]
    await tx.replace_groups([groups[:two], [*reversed(groups)], groups][one])


@step
async def keep_channel(tx: Transaction, one: int, two: int) -> None:
    await tx.keep_channel(ChannelMembers(channel=CHANNELS[one], members=frozenset({f"U{two}"})))


@step
async def drop_channel(tx: Transaction, one: int, _: int) -> None:
    await tx.drop_channel(CHANNELS[one])


@step
async def keep_progress(tx: Transaction, one: int, _: int) -> None:
    await tx.keep_member_sync_progress(MemberSyncProgress(cursor=NAMES[one]))


# What is asked.


@question
async def tickets_by_number(reader: Reader) -> object:
    return [await reader.ticket(number) for number in (0, 1, 2, 3, 2**40)]


@question
async def tickets_by_id(reader: Reader) -> object:
    return [await reader.ticket_by_id(new_ticket(number).id) for number in (1, 2, 3)]


@question
async def histories(reader: Reader) -> object:
    pages = [await reader.history(1, offset=at, limit=2, without=("noted",)) for at in (0, 1)]
    return (
        [[*page] for page in pages],
        [*await reader.history(2, limit=9)],
        [*await reader.history(9, limit=9)],
    )


@question
async def last_entries(reader: Reader) -> object:
    return [await reader.last_entry(number, what) for number in (1, 2) for what in ("created", "noted")]


@question
async def answers(reader: Reader) -> object:
    keys = [*(message_key(*each) for each in MESSAGES), *NAMES]
    return {key: await reader.answered(key) for key in keys}


@question
async def threads(reader: Reader) -> object:
    return {each: await reader.ticket_at(*each) for each in MESSAGES}


@question
async def comments_by_key(reader: Reader) -> object:
    return {each: await reader.comment(key_of(*each)) for each in MESSAGES}


@question
async def comments(reader: Reader) -> object:
    return [
        await reader.comments(1),
        await reader.comments(1, limit=1, internal=False),
        await reader.comments(1, before=2, limit=1),
        await reader.comments(2),
    ]


FILTERS = (
    TicketFilter(),
    TicketFilter(open_only=True, sort="age"),
    TicketFilter(queues=("NET",), sort="priority"),
    TicketFilter(assignees=("U1", None), sort="due"),
    TicketFilter(words=("printer",), requesters=("U0", "U1")),
    TicketFilter(due=Span(end=NOW + timedelta(days=1)), involving="U0"),
    TicketFilter(response=("late",), visibilities=("workspace_local",)),
)


@question
async def lists(reader: Reader) -> object:
    pages = [await reader.tickets(each, limit=2) for each in FILTERS]
    return pages, await reader.tickets(FILTERS[0], offset=1, limit=1)


@question
async def queue_names(reader: Reader) -> object:
    return sorted(await reader.queue_names())


@question
async def unconfirmed(reader: Reader) -> object:
    total, some_of_them = await reader.unconfirmed(), await reader.unconfirmed(after=1, limit=1)
    return total.total, [*some_of_them.numbers]


@question
async def homes(reader: Reader) -> object:
    return [await reader.home(each) for each in NAMES]


@question
async def drafts(reader: Reader) -> object:
    found = [await reader.draft(each) for each in NAMES]
    return found, sorted(await reader.drafts(before=NOW + timedelta(minutes=1)))


@question
async def mirrors(reader: Reader) -> object:
    return [await reader.mirror(ref) for ref in REFS], [await reader.mirror_at(*each) for each in MESSAGES]


@question
async def mirror_copies(reader: Reader) -> object:
    keys = [key_of(*each) for each in MESSAGES]
    return [
        ([*await reader.mirror_copies(ref)], [await reader.mirror_copy(ref, key) for key in keys])
        for ref in REFS
    ]


@question
async def written_here(reader: Reader) -> object:
    return [await reader.written_here(key_of(*each)) for each in MESSAGES]


@question
async def jobs(reader: Reader) -> object:
    listed, ids = [*await reader.jobs()], sorted(await whole(reader.job_ids()))
    return listed, ids, [await reader.job(job(each + 1).id) for each in range(3)]


@question
async def timers(reader: Reader) -> object:
    found = [await reader.timer(subject) for subject in TIMERS]
    firsts = [[*await reader.timers(limit=limit)] for limit in (1, 2, 9)]
    return found, firsts, sorted(each.subject for each in await reader.timers_of("ticket"))


@question
async def settings(reader: Reader) -> object:
    return await reader.settings(), await reader.member_sync_progress()


@question
async def people(reader: Reader) -> object:
    return [*await reader.people()], [*await reader.groups()], [*await reader.channels()]


@question
async def items(reader: Reader) -> object:
    return [await whole(reader.items(kind)) for kind in ("customer", "site", "contact")]


LOOKUPS = (
    Lookup("customer", "a"),
    Lookup("customer", "acme", "name"),
    Lookup("site", "Ac", "typed"),
    Lookup("contact", "ann1"),
)


@question
async def directory(reader: Reader) -> object:
    return [await reader.directory([each]) for each in LOOKUPS], await reader.directory(LOOKUPS)


@question
async def type_ahead(reader: Reader) -> object:
    return [
        [*await reader.items_like("customer", "ac", limit=2)],
        [*await reader.items_like("site", "main", limit=9)],
        [*await reader.items_like("site", "", within="a", limit=9)],
    ]


async def whole(found: AsyncIterator[T]) -> list[T]:
    return [each async for each in found]
