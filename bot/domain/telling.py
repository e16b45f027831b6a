"""Who is told what of a ticket, where, and how loudly: one row for each event and each role.

Nobody is told of their own act, and nobody twice of one thing: of what one step brings about, each person is told the
first event that the table has for them, and whoever was told of a ticket by its card reads there that it was undone. What
an agent says to the requester is no news but a comment, and is shown to them by comments.py; who stands in on call is told
by services/rota.py.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from bot.domain.news import Event, News, Role
from bot.domain.steps import STEPS
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace_settings import Level

Where = Literal["thread", "direct", "triage"]
"""`thread`: the ticket's, where its requester follows it; direct messages where there is none. `triage`: the triage
channel of its queue; direct messages where they are not in there."""

WHERE: Mapping[Role, Where] = {
    "on_call": "triage",
    "assignee": "direct",
    "former_assignee": "direct",
    "requester": "thread",
    "watcher": "direct",
    "agent": "direct",
    "lead": "direct",
    "team": "triage",
}


class Row(NamedTuple):
    """`level`: the quietest at which somebody in this role is told. `own`: even of their own act."""

    role: Role
    level: Level
    own: bool = False


_OTHERS = (Row("requester", "mine"), Row("assignee", "mine"), Row("agent", "all"))

TABLE: Mapping[Event, tuple[Row, ...]] = {
    "withdrawn": _OTHERS,
    "undone": (
        Row("assignee", "mine"),
        Row("requester", "mine"),
        Row("watcher", "mine"),
        Row("agent", "all"),
    ),
    "restored": _OTHERS,
    "merged": _OTHERS,
    "resolved": (Row("requester", "quiet"), Row("assignee", "mine"), Row("agent", "all")),
    "closed": _OTHERS,
    "answered": (
        Row("assignee", "quiet"),
        Row("on_call", "quiet"),
        Row("requester", "quiet", own=True),
        Row("agent", "all"),
    ),
    "reopened": (
        Row("assignee", "quiet"),
        Row("on_call", "quiet"),
        Row("requester", "mine"),
        Row("agent", "all"),
    ),
    "created": (
        Row("assignee", "quiet"),
        Row("on_call", "quiet"),
        Row("requester", "mine"),
        Row("watcher", "mine"),
        Row("agent", "all"),
    ),
    "assigned": (
        Row("assignee", "quiet"),
        Row("former_assignee", "mine"),
        Row("requester", "mine"),
        Row("agent", "all"),
    ),
    "taken": (Row("former_assignee", "mine"), Row("requester", "mine"), Row("agent", "all")),
    "unassigned": (Row("former_assignee", "mine"), Row("agent", "all")),
    "held": _OTHERS,
    "resumed": _OTHERS,
    "moved": (Row("on_call", "quiet"), Row("agent", "all")),
    "comment": (Row("assignee", "mine"), Row("agent", "all")),
    "note": (Row("assignee", "mine"), Row("agent", "all")),
    "due_changed": (Row("assignee", "mine"), Row("agent", "all")),
    "came_back": (
        Row("assignee", "quiet"),
        Row("on_call", "quiet"),
        Row("requester", "mine"),
        Row("agent", "all"),
    ),
}
"""The order is that of what matters: where one step brings about several events, the first is told."""

_OF_STEPS: Mapping[str, Event] = {
    STEPS["withdraw"].what: "withdrawn",
    STEPS["undo"].what: "undone",
    STEPS["restore"].what: "restored",
    STEPS["merge"].what: "merged",
    STEPS["resolve"].what: "resolved",
    STEPS["close"].what: "closed",
    STEPS["reopen"].what: "reopened",
    STEPS["hold"].what: "held",
    STEPS["resume"].what: "resumed",
}
_LEVELS: tuple[Level, ...] = ("quiet", "mine", "all")


class People(NamedTuple):
    """Who is there to be told. `on_call`: for the ticket's queue. `agents`: those of it who may hear of everything. `watchers`:
    whom an admin chose to be told of each new ticket of its channel, as far as they may see it."""

    level_of: Callable[[str], Level]
    on_call: str | None = None
    agents: Collection[str] = ()
    watchers: Collection[str] = ()


class Happened(NamedTuple):
    """A ticket before and after what `by` has done; None before it was made. `also`: what its history does not say, such
    as a comment, whose key is `comment`."""

    before: Ticket | None
    after: Ticket
    by: str
    also: Event | None = None
    comment: str | None = None


class Told(NamedTuple):
    """What somebody is told, and the words that were typed with it: a note, a reason, a comment; empty where none were.
    `other`: the ticket that goes on, where they may see it."""

    news: News
    words: str
    other: Ticket | None = None


def events_of(happened: Happened) -> frozenset[Event]:
    """What has happened, by the entries that the history gets."""
    before, after, by = happened.before, happened.after, happened.by
    if before is None:
        return frozenset({"created"})
    found: set[Event] = {_OF_STEPS[entry.what] for entry in after.new_entries if entry.what in _OF_STEPS}
    if after.assigned_user_id != before.assigned_user_id:
        found.add(_given(after, by))
    elif any(entry.note for entry in after.new_entries):
        found.add("note")
    if after.assigned_queue and after.assigned_queue != before.assigned_queue:
        found.add("moved")
    if after.sla_due_at != before.sla_due_at:
        found.add("due_changed")
    return frozenset(found | {happened.also} if happened.also else found)


def news(happened: Happened, people: People) -> tuple[News, ...]:
    """What each person is told of it."""
    told: dict[str, News] = {}
    events, holders = events_of(happened), _holders(happened.before, happened.after, people)
    by, version, comment = happened.by, happened.after.version, happened.comment
    for event in TABLE:
        for row in TABLE[event] if event in events else ():
            for user in holders[row.role]:
                is_heard = _LEVELS.index(people.level_of(user)) >= _LEVELS.index(row.level)
                is_new = user not in told and not _is_on_their_card(happened, user)
                if is_heard and is_new and (user != by or row.own):
                    told[user] = News(
                        event=event, role=row.role, to=user, by=by, version=version, comment=comment
                    )
    return tuple(told.values())


def words_of(news: News, entry: Entry | None) -> str:
    """What was typed with it, as its reader may know it: a note is for agents."""
    if entry is None:
        return ""
    if news.role in {"assignee", "agent"} and news.event in {"assigned", "note"} and entry.note:
        return entry.note
    if news.event == "came_back":
        return next((str(each.before) for each in entry.changes if each.field == "holdReason"), "")
    field = {"held": "holdReason", "resolved": "resolution"}.get(news.event)
    return next((str(change.after) for change in entry.changes if change.field == field), "")


def is_outdated(earlier: News, news: News) -> bool:
    """Whether the same has happened again, and there are no words to lose; or is told once more with the same words."""
    if news.event == "asked_again" and earlier.event == "comment":
        return earlier.comment == news.comment
    has_words = news.event in {"note", "comment", "answered", "assigned"}
    what, before = ((each.event, each.role, each.about) for each in (news, earlier))
    return not has_words and what == before


def lead(told: Sequence[News]) -> tuple[News, ...]:
    """What the announcement of a ticket says to whoever is on call."""
    return tuple(news for news in told if news.role == "on_call" and news.brings_card)


def _given(after: Ticket, by: str) -> Event:
    if after.assigned_user_id is None:
        return "unassigned"
    return "taken" if after.assigned_user_id == by else "assigned"


def _is_on_their_card(happened: Happened, user: str) -> bool:
    """Whether a message that somebody has says it already: a card in their direct messages becomes one of an undone ticket,
    and a whole one again."""
    before, after = happened.before, happened.after
    is_undo = after.undone_at or (before and before.undone_at)
    return bool(is_undo) and any(card.user == user for card in after.cards)


def _holders(before: Ticket | None, after: Ticket, people: People) -> Mapping[Role, Collection[str]]:
    """Who has a role now. Nobody is on call for a ticket that somebody has."""
    had = before.assigned_user_id if before else None
    assignee = after.assigned_user_id
    return {
        "on_call": _known(None if assignee else people.on_call),
        "assignee": _known(assignee),
        "former_assignee": _known(had if had != assignee else None),
        "requester": _known(after.created_by),
        "watcher": people.watchers,
        "agent": people.agents,
        "lead": (),
        "team": (),
    }


def _known(user: str | None) -> tuple[str, ...]:
    return (user,) if user else ()
