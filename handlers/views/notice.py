"""What a user is told in private: what was saved, what is there already, what went wrong, what to type."""

from collections.abc import Iterable, Mapping

from bot.domain.directory import Directory
from bot.domain.errors import Problem
from bot.domain.ticket import Ticket
from bot.domain.words import label
from handlers import ids
from handlers.views import card
from handlers.views.kit import Block, Message, View, actions, button, context, header, message, modal, section
from handlers.views.text import one_line, person, user_text, with_mentions

_PIECE = 2700  # a section takes 3,000 characters, and mentions grow a little
_HALF = 1400
_BUTTON_VALUE = 2000

HELP = (
    "*One line makes a ticket*\n"
    "`/ticket Printer down customer:acme site:hq type:break_fix !high @ana #network due:tomorrow 5pm`\n"
    "Free words are the summary. Whatever is missing, a form asks for.",
    "*What you can add*\n"
    "• `customer:` `site:` `type:` — needed, unless the site tells the customer\n"
    "• `!low` `!medium` `!high` `!critical` — priority\n"
    "• `@someone` — assignee, `#queue` — queue\n"
    "• `due:` — `tomorrow 17:00`, `fri 9am`, `in 4h`, `+2d`, `2026-12-01`\n"
    "• `severity:` `source:` `category:` `system:` `asset:` `contact:` `method:` `hours:` `related:` `visibility:` "
    "`description:` `notes:` `status:` — with quotes where there are spaces",
    "*Other ways*\n"
    "• `/ticket` — the form\n"
    "• `/ticket list` — open tickets, newest first\n"
    "• `/ticket show 42` — one ticket\n"
    "• A message's menu → *Create ticket* — turns the message into a ticket",
)


def help_message() -> Message:
    return message("How /ticket works", [header("How /ticket works"), *(section(text) for text in HELP)])


def home() -> View:
    """App Home, for now the way in and how it works."""
    new = actions(button("New ticket", ids.OPEN_FORM, primary=True))
    return {"type": "home", "blocks": [header("Deskhand"), new, *(section(text) for text in HELP)]}


def saved(ticket: Ticket) -> Message:
    """The confirmation of a typed line, which only its author sees."""
    words = f":white_check_mark: *{ticket.name}* is saved: {one_line(ticket.summary, card.SUMMARY)}"
    return message(words, [section(words), context("Its card is on its way.")])


def saved_view(ticket: Ticket, directory: Directory) -> View:
    """What the form turns into when its ticket is saved."""
    said = section(f":white_check_mark: *{ticket.name}* is saved. Its card is on its way.")
    return modal(
        f"{ticket.name} is saved",
        [said, *card.blocks(ticket, directory)],
        callback_id=ids.NOTICE,
        close="Done",
    )


def taken(ticket: Ticket, directory: Directory) -> View:
    """For whoever turns a message into a ticket that has one."""
    said = section(f"This message is already *{ticket.name}*, made by {person(ticket.created_by)}.")
    blocks = [said, *card.blocks(ticket, directory)]
    return modal(f"Already {ticket.name}", blocks, callback_id=ids.NOTICE)


def trouble(words: str) -> View:
    return modal("That did not work", [section(user_text(words, _PIECE))], callback_id=ids.NOTICE)


def nearly(line: str, problems: Iterable[Problem]) -> Message:
    """Beside the form that opens for a line with faults: the line as it was typed, so that it cannot be lost."""
    blocks = [
        section(f"Nearly there. The form has what I understood.\n{faults(problems)}"),
        *_typed(line),
        *_again(line, "Open the form again"),
    ]
    return message("Nearly there. The form has what I understood.", blocks)


def unknown_command(line: str, word: str, near: str) -> Message:
    words = (
        f"There is no `/ticket {one_line(word, 100)}`. Did you mean `/ticket {near}`?\n"
        "If this was meant to be a ticket, make one of it."
    )
    return message(
        f"Did you mean /ticket {near}?", [section(words), *_typed(line), *_again(line, "Make it a ticket")]
    )


def faults(problems: Iterable[Problem]) -> str:
    """One line for each, as many as a section has room for."""
    lines = [f":warning: {user_text(problem.message, 600)}" for problem in problems]
    return _fitting(lines, "\n")


def understood(problems: Iterable[Problem], raw: Mapping[str, str]) -> str:
    """The faults at the head of the form, with the words they are about."""
    typed = [f"{label(field)}: {one_line(text, 200)}" for field, text in raw.items()]
    return faults(problems) + ("\n_You typed_ " + _fitting(typed, ", ") if typed else "")


def _fitting(pieces: list[str], between: str) -> str:
    kept = ""
    for count, piece in enumerate(pieces):
        longer = kept + between + piece if kept else piece
        if len(longer) > _HALF:
            return f"{kept}{between}… and {len(pieces) - count} more"
        kept = longer
    return kept


def _typed(line: str) -> list[Block]:
    pieces = [line[start : start + _PIECE] for start in range(0, len(line), _PIECE)]
    return [section(f"> {with_mentions(one_line(piece, _PIECE))}") for piece in pieces[:10]]


def _again(line: str, words: str) -> list[Block]:
    """A button's value takes 2,000 characters; a longer line can still be copied from the message."""
    return [actions(button(words, ids.OPEN_FORM, value=line))] if 0 < len(line) <= _BUTTON_VALUE else []
