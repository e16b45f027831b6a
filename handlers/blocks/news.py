"""What somebody is told of a ticket, in words: one sentence for each event and each role."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import NamedTuple

from bot.domain.clock.asking import ON_CALL
from bot.domain.clock.context import CLOCK
from bot.domain.clock.service_levels import KIND_NAMES
from bot.domain.news import Event, News, Role
from bot.domain.permissions import thread_for
from bot.domain.telling import Told
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks import alerts
from handlers.blocks.kit import SECTION, Block, Message, actions, button, context, message, section
from handlers.blocks.text import fitting, link, message_url, moment, one_line, person, user_text
from handlers.slack import ids

_SUMMARY = 150
_WORDS = 1000
_NAME = 80
_GENERIC: Mapping[Event, str] = {
    "created": "opened {ticket}",
    "moved": "moved {ticket} to {queue}",
    "taken": "has taken {ticket}",
    "assigned": "gave {ticket} to {assignee}",
    "unassigned": "took the assignee off {ticket}, so nobody has it",
    "note": "left a private note on {ticket}",
    "comment": "wrote about {ticket}",
    "held": "put {ticket} on hold{until}",
    "resumed": "goes on with {ticket}",
    "resolved": "resolved {ticket}",
    "closed": "closed {ticket}",
    "reopened": "opened {ticket} again",
    "answered": "answered, and so {ticket} is open again",
    "withdrawn": "found that {ticket} is no ticket",
    "undone": "undid {ticket}",
    "restored": "brought {ticket} back",
    "merged": "closed {ticket}, since {other} says the same and goes on",
    "due_changed": "changed when {ticket} is due: {due}",
    "asked_again": "asks again about {ticket}",
}
"""What follows the name of who did it."""

_OF_ROLES: Mapping[tuple[str, Event], str] = {
    ("assignee", "created"): "{by} gave you {ticket} ({urgency})",
    ("assignee", "assigned"): "{by} gave you {ticket} ({urgency})",
    ("former_assignee", "taken"): "{by} has taken {ticket} over from you",
    ("former_assignee", "assigned"): "{by} gave {ticket} to {assignee}. It was yours",
    ("former_assignee", "unassigned"): "{by} took {ticket} off you. Nobody has it now",
    ("requester", "created"): "{by} made {ticket} for you",
    ("watcher", "created"): "{by} opened {ticket} ({urgency})",
    ("requester", "assigned"): "{assignee} works on {ticket} now",
    ("requester", "came_back"): "{ticket} goes on",
    ("requester", "asked_again"): "{hears} hears that you ask about {ticket}",
    (
        "on_call",
        "asked_again",
    ): "you are on call for {queue}: {by} asks again about {ticket}, and {assignee} has not answered",
    ("assignee", "stale"): "nothing has happened to {ticket} for days. Are you still working on it?",
    ("lead", "stale"): "nothing has happened to {ticket} for days, and {assignee} has it",
    ("requester", "answered"): "{ticket} is open again, and {whoever} is told",
    ("requester", "merged"): "{ticket} says the same as {other}, which goes on{there}",
    ("on_call", "created"): "you are on call for {queue}: {ticket} is new ({urgency})",
    ("on_call", "moved"): "you are on call for {queue}: {by} moved {ticket} there ({urgency})",
    ("on_call", "reopened"): "you are on call for {queue}: {by} opened {ticket} again ({urgency})",
    ("on_call", "answered"): "you are on call for {queue}: {by} answered, and so {ticket} is open again",
}
"""In place of the sentence that begins with who did it."""

_OF_CLOCK: Mapping[Event, str] = {
    "due_soon": "{ticket} is due soon{what}: {due}",
    "late": "{ticket} is late{what}. It was due {due}",
    "paged": "{ticket} needs somebody now ({urgency}): nobody has taken it",
    "came_back": "{ticket} is back",
    "stale": "nothing has happened to {ticket} for days",
}
"""What nobody has brought about but time."""

ABOUT: Mapping[str, str] = {
    **{str(kind): name for kind, name in KIND_NAMES.items()},
    "due": "",
    "unclaimed": "nobody takes it",
}
"""What a warning or a page is about."""

CHANNELS = ("C", "G")
"""How the IDs of channels begin, and of nobody."""

_TO_ANSWER: Collection[Event] = {"due_soon", "late", "paged"}


class Reader(NamedTuple):
    """For whom it is written: what people are called, their time, and the address of the ticket's thread, if any."""

    name: Callable[[str], str]
    now: datetime
    zone: tzinfo | None = None
    address: str = ""


def line(ticket: Ticket, told: Sequence[Told], reader: Reader, *, in_channel: bool) -> Message:
    """What somebody is told without a card. In a channel it mentions them; by themselves it has the thread's address."""
    written = _written(ticket, told, reader, in_channel=in_channel)
    if reader.address and not in_channel and not any(each.other for each in told):
        written += f" · {link(reader.address, 'Open thread')}"
    blocks = [section(written)]
    if any(each.news.event == "resolved" and each.news.role == "requester" for each in told):
        number = str(ticket.number)
        solved = button("Solved", ids.SOLVED, value=number, primary=True)
        blocks.append(actions(solved, button("Not yet", ids.NOT_YET, value=number)))
        if ticket.clock and ticket.clock.close_at:
            blocks.append(context(f"It closes by itself {moment(ticket.clock.close_at)}."))
    if stale := [each.news.role for each in told if each.news.event == "stale"]:
        blocks.append(actions(*_stale_buttons(ticket, stale[-1])))
    if asked := [each.news for each in told if each.news.event in _TO_ANSWER and each.news.about]:
        blocks.append(alerts.buttons(ticket, is_warning=asked[-1].event == "due_soon"))
    return message(_lock_screen(ticket, told, reader), blocks)


