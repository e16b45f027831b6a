"""Reads in Slack for the outbox: posts whose answer was lost, replies, and messages that a gesture is about.

Source: https://docs.slack.dev/reference/methods/conversations.history, …/conversations.replies (pages by cursor; most apps get
one request a minute, and 15 messages a page), https://docs.slack.dev/messaging/message-metadata (a message carries the id of its
delivery, for us to find it by).
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

import structlog
from pydantic import BaseModel, Field, JsonValue, ValidationError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain import mentions
from bot.domain.characters import storable
from bot.domain.comments import ThreadMessage
from bot.domain.outbox import Job, Search
from bot.domain.people import WorkspacePeople
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.messenger import (
    ChannelClosed,
    Found,
    MessageGone,
    NotDelivered,
    PostedMessage,
    Replies,
    Undeliverable,
)
from handlers.outbound.clients import ClientFor, WorkspaceClient
from handlers.outbound.slack_errors import call_slack
from handlers.slack.events import EventMessage, Metadata, delivery_of
from handlers.slack.message_payloads import partly_read
from handlers.slack.outsiders import source_of
from handlers.slack.thread_messages import is_by_a_person, thread_message

_MAY_NOT_READ = {"access_denied", "method_not_supported_for_channel_type", "missing_scope", "no_permission"}
_PAGE = 200
_AROUND = timedelta(hours=1)  # of the claim: Slack may be late, and its clock and ours may differ
_log = structlog.get_logger()

OwnUser = Callable[[Workspace], str | None]


class SlackReading:
    """The reading side of the Messenger."""

    def __init__(
        self, client_for: ClientFor, people: People, own_user: OwnUser, orders: Collection[str] = ()
    ) -> None:
        """`own_user`: our own user ID there, where it is known. `orders`: the words of `/ticket`. What orders us to do something
        is nobody's reply."""
        self._client_for = client_for
        self._people = people
        self._own_user = own_user
        self._orders = orders

    async def find(self, workspace: Workspace, job: Job, besides: Collection[Place] = ()) -> Found:
        """Looks in its thread, and in the channel: Slack posts a reply there when the message above it was deleted."""
        client, thread = self._client_for(workspace), job.target.thread_ts
        search = job.next_search
        read = client.conversations_history
        if search.in_thread and thread:
            read = partial(client.conversations_replies, ts=thread)
        try:
            channel = await direct_messages(client, job.target.user) if job.direct else job.channel
            found = await _find_post(read, channel, job, search, {each.ts for each in besides})
        except NotDelivered as error:
            if search.cursor and str(error) == "invalid_cursor":  # it was kept for too long
                return Found(further=search.model_copy(update={"cursor": None}))
            if search.in_thread and isinstance(error, ChannelClosed):
                return Found(further=Search())
            if not isinstance(error, ChannelClosed) and str(error) not in _MAY_NOT_READ:
                raise
            _log.warning("cannot see whether a card was posted", channel=job.channel, why=str(error))
            return Found()
        return Found(further=Search()) if search.in_thread and not any(found) else found

    async def read(self, workspace: Workspace, job: Job) -> Replies:
        if job.fetch is None:
            raise Undeliverable("nothing_to_fetch")
        channel, cursor = job.fetch.channel, job.fetch.cursor
        read = self._client_for(workspace).conversations_replies
        try:
            answer = await call_slack(
                read(
                    channel=channel,
                    ts=job.fetch.thread_ts,
                    cursor=cursor,
                    limit=_PAGE,
                    include_all_metadata=True,
                )
            )
        except NotDelivered as error:
            if (
                cursor and str(error) == "invalid_cursor"
            ):  # it was kept for too long: what is read twice does no harm
                fetch = job.fetch.model_copy(update={"cursor": None})
                return await self.read(workspace, job.model_copy(update={"fetch": fetch}))
            raise _unreadable(error) from error
        page = _Replies.model_validate(answer.data)
        known = await self._people.of(workspace)
        return Replies(tuple(self._by_people(known, workspace, channel, page.messages)), page.next_cursor)

    async def message(self, workspace: Workspace, job: Job) -> PostedMessage:
        if job.gesture is None:
            raise Undeliverable("no_gesture")
        client, channel, ts = self._client_for(workspace), job.gesture.channel, job.gesture.ts
        read = client.conversations_replies(channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True)
        try:
            page = _Replies.model_validate((await call_slack(read)).data)
            address = await call_slack(client.chat_getPermalink(channel=channel, message_ts=ts))
        except NotDelivered as error:
            raise _unreadable(error) from error
        found = next((each for each in page.messages if each.get("ts") == ts), None)
        if found is None:
            raise MessageGone("message_not_found")
        message, link = partly_read(found, ts), str(address["permalink"])
        known = await self._people.of(workspace)
        source = source_of(known, workspace, message, link)
        return PostedMessage(source, message.thread_ts or ts, link)

    def _by_people(
        self,
        known: WorkspacePeople,
        workspace: Workspace,
        channel: str,
        page: Sequence[Mapping[str, JsonValue]],
    ) -> Iterator[ThreadMessage]:
        """A message that cannot be read is logged and left out; the others are still read."""
        us = {self._own_user(workspace)} - {None}
        for each in page:
            try:
                message = EventMessage.model_validate(storable(dict(each)))
            except ValidationError as error:
                faults = [fault["loc"] for fault in error.errors(include_input=False)]
                _log.warning("a reply could not be read", channel=channel, fields=faults)
                continue
            is_order = mentions.is_order(message.text, us, self._orders, in_thread=True)
            if is_by_a_person(message, us) and not is_order:
                reply = thread_message(message, channel, known, workspace)
                if reply and not reply.is_head and not known.is_bot(reply.author):
                    yield reply


