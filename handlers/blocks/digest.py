"""What somebody is told of many tickets at once: how many there are of each kind, and the first of them."""

from collections.abc import Mapping, Sequence

from bot.domain.clock.timers import Digest
from bot.domain.news import Role
from bot.domain.ticket import Ticket
from bot.domain.words import listed
from handlers.blocks.kit import SECTION, Message, actions, context, message, section
from handlers.blocks.text import fitting, one_line
from handlers.blocks.ticket_list import open_menu

_SHOWN = 10
_SUMMARY = 80
_KINDS: Mapping[str, str] = {
    "late": "late",
    "due_soon": "due soon",
    "paged": "in need of somebody",
    "came_back": "back from waiting",
    "stale": "without news for days",
    "asked_again": "whose requester asks again",
    "closed": "closed",
}
_OF_ROLES: Mapping[Role, tuple[str, str]] = {
    "requester": (
        "There is news of {} tickets of yours",
        "`/ticket list requester:me status:any` shows all of them.",
    ),
    "team": ("{} tickets need a look", "`/ticket list overdue` shows what is late."),
}
_HEAD, _HINT = "{} tickets need a look", "`/ticket list mine` and `/ticket list overdue` show all of them."


def message_of(digest: Digest, tickets: Sequence[Ticket]) -> Message:
    """`tickets`: those that it names, as they are now."""
    roles = {each.news.role for each in digest.first}
    begun, hint = _OF_ROLES.get(roles.pop(), (_HEAD, _HINT)) if len(roles) == 1 else (_HEAD, _HINT)
    kinds = [f"{count} {_KINDS.get(event, 'changed')}" for event, count in digest.counts]
    head = f"{begun.format(digest.tickets)}: {listed(kinds, 'and')}."
    shown = tickets[:_SHOWN]
    lines = [f"• *{ticket.name}* {one_line(ticket.summary, _SUMMARY)}" for ticket in shown]
    blocks = [section(fitting([f"*{head}*", *lines], "\n", SECTION))]
    if shown:
        blocks.append(actions(open_menu(shown)))
    return message(head, [*blocks, context(hint)])
