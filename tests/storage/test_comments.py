"""Comments in the store, and how a thread finds its ticket."""

from contextlib import suppress
from datetime import timedelta

from bot.domain.comments import Comment, CommentPage
from bot.domain.ticket import Origin, Place, Ticket
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.storage.samples import DESK, NOW, OTHER, ticket


def comment(name: int, number: int = 1, **fields: object) -> Comment:
    at = NOW + timedelta(seconds=name)
    return Comment.model_validate(
        {"key": f"C1:{name}.0", "number": number, "author": "U1", "at": at, "text": f"{name}", **fields}
    )


def asked(number: int, thread_ts: str, *cards: Place) -> Ticket:
    """A ticket that was made from a reply in a thread."""
    origin = Origin(way="message", channel="C1", message_ts=f"{number}.5", thread_ts=thread_ts)
    return ticket(number).model_copy(update={"origin": origin, "cards": cards})


async def save(store: Store, *tickets: Ticket) -> None:
    async def work(tx: Transaction) -> None:
        for each in tickets:
            await tx.save(each, now=NOW)

    await store.change(DESK, work)


async def test_the_comments_of_a_ticket_are_told_oldest_first_however_they_came(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for name in (3, 1, 2):
            await tx.keep_comment(comment(name))
        await tx.keep_comment(comment(4, number=2))

    await store.change(DESK, work)
    read = store.read(DESK)
    assert [each.text for each in (await read.comments(1)).comments] == ["1", "2", "3"]
    assert [each.text for each in (await read.comments(2)).comments] == ["4"]
    assert await read.comments(3) == CommentPage([], 0, 0)
    assert await store.read(OTHER).comment("C1:1.0") is None


async def test_comments_are_read_in_pages_from_the_last_and_counted(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for name in (5, 3, 1, 2, 4):
            await tx.keep_comment(comment(name, internal=name == 2))
        for name in range(6, 9):
            await tx.keep_comment(comment(name, number=2))

    await store.change(DESK, work)
    read = store.read(DESK)

    async def shown(**asked: int | None) -> tuple[list[str], int, int]:
        page = await read.comments(1, limit=2, **asked)  # type: ignore[arg-type]
        return [each.text for each in page.comments], page.offset, page.total

    assert await shown() == (["4", "5"], 3, 5)
    assert await shown(before=3) == (["2", "3"], 1, 5)
    assert await shown(before=1) == (["1"], 0, 5)
    assert await shown(before=9) == (["4", "5"], 3, 5)
    assert await shown(before=2, internal=False) == (["1", "3"], 0, 4)


async def test_a_comment_that_changed_takes_its_own_place(store: Store, url: str) -> None:
    async def work(tx: Transaction) -> None:
        for text in ("first", "second"):
            await tx.keep_comment(comment(1, text=text))
            assert (await tx.comment("C1:1.0")) == comment(1, text=text)

    await store.change(DESK, lambda tx: tx.keep_comment(comment(1, text="before")))
    await store.change(DESK, work)
    await store.close()
    again = open_store(url)
    assert (await again.read(DESK).comments(1)).comments == [comment(1, text="second")]
    await again.close()


async def test_a_thread_is_its_first_tickets_and_a_card_is_its_own(store: Store) -> None:
    card = Place(channel="C2", ts="7.1")
    await save(store, asked(1, "1.0"), asked(2, "1.0"))
    await save(store, asked(2, "1.0", card), asked(1, "1.0"))
    read = store.read(DESK)
    assert await read.ticket_at("C1", "1.0") == 1
    assert await read.ticket_at("C2", "7.1") == 2
    assert await read.ticket_at("C1", "7.1") is None
    assert await store.read(OTHER).ticket_at("C2", "7.1") is None


async def test_a_place_is_kept_with_its_ticket_or_not_at_all(store: Store) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.save(asked(1, "1.0"), now=NOW)
        assert await tx.ticket_at("C1", "1.0") == 1
        raise LookupError

    with suppress(LookupError):
        await store.change(DESK, fail)
    assert await store.read(DESK).ticket_at("C1", "1.0") is None
