"""Whose message it is that becomes a ticket, and so whose ticket."""

from bot.domain.people import SLACKBOT
from bot.domain.ticket import SourceMessage
from handlers.slack.context import Visit
from handlers.slack.message_content import source_message
from handlers.slack.message_payloads import MessagePayload


def source_of(visit: Visit, message: MessagePayload, link: str | None) -> SourceMessage:
    """A message as its ticket keeps it, with the name of an author from outside."""
    return source_message(message, link).model_copy(update={"author_name": _name_outside(visit, message)})


def requester_of(visit: Visit, message: SourceMessage | None) -> str | None:
    """The author, who is the requester whoever converts the message; None where that is no person."""
    if message is None or message.author is None or message.by_app:
        return None
    no_person = message.author == SLACKBOT or message.author in visit.tools.own_users
    return None if no_person or visit.people.is_bot(message.author) else message.author


def _name_outside(visit: Visit, message: MessagePayload) -> str | None:
    if message.user is None or not _is_outside(visit, message.user, message.user_team or message.team):
        return None
    profile = message.user_profile
    names = (profile.display_name, profile.real_name, profile.name) if profile else ()
    known = visit.people.person(message.user)
    return next((name for name in (*names, known.name if known else None) if name), None)


def _is_outside(visit: Visit, user: str, team: str | None) -> bool:
    if visit.people.knows(user) or visit.workspace.enterprise_id:  # whose workspaces are many
        return visit.people.is_outsider(user)
    return team not in {None, visit.workspace.team_id}
