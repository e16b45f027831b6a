"""The store does what plain dictionaries would do, whatever the changes, the failures and the restarts between."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment, in_order, key_of
from bot.domain.directory import Customer, Item
from bot.domain.draft import Draft
from bot.domain.home import Home
from bot.domain.lookup import Lookup
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Reader, Store, Transaction
from storage import open_store
from tests.storage.conftest import Fresh
from tests.storage.samples import DESK, NOW, draft, job, ticket


@dataclass
class Model:
    """A workspace as plain dictionaries."""

    tickets: dict[int, Ticket] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    jobs: dict[UUID, Job] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, ChannelMembers] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    progress: MemberSyncProgress = field(default_factory=MemberSyncProgress)
    items: dict[str, Item] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    mirrors: dict[str, Mirror] = field(default_factory=dict)

    def copy(self) -> "Model":
        return Model(
            dict(self.tickets),
            dict(self.keys),
            dict(self.jobs),
            dict(self.drafts),
            dict(self.timers),
            dict(self.people),
            dict(self.channels),
            self.groups,
            self.progress,
            dict(self.items),
            dict(self.homes),
            dict(self.comments),
            dict(self.mirrors),
        )


NAMES = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["create", "enqueue", "dequeue", "keep", "drop"]), NAMES),
    st.tuples(st.sampled_from(["time", "drop timer"]), NAMES),
    st.tuples(st.just("change"), NAMES),
    st.tuples(st.sampled_from(["home", "comment", "mirror"]), NAMES),
    st.tuples(st.sampled_from(["item", "person", "groups", "channel", "drop channel", "progress"]), NAMES),
)
TRANSACTIONS = st.lists(
    st.tuples(st.lists(STEPS, max_size=5), st.sampled_from(["commit", "commit", "fail", "reopen"])),
    max_size=8,
)


async def take(step: tuple[str, int], transaction: Transaction, model: Model) -> None:
    """One step, on the store and on the model."""
    match step:
        case ("create", name):
            number = await transaction.next_number()
            model.tickets[number] = ticket(number)
            keys = [] if str(name) in model.keys else [str(name)]
            model.keys |= dict.fromkeys(keys, number)
            await transaction.save(ticket(number), now=NOW, keys=keys)
        case ("change", name) if name in model.tickets:
            model.tickets[name] = model.tickets[name].model_copy(update={"summary": f"{step}", "version": 2})
            await transaction.save(model.tickets[name], now=NOW)
        case ("enqueue", name):
            known = model.jobs.get(UUID(int=name), job(name))
            model.jobs[known.id] = known.model_copy(update={"attempts": known.attempts + 1})
            await transaction.enqueue(model.jobs[known.id])
        case ("dequeue", name):
            model.jobs.pop(UUID(int=name), None)
            await transaction.dequeue(UUID(int=name))
        case ("keep", name):
            model.drafts[str(name)] = draft(str(name))
            await transaction.keep_draft(draft(str(name)))
        case ("drop", name):
            model.drafts.pop(str(name), None)
            await transaction.drop_draft(str(name))
        case ("time", name):
            at = NOW - timedelta(days=len(model.timers), hours=len(model.jobs), seconds=name)
            model.timers[str(name)] = Timer(subject=str(name), at=at)
            await transaction.keep_timer(model.timers[str(name)])
        case ("drop timer", name):
            model.timers.pop(str(name), None)
            await transaction.drop_timer(str(name))
        case ("item", name):
            item = Customer(id="aAbB"[name], name=f"{len(model.jobs)}")
            model.items[item.id] = item
            await transaction.keep_item(item)
        case _:
            await take_shown(step, transaction, model)


async def take_shown(step: tuple[str, int], transaction: Transaction, model: Model) -> None:
    match step:
        case ("home", name):
            model.homes[f"U{name}"] = Home(user=f"U{name}", tab="mine", words=f"{len(model.jobs)}")
            await transaction.keep_home(model.homes[f"U{name}"])
        case ("comment", name):
            key, at = key_of("C1", f"{name}.5"), NOW + timedelta(minutes=len(model.jobs) - name)
            model.comments[key] = Comment(key=key, number=1, author="U1", at=at, text=f"{len(model.drafts)}")
            await transaction.keep_comment(model.comments[key])
        case ("mirror", name):
            ref = MirrorRef(home="T9", number=name)
            model.mirrors[ref.key] = Mirror(key=ref.key, ref=ref, version=len(model.jobs), told="1")
            await transaction.keep_mirror(model.mirrors[ref.key])
        case _:
            await take_people(step, transaction, model)


async def take_people(step: tuple[str, int], transaction: Transaction, model: Model) -> None:
    match step:
        case ("person", name):
            known = model.people.get(str(name), Person(id=str(name), names=()))
            model.people[str(name)] = known.model_copy(update={"names": (*known.names, "more")})
            await transaction.keep_person(model.people[str(name)])
        case ("groups", count):
            model.groups = tuple(Group(id=f"{i}", name=f"{count}", members=frozenset()) for i in range(count))
            await transaction.replace_groups(model.groups)
        case ("channel", name):
            model.channels[str(name)] = ChannelMembers(channel=str(name), members=frozenset(model.people))
            await transaction.keep_channel(model.channels[str(name)])
        case ("drop channel", name):
            model.channels.pop(str(name), None)
            await transaction.drop_channel(str(name))
        case ("progress", page):
            model.progress = MemberSyncProgress(cursor=str(page))
            await transaction.keep_member_sync_progress(model.progress)


async def attempt(model: Model, steps: list[tuple[str, int]], ending: str, tx: Transaction) -> Model:
    for step in steps:
        await take(step, tx, model)
    if ending == "fail":
        raise LookupError
    return model


async def check(store: Store, model: Model) -> None:
    read = store.read(DESK)
    page = await read.tickets(TicketFilter(), limit=1000)
    assert list(page.tickets) == [model.tickets[number] for number in sorted(model.tickets, reverse=True)]
    for each in model.tickets.values():
        assert await read.ticket_by_id(each.id) == each
    assert {str(name): await read.answered(str(name)) for name in range(4)} == (
        dict.fromkeys(map(str, range(4))) | model.keys
    )
    assert {str(name): await read.draft(str(name)) for name in range(4)} == (
        dict.fromkeys(map(str, range(4))) | model.drafts
    )
    soonest_first = sorted(model.timers.values(), key=lambda each: each.at)
    for limit in (1, 9):
        assert [each.at for each in await read.timers(limit=limit)] == [
            each.at for each in soonest_first[:limit]
        ]
    for name in map(str, range(4)):
        assert await read.timer(name) == model.timers.get(name)
    assert sorted(await read.jobs(), key=lambda each: each.id) == sorted(
        model.jobs.values(), key=lambda each: each.id
    )
    assert [item async for item in read.items("customer")] == [*model.items.values()]
    for item_id in "aAbB":
        await check_item(read, model.items, item_id)
    assert {person.id: person for person in await read.people()} == model.people
    assert {known.channel: known for known in await read.channels()} == model.channels
    assert await read.groups() == model.groups
    assert await read.member_sync_progress() == model.progress
    for home in model.homes.values():
        assert await read.home(home.user) == home
    assert (await read.comments(1, limit=9)).comments == in_order(model.comments.values())
    for mirror in model.mirrors.values():
        assert await read.mirror(mirror.ref) == mirror


async def check_item(read: Reader, items: dict[str, Item], item_id: str) -> None:
    """Of two IDs that differ by their case alone each names its own; one of them is named in any case."""
    either = [item for item in items.values() if item.id.casefold() == item_id.casefold()]
    meant = items.get(item_id) or (either[0] if len(either) == 1 else None)
    assert (await read.directory([Lookup("customer", item_id)])).get("customer", item_id) == meant
    for item in either:
        named = await read.directory([Lookup("customer", item.name, "name")])
        assert item in named.customers


@given(TRANSACTIONS)
async def test_the_store_is_what_plain_dictionaries_would_be(
    fresh: Fresh,
    transactions: list[tuple[list[tuple[str, int]], str]],
) -> None:
    with fresh() as url:
        store, model = open_store(url), Model()
        for steps, ending in transactions:
            with suppress(LookupError):
                model = await store.change(DESK, partial(attempt, model.copy(), steps, ending))
            if ending == "reopen":
                await store.close()
                store = open_store(url)
            await check(store, model)
        await store.close()