def still_working(ticket: Ticket) -> Message:
    """What stands in place of the question whether it is still worked on."""
    return message(f":white_check_mark: You are still working on *{ticket.name}*. Its history says so.")


def given_back(ticket: Ticket) -> Message:
    return message(f":white_check_mark: *{ticket.name}* is yours no more. Nobody has it now.")


def _stale_buttons(ticket: Ticket, role: Role) -> list[Block]:
    number = str(ticket.number)
    if role == "lead":
        return [button("Assign…", ids.ASSIGN, value=number)]
    return [
        button("Still working on it", ids.STILL_WORKING, value=number, primary=True),
        button("Hold…", f"{ids.STEP}:hold", value=number),
        button("Give it back", ids.GIVE_BACK, value=number),
    ]


def above(
    ticket: Ticket, told: Sequence[Told], reader: Reader, body: Message, *, in_channel: bool
) -> Message:
    """A card with what its reader is told above it."""
    shown = [section(_written(ticket, told, reader, in_channel=in_channel)), *body["blocks"]]
    if reader.address and not in_channel:
        shown.append(context(link(reader.address, "Open thread")))
    return message(_lock_screen(ticket, told, reader), shown)


def verdict(ticket: Ticket, *, is_solved: bool) -> Message:
    """What stands in place of the two buttons once one was pressed."""
    if is_solved:
        return message(f"{ticket.name} is solved and closed. Thank you!")
    return message(f"{ticket.name} is open again. What is still wrong? A line in this thread helps.")


def _sentence(
    ticket: Ticket, told: Told, reader: Reader, when: Callable[[datetime], str], *, has_links: bool
) -> str:
    news = told.news
    by = one_line(news.from_elsewhere, _NAME) if news.from_elsewhere else _name(news.by, reader)
    pattern = _OF_ROLES.get((news.role, news.event)) or _OF_CLOCK.get(news.event)
    pattern = pattern or "{by} " + _GENERIC[news.event]
    sentence = pattern.format(
        by=by,
        ticket=ticket.name if ticket.undone_at else f"{ticket.name} {one_line(ticket.summary, _SUMMARY)}",
        urgency=_urgency(ticket, when),
        queue=one_line(ticket.assigned_queue or "", 60),
        assignee=_name(ticket.assigned_user_id, reader) if ticket.assigned_user_id else "nobody",
        whoever=_name(ticket.assigned_user_id, reader)
        if ticket.assigned_user_id
        else "whoever looks after it",
        hears=_hears(ticket, news, reader),
        until=f" until {when(ticket.hold_until)}" if ticket.hold_until else "",
        other=_other(ticket, told, is_linked=has_links),
        there=": follow it there" if told.other and not told.other.undone_at else "",
        due=when(due_at) if (due_at := news.due_at or ticket.due_at) else "never",
        what=f" ({what})" if (what := ABOUT.get(news.about or "")) else "",
    )
    for each in news.unreached:
        sentence += f". {_name(each.user, reader)} has do-not-disturb on until {when(each.until)}"
    words = user_text(told.words.strip(), _WORDS)
    if not words:
        return sentence if sentence.endswith("?") else f"{sentence}."
    return f"{sentence}{'. It waited for' if news.event == 'came_back' else ''}: {words}"


def _hears(ticket: Ticket, news: News, reader: Reader) -> str:
    """Who hears of a question: whoever has the ticket, unless they have left."""
    if news.about or ticket.assigned_user_id is None:
        return "whoever is on call" if news.about == ON_CALL else "its team"
    return _name(ticket.assigned_user_id, reader)


def _other(ticket: Ticket, told: Told, *, is_linked: bool) -> str:
    """The ticket that goes on: its number, and where its reader may see it its summary, which leads to its thread."""
    other = told.other
    if other is None or other.undone_at:
        return f"T-{ticket.duplicate_of}" if ticket.duplicate_of else "another ticket"
    words = f"{other.name} {one_line(other.summary, _SUMMARY)}"
    thread = thread_for(told.news.to, other, works=told.news.other == "work") if is_linked else None
    return link(message_url(thread.channel, thread.ts), words) if thread else words


def _written(ticket: Ticket, told: Sequence[Told], reader: Reader, *, in_channel: bool) -> str:
    """A line for each. In a channel it begins with whom it is for."""
    written = "\n".join(_sentence(ticket, each, reader, moment, has_links=True) for each in told)
    if in_channel:
        news = told[0].news
        if news.role != "team":
            written = f"{_name(news.to, reader) if news.by_name else person(news.to)}: {written}"
    return fitting(written.splitlines(), "\n", SECTION)


def _lock_screen(ticket: Ticket, told: Sequence[Told], reader: Reader) -> str:
    """The same where nothing is rendered: times are in the reader's own zone."""
    return " ".join(
        _sentence(ticket, each, reader, partial(in_words, reader), has_links=False) for each in told
    )


def _urgency(ticket: Ticket, when: Callable[[datetime], str]) -> str:
    """`critical, due today 9:25`."""
    due = f", due {when(ticket.due_at)}" if ticket.due_at else ""
    return f"{choice(ticket.priority).lower()}{due}"


def in_words(reader: Reader, at: datetime) -> str:
    """`today 9:25`, `tomorrow 9:25`, `Fri 4 Dec 9:25`."""
    local, now = at.astimezone(reader.zone or UTC), reader.now.astimezone(reader.zone or UTC)
    days = (local.date() - now.date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"{local:%a} {local.day} {local:%b}")
    return f"{day} {local.hour}:{local:%M}{'' if reader.zone else ' UTC'}"


def _name(user: str, reader: Reader) -> str:
    return "Deskhand" if user == CLOCK else one_line(reader.name(user), _NAME)
