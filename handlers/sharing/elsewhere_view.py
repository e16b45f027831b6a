"""A ticket of another workspace in a view of its own: to be read and, where its home lets us, to be commented on."""

from typing import NamedTuple
from uuid import uuid4

from pydantic import Field

from bot.domain.elsewhere import SeenComments, SeenTicket, SharedTicket
from bot.domain.fields import TICKET_FIELDS, label
from bot.domain.mirror_ref import MirrorRef
from bot.domain.record import Record
from bot.domain.words import choice
from handlers.blocks import card, elsewhere
from handlers.blocks.due import due_field
from handlers.blocks.kit import (
    INITIAL_VALUE,
    SECTION,
    TITLE,
    Block,
    Message,
    View,
    actions,
    button,
    context,
    divider,
    form_modal,
    input_block,
    message,
    modal,
    section,
)
from handlers.blocks.text import linked, on_its_way, one_line, pieces, user_text
from handlers.slack import ids

COMMENT = "comment"
"""The name of the form's input, and the field of the services' problems."""
PER_PAGE = 5
_PIECES = 3
_NAME = 150
_IN_A_SECTION = 10


class ElsewhereMeta(Record):
    """What rides in private_metadata: the ticket, and of its own view the page of comments that it shows."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    home: str
    number: int
    before: int | None = None

    @property
    def ref(self) -> MirrorRef:
        return MirrorRef(home=self.home, number=self.number)


class ElsewhereContents(NamedTuple):
    """What the view shows. `shared`: what has left the ticket's home."""

    seen: SeenTicket
    shared: SharedTicket
    comments: SeenComments


def ticket_modal(meta: ElsewhereMeta, shown: ElsewhereContents) -> View:
    seen, shared = shown.seen, shown.shared
    ticket = shared.ticket
    home = one_line(seen.home.name or seen.home.calls, _NAME)
    rule = (
        f"You may comment; only {home} does more with it."
        if seen.may_comment
        else f"You may read it; only {home} acts on it."
    )
    blocks: list[Block] = [
        section(f"{card.DOTS[ticket.priority]} *{one_line(ticket.summary, card.SUMMARY)}*"),
        *_ways(seen),
        *_fields(shared),
        context(elsewhere.whence(seen, shared), rule),
        *_description(shared),
        *_comments(shown),
    ]
    title = seen.name if len(seen.name) <= TITLE else f"T-{seen.number} of {seen.home.calls}"
    view = modal(title, blocks, callback_id=ids.ELSEWHERE)
    return view | {"private_metadata": meta.model_dump_json(exclude_defaults=True)}


def comment_form(meta: ElsewhereMeta, seen: SeenTicket) -> View:
    home = one_line(seen.home.name or seen.home.calls, _NAME)
    element: Block = {
        "type": "plain_text_input",
        "action_id": COMMENT,
        "multiline": True,
        "max_length": INITIAL_VALUE,
    }
    summary = one_line(seen.shared.ticket.summary, 200) if seen.shared else ""
    blocks = [
        context(f"*{seen.name}* · {summary}"),
        input_block(COMMENT, "Comment", element),
        context(f"Everybody who sees the ticket reads it, in {home} and here."),
    ]
    return form_modal(
        "Comment",
        blocks,
        callback_id=ids.ELSEWHERE_COMMENT_FORM,
        submit="Send",
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )


def commented(seen: SeenTicket, refused: str | None = None) -> Message:
    words = _commented(seen, refused)
    return message(words.replace("*", ""), [section(words), actions(_show(seen))])


def commented_view(seen: SeenTicket, refused: str | None = None) -> View:
    return modal("Sent", [section(_commented(seen, refused))], callback_id=ids.NOTICE, close="Done")


def only_its_own(seen: SeenTicket) -> str:
    """Why an order was not followed."""
    home = seen.home.name or seen.home.calls
    can = f"You can comment: `/ticket comment {seen.name} …`" if seen.may_comment else "You can read it"
    return f"{seen.name} is a ticket of {home}, so only they act on it. {can}."


def _commented(seen: SeenTicket, refused: str | None) -> str:
    return f":white_check_mark: {on_its_way(f'Your comment on *{seen.name}*', refused)}"


def _ways(seen: SeenTicket) -> list[Block]:
    if not seen.may_comment:
        return []
    return [actions(button("Comment", f"{ids.ELSEWHERE_COMMENT}:view", value=elsewhere.key(seen)))]


def _show(seen: SeenTicket) -> Block:
    return button("Show", f"{ids.ELSEWHERE_SHOW}:done", value=elsewhere.key(seen))


def _fields(shared: SharedTicket) -> list[Block]:
    ticket = shared.ticket
    wire = ticket.to_wire()
    values = {
        "status": card.status(ticket),
        "assignedUserId": elsewhere.person_of(shared)(ticket.assigned_user_id)
        if ticket.assigned_user_id
        else "Nobody yet",
        "slaDueAt": due_field(ticket, shared.due_state),
    }
    for field, row in TICKET_FIELDS.items():
        value = wire.get(field)
        if field in values or not row.form or row.private or not isinstance(value, str) or not value:
            continue
        if row.element == "choice" and value != row.default:
            values[field] = choice(value)
        elif row.element == "item":
            values[field] = one_line(shared.items.get(field, value), _NAME)
        elif row.element == "queue" or field == "category":
            values[field] = one_line(value, _NAME)
    pairs = [f"*{label(field)}*\n{words}" for field, words in values.items() if words]
    return [
        section("", fields=pairs[start : start + _IN_A_SECTION])
        for start in range(0, len(pairs), _IN_A_SECTION)
    ]


def _description(shared: SharedTicket) -> list[Block]:
    text = shared.ticket.symptom_description
    cut = pieces(linked(text), SECTION) if text else []
    return [section(piece) for piece in cut[:_PIECES] if piece.strip()]


def _comments(shown: ElsewhereContents) -> list[Block]:
    page = shown.comments
    if not page.total:
        return []
    first, end = page.offset, min(page.offset + PER_PAGE, page.total)
    is_all = end - first == page.total
    count = "1 comment" if page.total == 1 else f"{page.total} comments"
    blocks = [divider(), section(f"*{count if is_all else f'Comments {first + 1}–{end} of {page.total}'}*")]
    for told in page.comments:
        blocks += elsewhere.comment_lines(told)
    turns = []
    if first:
        turns.append(_turn("Earlier", shown.seen, first))
    if end < page.total:
        turns.append(_turn("Later", shown.seen, min(end + PER_PAGE, page.total)))
    return [*blocks, actions(*turns)] if turns else blocks


def _turn(words: str, seen: SeenTicket, before: int) -> Block:
    return button(
        f"{words} comments",
        f"{ids.ELSEWHERE_PAGE}:{words}",
        value=user_text(f"{elsewhere.key(seen)}:{before}", 200),
    )
