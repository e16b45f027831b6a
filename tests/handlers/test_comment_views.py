"""Comments as Slack takes them, whatever people wrote; nobody is paged by a copy of what somebody else said."""

import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from bot.domain.comments import Comment, CommentPage, reply_comment
from bot.domain.errors import Problem
from bot.domain.ticket import File, Ticket
from bot.playground.inputs import elements
from handlers.blocks import comments
from handlers.blocks.kit import Message, message
from handlers.blocks.text import one_line
from handlers.threads import reply_view
from handlers.threads.reactions_view import offer
from handlers.tickets.form_view import FormMeta
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack, view_taken_by_slack

FILES = tuple(File(name=NASTY, permalink=f"https://files.invalid/{n}|x>") for n in range(30))


def comment(number: int = 1, **fields: object) -> Comment:
    known = {"key": f"C1:{number}.0", "number": 1, "author": "U0BEN", "at": NOW + timedelta(minutes=number)}
    return Comment.model_validate({**known, "text": f"Comment {number}.", **fields})


def page(comments: Sequence[Comment], offset: int, total: int) -> CommentPage:
    return CommentPage(comments, offset, total)


def copied(ticket: Ticket, comment: Comment, *, internal: bool = False) -> Message:
    return comments.copy(ticket, comment, lambda user: f"name of {one_line(user, 100)}", internal=internal)


def said(message: object) -> str:
    return json.dumps(message, ensure_ascii=False)


def test_the_last_comments_of_a_ticket_are_shown_oldest_first() -> None:
    shown = said(comments.comment_blocks(ticket(), page([comment(n) for n in range(3, 8)], 2, 7)))
    assert "Comments 3–7 of 7" in shown
    assert shown.index("Comment 3.") < shown.index("Comment 7.")
    assert "Comment 2." not in shown
    assert "Earlier comments" in shown
    assert "Later comments" not in shown


def test_a_page_between_turns_both_ways() -> None:
    between = page([comment(n) for n in range(6, 11)], 5, 12)
    shown = said(comments.comment_blocks(ticket(), between))
    assert "Comments 6–10 of 12" in shown
    assert '"1:5"' in shown
    assert '"1:12"' in shown


def test_all_comments_there_are_are_only_counted() -> None:
    shown = said(comments.comment_blocks(ticket(), page([comment()], 0, 1)))
    assert "1 comment" in shown
    assert "Comments 1–1" not in shown


def test_a_comment_says_what_became_of_it_and_who_reads_it() -> None:
    shown = said(
        comments.comment_blocks(
            ticket(),
            page(
                [
                    comment(1, edited_at=NOW),
                    comment(2, deleted=True, text=""),
                    comment(3, internal=True),
                    reply_comment(ticket(), "On my way", author="U0ANA", nonce=UUID(int=1), now=NOW),
                    comment(5, text="", files=FILES[:1]),
                ],
                0,
                5,
            ),
        )
    )
    for words in ("edited", "_deleted_", "for agents only", "sent to the requester", "_no words_"):
        assert words in shown


def test_the_worst_comments_are_taken_and_page_nobody() -> None:
    nasty = ticket(1, summary=NASTY, symptomDescription=NASTY)
    worst = [comment(n, text=NASTY, files=FILES, author=NASTY) for n in range(1, 20)]
    for each in (
        message("x", comments.comment_blocks(nasty, page(worst[4:9], 4, 19))),
        copied(nasty, worst[0]),
        copied(nasty, comment(deleted=True, text="")),
    ):
        taken_by_slack(each)
        assert "<!channel>" not in said(each)


def test_a_reply_names_the_agent_who_sent_it_and_the_requester_it_is_for() -> None:
    reply = reply_comment(ticket(), "On my way", author="U0BEN", nonce=UUID(int=1), now=NOW)
    assert "name of U0BEN to <@U0ANA>" in said(copied(ticket(), reply)), "it pings whom it is for"
    assert "name of U0BEN to name of U0ANA" in said(copied(ticket(), reply, internal=True))


def test_a_reply_arrives_whole() -> None:
    text = "Parts & labour, " * 187
    reply = reply_comment(ticket(), text, author="U0BEN", nonce=UUID(int=1), now=NOW)
    message = copied(ticket(), reply)
    taken_by_slack(message)
    assert said(message).count("Parts &amp; labour") >= 187


def test_the_form_of_a_reply_holds_what_is_sent() -> None:
    for text in ("", "Parts & labour <b>", NASTY):
        view_taken_by_slack(reply_view.reply_form(ticket(summary=NASTY), text, UUID(int=1), has_files=True))
    view = reply_view.reply_form(ticket(), "Parts & labour", UUID(int=1), has_files=False)
    assert '"initial_value": "Parts & labour"' in said(view)
    assert "<@U0ANA>" in said(view)
    view_taken_by_slack(reply_view.reply_sent(ticket()))


def test_the_offer_to_make_a_ticket_is_taken_with_the_longest_of_addresses() -> None:
    meta = FormMeta(
        nonce="n" * 32,
        way="message",
        channel="C1",
        message_ts="1.2",
        thread_ts="1.2",
        permalink="https://x.invalid/" + "p" * 300,
    )
    missing = [Problem(field=field, code="required", message="") for field in ("customerId", "siteId")]
    message = offer(meta.model_dump_json(exclude_defaults=True), missing)
    assert "Tell me the customer and the site." in said(message)
    taken_by_slack(message)
    ((_, button),) = elements([dict(block) for block in message["blocks"]])
    assert FormMeta.model_validate_json(button["value"]) == meta
