"""What is said of a page by hand: to whoever is paged, and to whoever pages."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.domain.clock.hand_page import HandPage, PageNotice
from bot.domain.words import listed
from handlers.blocks.kit import Message, actions, button, message, section
from handlers.blocks.news import CHANNELS, Reader, in_words
from handlers.blocks.text import moment, one_line, person, user_text
from handlers.slack import ids

_NAME = 80
_WORDS = 500

When = Callable[[datetime], str]


def message_of(notice: PageNotice, reader: Reader, *, in_channel: bool) -> Message:
    """As it is delivered. In a channel it mentions whom it is for."""
    blocks = [section(_written(notice, reader, moment, in_channel=in_channel))]
    if notice.event == "paged":
        blocks.append(actions(button("I'm on it", ids.PAGE_ON_IT, value=notice.page_id, primary=True)))
    return message(_written(notice, reader, partial(in_words, reader), in_channel=False), blocks)


def begun(hand: HandPage) -> Message:
    """What answers whoever pages."""
    queue, words = one_line(hand.queue, _NAME), user_text(hand.words, _WORDS)
    said = f":rotating_light: Whoever is on call for *{queue}* is being paged: {words}"
    return message(f"{said}\nYou hear from me who it is, and who is on it.")


def answered(hand: HandPage) -> Message:
    """What stands in place of the button."""
    said = f"*Page for {one_line(hand.queue, _NAME)}*: {user_text(hand.words, _WORDS)}"
    by = hand.page.answered_by
    return message(f"{said}\n:white_check_mark: {person(by)} is on it." if by else said)


def _written(notice: PageNotice, reader: Reader, when: When, *, in_channel: bool) -> str:
    queue, words = f"*{one_line(notice.queue, _NAME)}*", user_text(notice.words, _WORDS)
    by = one_line(reader.name(notice.by), _NAME)
    silences = "".join(
        f" {one_line(reader.name(each.user), _NAME)} has do-not-disturb on until {when(each.until)}."
        for each in notice.unreached
    )
    people = listed([_name(each, reader) for each in notice.people], "and")
    match notice.event:
        case "paged":
            is_for = notice.people[0] if in_channel and notice.people else None
            mention = f"{person(is_for)}: " if is_for and not is_for.startswith(CHANNELS) else ""
            return f":rotating_light: {mention}{by} pages you for {queue}: {words}{_stop(words, silences)}"
        case "told":
            return f"Paged for {queue}: {people}.{silences}"
        case "answered":
            return f":white_check_mark: {people} is on it ({queue}): {words}"
        case "unanswered":
            asked = f" Paged were {people}." if people else ""
            return f":warning: Nobody says that they are on it ({queue}): {words}{_stop(words, asked)}"


def _stop(words: str, more: str) -> str:
    """What ends the words where more follows."""
    return ("" if words[-1:] in ".!?" else ".") + more if more else ""


def _name(user: str, reader: Reader) -> str:
    return f"<#{user}>" if user.startswith(CHANNELS) else one_line(reader.name(user), _NAME)
