"""What whoever goes off call and whoever comes on are told of a queue's tickets: the same facts for both, in one message."""

from collections.abc import Callable, Sequence

from bot.domain.clock.shifts import NAMED, HandOver
from bot.domain.outbox import Job
from bot.domain.ticket import Ticket
from bot.domain.words import choice, listed
from handlers.blocks.kit import SECTION, Block, Message, actions, context, message, section
from handlers.blocks.text import fitting, moment, one_line
from handlers.blocks.ticket_list import count, open_menu

_QUEUES = 10  # whose tickets are named; a message takes about 13,000 characters
_NAME, _SUMMARY = 80, 80

Name = Callable[[str], str]


def message_of(job: Job, tickets: Sequence[Ticket], name: Name) -> Message:
    """Of one queue or, with fewer tickets of each, of several. `tickets`: those that the job's hand-overs name, as they are now."""
    by_number = {ticket.number: ticket for ticket in tickets}
    heads = [f"{_change(each, job.target.user, name)} {_counted(each)}" for each in job.hand_overs]
    blocks: list[Block] = []
    shown: list[Ticket] = []
    for head, each in zip(heads[:_QUEUES], job.hand_overs, strict=False):
        named = [by_number[number] for number in each.numbers if number in by_number]
        named = named[: max(1, NAMED // len(heads))]
        lines = [_line(ticket, job) for ticket in named]
        blocks += [section(fitting([head, *lines], "\n", SECTION)), context(_hint(each))]
        shown += named
    if more := heads[_QUEUES:]:
        blocks.append(section(fitting(more, "\n", SECTION)))
    if shown:
        blocks.append(actions(open_menu(shown)))
    return message(fitting(heads, "\n", SECTION), blocks)


def _change(handed: HandOver, reader: str, name: Name) -> str:
    queue = f"*{one_line(handed.queue, _NAME)}*"
    if reader == handed.on:
        after = f", after {name(handed.off)}" if handed.off else ""
        return f"You are on call for {queue} now{after}."
    following = f"{name(handed.on)} is on call now." if handed.on else "Nobody is on call now."
    return f"Your shift on {queue} has ended. {following}"


def _counted(handed: HandOver) -> str:
    """`12 tickets are open, 3 of them late and 1 critical.`"""
    kinds = {"late": handed.late, "critical": handed.critical}
    some = [f"{count(number)} {kind}" for kind, number in kinds.items() if number]
    of_them = f", of them {listed(some, 'and')}" if some else ""
    tickets = "1 ticket is" if handed.open == 1 else f"{count(handed.open)} tickets are"
    return f"{tickets} open{of_them}."


def _line(ticket: Ticket, job: Job) -> str:
    due = ticket.due_at
    facts = [
        f"late since {moment(due)}" if due and due < job.created_at and ticket.is_open else "",
        "critical" if ticket.priority == "critical" else "",
        "" if ticket.is_open else choice(ticket.status).lower(),
    ]
    said = ", ".join(filter(None, facts))
    return f"• *{ticket.name}* {one_line(ticket.summary, _SUMMARY)}" + (f" – {said}" if said else "")


def _hint(handed: HandOver) -> str:
    """How to list them all."""
    queue = one_line(handed.queue, _NAME).replace('"', "")
    wanted = f'queue:"{queue}"' if " " in queue else f"queue:{queue}"
    return f"`/ticket list {wanted}` shows all of them, `/ticket list {wanted} overdue` the late ones."
