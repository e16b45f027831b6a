"""Tickets of other workspaces, as they are shown here: `acme/T-42`. People there are shown by name: a mention would not resolve."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.domain.elsewhere import SeenComment, SeenTicket, SharedTicket
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks import card
from handlers.blocks.due import due_fact
from handlers.blocks.kit import (
    SECTION,
    Block,
    Message,
    actions,
    button,
    context,
    json_of,
    message,
    option,
    section,
)
from handlers.blocks.text import linked, moment, one_line, pieces, plain, user_text
from handlers.slack import ids

_NAME = 100
_WHERE = 80
_PIECES = 4
_FILES = 10
_SOMEBODY = "somebody there"


def key(seen: SeenTicket) -> str:
    """What names the ticket in a button: its home's team and its number, whatever it is called here by then."""
    return f"{seen.home.team}/T-{seen.number}"


def headline(seen: SeenTicket, ticket: Ticket) -> str:
    """`acme/T-42 · Printer down`, for notifications."""
    return f"{seen.name} · {one_line(ticket.summary, card.SUMMARY)}"


def title(seen: SeenTicket) -> str:
    """The same, unescaped, for an option's text."""
    return f"{seen.name} · {' '.join(seen.shared.ticket.summary.split())}" if seen.shared else seen.name


def person_of(shared: SharedTicket) -> card.Name:
    """What people of its home are called."""
    return lambda user: one_line(shared.people.get(user, _SOMEBODY), _NAME)


def head(seen: SeenTicket, shared: SharedTicket) -> str:
    ticket = shared.ticket
    summary = one_line(ticket.summary, card.SUMMARY)
    return f"{card.DOTS[ticket.priority]} *{seen.name}* · *{summary}* · {choice(ticket.priority)}"


def facts(shared: SharedTicket) -> str:
    """`In progress · Rosa Diaz · due today at 5 PM · Acme, HQ`, of what there is."""
    ticket = shared.ticket
    places = [shared.items.get(field, "") for field in ("customerId", "siteId")]
    is_due = ticket.is_open and not (ticket.hold_reason or ticket.resolution)
    shown = [
        card.status(ticket),
        person_of(shared)(ticket.assigned_user_id) if ticket.assigned_user_id else "",
        due_fact(ticket, shared.due_state) if is_due else "",
        one_line(", ".join(filter(None, places)), _WHERE),
    ]
    return " · ".join(filter(None, shown))


def whence(seen: SeenTicket, shared: SharedTicket) -> str:
    """Where it is from, who asked for it and when."""
    home, ticket = one_line(seen.home.name or seen.home.calls, _NAME), shared.ticket
    return f"From *{home}* · Requested by {requester(shared)} · {moment(ticket.created_at)}"


def requester(shared: SharedTicket) -> str:
    return person_of(shared)(shared.ticket.created_by)


def mirrored(seen: SeenTicket) -> Message:
    """The card here: it follows every change, and has what may be done here. Of what is shared no more, only that."""
    shared = seen.shared
    if shared is None:
        return gone(seen)
    if shared.ticket.undone_at:
        words = f"*{seen.name}* was undone"
        return message(f"{seen.name} was undone", [section(words)])
    ways = [button("Show", f"{ids.ELSEWHERE_SHOW}:card", value=key(seen))]
    if seen.may_comment:
        ways.insert(0, button("Comment", f"{ids.ELSEWHERE_COMMENT}:card", value=key(seen)))
    below = [context(whence(seen, shared)), actions(*ways)]
    return message(headline(seen, shared.ticket), [section(f"{head(seen, shared)}\n{facts(shared)}"), *below])


def gone(seen: SeenTicket) -> Message:
    words = f":no_entry_sign: *{seen.name}* is no longer shared with this workspace."
    return message(f"{seen.name} is no longer shared", [section(words)])


def comment_copy(seen: SeenTicket, told: SeenComment) -> Message:
    """A comment below the card here: who wrote it, and where."""
    comment = told.comment
    head = f"*{seen.name}* · {author(told)}:"
    text = f"{seen.name}: {one_line(comment.text, 150)}" if comment.text else f"{seen.name}: a comment"
    if comment.deleted or seen.shared is None:
        lost = "_deleted_" if comment.deleted else "_no longer shared_"
        return message(f"{seen.name}: a comment is gone", [section(f"{head}\n{lost}")])
    words = pieces(linked(comment.text), SECTION) if comment.text else []
    more = [context(f"… and more, in {seen.name}.")] if len(words) > _PIECES else []
    if told.unheard:
        more.append(
            context(
                f":no_entry_sign: Nobody at {one_line(seen.home.name or seen.home.calls, _NAME)} reads this."
            )
        )
    return message(
        text, [section(head), *(section(piece) for piece in words[:_PIECES]), *more, *_files(told)]
    )


def comment_lines(told: SeenComment) -> list[Block]:
    """A comment in the ticket's own view."""
    comment = told.comment
    shown = [author(told), moment(comment.at), *(["edited"] if comment.edited_at else [])]
    words = "_deleted_" if comment.deleted else user_text(comment.text, 1000) or "_no words_"
    return [context(" · ".join(shown)), section(words), *_files(told)]


def author(told: SeenComment) -> str:
    """`Rosa Diaz (acme)`; of this workspace, the name alone."""
    name = one_line(told.author or _SOMEBODY, _NAME)
    return f"{name} ({one_line(told.wrote_in, _NAME)})" if told.wrote_in else name


def ticket_lines(seen: SeenTicket, shared: SharedTicket) -> list[Block]:
    """A ticket where there is no table, and what may be done with it here."""
    ways = [button("Open", f"{ids.ELSEWHERE_SHOW}:{key(seen)}", value=key(seen))]
    if seen.may_comment:
        ways.append(button("Comment", f"{ids.ELSEWHERE_COMMENT}:{key(seen)}", value=key(seen)))
    from_whom = one_line(seen.home.name or seen.home.calls, _NAME)
    return [
        section(f"*{seen.name}* {one_line(shared.ticket.summary, 200)}"),
        context(f"{facts(shared)} · {choice(shared.ticket.priority)} · from {from_whom}"),
        actions(*ways),
    ]


def open_menu(tickets: Sequence[SeenTicket]) -> Block:
    """Opens the view of one of the tickets of a page."""
    options: list[JsonValue] = [option(key(each), title(each)) for each in tickets]
    placeholder = json_of(plain("Open…", 150))
    return {
        "type": "static_select",
        "action_id": ids.ELSEWHERE_OPEN,
        "placeholder": placeholder,
        "options": options,
    }


def _files(told: SeenComment) -> list[Block]:
    """By name: who is elsewhere cannot open them."""
    names = [one_line(file.name, _NAME) for file in told.comment.files[:_FILES]]
    return [context(f":paperclip: {' · '.join(names)}")] if names and not told.comment.deleted else []
