"""Messages of threads, from events and from conversations.replies: who wrote them, and what they say."""

from collections.abc import Collection

from bot.domain.comments import ThreadMessage
from bot.domain.people import SLACKBOT, WorkspacePeople
from bot.domain.workspace import Workspace
from handlers.slack import ids
from handlers.slack.events import EventMessage
from handlers.slack.message_content import files_of, message_text
from handlers.slack.outsiders import outsider_name
from handlers.slack.payload_fields import link_to, readable

_BY_PEOPLE = {None, "file_share", "thread_broadcast", "me_message"}
"""The subtypes that are somebody's own words. Others say who joined, what a bot posted, or that a parent is gone."""


def is_by_a_person(message: EventMessage, own_users: Collection[str | None]) -> bool:
    """Whether a person wrote it, as far as it says so itself: no app, not Slackbot, and not we ourselves."""
    if message.subtype not in _BY_PEOPLE or message.bot_id or message.app_id:
        return False
    ours = message.metadata is not None and message.metadata.event_type == ids.POSTED
    return bool(message.user) and not ours and message.user not in {SLACKBOT, *own_users}


def thread_message(
    message: EventMessage,
    channel: str,
    people: WorkspacePeople,
    workspace: Workspace,
    *,
    changed_ts: str | None = None,
    deleted: bool = False,
) -> ThreadMessage | None:
    """One that stands in the channel itself heads its own thread. None where Slack does not say who wrote it. `changed_ts` is
    when it was edited or deleted, where an event tells of that."""
    if not (message.ts and message.user):
        return None
    return ThreadMessage(
        channel=channel,
        thread_ts=message.thread_ts or message.ts,
        ts=message.ts,
        author=message.user,
        author_name=outsider_name(people, workspace, message),
        text=readable(message_text(message), people.name),
        files=files_of(message, link_to(channel, message.ts, message.thread_ts)),
        edited_ts=message.edited.ts if message.edited else None,
        changed_ts=changed_ts,
        deleted=deleted,
        client_msg_id=message.client_msg_id,
    )
