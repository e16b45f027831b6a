"""Whose message it is that becomes a ticket, and so whose ticket."""

from bot.domain.people import SLACKBOT
from bot.domain.ticket import SourceMessage
from handlers.slack import outsiders
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessagePayload


def source_of(visit: Visit, message: MessagePayload, link: str | None) -> SourceMessage:
    """A message as its ticket keeps it, with the name of an author from outside."""
    return outsiders.source_of(visit.people, visit.workspace, message, link)


def requester_of(visit: Visit, message: SourceMessage | None) -> str | None:
    """The author, who is the requester whoever converts the message; None where that is no person."""
    if message is None or message.author is None or message.by_app:
        return None
    no_person = message.author == SLACKBOT or message.author in visit.own_users
    return None if no_person or visit.people.is_bot(message.author) else message.author
