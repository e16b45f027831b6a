"""What a reminder says when its time has come, and how one is told of before."""

from collections.abc import Sequence

from bot.domain.clock.reminders import Reminded, Reminder
from bot.domain.presets import PRESETS
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from handlers.blocks.kit import SECTION, Block, Message, actions, button, message, section
from handlers.blocks.news import Reader
from handlers.blocks.text import link, moment, one_line, person, user_text, with_mentions
from handlers.slack import ids

_SUMMARY = 150
_WORDS = 1000
_TOGETHER = 2  # reminders in one section, where there are many
_AGAIN = {"hour": "Again in 1 h", "tomorrow": "Tomorrow 9:00"}
"""The times at which it can come again by one press, and what their buttons say."""


class Carried(Record):
    """What the buttons of a reminder carry, so that it can come again."""

    number: int
    words: str = ""
    channel: str | None = None


def message_of(
    told: Sequence[Reminded], tickets: Sequence[Ticket], reader: Reader, *, in_channel: bool
) -> Message:
    """`tickets`: those that they name, as they are now."""
    by_number = {ticket.number: ticket for ticket in tickets}
    lines = [_line(each, by_number.get(each.reminder.number), reader, in_channel=in_channel) for each in told]
    if len(told) == 1:
        (one,) = told
        return message(
            _plain(one, by_number), [section(lines[0][:SECTION]), *_buttons(one, by_number, reader)]
        )
    head = f":alarm_clock: {len(told)} reminders have come due"
    starts = range(0, len(lines), _TOGETHER)
    packed = [section("\n".join(lines[start : start + _TOGETHER])) for start in starts]
    return message(head, [section(f"*{head}*"), *packed])


def told_of(reminder: Reminder, *, again: bool = False) -> str:
    """`I'll remind you of *T-42* tomorrow at 9:00: Call Rosa`, in mrkdwn."""
    whom = f"the thread in <#{reminder.channel}>" if reminder.channel else "you"
    words = f": {_words(reminder.words)}" if reminder.words else "."
    return f":alarm_clock: I'll remind {whom} of *T-{reminder.number}*{' again' if again else ''} {moment(reminder.at)}{words}"


def taken_back(reminder: Reminder | None) -> str:
    if reminder is None:
        return "That reminder has come already, or was taken back, or is somebody else's."
    return f"Taken back: the reminder of *T-{reminder.number}* {moment(reminder.at)}."


def take_back(reminder: Reminder) -> Block:
    return button("Take it back", ids.REMINDER_DROP, value=reminder.id)


def done(carried: Carried, user: str) -> Message:
    words = f": {_words(carried.words)}" if carried.words else ""
    by = f" by {person(user)}" if carried.channel else ""
    return message(f":white_check_mark: *T-{carried.number}*, done{by}{words}")


def _words(typed: str) -> str:
    return with_mentions(user_text(typed, _WORDS))


def _line(told: Reminded, ticket: Ticket | None, reader: Reader, *, in_channel: bool) -> str:
    reminder = told.reminder
    words = f"\n{_words(reminder.words)}" if reminder.words else ""
    whose = (
        f"{person(reminder.user)} wanted this thread to be reminded of"
        if in_channel
        else "You wanted to be reminded of"
    )
    return f":alarm_clock: {whose} {_named(told, ticket, reader)}{words}"


def _named(told: Reminded, ticket: Ticket | None, reader: Reader) -> str:
    name = f"T-{told.reminder.number}"
    if told.is_hidden:
        return f"*{name}*, which you may not see any more."
    if ticket is None:
        return f"*{name}*, which is there no more."
    if ticket.undone_at:
        return f"*{name}*, which was undone."
    named = f"{name} {one_line(ticket.summary, _SUMMARY)}"
    named = f"*{link(reader.address, f'{name} {ticket.summary}')}*" if reader.address else f"*{named}*"
    return f"{named}, which was found to be no ticket." if ticket.withdrawn_at else named


def _plain(told: Reminded, by_number: dict[int, Ticket]) -> str:
    """For a lock screen."""
    reminder, ticket = told.reminder, by_number.get(told.reminder.number)
    summary = (
        f" {one_line(ticket.summary, _SUMMARY)}"
        if ticket and not told.is_hidden and not ticket.undone_at
        else ""
    )
    words = f": {' '.join(_words(reminder.words).split())}" if reminder.words else ""
    return f"T-{reminder.number}{summary}{words}"


def _buttons(told: Reminded, by_number: dict[int, Ticket], reader: Reader) -> list[Block]:
    """None where there is nothing to come back to."""
    ticket = by_number.get(told.reminder.number)
    if ticket is None or ticket.withdrawn_at or told.is_hidden:
        return []
    reminder = told.reminder
    carried = Carried(number=reminder.number, words=reminder.words, channel=reminder.channel)
    value = carried.model_dump_json(exclude_defaults=True)
    again = [
        button(words, f"{ids.REMINDER_AGAIN}:{preset.name}", value=value)
        for preset in PRESETS
        if (words := _AGAIN.get(preset.name)) and (reader.zone or not preset.needs_zone)
    ]
    return [actions(*again, button("Done", ids.REMINDER_DONE, value=value))]
