"""A ticket's history in words: who did what, when, and each field before and after."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.contract import CHOICES
from bot.domain.directory import KIND_OF, Directory
from bot.domain.ticket import Change, Entry, Ticket, What
from bot.domain.words import choice, label
from handlers.blocks.kit import View, actions, button, context, modal, section
from handlers.blocks.text import fitting, moment, one_line, person
from handlers.slack import ids

PER_PAGE = 15
_ENTRY = 2400  # characters of an entry's changes, of the 3,000 that a section takes
_VALUE = 150
_NOTE = 400
_MEANWHILE = 2900

DID: dict[What, str] = {
    "created": "opened it",
    "triaged": "triaged it",
    "assigned": "assigned it",
    "unassigned": "took the assignee off",
    "started": "started it",
    "held": "put it on hold",
    "resumed": "resumed it",
    "resolved": "resolved it",
    "closed": "closed it",
    "reopened": "reopened it",
    "edited": "edited it",
    "linked": "linked it",
    "noted": "left a private note",
    "merged": "found it to be a duplicate",
    "withdrawn": "found it to be no ticket",
    "restored": "brought it back",
    "snoozed": "snoozed it",
    "comment_edited": "edited a comment",
    "comment_deleted": "deleted a comment",
}
_TIMES = {"slaDueAt", "holdUntil", "snoozedUntil", "withdrawnAt"}
_PRIVATE = {"triageNotes"}
_UNSAID = {"workspaceId"}


def readable(history: Sequence[Entry], *, private: bool) -> list[Entry]:
    """The entries that somebody may read, and of each what they may: notes are for those who read `private` ones."""
    if private:
        return list(history)
    public = [
        entry.model_copy(
            update={"note": None, "changes": tuple(c for c in entry.changes if c.field not in _PRIVATE)}
        )
        for entry in history
    ]
    return [entry for entry in public if entry.what != "noted"]


def view(
    ticket: Ticket,
    entries: Sequence[Entry],
    directory: Directory,
    names: Mapping[str, str],
    *,
    offset: int,
) -> View:
    """A page, the newest first. `entries` are those that are `readable`, `names` those of tickets by their IDs."""
    newest = list(reversed(entries))
    shown = newest[offset : offset + PER_PAGE]
    blocks = [section(_told(entry, directory, names)) for entry in shown]
    turns = []
    if offset:
        value = f"{ticket.number}:{max(offset - PER_PAGE, 0)}"
        turns.append(button("Newer", f"{ids.HISTORY_PAGE}:newer", value=value))
    if offset + PER_PAGE < len(newest):
        value = f"{ticket.number}:{offset + PER_PAGE}"
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
    return fitting([head, *(_told(entry, directory, names) for entry in entries)], "\n", _MEANWHILE)


def _told(entry: Entry, directory: Directory, names: Mapping[str, str]) -> str:
    lines = [_change(change, directory, names) for change in entry.changes if change.field not in _UNSAID]
    words = f"{person(entry.actor)} {DID[entry.what]} · {moment(entry.at)}"
    if lines:
        words += "\n" + fitting(lines, "\n", _ENTRY)
    return f"{words}\n> :lock: {one_line(entry.note, _NOTE)}" if entry.note else words


def _change(change: Change, directory: Directory, names: Mapping[str, str]) -> str:
    before, after = (_value(change.field, value, directory, names) for value in (change.before, change.after))
    arrow = f"{before} → " if change.before is not None else ""
    return f"• {label(change.field)}: {arrow}{after}"


def _value(field: str, value: str | float | None, directory: Directory, names: Mapping[str, str]) -> str:
    if value is None:
        return "none"
    text = str(value)
    if field in CHOICES:
        return choice(text)
    if field in KIND_OF:
        return one_line(directory.name_of(field, text), _VALUE)
    if field in _TIMES:
        return moment(datetime.fromisoformat(text))
    match field:
        case "assignedUserId":
            return person(text)
        case "relatedTicketId":
            return names.get(text, "a ticket that is gone")
        case "duplicateOf":
            return f"T-{int(float(text))}"
        case _:
            return one_line(text, _VALUE)
