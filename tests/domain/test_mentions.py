"""Who is spoken to, and what is asked: @Deskhand understands what /ticket does, and guesses nothing."""

import pytest

from bot.domain.mentions import Order, behind_mention, is_order, meant_in, names_number, order_of
from bot.domain.steps import STEPS, typed_words
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import command_of
from tests.domain.test_lifecycle import IN_STATUS

US = {"U0BOT", None}
KNOWN = {*typed_words(), "help", "list", "mine", "me", "search", "show", "oncall"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U0BOT> take", "take"),
        ("<@U0BOT>, take", "take"),
        ("<@U0BOT>: take", "take"),
        ("<@U0BOT> — take", "take"),
        ("<@U0BOT|deskhand> take", "take"),
        ("  \n<@U0BOT>\ntake", "take"),
        ("\u200b\u00a0<@U0BOT>\u00a0take", "take"),
        ("*<@U0BOT>* take", "take"),
        ("*<@U0BOT> take*", "take"),
        ("*<@U0BOT>* *now*", "*now*"),
        ("<@U0BOT>take", "take"),
        ("<@U0BOT> !high", "!high"),
        ("<@U0BOT> assign <@U0BEN>", "assign <@U0BEN>"),
        ("<@U0BOT>", ""),
        ("<@U0BOT> .", ""),
        ("<@U0BOT>!", ""),
        ("<@U0BOT> ?", "?"),
        ("should we ask <@U0BOT>?", None),
        ("take <@U0BOT>", None),
        ("hey <@U0BOT> take", None),
        ("&gt; <@U0BOT> take", None),
        ("<@U0BOT> <@U0BEN> any idea?", None),
        ("<@U0BEN> <@U0BOT> any idea?", None),
        ("<@U0BOT> or <@U0BOT>", None),
        ("<@U0BOT> <!here> look", None),
        ("<@U0OTHER> take", None),
        ("@Deskhand take", None),
        ("", None),
    ],
)
def test_a_message_speaks_to_us_where_it_begins_with_our_mention(text: str, said: str | None) -> None:
    assert behind_mention(text, US) == said


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("take", "take T-5"),
        ("Take it", "take T-5"),
        ("please take this one, thanks!", "take T-5"),
        ("assign <@U0BEN> please", "assign T-5 <@U0BEN>"),
        ("assign it to me", "assign T-5 to me"),
        ("assign ben", "assign T-5 ben"),
        ("assign @ben look first", "assign T-5 @ben look first"),
        ("resolve: tomorrow", "resolve T-5: tomorrow"),
        ("hold waiting for parts", "hold T-5: waiting for parts"),
        ("assign this ticket to <@U0BEN>.", "assign T-5 to <@U0BEN>"),
        ("resolve Replaced the toner", "resolve T-5: Replaced the toner"),
        ("resolve: 2 toners replaced", "resolve T-5: 2 toners replaced"),
        ("resolve", "resolve T-5"),
        ("high", "priority T-5 high"),
        ("!high", "priority T-5 high"),
        ("High, please.", "priority T-5 High"),
        ("urgent!", "priority T-5 urgent"),
        ("priority low", "priority T-5 low"),
        ("on hold", "status T-5 on hold"),
        ("on hold until monday", "status T-5 on hold until monday"),
        ("on hold: waiting for parts", "status T-5 on hold: waiting for parts"),
        ("done", "status T-5 done"),
        ("in progress, thanks", "status T-5 in progress"),
        ("status in progress", "status T-5 in progress"),
        ("note Call first", "note T-5: Call first"),
        ("note this is the third time", "note T-5: this is the third time"),
        ("hold until monday waiting for parts", "hold T-5: until monday waiting for parts"),
        ("snooze until monday", "snooze T-5: until monday"),
        ("close", "close T-5"),
        ("close this please", "close T-5"),
        ("close: done by phone", "close T-5: done by phone"),
        ("undo", "undo T-5"),
        ("reopen", "reopen T-5"),
        ("history", "history T-5"),
        ("link T-7", "link T-5 T-7"),
        ("link with T-7", "link T-5 with T-7"),
        ("comment It smells, too", "comment T-5: It smells, too"),
        ("reply Is it plugged in?", "reply T-5: Is it plugged in?"),
    ],
)
def test_in_a_tickets_thread_its_number_may_be_left_out(said: str, line: str) -> None:
    order = order_of(said, KNOWN, 5)
    assert order
    assert (order.line, order.doubt) == (line, "")
    typed = command_of(order.line)
    assert typed
    assert (typed.step, typed.numbers, typed.doubt) == (order.implied, (5,), "")


