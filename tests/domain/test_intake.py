"""What becomes of a message of an intake channel, and which belong together."""

from datetime import UTC, datetime

import pytest

from bot.domain.comments import ThreadMessage
from bot.domain.intake import Meaning, is_near, joined_by, meaning_of, span_of, spans_near, with_waiting
from bot.domain.ticket import Origin, Ticket
from tests.storage.samples import ticket

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("thanks", "nothing"),
        ("Thx all!", "nothing"),
        ("Thank you so much <@U0ANA> :pray:", "nothing"),
        ("danke", "nothing"),
        ("Vielen Dank!", "nothing"),
        ("ok", "nothing"),
        ("OK, thanks", "nothing"),
        ("👍", "nothing"),
        (":thumbsup::skin-tone-3:", "nothing"),
        (":tada: :tada:", "nothing"),
        ("+1", "nothing"),
        (":+1:", "nothing"),
        ("Hi team", "nothing"),
        ("Good morning everyone,", "nothing"),
        ("hello?", "nothing"),
        ("<@U0ANA>", "nothing"),
        ("<!here>", "nothing"),
        ("", "nothing"),
        (" \n ", "nothing"),
        ("any news?", "remark"),
        ("Any updates on this?", "remark"),
        ("is there any news yet", "remark"),
        ("bump", "remark"),
        ("yes", "remark"),
        ("It works again", "remark"),
        ("thanks for the quick help", "remark"),
        ("Same here", "remark"),
        ("The printer is dead", "request"),
        ("Hi team\nthe printer is dead", "request"),
        ("ok the printer is dead again", "request"),
        ("Thanks for nothing: the printer that you repaired on Monday is dead again", "request"),
        ("Can somebody reset my password?", "request"),
        ("thanks for yesterday\nThe scanner in room 4 now shows E-17", "request"),
        ("Drucker tot", "request"),
        ("プリンターが壊れた", "request"),
        ("E-17", "request"),
    ],
)
def test_what_says_nothing_is_passed_over_and_what_is_doubtful_is_asked(text: str, meaning: Meaning) -> None:
    assert meaning_of(text, has_files=False) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("", "remark"), ("thanks", "remark"), (":point_down:", "remark"), ("The printer is dead", "request")],
)
def test_a_picture_says_something_though_nobody_knows_what(text: str, meaning: Meaning) -> None:
    assert meaning_of(text, has_files=True) == meaning


def test_no_text_makes_the_rules_slow() -> None:
    """The patterns look at any text once: ten times as long takes no hundred times as long."""
    for words in ("thanks all ", "any news on this ", "ok +1 ", "hi team "):
        assert meaning_of(words * 2000 + "x", has_files=False) == "request"


@pytest.mark.parametrize(
    ("other", "minutes", "near"),
    [
        ("1000600.000000", 10, True),
        ("999400.000000", 10, True),
        ("1000600.000001", 10, False),
        ("1000000.000001", 0, False),
        ("1003600.000000", 60, True),
    ],
)
def test_what_counts_is_when_messages_were_written(other: str, minutes: int, *, near: bool) -> None:
    assert is_near("1000000.000000", other, minutes) is near
    if near:
        assert span_of(other) in spans_near("1000000.000000", minutes)


def made(number: int, ts: str, **also: object) -> Ticket:
    origin = Origin(way="intake", channel="C1", message_ts=ts, thread_ts=ts)
    return ticket(number).model_copy(update={"origin": origin, **also})


def test_a_message_joins_the_nearest_ticket_that_is_not_over() -> None:
    first, second = made(1, "1000000.000000"), made(2, "1000900.000000")
    assert joined_by("1000400.000000", [first, second], 10) is first
    assert joined_by("1000500.000000", [first, second], 10) is second
    assert joined_by("1000450.000000", [second, first], 10) is first, "the earlier of two as near"
    assert joined_by("1001501.000000", [first, second], 10) is None
    for over in ({"status": "closed"}, {"withdrawn_at": NOW}):
        assert joined_by("1000000.000001", [made(1, "1000000.000000", **over)], 10) is None
    assert joined_by("1000000.000001", [made(1, "1000000.000000", status="resolved")], 10)


def waits(ts: str, text: str = "It smells", **also: object) -> ThreadMessage:
    fields = {"channel": "C1", "thread_ts": ts, "ts": ts, "author": "U1", "text": text, **also}
    return ThreadMessage.model_validate(fields)


def test_what_waits_for_a_ticket_is_kept_once_and_as_it_is_now() -> None:
    first, second = waits("1.000000", client_msg_id="a"), waits("2.000000")
    edited = waits("1.000000", "It burns", changed_ts="3.000000", edited_ts="3.000000")
    both = with_waiting((first,), second)
    assert both == (first, second)
    assert with_waiting(both, second) == both
    assert with_waiting(both, waits("9.000000", client_msg_id="a")) == both, "one gesture, sent as two"
    changed = with_waiting(both, edited)
    assert changed == (edited, second)
    assert with_waiting(changed, first) == changed, "it was told before"
    gone = with_waiting(changed, waits("1.000000", "It burns", changed_ts="4.000000", deleted=True))
    assert (gone[0].deleted, gone[0].text) == (True, "")
    assert with_waiting(gone, edited) == gone
