"""How an order is answered that came as a message: by a mark on it, by a line in its thread, or in private."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from bot.domain.draft import Draft
from bot.domain.errors import NotFound
from bot.domain.intake import meaning_of
from bot.domain.outbox import Target
from bot.domain.ticket import SourceMessage, Ticket, WayIn
from bot.domain.ticket_commands import command_of
from handlers.blocks.kit import Message, message_json
from handlers.mentions import mentions_view
from handlers.slack import ids
from handlers.slack.context import Visit
from handlers.slack.events import EventMessage
from handlers.slack.journey import Follow
from handlers.slack.payload_fields import link_to
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import OpenView, ReplyInThread, Response
from handlers.tickets import FormMeta, source_of

DONE = "heavy_check_mark"
"""The reaction that says that an order is carried out. It is none of those that people work by."""


@dataclass(frozen=True)
class Heard:
    """A message that speaks to us, and what it says behind our mention, in Slack's mrkdwn."""

    visit: Visit
    channel: str
    message: EventMessage
    said: str

    @property
    def key(self) -> str:
        """Names the message, and what somebody sent, also where Slack made two messages of that."""
        sent = self.message.client_msg_id
        user = self.visit.actor.user
        return f"mention:{user}:{sent}" if sent else f"mention:{self.channel}:{self.message.ts}"

    @property
    def thread_ts(self) -> str | None:
        """Of the thread that it stands in; None where it stands by itself."""
        return self.message.thread_ts if self.message.thread_ts != self.message.ts else None

    @property
    def is_direct(self) -> bool:
        return self.channel.startswith("D")

    @property
    def link(self) -> str:
        return link_to(self.channel, self.message.ts, self.message.thread_ts)

    @property
    def is_nicety(self) -> bool:
        """`thanks!`: nobody waits for an answer."""
        return bool(self.said) and meaning_of(self.said, has_files=bool(self.message.files)) == "nothing"

    def source(self) -> SourceMessage:
        """The message as a ticket of it keeps it: without our mention."""
        said = self.message.model_copy(update={"text": self.said})
        return source_of(self.visit, said, self.link)

    async def kept(self, way: WayIn) -> str:
        """Keeps the message for a form that makes a ticket of it. What the button that opens it carries."""
        meta = FormMeta(
            nonce=uuid5(NAMESPACE_URL, self.key).hex,
            way=way,
            channel=self.channel,
            message_ts=self.message.ts,
            thread_ts=self.message.thread_ts or self.message.ts,
            permalink=self.link,
        )
        draft = Draft(nonce=meta.nonce, created_at=self.visit.tools.clock(), message=self.source())
        await self.visit.tools.drafts.keep(self.visit.workspace, self.visit.actor, draft)
        return meta.model_dump_json(exclude_defaults=True)


def as_command(heard: Heard, line: str) -> SlashCommand:
    """The order as if it had been typed behind `/ticket`. Nothing can open upon it, and nothing can be answered on it."""
    return SlashCommand(
        channel_id=heard.channel,
        user_id=heard.visit.actor.user,
        command=ids.COMMAND,
        text=line,
        trigger_id=heard.key,
    )


async def answer(heard: Heard, response: Response, line: str, there: Sequence[Ticket] = ()) -> Response:
    """Says what came of an order. `there`: the tickets of its thread, whose cards show what has become of them."""
    opening = next((each for each in response.follow_ups if isinstance(each, OpenView)), None)
    if opening:
        return await tell_privately(heard, await _to_press(heard, opening, line))
    if response.done:
        is_shown = {*response.done.numbers} <= {ticket.number for ticket in there}
        await _say(heard, mentions_view.line(response.done.words), reaction=DONE if is_shown else None)
        if _is_note_for_all_to_read(heard, line, there):
            await tell_privately(heard, mentions_view.noted_in_public(), about="note")
    elif response.body:
        body = cast(Message, response.body)
        if mentions_view.makes_a_ticket(body):
            body = mentions_view.of_the_message(body, await heard.kept(_way(heard)))
        return await tell_privately(heard, body)
    return Response()


def _is_note_for_all_to_read(heard: Heard, line: str, there: Sequence[Ticket]) -> bool:
    """Whether it is a private note that was written where not only agents read."""
    typed = command_of(line)
    if typed is None or typed.step != "note":
        return False
    thread = (heard.channel, heard.thread_ts)
    return not any(
        card.internal and (card.channel, card.ts) == thread for ticket in there for card in ticket.cards
    )


async def tell_privately(heard: Heard, words: Message, *, about: str = "") -> Response:
    """For whoever wrote it alone. `about`: names what is told beside the answer."""
    visit = heard.visit
    target = Target(channel=heard.channel, thread_ts=heard.thread_ts, user=visit.actor.user)
    key = f"{heard.key}:{about}" if about else heard.key
    await visit.tools.answers.say(visit.workspace, key, target, message_json(words), private=True)
    return Response()


async def on_open(visit: Visit, press: BlockActions, follow: Follow) -> Response:
    """“Open the form”: the order once more, with a trigger that a form can open upon. Only whoever gave it can press it."""
    draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, press.actions[0].value or "")
    if draft is None or draft.line is None:
        raise NotFound("I no longer have that order. Please write it again.")
    command = SlashCommand(
        channel_id=press.channel.id if press.channel else "",
        user_id=press.actor,
        command=ids.COMMAND,
        text=draft.line,
        trigger_id=press.trigger_id,
        response_url=press.response_url,
    )
    response = await follow(visit, command) or Response()
    if response.body and press.response_url:
        words = cast(Message, response.body)
        reply = ReplyInThread(press.response_url, words, press.container.thread_ts)
        return Response(follow_ups=(reply, *response.follow_ups))
    return Response(follow_ups=response.follow_ups)


async def _to_press(heard: Heard, opening: OpenView, line: str) -> Message:
    """Nothing opens upon a message: so there is a button to press."""
    visit = heard.visit
    draft = Draft(nonce=f"order:{heard.key}", created_at=visit.tools.clock(), line=line)
    await visit.tools.drafts.keep(visit.workspace, visit.actor, draft)
    return mentions_view.to_press(opening.view, draft.nonce)


async def _say(heard: Heard, words: Message, *, reaction: str | None) -> None:
    visit, message = heard.visit, heard.message
    thread_ts = heard.thread_ts if heard.is_direct else message.thread_ts or message.ts
    target = Target(channel=heard.channel, thread_ts=thread_ts, user=visit.actor.user)
    await visit.tools.answers.say(
        visit.workspace,
        heard.key,
        target,
        message_json(words),
        reaction=reaction,
        reacts_to=message.ts,
    )


def _way(heard: Heard) -> WayIn:
    return "direct" if heard.is_direct else "mention"
