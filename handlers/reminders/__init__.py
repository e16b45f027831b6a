"""Reminders of tickets, for oneself or for a ticket's thread."""

from handlers.reminders import reminders
from handlers.reminders.reminders import on_typed, open_reminder_form
from handlers.slack import ids
from handlers.slack.journey import Journey, reading

__all__ = [
    "JOURNEY",
    "on_typed",
    "open_reminder_form",
]
"""What other journeys may use."""

JOURNEY = Journey(
    submissions={ids.REMINDER_FORM: reminders.on_submit},
    actions={
        ids.REMINDER_AGAIN: reminders.on_again,
        ids.REMINDER_DONE: reminders.on_done,
        ids.REMINDER_DROP: reminders.on_take_back,
    },
    reads=reading(ids.REMINDER_DONE),
)
