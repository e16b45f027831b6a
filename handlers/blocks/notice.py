"""What a user is told in private: what was saved, what is there already, what went wrong, what to type."""

from collections.abc import Iterable, Mapping

from bot.domain.contract import CHOICES, REQUIRED
from bot.domain.directory import Directory
from bot.domain.errors import Problem
from bot.domain.fields import TICKET_FIELDS, TicketField, label
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from handlers.blocks import buttons, card
from handlers.blocks.kit import (
    SECTION,
    Block,
    Message,
    View,
    actions,
    button,
    context,
    header,
    message,
    modal,
    section,
)
from handlers.blocks.text import fitting, linked, one_line, person, pieces, user_text, with_mentions
from handlers.slack import ids

_PIECES = 3  # sections; a message takes about 13,000 characters in all
_HALF = 1400
BUTTON_VALUE = 2000  # characters

PARTLY_READ = (
    ":warning: I could not read all of this message. Please look at it again, and add what is missing here."
)
NO_TICKET_YET = ":mag: There is no ticket here yet. Fill this in to make one of the message."

_WITHOUT_TYPING = (
    "• A message's menu → *Create ticket* — turns the message into a ticket",
    "• `@Deskhand take`, `@Deskhand resolve Replaced the toner` — the same orders in a ticket's thread, without its number; "
    "`@Deskhand` alone makes a ticket of a thread",
    "• Write to me directly: an order is followed, and anything else becomes a ticket by one press",
    "• Replies in a ticket's thread are its comments; among agents they stay internal until *Reply to requester*",
)


def help_message(others: Iterable[str]) -> Message:
    """What can be typed: the fields and the steps as their rows have them. `others`: what the other subcommands take."""
    return message(
        "How /ticket works", [header("How /ticket works"), *(section(text) for text in _help_texts(others))]
    )


def _help_texts(others: Iterable[str]) -> tuple[str, ...]:
    steps = [f"• {step.usage}" for step in STEPS.values() if step.words]
    return (
        "*One line makes a ticket*\n"
        "`/ticket Printer down customer:acme site:hq type:break_fix !high @ana #network due:tomorrow 5pm`\n"
        "Free words are the summary. Whatever is missing, a form asks for.",
        "\n".join(["*What you can add*", *_help_of_fields()]),
        "\n".join(
            [
                "*Working a ticket*",
                "• Its card has the buttons; a message's menu → *Triage ticket*, *Assign ticket* does, too",
                *steps,
            ]
        ),
        "\n".join(["*Other ways*", "• `/ticket` opens the form.", *(f"• {row}" for row in others)]),
        "\n".join(["*Without typing*", *_WITHOUT_TYPING]),
    )


def _help_of_fields() -> list[str]:
    """What is needed, what has a sign, times, and all others."""
    rows = [row for row in TICKET_FIELDS.values() if row.keys and row.form and row.name != "summary"]
    needed = [row for row in rows if row.name in REQUIRED and not row.default]
    signed = [row for row in rows if row.sign]
    times = [row for row in rows if row.element == "time"]
    shown = {row.name for row in (*needed, *signed, *times)}
    others = [row for row in rows if row.name not in shown]
    return [
        f"• {_typed_as(needed)} — needed, unless the site tells the customer",
        *(f"• {_signs(row)} — {row.label.lower()}" for row in signed),
        *(f"• `{row.shown[0]}` — `tomorrow 17:00`, `fri 9am`, `in 4h`, `+2d`, `2026-12-01`" for row in times),
        f"• {_typed_as(others)} — with quotes where there are spaces",
    ]


def _signs(row: TicketField) -> str:
    names = CHOICES.get(row.name, (row.example,))
    return " ".join(f"`{row.sign}{name}`" for name in names)


def _typed_as(rows: Iterable[TicketField]) -> str:
    return " ".join(f"`{row.shown[0]}`" for row in rows)


def taken(ticket: Ticket, directory: Directory) -> View:
    """For somebody who turns a message into a ticket, where it already is one."""
    head = section(f"This message is already *{ticket.name}*, made by {person(ticket.maker)}.")
    blocks = [head, *card.blocks(ticket, directory)]
    return modal(f"Already {ticket.name}", blocks, callback_id=ids.NOTICE)


def already(ticket: Ticket) -> Message:
    """As `taken`, where no view can open."""
    return message(f"This message is already *{ticket.name}*, made by {person(ticket.maker)}.")


def withdrawn(ticket: Ticket) -> Message:
    """For the person who pressed “Not a ticket”, with the way back."""
    return message(f"{ticket.name} is no ticket any more.", _withdrawn(ticket))


