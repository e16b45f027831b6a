"""What is asked, and told, of a reminder."""

from collections.abc import Sequence
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.clock.reminders import LONGEST, Reminder
from bot.domain.presets import Preset
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from handlers.blocks import reminder
from handlers.blocks.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    divider,
    form_modal,
    input_block,
    message,
    modal,
    option,
    section,
)
from handlers.blocks.text import moment, one_line, shorten
from handlers.slack import ids

AT, WORDS, WHOM, THREAD = "remindAt", "words", "remindWhom", "thread"
"""The names of the form's inputs, and the choice of the last that is not for oneself alone."""
_LISTED = 10


class ReminderMeta(Record):
    """What rides in private_metadata. `channel`: of the thread that can be reminded."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    number: int
    channel: str | None = None


def form(
    meta: ReminderMeta,
    ticket: Ticket,
    waiting: Sequence[Reminder],
    presets: Sequence[Preset],
    *,
    words: str = "",
    for_thread: bool = False,
) -> View:
    """`waiting`: whoever fills it in has these already for the ticket."""
    text: Block = {"type": "plain_text_input", "action_id": WORDS, "multiline": True, "max_length": LONGEST}
    if words:
        text["initial_value"] = shorten(words, LONGEST)
    pressed = [button(each.words, f"{ids.TIME_PRESET}:{each.name}", value=AT) for each in presets]
    blocks = [
        context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}"),
        input_block(AT, "When", {"type": "datetimepicker", "action_id": AT}),
        actions(*pressed, block_id=ids.TIME_PRESET),
        input_block(WORDS, "What to remember", text, optional=True),
        *_whom(meta, for_thread=for_thread),
        *_waiting(waiting),
    ]
    return form_modal(
        f"Remind me of {ticket.name}",
        blocks,
        callback_id=ids.REMINDER_FORM,
        submit="Remind me",
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )


def confirmed(reminded: Reminder, *, again: bool = False) -> Message:
    words = reminder.told_of(reminded, again=again)
    return message(words, [section(words), actions(reminder.take_back(reminded))])


def confirmed_view(reminded: Reminder) -> View:
    blocks = [section(reminder.told_of(reminded)), actions(reminder.take_back(reminded))]
    return modal("Reminder", blocks, callback_id=ids.NOTICE, close="Done")


def taken_back_view(reminded: Reminder | None) -> View:
    return modal("Reminder", [section(reminder.taken_back(reminded))], callback_id=ids.NOTICE, close="Done")


def _whom(meta: ReminderMeta, *, for_thread: bool) -> list[Block]:
    """Where nobody else can be reminded, there is nothing to choose."""
    if meta.channel is None:
        return []
    alone, thread = option("me", "Me alone, directly"), option(THREAD, "Everybody in its thread")
    options: list[JsonValue] = [alone, thread]
    chosen = thread if for_thread else alone
    radio: Block = {"type": "radio_buttons", "action_id": WHOM, "options": options, "initial_option": chosen}
    return [input_block(WHOM, "Whom", radio)]


def _waiting(waiting: Sequence[Reminder]) -> list[Block]:
    if not waiting:
        return []
    more = len(waiting) - _LISTED
    return [
        divider(),
        section("*Your reminders of it*"),
        *(
            section(
                f"{moment(each.at)}{' · in its thread' if each.channel else ''} {one_line(each.words, 200)}",
                accessory=reminder.take_back(each),
            )
            for each in waiting[:_LISTED]
        ),
        *([context(f"… and {more} more")] if more > 0 else []),
    ]
