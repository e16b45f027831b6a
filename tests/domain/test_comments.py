"""Comments: whatever the order in which Slack tells of a message, the same is known of it in the end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comments import (
    Comment,
    ThreadMessage,
    comment_of,
    in_order,
    merged,
    moment_of,
    noticed,
    sent,
    shown_by,
    threads,
)
from bot.domain.contract import parse
from bot.domain.lifecycle import StepContext, take, withdraw
from bot.domain.ticket import File, Origin, Place, Ticket, opened

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WHEN = int(NOW.timestamp())
ASKED = f"{WHEN - 60}.000100"
TRIAGE = Place(channel="C0TRIAGE", ts="7.000100", internal=True)
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "other",
    "sourceChannel": "internal",
    "summary": "Printer down",
}


def ticket(*cards: Place, origin: Origin | None = None) -> Ticket:
    made = opened(
        parse(WIRE),
        ticket_id=UUID(int=1),
        number=1,
        actor="U0BEN",
        origin=origin or Origin(way="message", channel="C1", message_ts=ASKED, thread_ts=ASKED),
        now=NOW,
    )
    return made.model_copy(update={"cards": cards})


def said(seconds: int = 1, text: str = "It smells", **fields: object) -> ThreadMessage:
    message = {"channel": "C1", "thread_ts": ASKED, "ts": f"{WHEN + seconds}.000200", "author": "U0BEN"}
    return ThreadMessage.model_validate({**message, "text": text, **fields})


def heard(*told: ThreadMessage, of: Ticket | None = None) -> list[Comment]:
    """What is known after all that was told, in its order."""
    known: dict[str, Comment] = {}
    for each in told:
        known[each.key] = merged(known.get(each.key), comment_of(each, of or ticket()))
    return [*in_order(known.values())]


def life(number: int, edits: int, *, deleted: bool) -> list[ThreadMessage]:
    """All that can be told of one message."""
    told = [said(number, f"{number}.0")]
    told += [
        said(number, f"{number}.{edit}", edited_ts=f"{WHEN + number + edit}.000000")
        for edit in range(1, edits + 1)
    ]
    return [*told, told[-1].model_copy(update={"deleted": True})] if deleted else told


LIVES = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=4).map(
    lambda lives: [
        each
        for number, (edits, deleted) in enumerate(lives, 1)
        for each in life(number, edits, deleted=deleted)
    ]
)


@given(st.data())
def test_any_order_with_any_repetitions_leaves_the_same_comments_in_the_right_order(
    data: st.DataObject,
) -> None:
    told = data.draw(LIVES)
    again = data.draw(st.lists(st.sampled_from(told), max_size=8))
    shuffled = data.draw(st.permutations([*told, *again]))
    known = heard(*shuffled)
    assert known == heard(*told)
    assert [comment.at for comment in known] == sorted(comment.at for comment in known)
    assert len(known) == len({each.ts for each in told})


def test_a_comment_is_its_newest_edit() -> None:
    assert [comment.text for comment in heard(*reversed(life(1, 3, deleted=False)))] == ["1.3"]


def test_a_deleted_comment_keeps_none_of_its_words_and_files() -> None:
    files = (File(name="panel.jpg", permalink="https://files.invalid/1"),)
    gone = heard(
        said(files=files), said(files=files, deleted=True), said(files=files, edited_ts=f"{WHEN + 9}.0")
    )[0]
    assert (gone.deleted, gone.text, gone.files, gone.edited_at) == (True, "", (), None)


def test_a_message_is_as_old_as_its_ts_says_to_the_microsecond() -> None:
    assert moment_of("1748847600.000100") == datetime(2025, 6, 2, 7, 0, 0, 100, tzinfo=UTC)


def test_the_threads_of_a_ticket_hang_on_its_message_and_on_its_cards() -> None:
    assert threads(ticket(Place(channel="C2", ts="3.4"))) == (f"C1:{ASKED}", "C2:3.4")
    assert threads(ticket(origin=Origin(way="command", channel="C1"))) == ()


@pytest.mark.parametrize(
    ("where", "author", "internal"),
    [
        (("C1", ASKED), "U0ANA", False),
        ((TRIAGE.channel, TRIAGE.ts), "U0ANA", True),
        ((TRIAGE.channel, TRIAGE.ts), "U0BEN", True),
        (("D0ANA", "9.1"), "U0ANA", True),
        (("D0BEN", "9.2"), "U0BEN", False),
    ],
    ids=[
        "below the message",
        "triage",
        "the requester in triage",
        "the assignee's messages",
        "the requester's",
    ],
)
def test_what_is_internal_is_told_by_where_it_is_said(
    where: tuple[str, str], author: str, *, internal: bool
) -> None:
    channel, thread_ts = where
    message = said(channel=channel, thread_ts=thread_ts, author=author)
    assert comment_of(message, ticket(TRIAGE)).internal is internal


RESOLVED = take(ticket(), "resolve", {"resolution": "Fixed"}, StepContext("U0ANA", NOW))


def after(known: Comment | None, message: ThreadMessage, of: Ticket = RESOLVED) -> Ticket:
    resolutions = [entry for entry in of.new_entries if entry.what == "resolved"]
    comment = merged(known, comment_of(message, of))
    return noticed(of, known, comment, resolutions[-1] if resolutions else None, NOW + timedelta(minutes=5))


def test_the_requesters_answer_reopens_a_resolved_ticket_and_the_history_tells() -> None:
    reopened = after(None, said())
    assert reopened.is_open
    assert reopened.resolution is None
    assert [(entry.what, entry.actor) for entry in reopened.new_entries[-1:]] == [("reopened", "U0BEN")]


@pytest.mark.parametrize(
    ("message", "of"),
    [
        (said(author="U0ANA"), RESOLVED),
        (said(-1), RESOLVED),
        (said(deleted=True), RESOLVED),
        (said(channel="C0TRIAGE", thread_ts="7.000100"), RESOLVED.model_copy(update={"cards": (TRIAGE,)})),
        (said(), take(RESOLVED, "close", {}, StepContext("U0ANA", NOW))),
        (said(), withdraw(ticket(), StepContext("U0ANA", NOW))),
    ],
    ids=[
        "somebody else",
        "written before",
        "deleted before it was heard",
        "internal",
        "closed",
        "withdrawn",
    ],
)
def test_nothing_else_reopens_a_ticket(message: ThreadMessage, of: Ticket) -> None:
    assert after(None, message, of) is of


def test_an_answer_that_is_told_twice_or_edited_later_reopens_once() -> None:
    first = heard(said())[0]
    assert after(first, said()) is RESOLVED
    assert not after(first, said(edited_ts=f"{WHEN + 60}.000000")).is_open


def test_the_history_says_what_was_edited_and_deleted_but_not_of_what_is_internal() -> None:
    known = heard(said())[0]
    edited, deleted = said(edited_ts=f"{WHEN + 60}.000000"), said(deleted=True)
    assert after(known, edited).new_entries[-1].what == "comment_edited"
    assert (
        after(None, said(1, author="U0ANA", edited_ts=f"{WHEN + 60}.0")).new_entries[-1].what
        == "comment_edited"
    )
    assert after(known, deleted).new_entries[-1].what == "comment_deleted"
    assert after(known, deleted).version == RESOLVED.version + 1
    triage = RESOLVED.model_copy(update={"cards": (TRIAGE,)})
    for message in (edited, deleted):
        internal = message.model_copy(update={"channel": TRIAGE.channel, "thread_ts": TRIAGE.ts})
        assert after(known, internal, triage) is triage


def test_what_is_said_in_the_open_is_shown_below_every_internal_card_once() -> None:
    desk = ticket(Place(channel="C1", ts="2.1"), TRIAGE)
    comment = comment_of(said(), desk)
    (job,) = shown_by(desk, None, comment, NOW)
    assert (job.target.channel, job.target.thread_ts, job.comment) == (TRIAGE.channel, TRIAGE.ts, comment.key)
    assert shown_by(desk, None, comment, NOW)[0].id == job.id
    copied = comment.model_copy(update={"copies": (Place(channel=TRIAGE.channel, ts="8.1"),)})
    (change,) = shown_by(desk, copied, copied, NOW)
    assert change.place == copied.copies[0]


def test_what_is_internal_is_shown_nowhere_else() -> None:
    desk = ticket(Place(channel="C1", ts="2.1"), TRIAGE)
    comment = comment_of(said(channel=TRIAGE.channel, thread_ts=TRIAGE.ts, author="U0ANA"), desk)
    assert shown_by(desk, None, comment, NOW) == ()


@pytest.mark.parametrize(
    ("cards", "origin", "where"),
    [
        ((TRIAGE,), None, ("C1", ASKED)),
        (
            (TRIAGE, Place(channel="D0ANA", ts="5.1"), Place(channel="C1", ts="6.1")),
            Origin(way="command", channel="C1"),
            ("C1", "6.1"),
        ),
        ((TRIAGE, Place(channel="D0ANA", ts="5.1")), Origin(way="global_shortcut"), (None, None)),
        (
            (TRIAGE,),
            Origin(way="message", channel=TRIAGE.channel, message_ts="7.2", thread_ts=TRIAGE.ts),
            (None, None),
        ),
    ],
    ids=["their message's thread", "a card's thread", "directly", "never below an internal card"],
)
def test_a_reply_goes_where_the_requester_follows_the_ticket(
    cards: tuple[Place, ...], origin: Origin | None, where: tuple[str | None, str | None]
) -> None:
    reply = Comment(key="reply:1", number=1, author="U0ANA", at=NOW, text="On my way")
    target = sent(ticket(*cards, origin=origin), reply, NOW).target
    assert (target.channel, target.thread_ts, target.user) == (*where, "U0BEN")


PLACES = st.builds(
    Place,
    channel=st.sampled_from(["C1", "C0TRIAGE", "D0ANA", "D0BEN"]),
    ts=st.sampled_from(["7.1", "7.2", ASKED]),
    internal=st.booleans(),
)
ORIGINS = st.one_of(
    st.just(Origin(way="global_shortcut")),
    st.builds(
        Origin,
        way=st.just("message"),
        channel=st.sampled_from(["C1", "C0TRIAGE"]),
        message_ts=st.just("7.3"),
        thread_ts=st.sampled_from(["7.1", "7.2", ASKED]),
    ),
)


CARDS = st.lists(PLACES, max_size=4, unique_by=lambda place: (place.channel, place.ts))


@given(CARDS, ORIGINS, st.sampled_from(["U0BEN", "U0ANA"]), st.data())
def test_no_way_leads_from_an_internal_thread_to_the_requester(
    cards: list[Place], origin: Origin, author: str, data: st.DataObject
) -> None:
    desk = ticket(*cards, origin=origin)
    internal = {(card.channel, card.ts) for card in cards if card.internal}
    where = data.draw(st.sampled_from([("C1", ASKED), *((card.channel, card.ts) for card in cards)]))
    comment = comment_of(said(author=author, channel=where[0], thread_ts=where[1]), desk)
    if where in internal:
        assert comment.internal
        assert noticed(desk, None, comment, None, NOW) is desk
        assert shown_by(desk, None, comment, NOW) == ()
    for job in shown_by(desk, None, comment, NOW):
        assert (job.target.channel, job.target.thread_ts) in internal
        assert job.target.user == author
    reply = sent(desk, comment, NOW).target
    assert (reply.channel, reply.thread_ts) not in internal
    assert reply.channel is None or not reply.channel.startswith("D")
