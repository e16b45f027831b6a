"""The Messenger on Slack's Web API: cards, the ways round where the bot may not post, and cards nobody told us of.

Source: https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update, …/conversations.history,
https://docs.slack.dev/messaging/message-metadata (a message carries the id of its delivery, for us to find it by).
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from pydantic import BaseModel
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.outbox import Job
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import Closed, NoAnswer, NotDelivered
from handlers.blocks import card, comments
from handlers.blocks.kit import Message, context
from handlers.outbound.after_answer import ClientFor, respond
from handlers.outbound.slack_errors import call_slack

_MAY_NOT_READ = {"access_denied", "method_not_supported_for_channel_type", "missing_scope", "no_permission"}
_EVENT = "deskhand_card"
_PAGE = 200
_AROUND = timedelta(hours=1)  # of the claim: Slack may be late, and its clock and ours may differ
_log = structlog.get_logger()


class SlackMessenger:
    """A card goes to its channel. Where that is closed to the bot, the courier asks for it once more, privately: then
    to the response_url, which only the requester sees, and where that is used up, to the requester's direct messages.
    Both say how to open the channel."""

    def __init__(self, client_for: ClientFor) -> None:
        self._client_for = client_for

    async def show(
        self, workspace: Workspace, job: Job, ticket: Ticket, directory: Directory
    ) -> Place | None:
        body = card.card(ticket, directory)
        if job.private and not job.place:
            body = _with_hint(body, job.target.channel)
        return await self._shown(workspace, job, body)

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        return await self._shown(workspace, job, comments.copy(ticket, comment))

    async def _shown(self, workspace: Workspace, job: Job, body: Message) -> Place | None:
        client = self._client_for(workspace)
        if job.place:
            await _update(client, job.place, body)
            return job.place
        url = job.target.response_url
        if job.private and url and await _respond(client, url, body):
            return None
        return await _post(client, job, body)

    async def find(self, workspace: Workspace, job: Job) -> Place | None:
        """In its thread, and in the channel: there goes a reply to a message that was deleted."""
        client, thread = self._client_for(workspace), job.target.thread_ts
        try:
            channel = await _direct_messages(client, job.target.user) if job.direct else job.channel
            if thread and not job.direct:
                with suppress(Closed):
                    if place := await _seen(partial(client.conversations_replies, ts=thread), channel, job):
                        return place
            return await _seen(client.conversations_history, channel, job)
        except NotDelivered as error:
            if not isinstance(error, Closed) and str(error) not in _MAY_NOT_READ:
                raise
            _log.warning("cannot see whether a card was posted", channel=job.channel, why=str(error))
            return None


async def _post(client: AsyncWebClient, job: Job, body: Message) -> Place:
    thread_ts = None if job.direct else job.target.thread_ts
    answer = await call_slack(
        client.chat_postMessage(
            channel=job.channel,
            thread_ts=thread_ts,
            text=body["text"],
            blocks=body["blocks"],
            unfurl_links=False,
            metadata={"event_type": _EVENT, "event_payload": {"delivery": str(job.id)}},
        )
    )
    posted: Mapping[str, object] = answer.get("message") or {}
    if thread_ts and posted.get("thread_ts") != thread_ts:
        _log.info("the message was deleted, so its card stands in the channel", channel=job.channel)
    return Place(channel=str(answer["channel"]), ts=str(answer["ts"]))


async def _update(client: AsyncWebClient, place: Place, body: Message) -> None:
    await call_slack(
        client.chat_update(channel=place.channel, ts=place.ts, text=body["text"], blocks=body["blocks"])
    )


async def _respond(client: AsyncWebClient, response_url: str, body: Message) -> bool:
    """Whether Slack took it; not where it refuses the address, which is used up or has expired."""
    try:
        await call_slack(respond(response_url, body, client))
    except NoAnswer as error:
        if str(error).startswith("HTTP 4"):
            return False
        raise
    return True


async def _direct_messages(client: AsyncWebClient, user: str) -> str:
    """The conversation that messages to a user go to."""
    answer = await call_slack(client.conversations_open(users=user))
    return str(answer["channel"]["id"])


class _Metadata(BaseModel):
    event_type: str = ""
    event_payload: Mapping[str, object] = {}


class _Posted(BaseModel):
    ts: str
    metadata: _Metadata = _Metadata()


class _Cursor(BaseModel):
    next_cursor: str | None = None


class _Page(BaseModel):
    messages: tuple[_Posted, ...]
    response_metadata: _Cursor | None = None


async def _seen(read: Callable[..., Awaitable[AsyncSlackResponse]], channel: str, job: Job) -> Place | None:
    """Where a message with the id of this delivery stands, among those of around its claim."""
    if job.claimed_at is None:
        return None
    oldest, latest = ((job.claimed_at + way * _AROUND).timestamp() for way in (-1, 1))
    cursor: str | None = None
    while True:
        answer = await call_slack(
            read(
                channel=channel,
                oldest=f"{oldest:.6f}",
                latest=f"{latest:.6f}",
                include_all_metadata=True,
                limit=_PAGE,
                cursor=cursor,
            )
        )
        page = _Page.model_validate(answer.data)
        for message in page.messages:
            told = message.metadata
            if told.event_type == _EVENT and told.event_payload.get("delivery") == str(job.id):
                return Place(channel=channel, ts=message.ts)
        cursor = page.response_metadata.next_cursor if page.response_metadata else None
        if not cursor:
            return None


def _with_hint(body: Message, channel: str | None) -> Message:
    hint = f"Only you see this card, since I am not in <#{channel}>. Type `/invite @Deskhand` there to show cards to all."
    return {"text": body["text"], "blocks": [*body["blocks"], context(hint)]}
