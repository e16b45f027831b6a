"""A requester who asks again, of a ticket that somebody has: they are answered at once, whoever has it hears of it, and then,
where nobody answers, whoever is on call.

They ask again where they write, and what they wrote before, or the ticket itself, has waited for an answer for a quarter of
an hour. An answer is what anybody who may work it writes to them, and a hold, of which they are told. Until there is one, they are
answered in this way once.
"""

from datetime import datetime, timedelta

from bot.domain.clock.context import Change, Moment, Struck
from bot.domain.clock.holders import asleep_until, holder
from bot.domain.clock.parts import with_part
from bot.domain.clock.ticket_clock import Asking
from bot.domain.news import News, Role
from bot.domain.ticket import Ticket

PATIENCE = timedelta(minutes=15)
"""So long a question may wait before it is one again."""
ON_CALL, TEAM = "on_call", "team"
"""Who hears in place of an assignee who has left: what the requester's answer is about then."""
THEN_ON_CALL = timedelta(minutes=30)


def changed(ticket: Ticket, change: Change) -> Ticket:
    since = change.settings.clock.on_since("stale", ticket.assigned_queue)
    if since is None or not ticket.is_open:
        return with_part(ticket, asking=None)
    known = (ticket.clock.asking if ticket.clock else None) or Asking()
    return with_part(ticket, asking=_after(known, ticket, change))


def next_moment(ticket: Ticket) -> datetime | None:
    asking = ticket.clock.asking if ticket.clock else None
    planned = (asking.answer_at, asking.tell_at, asking.on_call_at) if asking else ()
    return min((at for at in planned if at), default=None)


def struck(ticket: Ticket, moment: Moment) -> Struck:
    at = next_moment(ticket)
    asking = ticket.clock.asking if ticket.clock else None
    if asking is None or at is None or at > moment.at:
        return Struck(ticket)
    told: list[tuple[Role, str]] = []
    for planned, strike in (
        (asking.answer_at, _answered),
        (asking.tell_at, _holder_told),
        (asking.on_call_at, _on_call_told),
    ):
        if planned and planned <= moment.at:
            asking, heard = strike(asking, ticket, moment)
            told += heard
    ticket = with_part(ticket, asking=asking)
    about = next((role for role, _ in told if role in {ON_CALL, TEAM}), None)
    return Struck(ticket, tuple(_news(ticket, role, to, asking, about) for role, to in told))


_Heard = tuple[Asking, list[tuple[Role, str]]]


def _answered(asking: Asking, ticket: Ticket, moment: Moment) -> _Heard:
    """Where whoever has it has left, whoever looks after it now hears of it at once, and nobody later."""
    is_here = ticket.assigned_user_id is not None and ticket.assigned_user_id not in moment.left
    then = moment.at + THEN_ON_CALL if is_here else None
    after = asking.model_copy(update={"answer_at": None, "has_told": True, "on_call_at": then})
    if ticket.assigned_user_id is None or holder(ticket, moment) is None:
        return after, []
    after, told = _holder_told(after, ticket, moment)
    return after, [*told, ("requester", ticket.created_by)]


def _holder_told(asking: Asking, ticket: Ticket, moment: Moment) -> _Heard:
    found = holder(ticket, moment)
    until = asleep_until(ticket, found[1], moment) if found and found[0] != "team" else None
    after = asking.model_copy(update={"tell_at": until})
    return after, [] if found is None or until else [found]


def _on_call_told(asking: Asking, ticket: Ticket, moment: Moment) -> _Heard:
    known = {ticket.assigned_user_id, ticket.created_by}
    other = next((user for user in moment.on_call if user not in known), None)
    until = asleep_until(ticket, other, moment) if other else None
    after = asking.model_copy(update={"on_call_at": until})
    return after, [] if other is None or until else [("on_call", other)]


def _after(asking: Asking, ticket: Ticket, change: Change) -> Asking | None:
    """None where nobody waits."""
    before, comment = change.before, change.comment
    if before is None:
        return Asking(since=change.at)
    if ticket.status == "on_hold" and before.status != "on_hold":
        return None
    if change.by_bystander or comment is None or comment.internal or comment.deleted or comment.edited_at:
        return asking if asking.since else None
    at = min(comment.at, change.at)
    if comment.author != ticket.created_by:
        return asking if asking.since and at < asking.since else None
    if asking.since is None:
        return Asking(since=at)
    is_known = asking.answer_at or asking.has_told
    if is_known or at - asking.since < PATIENCE or ticket.assigned_user_id in {None, ticket.created_by}:
        return asking
    return asking.model_copy(update={"answer_at": change.at, "comment": comment.key})


def _news(ticket: Ticket, role: Role, to: str, asking: Asking, about: str | None) -> News:
    comment = asking.comment if role != "requester" else None
    return News(
        event="asked_again",
        role=role,
        to=to,
        by=ticket.created_by,
        version=ticket.version,
        comment=comment,
        about=about if role == "requester" else None,
    )