async def direct_messages(client: WorkspaceClient, user: str) -> str:
    """The conversation that messages to a user go to."""
    answer = await call_slack(client.conversations_open(users=user))
    return str(answer["channel"]["id"])


def _unreadable(error: NotDelivered) -> NotDelivered:
    """What hinders reading a thread does not hinder posting, so it is another kind of error."""
    if str(error) == "thread_not_found":
        return MessageGone(str(error))
    return Undeliverable(str(error)) if str(error) in _MAY_NOT_READ else error


class _Posted(BaseModel):
    ts: str = Field(min_length=1)
    metadata: Metadata | None = None
    client_msg_id: str | None = None


class _Cursor(BaseModel):
    next_cursor: str | None = None


class _Paged(BaseModel):
    response_metadata: _Cursor | None = None

    @property
    def next_cursor(self) -> str | None:
        return (self.response_metadata and self.response_metadata.next_cursor) or None


class _Page(_Paged):
    messages: tuple[_Posted, ...]


class _Replies(_Paged):
    messages: tuple[dict[str, JsonValue], ...]


async def _find_post(
    read: Callable[..., Awaitable[AsyncSlackResponse]],
    channel: str,
    job: Job,
    search: Search,
    besides: Collection[str],
) -> Found:
    """Whether a message with the id of this delivery stands in the next page of those from about the time of its claim."""
    if job.claimed_at is None:
        return Found()
    oldest, latest = ((job.claimed_at + way * _AROUND).timestamp() for way in (-1, 1))
    answer = await call_slack(
        read(
            channel=channel,
            oldest=f"{oldest:.6f}",
            latest=f"{latest:.6f}",
            include_all_metadata=True,
            limit=_PAGE,
            cursor=search.cursor,
        )
    )
    page = _Page.model_validate(answer.data)
    for message in page.messages:
        is_it = delivery_of(message.metadata, message.client_msg_id) == job.id
        if is_it and message.ts not in besides:
            return Found(Place(channel=channel, ts=message.ts))
    return Found(further=search.model_copy(update={"cursor": page.next_cursor}) if page.next_cursor else None)
