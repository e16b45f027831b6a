"""Where Slack comes in: the table of every journey."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.domain.contract import FIELDS
from handlers import command
from handlers.home import home
from handlers.oncall import oncall
from handlers.outbound import members
from handlers.outbound.after_answer import AfterAnswer
from handlers.routes import Kind, Observe, Routes
from handlers.settings import settings
from handlers.slack import ids
from handlers.slack.context import Tools
from handlers.slack.payloads import (
    BlockActions,
    BlockSuggestion,
    Event,
    GlobalShortcut,
    MessageShortcut,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)
from handlers.threads import reactions, thread
from handlers.tickets import bulk, create, history, lists, options, show
from handlers.work import assign, triage
from handlers.work import steps as work

COMMANDS = {ids.COMMAND: command.ticket}
MESSAGE_SHORTCUTS = {
    ids.MESSAGE_SHORTCUT: create.from_message,
    ids.TRIAGE_SHORTCUT: triage.from_message,
    ids.ASSIGN_SHORTCUT: assign.from_message,
    ids.REPLY_SHORTCUT: thread.reply,
}
GLOBAL_SHORTCUTS = {ids.GLOBAL_SHORTCUT: create.anywhere}
SUBMISSIONS = {
    ids.FORM: create.submitted,
    ids.TRIAGE_FORM: triage.submitted,
    ids.ASSIGN_FORM: assign.submitted,
    ids.WORK_FORM: work.submitted,
    ids.BULK_FORM: bulk.submitted,
    ids.REPLY_FORM: thread.replied,
    ids.QUEUE_FORM: settings.queue_saved,
    ids.ONCALL_FORM: oncall.swapped,
}
CLOSINGS = {ids.FORM: create.closed}
ACTIONS = {
    ids.MORE_FIELDS: create.changed,
    "customerId": create.changed,
    "siteId": create.changed,
    ids.OPEN_FORM: create.reopened,
    ids.OPEN_MESSAGE_FORM: reactions.opened,
    ids.CLAIM: work.claimed,
    ids.TRIAGE: triage.pressed,
    ids.ASSIGN: assign.pressed,
    ids.STEP: work.stepped,
    ids.MORE: work.more,
    ids.WITHDRAW: triage.withdrawn,
    ids.UNDO: work.undone,
    ids.HISTORY_PAGE: history.turned,
    ids.LIST_PAGE: lists.turned,
    ids.PICK: bulk.picking,
    ids.HOME_TAB: home.switched,
    ids.HOME_WORDS: home.narrowed,
    ids.HOME_PAGE: home.turned,
    ids.COMMENTS_PAGE: show.turned,
    ids.SETTINGS_QUEUE: settings.queue_opened,
    ids.SETTINGS_CHOICE: settings.chosen,
    ids.SETTINGS_REMOVE: settings.queue_removed,
    ids.ONCALL_SWAP: oncall.swap_opened,
    ids.ONCALL_PICK: oncall.picked,
    "assignedQueue": oncall.queue_chosen,
}
SUGGESTIONS = {
    **dict.fromkeys((*FIELDS, "duplicateOf"), options.suggested),
    "group": settings.groups_suggested,
}
EVENTS = {
    "app_home_opened": home.opened,
    "message": thread.told,
    "reaction_added": reactions.added,
    "member_joined_channel": members.changed,
    "member_left_channel": members.changed,
    "team_join": home.person_changed,
    "user_change": home.person_changed,
}

_log = structlog.get_logger()


def journeys(tools: Tools, follow_ups: AfterAnswer, observe: Observe) -> Routes:
    """What answers each kind of request Slack sends."""
    kinds: dict[str, Kind[Any]] = {
        "command": Kind("command", SlashCommand, lambda p: p.command, COMMANDS),
        "message_action": Kind(
            "message_shortcut", MessageShortcut, lambda p: p.callback_id, MESSAGE_SHORTCUTS
        ),
        "shortcut": Kind("global_shortcut", GlobalShortcut, lambda p: p.callback_id, GLOBAL_SHORTCUTS),
        "view_submission": Kind("submission", ViewSubmission, lambda p: p.view.callback_id, SUBMISSIONS),
        "view_closed": Kind("closing", ViewClosed, lambda p: p.view.callback_id, CLOSINGS),
        "block_actions": Kind("action", BlockActions, _action_id, ACTIONS),
        "block_suggestion": Kind("options", BlockSuggestion, lambda p: p.action_id, SUGGESTIONS),
        "event_callback": Kind("event", Event, lambda p: p.event.type, EVENTS),
    }
    return Routes(kinds, tools, follow_ups, observe)


def _action_id(press: BlockActions) -> str:
    """Slack wants action_ids to be unique in a message, so some of ours end in a colon and what tells them apart."""
    return press.actions[0].action_id.partition(":")[0]


async def not_ours(error: Exception, request: AsyncBoltRequest) -> BoltResponse:
    """Routes answer for every handler, so what Bolt finds here failed in its own reading of a malformed payload."""
    _log.warning("malformed request", mode=request.mode, exc_info=error)
    return BoltResponse(status=400, body={"error": "malformed_request"})
