"""A requester who asks again, of a ticket that somebody has: they are answered at once, whoever has it hears of it, and then,
where nobody answers, whoever is on call.

They ask again where they write, and what they wrote before, or the ticket itself, has waited for an answer for a quarter of
an hour. An answer is what anybody else writes to them, and a hold, of which they are told. Until there is one, they are
answered in this way once.
"""

from datetime import datetime, timedelta

from bot.domain.clock.parts import with_part
from bot.domain.clock.ticket_clock import Asking
from bot.domain.clock.told import Change, Moment, Struck
from bot.domain.news import News, Role
from bot.domain.ticket import Ticket

PATIENCE = timedelta(minutes=15)
"""So long a question may wait before it is one again."""
THEN_ON_CALL = timedelta(minutes=30)


def changed(ticket: Ticket, change: Change) -> Ticket:
    since = change.settings.clock.on_since("stale", ticket.assigned_queue)
    if since is None or not ticket.is_open:
        return with_part(ticket, asking=None)
    known = (ticket.clock.asking if ticket.clock else None) or Asking()
    return with_part(ticket, asking=_after(known, ticket, change))


def next_moment(ticket: Ticket) -> datetime | None:
    asking = ticket.clock.asking if ticket.clock else None
    return (asking.answer_at or asking.on_call_at) if asking else None


def struck(ticket: Ticket, moment: Moment) -> Struck:
    at = next_moment(ticket)
    asking = ticket.clock.asking if ticket.clock else None
    if asking is None or at is None or at > moment.at:
        return Struck(ticket)
    assignee, requester = ticket.assigned_user_id, ticket.created_by
    if asking.answer_at:
        next_at = moment.at + THEN_ON_CALL
        after = asking.model_copy(update={"answer_at": None, "has_told": True, "on_call_at": next_at})
        ticket = with_part(ticket, asking=after)
        if assignee is None or assignee in moment.left:
            return Struck(ticket)
        told: list[tuple[Role, str]] = [("assignee", assignee), ("requester", requester)]
    else:
        ticket = with_part(ticket, asking=asking.model_copy(update={"on_call_at": None}))
        others = (user for user in moment.on_call if user not in {assignee, requester})
        told = [("on_call", user) for user in list(others)[:1]]
    return Struck(ticket, tuple(_news(ticket, role, to, asking) for role, to in told))


def _after(asking: Asking, ticket: Ticket, change: Change) -> Asking | None:
    """None where nobody waits."""
    before, comment = change.before, change.comment
    if before is None:
        return Asking(since=change.at)
    if ticket.status == "on_hold" and before.status != "on_hold":
        return None
    if comment is None or comment.internal or comment.deleted or comment.edited_at:
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


def _news(ticket: Ticket, role: Role, to: str, asking: Asking) -> News:
    comment = asking.comment if role != "requester" else None
    return News(
        event="asked_again", role=role, to=to, by=ticket.created_by, version=ticket.version, comment=comment
    )
