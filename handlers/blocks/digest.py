"""What somebody is told of many tickets at once: how many there are of each kind, and the first of them."""

from collections.abc import Mapping, Sequence

from bot.domain.clock.timers import Digest
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
_HINT = "`/ticket list mine` and `/ticket list overdue` show all of them."


def message_of(digest: Digest, tickets: Sequence[Ticket]) -> Message:
    """`tickets`: those that it names, as they are now."""
    kinds = [f"{count} {_KINDS.get(event, 'changed')}" for event, count in digest.counts]
    head = f"{digest.total} tickets need a look: {listed(kinds, 'and')}."
    shown = tickets[:_SHOWN]
    lines = [f"• *{ticket.name}* {one_line(ticket.summary, _SUMMARY)}" for ticket in shown]
    blocks = [section(fitting([f"*{head}*", *lines], "\n", SECTION))]
    if shown:
        blocks.append(actions(open_menu(shown)))
    return message(head, [*blocks, context(_HINT)])
