"""A ticket's history in words: who did what, when, and each field before and after."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.domain.clock.alerts import UNCLAIMED
from bot.domain.clock.context import CLOCK
from bot.domain.clock.paging import BECAUSE, NOT_REACHED, PAGED, WARNED
from bot.domain.clock.targets import CALENDAR, POLICY
from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS, label
from bot.domain.history import HistoryPage
from bot.domain.steps import past
from bot.domain.ticket import BY_WAY, OPENINGS, Change, Entry, Ticket
from bot.domain.words import listed
from handlers.blocks.kit import SECTION, View, actions, button, context, modal, section
from handlers.blocks.news import ABOUT, CHANNELS
from handlers.blocks.text import fitting, moment, one_line, person
from handlers.blocks.values import value_text
from handlers.slack import ids

PER_PAGE = 15
_ENTRY = 2400  # characters of an entry's changes, of the 3,000 that a section takes
_NOTE = 400
_NAME = 100
_WHY = {POLICY: "Service level", CALENDAR: "Calendar"}


def history_modal(page: HistoryPage, directory: Directory, names: Mapping[str, str]) -> View:
    """A page of a history. `names` are those of tickets by their IDs."""
    ticket = page.ticket
    blocks = [section(entry_text(entry, ticket, directory, names)) for entry in page.entries]
    turns = []
    if page.offset:
        value = f"{ticket.number}:{max(page.offset - PER_PAGE, 0)}"
        turns.append(button("Newer", f"{ids.HISTORY_PAGE}:newer", value=value))
    if page.has_older:
        value = f"{ticket.number}:{page.offset + PER_PAGE}"
        turns.append(button("Older", f"{ids.HISTORY_PAGE}:older", value=value))
    if turns:
        blocks.append(actions(*turns))
    above = context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}")
    return modal(f"History of {ticket.name}", [above, *blocks], callback_id=ids.HISTORY)


def changed_since(
    ticket: Ticket, entries: Sequence[Entry], directory: Directory, names: Mapping[str, str]
) -> str:
    """What others did while a form was open, to stand above it."""
    head = f":warning: *{ticket.name}* has changed while you were typing. Look again, and save once more."
    told = (entry_text(entry, ticket, directory, names) for entry in entries)
    return fitting([head, *told], "\n", SECTION)


def entry_text(
    entry: Entry,
    ticket: Ticket,
    directory: Directory,
    names: Mapping[str, str],
    *,
    with_note: bool = True,
) -> str:
    """Who did what, when, and what it changed; of how the ticket began, which way it came in."""
    lines = [_change(change, directory, names) for change in entry.changes if _is_shown(change.field)]
    way = BY_WAY[ticket.origin.way] if entry.what in OPENINGS else ""
    did = " ".join(filter(None, (_name(entry), past(entry.what), way)))
    if entry.what in {WARNED, PAGED} and entry.changes:
        did, lines = _alerted(entry), [*_not_reached(entry)]
    words = f"{did} · {moment(entry.at)}"
    if lines:
        words += "\n" + fitting(lines, "\n", _ENTRY)
    return f"{words}\n> :lock: {one_line(entry.note, _NOTE)}" if entry.note and with_note else words


def _name(entry: Entry) -> str:
    if entry.actor_name:
        return one_line(entry.actor_name, _NAME)
    return "Deskhand" if entry.actor == CLOCK else person(entry.actor)


def _alerted(entry: Entry) -> str:
    """`Deskhand paged @ben and @emil: late (resolution)`."""
    told = [str(change.after) for change in entry.changes if change.field == entry.what]
    whom = listed([f"<#{each}>" if each.startswith(CHANNELS) else person(each) for each in told], "and")
    about = next((str(change.after) for change in entry.changes if change.field == BECAUSE), "")
    kind = "late" if entry.what == PAGED else "due soon"
    what = ABOUT.get(about, about)
    why = what if about == UNCLAIMED else f"{kind} ({what})" if what else kind
    return f"{_name(entry)} {entry.what} {whom}: {why}"


def _not_reached(entry: Entry) -> Iterator[str]:
    for change in entry.changes:
        if change.field == NOT_REACHED:
            until = moment(datetime.fromisoformat(str(change.after)))
            yield f"• {person(str(change.before))} has do-not-disturb on until {until}"


def _change(change: Change, directory: Directory, names: Mapping[str, str]) -> str:
    if why := _WHY.get(change.field):
        return f"• {why}: {one_line(str(change.after), _NOTE)}"
    before, after = (
        value_text(change.field, value, directory, names) for value in (change.before, change.after)
    )
    arrow = f"{before} → " if change.before is not None else ""
    return f"• {label(change.field)}: {arrow}{after}"


def _is_shown(field: str) -> bool:
    return field not in TICKET_FIELDS or TICKET_FIELDS[field].in_history