def withdrawn_view(ticket: Ticket) -> View:
    return modal(f"{ticket.name} is no ticket", _withdrawn(ticket), callback_id=ids.NOTICE, close="Done")


def _withdrawn(ticket: Ticket) -> list[Block]:
    words = (
        f"*{ticket.name}* is no ticket any more. Its history is kept, and for ten minutes you can undo this."
    )
    return [section(words), buttons.undo_button(ticket)]


def restored(ticket: Ticket) -> Message:
    return message(f"*{ticket.name}* is back as it was.")


def restored_view(ticket: Ticket) -> View:
    words = section(f"*{ticket.name}* is back as it was.")
    return modal(f"{ticket.name} is back", [words], callback_id=ids.NOTICE, close="Done")


def trouble(words: str) -> View:
    return modal(
        "That did not work", [section(with_mentions(user_text(words, SECTION)))], callback_id=ids.NOTICE
    )


def refused(words: str) -> Message:
    """Why something was not done, for the person who tried."""
    return message(with_mentions(user_text(words, SECTION)))


def incomplete_line(line: str, problems: Iterable[Problem], *, again: str, nonce: str) -> Message:
    """Goes with the form that opens for a line with faults. It holds the line as it was typed, so that it cannot be lost.

    `again` and `nonce` as `again_button` takes them.
    """
    blocks = [
        section(f"Nearly there. The form has what I understood.\n{faults(problems)}"),
        *typed_line(line),
        *again_button(again, "Open the form again", nonce),
    ]
    return message("Nearly there. The form has what I understood.", blocks)


def failed(words: str, line: str, nonce: str) -> Message:
    """What went wrong with a typed line, and the line, since Slack has forgotten it."""
    shown = with_mentions(user_text(words, SECTION))
    return message(
        linked(words), [section(shown), *typed_line(line), *again_button(line, "Open the form", nonce)]
    )


def not_done(words: str, line: str) -> Message:
    """Why a typed command was not followed, and what was typed."""
    shown = with_mentions(user_text(words, SECTION))
    return message(shown, [section(shown), *typed_line(line)])


def explained(line: str, takes: str, nonce: str) -> Message:
    """What a subcommand takes, for a short line that begins with its name and goes on otherwise. `takes` is mrkdwn."""
    words = f"{takes}\nIf this was meant to be a ticket, make one of it."
    return message(words, [section(words), *typed_line(line), *ticket_button(line, nonce)])


def did_you_mean(line: str) -> str:
    """`line` is what was most likely meant to stand behind `/ticket`."""
    return f"Did you mean “/ticket {with_mentions(one_line(line, 200))}”?"


def unknown_command(line: str, word: str, near: str | None, nonce: str) -> Message:
    """For a line that begins like a subcommand, and with no word that is one. `near`: the one that was most likely meant."""
    hint = f"Did you mean `/ticket {near}`?" if near else "`/ticket help` shows what there is."
    words = (
        f"There is no `/ticket {one_line(word, 100)}`. {hint}\n"
        "If this was meant to be a ticket, make one of it."
    )
    return message(
        hint.replace("`", ""),
        [section(words), *typed_line(line), *ticket_button(line, nonce)],
    )


def ticket_button(line: str, nonce: str) -> list[Block]:
    """Makes a ticket of a line that was taken for something else."""
    return again_button(line, "Make it a ticket", nonce)


def faults(problems: Iterable[Problem]) -> str:
    """One line for each, as many as a section has room for."""
    messages = dict.fromkeys(problem.message for problem in problems)
    lines = [f":warning: {user_text(message, 600)}" for message in messages]
    return fitting(lines, "\n", _HALF)


def understood(problems: Iterable[Problem], raw: Mapping[str, str]) -> str:
    """The faults at the head of the form, with the words they are about."""
    typed = [f"{label(field)}: {one_line(text, 200)}" for field, text in raw.items()]
    return faults(problems) + ("\n_You typed_ " + fitting(typed, ", ", _HALF) if typed else "")


def typed_line(line: str) -> list[Block]:
    """The line as it was typed, in as many sections as a message has room for."""
    cut = pieces(with_mentions(one_line(line, len(line) * 5)), SECTION)
    shown = [section(f"> {piece}") for piece in cut[:_PIECES] if piece]
    return [*shown, context("… and more, which is in the form.")] if len(cut) > _PIECES else shown


def again_button(value: str, words: str, nonce: str) -> list[Block]:
    """Opens the form for a line. `value` is the line, or where it is kept; `nonce` names the one ticket that is made of it."""
    if not 0 < len(value) <= BUTTON_VALUE:
        return []
    return [actions(button(words, f"{ids.OPEN_FORM}:{nonce}", value=value))]
