"""What stands below a warning or a page, and in its place once it was answered."""

from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks.kit import Block, Message, actions, button, message, section
from handlers.blocks.text import one_line, person
from handlers.slack import ids

_SUMMARY = 150


def buttons(ticket: Ticket, *, is_warning: bool) -> Block:
    """A warning can be put off, a page cannot."""
    number = str(ticket.number)
    later = [button("Snooze 1 h", ids.PUT_OFF, value=number)] if is_warning else []
    on_it = button("I'm on it", ids.ON_IT, value=number, primary=True)
    return actions(on_it, *later, button("Give it to…", ids.GIVE, value=number))


def answered(ticket: Ticket, holder: str | None) -> Message:
    """`holder`: who is on it; None where somebody gave it to a queue, or ended it."""
    if holder and ticket.is_open:
        return _said(ticket, f":white_check_mark: {person(holder)} is on it.")
    return _said(ticket, f"It is {choice(ticket.status).lower()} now.")


def put_off(ticket: Ticket, by: str) -> Message:
    return _said(ticket, f":alarm_clock: {person(by)} hears of it again in an hour.")


def _said(ticket: Ticket, words: str) -> Message:
    title = f"{ticket.name} {one_line(ticket.summary, _SUMMARY)}"
    return message(f"{title}: {words}", [section(f"*{title}*\n{words}")])
