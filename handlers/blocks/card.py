"""A ticket's card: what everybody sees of it, and what can be done to it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.domain.audience import Audience
from bot.domain.directory import Directory
from bot.domain.fields import label
from bot.domain.steps import STEPS
from bot.domain.ticket import Place, Ticket
from bot.domain.words import choice, listed
from handlers.blocks import buttons
from handlers.blocks.due import due_fact, due_field
from handlers.blocks.kit import Block, Message, actions, button, context, message, section
from handlers.blocks.site_notes import site_notes
from handlers.blocks.text import link, message_url, moment, one_line, person, shorten, user_text
from handlers.blocks.visibility import shared_words
from handlers.slack import ids

DOTS = {
    "critical": ":red_circle:",
    "high": ":large_orange_circle:",
    "medium": ":large_blue_circle:",
    "low": ":white_circle:",
}
SUMMARY = 300
_SHORT = 42  # characters of a summary, so that the short card has at most five lines on a phone
_BECAUSE = 28
_NAME = 150
_OTHERS = 10
_WHERE = 28

Name = Callable[[str], str]
"""How a user is called, as mrkdwn: by a mention, or by a name where nobody is to be pinged."""


class Shared(NamedTuple):
    """The partners that see it, by what they are called here; and whether there is anybody elsewhere to share it with."""

    names: Sequence[str] = ()
    offered: bool = False


ALONE = Shared()


def card(
    ticket: Ticket,
    directory: Directory,
    audience: Audience = "agents",
    *,
    name: Name = person,
    shared: Shared = ALONE,
) -> Message:
    """The whole card for those who work it, the short one for the channel where it was asked for."""
    if ticket.undone_at:
        return _undone(ticket)
    is_told = shared.offered and audience != "requester"
    words = shared_words(ticket, shared.names) if is_told else ""
    seen, row = ([context(words)] if words else []), buttons.button_row(ticket, shares=shared.offered)
    if audience in {"agents", "to_act"}:
        on_site = site_notes(ticket, directory) if audience == "to_act" else []
        return message(headline(ticket), [*blocks(ticket, directory, name), *seen, *on_site, *row])
    menu = None if audience == "team" else buttons.requester_menu(ticket)
    shown = [short(ticket, directory, name, menu), *seen, *(row if audience == "team" else [])]
    return message(headline(ticket), [*shown, *_below(ticket)])


def short(ticket: Ticket, directory: Directory, name: Name = person, accessory: Block | None = None) -> Block:
    """What it is about and how it stands, in at most five lines of a phone."""
    summary = one_line(shorten(" ".join(ticket.summary.split()), _SHORT), SUMMARY)
    head = f"{DOTS[ticket.priority]} *{ticket.name}* · *{summary}* · {choice(ticket.priority)}"
    return section(f"{head}\n{facts(ticket, directory, name)}", accessory=accessory)


def facts(ticket: Ticket, directory: Directory, name: Name = person) -> str:
    """`In progress · Ana · due today at 5 PM · Acme, HQ`, of what there is. What it waits for, or was done, stands there
    instead of the due time."""
    customer = directory.name_of("customerId", ticket.customer_id)
    site = directory.name_of("siteId", ticket.site_id)
    because = ticket.hold_reason or ticket.resolution
    is_due = ticket.is_open and not because
    shown = [
        status(ticket, _BECAUSE),
        name(ticket.assigned_user_id) if ticket.assigned_user_id else "",
        due_fact(ticket) if is_due else "",
        one_line(f"{customer}, {site}", _WHERE),
    ]
    return " · ".join(filter(None, shown))


def headline(ticket: Ticket) -> str:
    """`T-42 · Printer down`, for notifications and lists."""
    return f"{ticket.name} · {one_line(ticket.summary, SUMMARY)}"


def title(ticket: Ticket) -> str:
    """`T-42 · Printer down`, unescaped, for an option's text."""
    return f"{ticket.name} · {' '.join(ticket.summary.split())}"


def bring_back(ticket: Ticket) -> Block:
    """The way back from Undo."""
    return actions(button("Bring it back", ids.UNDO, value=str(ticket.number)))


