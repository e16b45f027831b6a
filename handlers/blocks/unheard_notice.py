"""What somebody is told whose words to another workspace's ticket were not heard there."""

from bot.domain.unheard_notice import UnheardNotice
from handlers.blocks.kit import Message, context, message, section
from handlers.blocks.text import one_line

_NAME = 100
_WORDS = 300


def message_of(notice: UnheardNotice) -> Message:
    ticket, home = one_line(notice.ticket, _NAME), one_line(notice.home, _NAME)
    words = (
        f":no_entry_sign: Nobody at *{home}* reads what you wrote to *{ticket}*: it is not shared with you for comments. "
        "Agents comment, where the partner lets them: `/ticket partners` says what each may do."
    )
    said = [context(f"You wrote: {one_line(notice.text, _WORDS)}")] if notice.text else []
    return message(f"Not heard: what you wrote to {ticket}", [section(words), *said])
