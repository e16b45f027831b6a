"""Threads: what is said under a ticket's message or card becomes its comments, and changes with it.

ben: Printer is dead                 -> (made into T-1)
ben: └ It smells, too                -> a comment of T-1; where T-1 was resolved, it is open again
ben: └ It smells of glue (edited)    -> the same comment, and T-1's history says so
"""

from bot.domain.comments import Said
from bot.domain.workspace import Workspace
from handlers.answer import Answer, Tools
from handlers.payloads import Event, Told
from handlers.reading import files_of, readable, said

_BY_PEOPLE = {None, "file_share", "thread_broadcast", "me_message"}
"""The subtypes that are somebody's own words. Others say who joined, what a bot posted, or that a parent is gone."""


async def told(tools: Tools, workspace: Workspace, event: Event) -> Answer:
    """message: something was said, edited or deleted."""
    message = _message(event)
    if message and message.user and message.thread_ts and message.thread_ts != message.ts:
        heard = Said(
            channel=event.event.channel or "",
            thread_ts=message.thread_ts,
            ts=message.ts,
            author=message.user,
            text=readable(said(message), lambda user: tools.people.name(workspace, user)),
            files=files_of(message),
            edited_ts=message.edited.ts if message.edited else None,
            deleted=event.event.subtype == "message_deleted",
        )
        await tools.comments.heard(workspace, heard)
    return Answer()


def _message(event: Event) -> Told | None:
    """The message that an event tells of, where a person wrote it: bots, and we ourselves, are not listened to."""
    body = event.event
    message = body.previous_message if body.subtype == "message_deleted" else body.message
    if message is None or message.subtype not in _BY_PEOPLE or message.bot_id or message.app_id:
        return None
    return None if message.user == event.own_user else message
