"""A ticket of a message that somebody has pointed at, once the courier has read it.

ana: 🎫 on “Printer is dead”       -> T-1, where the message and its channel say enough; else Ana is offered the form
ben: 🎫 on the same message        -> “This message is already T-1”, for Ben alone
"""

from uuid import NAMESPACE_URL, uuid5

from bot.domain.draft import Draft
from bot.domain.errors import DeskError, InvalidInput, StoreUnavailable
from bot.domain.outbox import Gesture, Target
from bot.domain.ticket import Origin, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import PostedMessage
from handlers.blocks import notice
from handlers.blocks.kit import Message, message_json
from handlers.slack.context import Tools, Visit
from handlers.threads import reactions_view
from handlers.tickets import FormMeta, make_of_message

_NOT_READ = "Slack did not let me read that message. Choose “Create ticket” in its menu."


async def heed(tools: Tools, workspace: Workspace, gesture: Gesture, posted: PostedMessage | None) -> None:
    """Makes the ticket, or the offer to tell what it lacks. Done again after a crash, it makes nothing twice."""
    actor = await tools.settings.actor(workspace, gesture.user, outsider=gesture.outsider)
    visit = Visit(workspace, actor, tools, await tools.people.of(workspace))
    try:
        words = await _words(visit, gesture, posted)
    except StoreUnavailable:
        raise
    except DeskError as error:
        words = notice.refused(error.message)
    if words:
        is_reply = posted is not None and posted.thread_ts != gesture.ts
        thread_ts = gesture.thread_ts or (posted.thread_ts if posted and is_reply else None)
        target = Target(channel=gesture.channel, thread_ts=thread_ts, user=gesture.user)
        await tools.answers.say(workspace, gesture.key, target, message_json(words), private=True)


async def _words(visit: Visit, gesture: Gesture, posted: PostedMessage | None) -> Message | None:
    """What whoever made the gesture is told, in private; None where the card of a new ticket says it."""
    if await visit.tools.tickets.made(visit.workspace, visit.actor, gesture.key):
        return None
    sent = posted.source.client_msg_id if posted else None
    found = visit.tools.message_tickets.of_message
    if there := await found(visit.workspace, visit.actor, gesture.channel, gesture.ts, sent):
        return _already(gesture, there)
    if posted is None:
        return notice.refused(_NOT_READ)
    origin = Origin(
        way=gesture.way,
        channel=gesture.channel,
        message_ts=gesture.ts,
        thread_ts=posted.thread_ts,
        permalink=posted.permalink,
        message=posted.source,
    )
    target = Target(channel=gesture.channel, thread_ts=posted.thread_ts, user=gesture.user)
    try:
        made = await make_of_message(visit, origin, target, gesture.key)
    except InvalidInput as lacking:
        return await _offer(visit, gesture, origin, lacking)
    return _already(gesture, made.ticket) if made.outcome == "taken" else None


def _already(gesture: Gesture, ticket: Ticket) -> Message | None:
    """What somebody wrote to us in an intake channel is a ticket for both reasons, and its card says so."""
    is_theirs = (
        gesture.way == "mention" and ticket.origin.way == "intake" and ticket.created_by == gesture.user
    )
    return None if is_theirs else notice.already(ticket)


async def _offer(visit: Visit, gesture: Gesture, origin: Origin, lacking: InvalidInput) -> Message:
    """Keeps the message for the form that the button of the offer opens."""
    meta = FormMeta(
        nonce=uuid5(NAMESPACE_URL, gesture.key).hex,
        way=gesture.way,
        channel=gesture.channel,
        message_ts=gesture.ts,
        thread_ts=origin.thread_ts,
        permalink=origin.permalink,
    )
    draft = Draft(nonce=meta.nonce, created_at=visit.tools.clock(), message=origin.message)
    await visit.tools.drafts.keep(visit.workspace, visit.actor, draft)
    return reactions_view.offer(meta.model_dump_json(exclude_defaults=True), lacking.problems)
