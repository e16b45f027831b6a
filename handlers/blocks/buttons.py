"""What can be done to a ticket, as the buttons of its card. Each carries the ticket's number."""

from bot.domain.lifecycle import Step, steps
from bot.domain.ticket import Ticket
from handlers.blocks.kit import Block, actions, button, option, overflow
from handlers.slack import ids

_VISIBLE = 5  # what a phone shows without scrolling through them

_ORDER: tuple[Step, ...] = (
    "triage",
    "assign",
    "start",
    "resume",
    "resolve",
    "hold",
    "close",
    "reopen",
    "unassign",
)
_WORDS: dict[Step, str] = {
    "triage": "Triage",
    "assign": "Assign…",
    "start": "Start",
    "resume": "Resume",
    "resolve": "Resolve",
    "hold": "Hold",
    "close": "Close",
    "reopen": "Reopen",
    "unassign": "Unassign",
}
_MORE = {
    "edit": "Edit",
    "link": "Link",
    "note": "Private note",
    "history": "History",
    "withdraw": "Not a ticket",
}
_ALWAYS = {"note", "history"}  # of what is no ticket, too


def row(ticket: Ticket) -> Block:
    """The buttons that the ticket's status allows, the most likely first, and the rest behind “⋯”."""
    number = str(ticket.number)
    open_to = steps(ticket)
    shown = [_button(step, number) for step in _ordered(ticket) if step in open_to]
    if "assign" in open_to and not ticket.assigned_user_id:
        shown.insert(0, button("Assign to me", ids.CLAIM, value=number, primary=True))
    more = [
        option(f"{what}:{number}", words)
        for what, words in _MORE.items()
        if what in _ALWAYS or not ticket.withdrawn_at
    ]
    return actions(*shown[:_VISIBLE], overflow(ids.MORE, *more))


def undo(ticket: Ticket) -> Block:
    return actions(button("Undo", ids.UNDO, value=str(ticket.number)))


def withdraw(ticket: Ticket) -> Block:
    return actions(button("Not a ticket", ids.WITHDRAW, value=str(ticket.number)))


def _ordered(ticket: Ticket) -> tuple[Step, ...]:
    """Triage comes first only where nobody has looked yet."""
    return _ORDER if ticket.status == "new" else (*_ORDER[1:], "triage")


def _button(step: Step, number: str) -> Block:
    match step:
        case "triage":
            return button(_WORDS[step], ids.TRIAGE, value=number)
        case "assign":
            return button(_WORDS[step], ids.ASSIGN, value=number)
        case _:
            return button(_WORDS[step], f"{ids.STEP}:{step}", value=number)