def _undone(ticket: Ticket) -> Message:
    words = f"*{ticket.name}* was undone"
    return message(f"{ticket.name} was undone", [section(words), bring_back(ticket)])


def blocks(ticket: Ticket, directory: Directory, name: Name = person) -> list[Block]:
    shown = [
        section(f"{DOTS[ticket.priority]} *{ticket.name}* · *{one_line(ticket.summary, SUMMARY)}*"),
        section("", fields=_fields(ticket, directory, name)),
    ]
    if ticket.symptom_description and ticket.symptom_description.split() != ticket.summary.split():
        shown.insert(1, section(user_text(ticket.symptom_description, 500)))
    return [*shown, context(whence(ticket, name)), *_below(ticket)]


def _below(ticket: Ticket) -> list[Block]:
    """What is to be known of its thread."""
    told = [context(_beside(ticket))] if ticket.same_thread else []
    if ticket.thread_unread:
        words = f"Invite me to bring the earlier replies: `/invite @Deskhand` in <#{ticket.origin.channel}>"
        told.append(context(words))
    return told


def _fields(ticket: Ticket, directory: Directory, name: Name) -> list[str]:
    """What there is, at most ten, which is what a section takes."""
    pairs = {
        "status": status(ticket),
        "priority": choice(ticket.priority),
        "severity": choice(ticket.severity) if ticket.severity else "",
        "ticketType": choice(ticket.ticket_type),
        "customerId": user_text(directory.name_of("customerId", ticket.customer_id), _NAME),
        "siteId": user_text(directory.name_of("siteId", ticket.site_id), _NAME),
        "assignedUserId": name(ticket.assigned_user_id) if ticket.assigned_user_id else "Nobody yet",
        "assignedQueue": one_line(ticket.assigned_queue, _NAME) if ticket.assigned_queue else "",
        "slaDueAt": due_field(ticket),
    }
    return [f"*{label(field)}*\n{value}" for field, value in pairs.items() if value]


def status(ticket: Ticket, most: int = SUMMARY) -> str:
    """The status and what it is about: what is waited for, what was done, which ticket goes on. `most` characters of
    that."""
    if ticket.withdrawn_at:
        return "Withdrawn: not a ticket"
    if ticket.duplicate_of:
        return f"Duplicate of T-{ticket.duplicate_of}"
    words = choice(ticket.status)
    if ticket.hold_until and most == SUMMARY:
        words += f" until {moment(ticket.hold_until)}"
    if ticket.snoozed_until:
        words += f", snoozed until {moment(ticket.snoozed_until)}"
    because = ticket.hold_reason or ticket.resolution
    return f"{words}: {one_line(because, most)}" if because else words


def whence(ticket: Ticket, name: Name = person) -> str:
    """Who asked for it, when and where."""
    words = f"Requested by {requester(ticket, name)} · {moment(ticket.created_at)}"
    if ticket.origin.converted_by:
        words += f" · converted by {name(ticket.origin.converted_by)}"
    if ticket.origin.permalink:
        words += f" · {link(ticket.origin.permalink, 'Source message')}"
    return words


def places(ticket: Ticket, thread: Place | None) -> str:
    """Who asked for it, and where it is talked about."""
    words = whence(ticket)
    return f"{words} · {link(message_url(thread.channel, thread.ts), 'Thread')}" if thread else words


def requester(ticket: Ticket, name: Name = person) -> str:
    """As `name` says; of somebody from outside the name, since a mention would not show it."""
    source = ticket.origin.message
    if source and source.author_name and source.author == ticket.created_by:
        return user_text(source.author_name, 100)
    return name(ticket.created_by)


def _beside(ticket: Ticket) -> str:
    """Which other tickets its thread has, and which of them a reply goes to."""
    others = [f"T-{number}" for number in ticket.same_thread[:_OTHERS]]
    words = f"This thread has {listed(others, 'and')}, too. A reply goes to the newest open one, unless it names {ticket.name}."
    return (
        words if ticket.is_open else f"{words} Press *{STEPS['reopen'].button}* to go on with {ticket.name}."
    )
