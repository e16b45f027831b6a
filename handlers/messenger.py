"""The Messenger on Slack's Web API: cards, and the ways round where the bot may not post.

Source: https://docs.slack.dev/reference/methods/chat.postMessage (errors),
https://docs.slack.dev/apis/web-api/rate-limits (429 and Retry-After).
"""

from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.domain.directory import Directory
from bot.domain.outbox import Target
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports import TryAgain, Undeliverable
from handlers.beside import SLACK_FAILURES, ClientFor, respond, why
from handlers.views import card
from handlers.views.kit import Message, context

_MAY_NOT_POST_HERE = {
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_thread_locked",
    "cannot_reply_to_message",
    "messages_tab_disabled",
}
_NEVER = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
}
_RESPONSE_URL_IS_DONE = {404, 410}
_log = structlog.get_logger()


class SlackMessenger:
    """A card goes to its channel; where that is closed to the bot, to the response_url, which only the requester
    sees; where that is used up, to the requester's direct messages. Both say how to open the channel."""

    def __init__(self, client_for: ClientFor) -> None:
        self._client_for = client_for

    async def show_card(
        self, workspace: Workspace, target: Target, ticket: Ticket, directory: Directory
    ) -> Place | None:
        shown = card.card(ticket, directory)
        if target.channel is None:
            return await self._post(workspace, target.user, None, shown)
        try:
            return await self._post(workspace, target.channel, target.thread_ts, shown)
        except _NotHereError:
            privately = _with_hint(shown, target.channel)
        if target.response_url and await self._respond(workspace, target.response_url, privately):
            return None
        try:
            return await self._post(workspace, target.user, None, privately)
        except _NotHereError as error:
            raise Undeliverable(str(error)) from error

    async def _post(self, workspace: Workspace, channel: str, thread_ts: str | None, body: Message) -> Place:
        client = self._client_for(workspace)
        try:
            answer = await client.chat_postMessage(
                channel=channel,
                thread_ts=thread_ts,
                text=body["text"],
                blocks=body["blocks"],
                unfurl_links=False,
            )
        except SLACK_FAILURES as error:
            raise _kind_of(error) from error
        posted: Mapping[str, object] = answer.get("message") or {}
        if thread_ts and posted.get("thread_ts") != thread_ts:
            _log.info("the message was deleted, so its card stands in the channel", channel=channel)
        return Place(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def _respond(self, workspace: Workspace, response_url: str, body: Message) -> bool:
        """Whether Slack took it; not where the address is used up or has expired."""
        try:
            await respond(response_url, body, self._client_for(workspace))
        except SlackApiError as error:
            if _status(error) in _RESPONSE_URL_IS_DONE:
                return False
            raise _kind_of(error) from error
        except SLACK_FAILURES as error:
            raise _kind_of(error) from error
        return True


class _NotHereError(Exception):
    """The bot may not post in this channel."""


def _kind_of(error: BaseException) -> Exception:
    """What a failed call means for the job: elsewhere, never, or later. What is not known is worth another try."""
    reason = why(error)
    if reason in _MAY_NOT_POST_HERE:
        return _NotHereError(reason)
    if reason in _NEVER:
        return Undeliverable(reason)
    return TryAgain(reason, _retry_after(error))


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = next((headers[name] for name in headers if name.lower() == "retry-after"), None)
    try:
        return float(value) if value is not None else None
    except ValueError:
        return None


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0))


def _with_hint(body: Message, channel: str) -> Message:
    hint = f"Only you see this card, since I am not in <#{channel}>. Type `/invite @Deskhand` there to show cards to all."
    return {"text": body["text"], "blocks": [*body["blocks"], context(hint)]}
