"""The Messenger on Slack's Web API: messages, and the ways round where the bot may not post.

Source: https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update, …/chat.delete,
https://docs.slack.dev/messaging/message-metadata (a message carries the id of its delivery, for us to find it by).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import structlog
from pydantic import BaseModel, Field, ValidationError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.audience import Audience
from bot.domain.comments import Comment, requesters_thread
from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.installation_notice import InstallationNotice
from bot.domain.on_call_groups import GroupNotice
from bot.domain.outbox import Answer, Job
from bot.domain.partners import PartnerNotice
from bot.domain.people import WorkspacePeople
from bot.domain.swaps import SwapNotice
from bot.domain.telling import Told
from bot.domain.ticket import Place, Ticket
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.messenger import (
    ChannelClosed,
    NoAnswer,
    NotDelivered,
    RateLimited,
    ReactionRefused,
    ThreadClosed,
    Unauthorized,
    Undeliverable,
)
from handlers.blocks import (
    card,
    comments,
    digest,
    elsewhere,
    group_notice,
    hand_over,
    installation_notice,
    news,
    page_notice,
    partner_notice,
    reminder,
    swap_notice,
    unheard_notice,
)
from handlers.blocks.kit import Message, context
from handlers.blocks.text import one_line
from handlers.outbound.clients import ClientFor, WorkspaceClient
from handlers.outbound.mirrors import SharedOf, alone
from handlers.outbound.reading import OwnUser, SlackReading
from handlers.outbound.slack_errors import call_slack
from handlers.slack import ids

_NOT_IN_THERE = {"not_in_channel", "channel_not_found", None}
"""What Slack says of a channel that the bot is not in. None: of jobs that do not say why."""
_DIRECT = "D"
"""How the ID of a conversation of two begins: no app can be asked into one."""
_CHANNELS = "CG"  # how the IDs of channels begin, and of no user and no direct messages
_FIRST_SECONDS = 4
"""How long a call may take that another one follows, of the eight seconds that a message has at least."""
_log = structlog.get_logger()


class SlackMessenger(SlackReading):
    """A card goes to its channel. Where that is closed to the bot, the courier asks for it once more, privately: then
    to the response_url, which only the requester sees, and where that is used up, to the requester's direct messages.
    Both say how to open the channel."""

    def __init__(
        self,
        client_for: ClientFor,
        people: People,
        own_user: OwnUser,
        orders: Collection[str] = (),
        shared_of: SharedOf = alone,
    ) -> None:
        """As SlackReading has it. `shared_of`: what a card says of other workspaces."""
        super().__init__(client_for, people, own_user, orders)
        self._shared_of = shared_of

    async def show(
        self,
        workspace: Workspace,
        job: Job,
        ticket: Ticket,
        directory: Directory,
        audience: Audience,
        told: Sequence[Told],
    ) -> Place | None:
        is_shut = job.private and not job.place
        if is_shut and ticket.origin.is_message:  # a card that is shown once cannot be told later
            ticket = ticket.model_copy(update={"thread_unread": True})
        known = await self._people.of(workspace)
        reader_id = (job.place and job.place.user) or job.target.user
        if audience == "to_act" and not (known.knows(reader_id) and not known.is_outsider(reader_id)):
            audience = "agents"  # what is to be known on site is for members
        shared = await self._shared_of(workspace, ticket)
        body = card.card(ticket, directory, audience, name=_names(known), shared=shared)
        if told and not ticket.undone_at:
            reader = await self._reader(workspace, job, ticket, told)
            body = news.above(ticket, told, reader, body, in_channel=job.channel[0] in _CHANNELS)
        if is_shut:
            body = _with_hint(body, job)
        return await self._send(workspace, job, body)

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        internal = job.place.internal if job.place else job.target.internal
        body = comments.copy(ticket, comment, _names(await self._people.of(workspace)), internal=internal)
        return await self._send(workspace, job, body)

    async def tell(
        self, workspace: Workspace, job: Job, ticket: Ticket, told: Sequence[Told]
    ) -> Place | None:
        reader = await self._reader(workspace, job, ticket, told)
        body = news.line(ticket, told, reader, in_channel=job.channel[0] in _CHANNELS)
        return await self._send(workspace, job, body)

    async def _reader(
        self, workspace: Workspace, job: Job, ticket: Ticket, told: Sequence[Told]
    ) -> news.Reader:
        known = await self._people.of(workspace)
        is_direct = job.channel[0] not in _CHANNELS
        address = await _address(self._client_for(workspace), ticket) if is_direct else ""
        return news.Reader(known.name, job.created_at, known.zone(told[0].news.to), address)

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        if job.notice is None:
            raise Undeliverable("no_notice")
        known = await self._people.of(workspace)
        reader = news.Reader(known.name, job.created_at, known.zone(job.target.user))
        if isinstance(job.notice, InstallationNotice):
            return await self._send(workspace, job, installation_notice.message_of(job.notice, reader))
        if isinstance(job.notice, GroupNotice):
            return await self._send(workspace, job, group_notice.message_of(job.notice, _names(known)))
        if isinstance(job.notice, PartnerNotice):
            return await self._send(workspace, job, partner_notice.message_of(job.notice))
        if isinstance(job.notice, UnheardNotice):
            return await self._send(workspace, job, unheard_notice.message_of(job.notice))
        if isinstance(job.notice, SwapNotice):
            return await self._send(workspace, job, swap_notice.message_of(job.notice, job, reader))
        is_there = job.channel[0] in _CHANNELS
        return await self._send(
            workspace, job, page_notice.message_of(job.notice, reader, in_channel=is_there)
        )

    async def answer(self, workspace: Workspace, job: Job) -> Place | None:
        if job.answer is None:
            raise Undeliverable("no_answer")
        client = self._client_for(workspace)
        if not job.passes:
            return await _post(client, job, job.answer.message)
        if job.answer.reaction:
            await _react(client, job.channel, job.answer)
        else:
            await _show_privately(client, job, job.answer.message)
        return None

    async def digest(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        if job.hand_overs:
            known = await self._people.of(workspace)
            return await self._send(workspace, job, hand_over.message_of(job, tickets, _names(known)))
        if job.digest is None:
            raise Undeliverable("no_digest")
        return await self._send(workspace, job, digest.message_of(job.digest, tickets))

    async def remind(self, workspace: Workspace, job: Job, tickets: Sequence[Ticket]) -> Place | None:
        known = await self._people.of(workspace)
        is_one = len(tickets) == 1 and job.direct
        address = await _address(self._client_for(workspace), tickets[0]) if is_one else ""
        reader = news.Reader(known.name, job.created_at, known.zone(job.target.user), address)
        in_channel = job.channel[0] in _CHANNELS
        return await self._send(
            workspace, job, reminder.message_of(job.reminders, tickets, reader, in_channel=in_channel)
        )

    async def mirror(self, workspace: Workspace, job: Job, seen: SeenTicket) -> Place | None:
        body = elsewhere.mirrored(seen)
        if not job.place:
            await _refuse_outsiders(self._client_for(workspace), job.channel)
        return await self._send(
            workspace, job, _with_hint(body, job) if job.private and not job.place else body
        )

    async def mirror_comment(
        self, workspace: Workspace, job: Job, seen: SeenTicket, comment: SeenComment
    ) -> Place | None:
        if not job.place:
            await _refuse_outsiders(self._client_for(workspace), job.channel)
        return await self._send(workspace, job, elsewhere.comment_copy(seen, comment))

    async def delete(self, workspace: Workspace, place: Place) -> None:
        message = {"channel": place.channel, "ts": place.ts}
        await call_slack(self._client_for(workspace).post("chat.delete", message))

    async def _send(self, workspace: Workspace, job: Job, body: Message) -> Place | None:
        client = self._client_for(workspace)
        if job.place:
            await _update(client, job.place, body)
            return job.place
        url = job.target.response_url
        if job.private and url and await _respond(client, url, body):
            return None
        return await _post(client, job, body)


def _names(known: WorkspacePeople) -> card.Name:
    """What people are called, where nobody is to be pinged."""
    return lambda user: one_line(known.name(user), 100)


async def _post(client: WorkspaceClient, job: Job, body: Mapping[str, object]) -> Place:
    thread_ts = None if job.direct else job.target.thread_ts
    metadata = {"event_type": ids.POSTED, "event_payload": {ids.DELIVERY: str(job.id)}}
    said = {"channel": job.channel, **body, "unfurl_links": False, "metadata": metadata}
    said["client_msg_id"] = str(job.id)  # names the message a second time, where Slack takes it
    if not thread_ts:
        return _place(await call_slack(client.post("chat.postMessage", said)))
    try:
        answer = await call_slack(client.post("chat.postMessage", {**said, "thread_ts": thread_ts}))
    except ThreadClosed as error:
        _log.info(
            "the thread is closed, so its card stands in the channel", channel=job.channel, why=str(error)
        )
        return _place(await call_slack(client.post("chat.postMessage", said)))
    posted: Mapping[str, object] = answer.get("message") or {}
    if posted.get("thread_ts") != thread_ts:
        _log.info("the message was deleted, so its card stands in the channel", channel=job.channel)
    return _place(answer)


async def _refuse_outsiders(client: WorkspaceClient, channel: str) -> None:
    """Raises ChannelClosed where people of a third company read, which a channel may be shared with after it was chosen; and
    where nobody can say."""
    try:
        answer = await call_slack(client.conversations_info(channel=channel), _FIRST_SECONDS)
    except Unauthorized as error:
        if str(error) == "missing_scope":
            raise ChannelClosed("missing_scope") from error
        raise
    if _Channel.model_validate(answer.get("channel") or {}).is_ext_shared:
        raise ChannelClosed("shared_with_outsiders")


async def _react(client: WorkspaceClient, channel: str, answer: Answer) -> None:
    added = client.reactions_add(
        channel=channel, name=answer.reaction or "", timestamp=answer.reacts_to or ""
    )
    try:
        await call_slack(added)
    except NotDelivered as error:
        reason = str(error)
        if reason == "already_reacted":
            return
        if isinstance(error, NoAnswer | RateLimited | Unauthorized) and reason != "missing_scope":
            raise
        raise ReactionRefused(reason) from error


async def _show_privately(client: WorkspaceClient, job: Job, body: Mapping[str, object]) -> None:
    thread = {"thread_ts": job.target.thread_ts} if job.target.thread_ts else {}
    said = {"channel": job.channel, "user": job.target.user, **body, **thread}
    await call_slack(client.post("chat.postEphemeral", said))


async def _update(client: WorkspaceClient, place: Place, body: Message) -> None:
    _place(await call_slack(client.post("chat.update", {"channel": place.channel, "ts": place.ts, **body})))


def _place(answer: AsyncSlackResponse) -> Place:
    """Where Slack says that a message stands. Where it does not say, nobody knows whether it was taken."""
    try:
        accepted = _Accepted.model_validate(answer.data)
    except ValidationError:
        raise NoAnswer("no_ts") from None
    return Place(channel=accepted.channel, ts=accepted.ts)


async def _respond(client: WorkspaceClient, response_url: str, body: Message) -> bool:
    """Whether Slack took it; not where it refuses the address, which is used up or has expired."""
    try:
        await call_slack(client.respond(response_url, body), _FIRST_SECONDS)
    except NoAnswer as error:
        if str(error).startswith("HTTP 4"):
            return False
        raise
    return True


async def _address(client: WorkspaceClient, ticket: Ticket) -> str:
    """Of the thread in which its requester follows it, or of another card of it; empty where Slack gives none."""
    target = requesters_thread(ticket)
    places = [(card.channel, card.ts) for card in ticket.cards if card.channel[0] in _CHANNELS]
    if target.channel and target.thread_ts:
        places.insert(0, (target.channel, target.thread_ts))
    for channel, ts in places[:1]:
        with suppress(NotDelivered):
            link = client.chat_getPermalink(channel=channel, message_ts=ts)
            answer = await call_slack(link, _FIRST_SECONDS)
            return str(answer.get("permalink") or "")
    return ""


class _Channel(BaseModel):
    is_ext_shared: bool = True  # where Slack does not say


class _Accepted(BaseModel):
    channel: str = Field(min_length=1)
    ts: str = Field(min_length=1)


def _with_hint(body: Message, job: Job) -> Message:
    """Says why only the user sees it and, where that helps, how to let the bot in."""
    channel = job.target.channel or ""
    where = f"<#{channel}>"
    if channel.startswith(_DIRECT):
        hint = "since I cannot be in that conversation."
    elif job.private_because in _NOT_IN_THERE:
        hint = f"since I am not in {where}. Type `/invite @Deskhand` there to show cards to all."
    elif job.private_because == "is_archived":
        hint = f"since {where} is archived."
    else:
        hint = f"since I may not post in {where}."
    return {"text": body["text"], "blocks": [*body["blocks"], context(f"Only you see this card, {hint}")]}
