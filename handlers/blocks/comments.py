"""Comments as they are shown: in their ticket's view, and as copies in its other threads."""

from bot.domain.comments import Comment, CommentPage
from bot.domain.ticket import Ticket
from handlers.blocks import card
from handlers.blocks.kit import (
    SECTION,
    Block,
    Message,
    actions,
    button,
    context,
    message,
    section,
)
from handlers.blocks.text import link, linked, moment, one_line, person, pieces, user_text
from handlers.slack import ids

PER_PAGE = 5
_TEXT = 1000  # characters; the thread has the rest
_PIECES = 4  # sections; a message takes about 13,000 characters in all
_FILES = 10


def comment_blocks(ticket: Ticket, page: CommentPage) -> list[Block]:
    """Some of a ticket's comments, oldest first."""
    if not page.comments:
        return []
    first, end = page.offset, page.offset + len(page.comments)
    blocks = [section(f"*{_count(first, end, page.total)}*")]
    for comment in page.comments:
        blocks += _comment(comment)
    turns = []
    if first:
        turns.append(_turn("Earlier", ticket, first))
    if end < page.total:
        turns.append(_turn("Later", ticket, min(end + PER_PAGE, page.total)))
    return [*blocks, actions(*turns)] if turns else blocks


def copy(ticket: Ticket, comment: Comment, name: card.Name, *, internal: bool) -> Message:
    """A comment as it is shown below another card of its ticket, and a reply as its requester gets it. It mentions nobody
    but the requester, where it is a reply that reaches them; not among agents, which is `internal`."""
    to = f" to {card.requester(ticket, name if internal else person)}" if comment.is_reply else ""
    head = f"*{ticket.name}* · {_author(comment, name)}{to}:"
    text = f"{ticket.name}: {one_line(comment.text, 150)}" if comment.text else f"{ticket.name}: a comment"
    if comment.deleted:
        return message(text, [section(f"{head}\n_deleted_")])
    words = pieces(linked(comment.text), SECTION) if comment.text else []
    more = [context("… and more, in the thread where it was written.")] if len(words) > _PIECES else []
    return message(
        text, [section(head), *(section(piece) for piece in words[:_PIECES]), *more, *_files(comment)]
    )


def _count(first: int, end: int, total: int) -> str:
    if end - first == total:
        return "1 comment" if total == 1 else f"{total} comments"
    return f"Comments {first + 1}–{end} of {total}"


def _comment(comment: Comment) -> list[Block]:
    facts = [_author(comment), moment(comment.at)]
    if comment.internal:
        facts.append(":lock: for agents only")
    if comment.is_reply:
        facts.append("sent to the requester")
    if comment.edited_at:
        facts.append("edited")
    words = "_deleted_" if comment.deleted else _words(comment)
    return [context(" · ".join(facts)), section(words), *_files(comment)]


def _author(comment: Comment, name: card.Name = person) -> str:
    shown = comment.from_elsewhere or comment.author_name
    return one_line(shown, 120) if shown else name(comment.author)


def _words(comment: Comment) -> str:
    return user_text(comment.text, _TEXT) or "_no words_"


def _files(comment: Comment) -> list[Block]:
    linked = [
        link(file.permalink, file.name) if file.permalink else one_line(file.name, 100)
        for file in comment.files[:_FILES]
    ]
    return [context(f":paperclip: {' · '.join(linked)}")] if linked else []


def _turn(words: str, ticket: Ticket, before: int) -> Block:
    return button(f"{words} comments", f"{ids.COMMENTS_PAGE}:{words}", value=f"{ticket.number}:{before}")
