"""Where Slack comes in: every journey, and the table that they make together."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import structlog
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers import (
    bulk,
    channels,
    command,
    home,
    installing,
    intake,
    mentions,
    messages,
    oncall,
    reminders,
    settings,
    sharing,
    threads,
    tickets,
    work,
)
from handlers.outbound import members
from handlers.outbound.after_answer import AfterAnswer
from handlers.routes import Around, Observer, RequestKind, Routes
from handlers.slack import ids
from handlers.slack.context import Tools
from handlers.slack.events import Event
from handlers.slack.journey import Journey, Reads, joined
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payloads import (
    BlockActions,
    BlockSuggestion,
    GlobalShortcut,
    Payload,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)

MEMBERS = Journey(
    events={
        "member_joined_channel": members.on_channel_change,
        "member_left_channel": members.on_channel_change,
        "channel_id_changed": members.on_channel_id_change,
        "team_join": members.on_person_change,
        "user_change": members.on_person_change,
    },
)
_TYPED = joined(
    (
        tickets.JOURNEY,
        work.JOURNEY,
        threads.JOURNEY,
        bulk.JOURNEY,
        home.JOURNEY,
        settings.JOURNEY,
        oncall.JOURNEY,
        reminders.JOURNEY,
        channels.JOURNEY,
        sharing.JOURNEY,
        intake.JOURNEY,
        installing.JOURNEY,
        MEMBERS,
    )
)
SUBCOMMANDS = command.with_help(_TYPED.subcommands)
COMMANDS = {ids.COMMAND: command.ticket(SUBCOMMANDS)}
MENTIONS = mentions.Mentions(command.follow(SUBCOMMANDS), frozenset(SUBCOMMANDS))
TABLE = joined((_TYPED, MENTIONS.journey, messages.journey(MENTIONS)))

_log = structlog.get_logger()


def journeys(tools: Tools, follow_ups: AfterAnswer, observer: Observer, around: Around) -> Routes:
    """What answers each kind of request Slack sends."""
    kinds: dict[str, RequestKind[Any]] = {
        "command": RequestKind(
            "command",
            SlashCommand,
            attrgetter("command"),
            COMMANDS,
            reads=command.reads(SUBCOMMANDS, is_alone=tools.is_alone),
            without_store=command.without_store(SUBCOMMANDS, is_alone=tools.is_alone),
        ),
        "message_action": RequestKind(
            "message_shortcut",
            MessageShortcut,
            attrgetter("callback_id"),
            TABLE.message_shortcuts,
            is_typed=False,
            reads=_reads(attrgetter("callback_id")),
        ),
        "shortcut": RequestKind(
            "global_shortcut",
            GlobalShortcut,
            attrgetter("callback_id"),
            TABLE.global_shortcuts,
            reads=_reads(attrgetter("callback_id")),
        ),
        "view_submission": RequestKind(
            "submission", ViewSubmission, attrgetter("view.callback_id"), TABLE.submissions
        ),
        "view_closed": RequestKind("closing", ViewClosed, attrgetter("view.callback_id"), TABLE.closings),
        "block_actions": RequestKind(
            "action", BlockActions, _action_id, TABLE.actions, reads=_reads(_action_id)
        ),
        "block_suggestion": RequestKind(
            "options", BlockSuggestion, attrgetter("action_id"), TABLE.suggestions
        ),
        # Slack switches off an app that refuses its events, and tells again only what got a 5xx.
        "event_callback": RequestKind(
            "event", Event, attrgetter("event.type"), TABLE.events, malformed=200, is_typed=False
        ),
    }
    return Routes(kinds, tools, follow_ups, observer, around)


def _reads(id_of: Callable[[Any], str]) -> Reads:
    def only_reads(payload: Payload) -> bool:
        rule = TABLE.reads.get(id_of(payload))
        return rule is not None and rule(payload)

    return only_reads


def _action_id(press: BlockActions) -> str:
    """The id that the table has. Slack wants action_ids to be unique in a message, so some of ours have an ending after a
    colon."""
    return press.actions[0].action_id.partition(":")[0]


async def not_ours(error: Exception, request: AsyncBoltRequest) -> BoltResponse:
    """Routes answer for every handler, so what Bolt finds here failed in its own reading of a malformed payload."""
    _log.warning("malformed request", mode=request.mode, exc_info=error)
    return BoltResponse(status=400, body={"error": "malformed_request"})