@pytest.mark.parametrize(
    "said",
    [
        "close T-42",
        "T-42",
        "42",
        "show T-42",
        "resolve T-42 Replaced the toner",
        "T-42 assign <@U0BEN>",
        "link T-5 T-7",
        "close T-1, T-2",
        "mine",
        "list priority:high",
        "search no paper",
        "help",
        "?",
        "oncall",
    ],
)
def test_what_names_its_ticket_or_needs_none_is_followed_as_it_stands(said: str) -> None:
    assert order_of(said, KNOWN, 5) == Order(said) == order_of(said, KNOWN, None)


def test_the_number_of_the_threads_own_ticket_needs_no_t() -> None:
    assert order_of("resolve 5", KNOWN, 5) == Order("resolve 5")


@pytest.mark.parametrize(
    "said", ["resolve 42", "resolve 42 pages reprinted", "close #42", "note 3 lamps are dark"]
)
def test_a_number_without_its_t_is_asked_about_in_a_thread(said: str) -> None:
    order = order_of(said, KNOWN, 5)
    assert order
    assert "T-5: …`" in order.doubt
    assert order.doubt.startswith("Did you mean T-")


@pytest.mark.parametrize(
    "said",
    [
        "The lobby printer is dead",
        "close the window please",
        "take the old printer away",
        "start the printer again",
        "new printer needed",
        "closed door is stuck",
        "high humidity in the server room",
        "edit the list of users",
        "priority should be discussed",
        "is anybody on this?",
        "hold on",
        "hold on a second",
        "resolve asap",
        "resolve later",
        "resolve tomorrow 9am",
        "assign blame to the vendor",
        "link printer to the network",
        "please",
        "",
        "thanks",
    ],
)
def test_a_sentence_is_no_order(said: str) -> None:
    assert order_of(said, KNOWN, 5) is None
    assert is_order(f"<@U0BOT> {said}", US, KNOWN, in_thread=True) is not bool(said)


@pytest.mark.parametrize(
    "said", ["The lobby printer is dead", "take the old printer away", "high", "on hold"]
)
def test_elsewhere_than_in_a_thread_a_line_is_a_line(said: str) -> None:
    assert order_of(said, KNOWN, None) is None


def test_every_step_that_can_be_typed_can_be_said_in_a_thread() -> None:
    for row in STEPS.values():
        for word in row.words:
            assert order_of(word, KNOWN, 5) == Order(f"{row.words[0]} T-5", implied=row.name)


def test_our_mention_alone_is_an_order_and_its_like_for_the_message_as_for_the_mention() -> None:
    assert is_order("<@U0BOT>", US, KNOWN, in_thread=True)
    assert is_order("<@U0BOT> take", US, KNOWN, in_thread=True)
    assert not is_order("take", US, KNOWN, in_thread=True)


def ticket(number: int, status: str) -> Ticket:
    found = next(each for name, each in IN_STATUS.items() if name == status)
    return found.model_copy(update={"number": number})


def test_of_several_tickets_the_only_one_that_can_be_meant_is_meant() -> None:
    opened, other, closed = ticket(1, "triaged"), ticket(2, "in_progress"), ticket(3, "closed")
    assert meant_in([closed], "note") == closed
    assert meant_in([opened, closed], "resolve") == opened
    assert meant_in([opened, closed], "note") == opened
    assert meant_in([opened, other, closed], "reopen") == closed
    assert meant_in([opened, other], "resolve") is None
    assert meant_in([], "resolve") is None


@pytest.mark.parametrize(
    ("line", "is_named"),
    [
        ("close T-1", True),
        ("close 1", True),
        ("assign T-2, T-1 me", True),
        ("T-1", True),
        ("show T-1", True),
        ("Show 1", True),
        ("close T-2", False),
        ("show T-2", False),
        ("comment acme/T-1 like T-1", False),
        ("link T-1 acme/T-1", False),
        ("note T-1 done w/tape", True),
        ("list", False),
        ("mine 1", False),
    ],
)
def test_an_order_may_name_a_ticket_by_its_number_alone(line: str, *, is_named: bool) -> None:
    assert names_number(line, 1) is is_named
