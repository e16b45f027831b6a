"""What can be done to a ticket, as the buttons of its card. Each carries the ticket's number."""

from collections.abc import Callable, Mapping, Sequence

from bot.domain.lifecycle import is_fresh, steps
from bot.domain.permissions import OF_THE_MAKER, OF_THE_REQUESTER
from bot.domain.steps import STEPS, Step, StepName
from bot.domain.ticket import Ticket
from handlers.blocks.kit import Block, actions, button, option, overflow
from handlers.slack import ids

_VISIBLE = 5  # what a phone shows without scrolling through them
_MENU = 5  # options of “⋯”
_NEXT: tuple[StepName, ...] = ("start", "resume", "resolve")

_OWN_IDS: Mapping[StepName, str] = {"triage": ids.TRIAGE, "assign": ids.ASSIGN, "restore": ids.UNDO}

_THEIRS = OF_THE_REQUESTER | OF_THE_MAKER

Allowed = Callable[[Step], bool]
"""Which steps whoever sees the buttons may take."""


def everything(_: Step) -> bool:
    """What an agent may do."""
    return True


def button_row(
    ticket: Ticket,
    allowed: Allowed = everything,
    *,
    without: StepName | None = None,
    shares: bool = False,
) -> list[Block]:
    """The buttons that the ticket's status allows, the next step first, and the rest behind “⋯”. `shares`: “Share…” is among
    these, as there are others to share with."""
    number = str(ticket.number)
    names = [name for name in steps(ticket) if name != without and (shares or name != "share")]
    open_to = [STEPS[name] for name in names if allowed(STEPS[name])]
    shown = [
        _button(step, number, primary=not place and step.name in {"claim", *_NEXT})
        for place, step in enumerate(_ordered(open_to, ticket))
    ]
    more = [_option(step, number) for step in open_to if _is_behind(step, ticket)]
    elements = [*shown[:_VISIBLE], *([overflow(ids.MORE, *more[:_MENU])] if more else [])]
    return [actions(*elements)] if elements else []


def requester_menu(ticket: Ticket) -> Block:
    """What whoever asked for a ticket may do, in the corner of its card."""
    if ticket.withdrawn_at:
        return _button(STEPS["restore"], str(ticket.number))
    theirs = [STEPS[name] for name in steps(ticket) if STEPS[name].action in _THEIRS]
    first = [STEPS["show"], *(step for step in theirs if step.place == "card")]
    more = [step for step in theirs if step.name != "show" and _is_behind(step, ticket)]
    return overflow(ids.MORE, *(_option(step, str(ticket.number)) for step in [*first, *more][:_MENU]))


def undo_button(ticket: Ticket) -> Block:
    return actions(_button(STEPS["restore"], str(ticket.number)))


def _is_behind(step: Step, ticket: Ticket) -> bool:
    """Whether it stands behind “⋯”, as the card was last drawn."""
    return step.place == "more" and (not step.fresh or is_fresh(ticket, ticket.updated_at))


def _ordered(open_to: Sequence[Step], ticket: Ticket) -> list[Step]:
    """What comes next is first. Triage is near it only where nobody has looked yet."""
    there = [step for step in open_to if step.place == "card"]
    if ticket.status != "new":
        there.sort(key=lambda step: step.name == "triage")
    claim = STEPS["claim"]
    if claim in open_to and not ticket.assigned_user_id:
        return [claim, *there]
    return sorted(there, key=lambda step: step.name != _next(there))


def _next(there: Sequence[Step]) -> StepName | None:
    names = {step.name for step in there}
    return next((name for name in _NEXT if name in names), None)


def _button(step: Step, number: str, *, primary: bool = False) -> Block:
    action_id = ids.CLAIM if step.name == "claim" else _OWN_IDS.get(step.name, f"{ids.STEP}:{step.name}")
    return button(step.button, action_id, value=number, primary=primary)


def _option(step: Step, number: str) -> Block:
    return option(f"{step.name}:{number}", step.button)
