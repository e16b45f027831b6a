"""What the errors of Slack's Web API mean for a delivery.

Source: https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update, …/chat.delete, …/conversations.history (errors),
https://docs.slack.dev/apis/web-api/rate-limits (429 and Retry-After).
"""

import asyncio
from collections.abc import Awaitable, Mapping
from math import isfinite
from typing import TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.services.ports.messenger import (
    ChannelClosed,
    MessageGone,
    NoAnswer,
    NotDelivered,
    PerhapsTaken,
    RateLimited,
    Refused,
    ThreadClosed,
    Unauthorized,
    Undeliverable,
)

T = TypeVar("T")

SLACK_FAILURES = (SlackClientError, ClientError, TimeoutError, OSError)
"""All that a call to Slack can raise when it is Slack, or the way there, that fails."""

_KINDS: Mapping[str, type[NotDelivered]] = {
    **dict.fromkeys(
        (
            "cannot_dm_bot",
            "cant_update_message",
            "channel_not_found",
            "edit_window_closed",
            "is_archived",
            "is_inactive",
            "messages_tab_disabled",
            "not_in_channel",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "user_disabled",
            "user_not_found",
            "user_not_in_channel",
        ),
        ChannelClosed,
    ),
    **dict.fromkeys(
        ("cannot_reply_to_message", "restricted_action_thread_locked", "thread_not_found"), ThreadClosed
    ),
    "message_not_found": MessageGone,
    **dict.fromkeys(("duplicate_channel_not_found", "duplicate_message_not_found"), PerhapsTaken),
    **dict.fromkeys(
        (
            "account_inactive",
            "invalid_auth",
            "missing_scope",
            "not_allowed_token_type",
            "not_authed",
            "team_access_not_granted",
            "token_expired",
            "token_revoked",
        ),
        Unauthorized,
    ),
    **dict.fromkeys(
        (
            "cant_delete_message",
            "compliance_exports_prevent_deletion",
            "invalid_blocks",
            "invalid_blocks_format",
            "metadata_too_large",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_text",
            "too_many_attachments",
        ),
        Undeliverable,
    ),
    **dict.fromkeys(
        (
            "fatal_error",  # of these two Slack says that the call may have succeeded all the same
            "internal_error",
            "org_login_required",
            "request_timeout",
            "service_unavailable",
            "team_added_to_org",
        ),
        NoAnswer,
    ),
}
"""What is not here is worth another try."""

CALL_SECONDS = 10
"""How long one call to Slack may take."""

_LONGEST = 3600.0  # seconds to wait at a stretch, whatever Retry-After says
_TOO_MANY = 429  # HTTP's Too Many Requests


async def call_slack(call: Awaitable[T], seconds: float | None = None) -> T:
    """The answer to a call, which may take CALL_SECONDS unless more are given. Raises NotDelivered, of the kind that its failure is."""
    try:
        async with asyncio.timeout(seconds or CALL_SECONDS):
            return await call
    except SLACK_FAILURES as error:
        raise _kind_of(error) from error


def _kind_of(error: BaseException) -> NotDelivered:
    response, reason = getattr(error, "response", None), why(error)
    if getattr(response, "status_code", None) == _TOO_MANY or reason in {"ratelimited", "rate_limited"}:
        return RateLimited(reason, _retry_after(getattr(response, "headers", {})))
    if not isinstance(error, SlackApiError) or reason.startswith("HTTP "):
        return NoAnswer(reason)  # the network's words, or a page instead of Slack's JSON
    return _KINDS.get(reason, Refused)(reason)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = next((headers[name] for name in headers if name.lower() == "retry-after"), "")
    try:
        seconds = float(value)
    except ValueError:
        return None
    return min(max(seconds, 1.0), _LONGEST) if isfinite(seconds) else None


def scopes_of(answer: AsyncSlackResponse) -> frozenset[str]:
    """What the token of a call may do, as Slack tells with its answer; empty where it does not."""
    header = next((answer.headers[each] for each in answer.headers if each.lower() == "x-oauth-scopes"), "")
    return frozenset(scope for each in header.split(",") if (scope := each.strip()))


def why(error: BaseException) -> str:
    """An error as a log may hold it: Slack's code where there is one, never an address or a token."""
    if isinstance(error, NotDelivered):
        return str(error)
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    body = getattr(error.response, "data", None)  # not a mapping where a proxy or an outage answered
    code = body.get("error") if isinstance(body, Mapping) else None
    return str(code or f"HTTP {getattr(error.response, 'status_code', '?')}")
