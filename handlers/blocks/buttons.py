"""What can be done to a ticket, as the buttons of its card. Each carries the ticket's number."""

from collections.abc import Mapping, Sequence

from bot.domain.lifecycle import is_fresh, steps
from bot.domain.steps import STEPS, Step, StepName
from bot.domain.ticket import Ticket
from handlers.blocks.kit import Block, actions, button, option, overflow
from handlers.slack import ids

_VISIBLE = 5  # what a phone shows without scrolling through them

_OWN_IDS: Mapping[StepName, str] = {"triage": ids.TRIAGE, "assign": ids.ASSIGN}


def button_row(ticket: Ticket) -> Block:
    """The buttons that the ticket's status allows, the most likely first, and the rest behind “⋯”."""
    number = str(ticket.number)
    open_to = [STEPS[step] for step in steps(ticket)]
    shown = [_button(step, number) for step in _ordered(open_to, ticket) if step.place == "card"]
    if (claim := STEPS["claim"]) in open_to and not ticket.assigned_user_id:
        shown.insert(0, button(claim.button, ids.CLAIM, value=number, primary=True))
    more = [option(f"{step.name}:{number}", step.button) for step in open_to if _is_behind(step, ticket)]
    return actions(*shown[:_VISIBLE], overflow(ids.MORE, *more))


def _is_behind(step: Step, ticket: Ticket) -> bool:
    """Whether it stands behind “⋯”, as the card was last drawn."""
    return step.place == "more" and step.fresh in {None, is_fresh(ticket, ticket.updated_at)}


def undo_button(ticket: Ticket) -> Block:
    return actions(button(STEPS["restore"].button, ids.UNDO, value=str(ticket.number)))


def withdraw_button(ticket: Ticket) -> Block:
    return actions(button(STEPS["withdraw"].button, ids.WITHDRAW, value=str(ticket.number)))


def _ordered(open_to: Sequence[Step], ticket: Ticket) -> Sequence[Step]:
    """Triage comes first only where nobody has looked yet."""
    return open_to if ticket.status == "new" else sorted(open_to, key=lambda step: step.name == "triage")


def _button(step: Step, number: str) -> Block:
    return button(step.button, _OWN_IDS.get(step.name, f"{ids.STEP}:{step.name}"), value=number)
