"""Every store follows a channel whose ID has changed: what is kept by the old one is found, and read, by the new."""

import pytest

from bot.domain.comments import Comment
from bot.domain.queues import Queue
from bot.domain.ticket import Origin, Place, Ticket, message_key
from bot.services.ports.store import Store, Transaction
from storage import open_store
from storage.common.documents import ChannelIds
from tests.storage.samples import DESK, NOW, SETUP, job, new_ticket, ticket

OLD, NEW, NEWEST, TS = "G0OLD", "C0NEW", "C0NEWEST", "1795426200.000100"


def in_channel(number: int, channel: str) -> Ticket:
    origin = Origin(way="message", channel=channel, message_ts=TS, thread_ts=TS)
    cards = (Place(channel=channel, ts="1.2"),)
    return new_ticket(number, summary=f"{channel} is down").model_copy(
        update={"origin": origin, "cards": cards}
    )


async def fill(tx: Transaction) -> None:
    made = in_channel(1, OLD)
    await tx.save(made, now=NOW, origins=made.origin.keys)
    await tx.keep_comment(Comment(key=f"{OLD}:2.0", number=1, author="U1", at=NOW, text="It smokes"))
    await tx.keep_settings(
        SETUP.model_copy(update={"queues": (Queue(name="Help", channel=OLD, owner="U1"),)})
    )
    waiting = job(7)
    await tx.enqueue(
        waiting.model_copy(update={"target": waiting.target.model_copy(update={"channel": OLD})})
    )


async def follows(store: Store, channel: str) -> None:
    read = store.read(DESK)
    kept, waiting = await read.ticket(1), (await read.jobs())[0]
    assert kept
    assert (kept.origin.channel, kept.cards[0].channel) == (channel, channel)
    assert kept.summary == f"{OLD} is down", "what people typed stays as it was"
    assert waiting.target.channel == channel
    assert (await read.settings()).queues == (Queue(name="Help", channel=channel, owner="U1"),)
    for each in (OLD, channel):
        assert await read.answered(message_key(each, TS)) == 1
        assert await read.ticket_at(each, TS) == await read.ticket_at(each, "1.2") == 1
        assert await read.comment(f"{each}:2.0")


async def test_all_of_it_goes_on_under_the_new_id_also_after_a_restart(store: Store, url: str) -> None:
    await store.change(DESK, fill)
    await follows(store, OLD)
    await store.change(DESK, lambda tx: tx.rename_channel(OLD, NEW))
    await follows(store, NEW)
    await store.close()
    again = open_store(url)
    await follows(again, NEW)
    await again.close()


async def test_a_channel_may_change_its_id_more_than_once(store: Store) -> None:
    await store.change(DESK, fill)
    await store.change(DESK, lambda tx: tx.rename_channel(OLD, NEW))
    await store.change(DESK, lambda tx: tx.rename_channel(NEW, NEWEST))
    await follows(store, NEWEST)


async def test_a_change_that_does_not_come_through_changes_nothing(store: Store) -> None:
    await store.change(DESK, fill)

    async def fail(tx: Transaction) -> None:
        await tx.rename_channel(OLD, NEW)
        raise LookupError

    with pytest.raises(LookupError):
        await store.change(DESK, fail)
    await follows(store, OLD)


async def test_a_comment_that_is_edited_there_takes_its_own_place(store: Store) -> None:
    await store.change(DESK, fill)
    await store.change(DESK, lambda tx: tx.rename_channel(OLD, NEW))
    edited = Comment(key=f"{NEW}:2.0", number=1, author="U1", at=NOW, text="It burns")
    await store.change(DESK, lambda tx: tx.keep_comment(edited))
    page = await store.read(DESK).comments(1)
    assert [comment.text for comment in page.comments] == ["It burns"]


async def test_an_origin_that_is_released_is_free_by_each_id(store: Store) -> None:
    await store.change(DESK, fill)
    await store.change(DESK, lambda tx: tx.rename_channel(OLD, NEW))
    kept = await store.read(DESK).ticket(1)
    assert kept
    await store.change(DESK, lambda tx: tx.release(kept, origins=kept.origin.keys))
    assert await store.read(DESK).answered(message_key(OLD, TS)) is None
    assert await store.read(DESK).ticket_at(NEW, TS) is None


async def test_other_channels_are_left_alone(store: Store) -> None:
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    await store.change(DESK, lambda tx: tx.rename_channel(OLD, NEW))
    assert await store.read(DESK).ticket(1) == ticket(1)


@pytest.mark.parametrize(
    "events",
    [
        [(OLD, NEW), (NEW, NEWEST)],
        [(NEW, NEWEST), (OLD, NEW)],
        [(OLD, NEW), (OLD, NEW), (NEW, NEWEST), (OLD, NEW), (NEWEST, OLD)],
    ],
    ids=["in order", "out of order", "twice and back"],
)
def test_events_may_come_late_and_twice(events: list[tuple[str, str]]) -> None:
    ids = ChannelIds()
    for old, new in events:
        ids = ids.changed(old, new)
    assert ids.today == {OLD: NEWEST, NEW: NEWEST}
