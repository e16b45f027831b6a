"""@Deskhand speaks the grammar of `/ticket`, and in a ticket's thread its number may be left out.

ana: Printer is dead                   -> (made into T-1)
chloe: └ @Deskhand take                 -> T-1 is hers; her order gets a mark
chloe: └ @Deskhand resolve              -> a button opens the form, for her alone
ben: └ @Deskhand is anybody on this?    -> a comment, and Ben is told that this is no order
ana: @Deskhand The lift is stuck       -> a ticket, where message and channel say enough
"""

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass

from bot.domain import mentions
from bot.domain.elsewhere import SeenTicket
from bot.domain.elsewhere_words import elsewhere_order
from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.mentions import Order
from bot.domain.outbox import Gesture
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import first_word
from bot.services.ports.messenger import PostedMessage
from handlers import sharing, threads
from handlers.blocks import notice
from handlers.mentions import direct, mentions_view
from handlers.mentions.answering import Heard, answer, as_command, on_open
from handlers.mentions.answering import tell_privately as tell
from handlers.slack import errors, ids
from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.journey import Follow, Journey
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Response

_NO_TICKET = "This thread is about no ticket yet. `@Deskhand` alone makes one of it."


@dataclass(frozen=True)
class Mentions:
    """`follow` is what follows the orders of `/ticket`, `known` their words."""

    follow: Follow
    known: Collection[str]

    @property
    def journey(self) -> Journey:
        return Journey(
            events={"app_mention": self.on_mention},
            actions={ids.OPEN_ORDER: self.on_open, ids.MAKE_TICKET: direct.on_make},
        )

    def is_order(self, visit: Visit, event: Event, message: EventMessage) -> bool:
        """Whether a message is an order to us, so that it is no comment of the ticket in whose thread it stands. The same for
        both events that tell of it; what an edit makes of it is none."""
        if event.event.changed_ts or message.edited:
            return False
        said = mentions.behind_mention(message.text, _us(visit, event))
        here = None if message.thread_ts in {None, message.ts} else 1
        return said is not None and (not said or self._order(visit, said, here) is not None)

    async def on_mention(self, visit: Visit, event: Event) -> Response:
        """app_mention. Only what begins with our mention speaks to us."""
        message = threads.by_a_person(visit, event)
        if message is None or message.edited or not event.event.channel:
            return Response()
        said = mentions.behind_mention(message.text, _us(visit, event))
        if said is None:
            return Response()
        heard = Heard(visit, event.event.channel, message, said)
        return await _with_words(heard, self._heeded(heard, event))

    async def on_direct_message(self, visit: Visit, event: Event, message: EventMessage) -> Response:
        """message.im: what a person writes to the bot, outside of threads."""
        said = mentions.behind_mention(message.text, _us(visit, event)) or message.text
        heard = Heard(visit, event.event.channel or "", message, said)
        return await _with_words(heard, self._heeded_directly(heard))

    async def on_open(self, visit: Visit, press: BlockActions) -> Response:
        """“Open the form”, of an order that needs one."""
        return await on_open(visit, press, self.follow)

    def _order(self, visit: Visit, said: str, here: int | None) -> Order | None:
        """Where there can be no other workspaces, what would be an order about them is a sentence."""
        order = mentions.order_of(said, self.known, here)
        if order is None or here is None or not visit.tools.is_alone:
            return order
        word, _ = first_word(order.line)
        is_of_others = word.casefold() in sharing.AMONG_OTHERS or ("/" in said and elsewhere_order(said))
        return None if is_of_others else order

    async def _heeded_directly(self, heard: Heard) -> Response:
        order = mentions.order_of(heard.said, self.known, None)
        if order and (response := await self._followed(heard, order)):
            return response
        return Response() if heard.is_nicety else await direct.offer(heard)

    async def _heeded(self, heard: Heard, event: Event) -> Response:
        visit, thread_ts = heard.visit, heard.thread_ts
        if heard.is_nicety:
            return Response()
        there: Sequence[Ticket] = ()
        if thread_ts:
            there = await visit.tools.message_tickets.in_thread(
                visit.workspace, visit.actor, heard.channel, thread_ts
            )
        if thread_ts and not there:
            card = (visit.workspace, visit.actor, heard.channel, thread_ts)
            if seen := await visit.tools.sharing.mirror_at(*card):
                return await self._elsewhere(heard, seen)
        if not heard.said:
            return await self._alone(heard, there)
        here = there[0].number if there else 1 if thread_ts else None
        order = self._order(visit, heard.said, here)
        if order and (response := await self._ordered(heard, order, there)):
            return response
        if order and there:  # it looked like one, so that its own event made no comment of it
            await threads.record(visit, event, heard.message)
        return await self._line(heard, there)

    async def _elsewhere(self, heard: Heard, seen: SeenTicket) -> Response:
        """In the thread of another workspace's ticket: only that one acts on it, and what is no order is a comment."""
        if not heard.said:
            return await self._followed(heard, Order(seen.name)) or Response()
        order = mentions.order_of(heard.said, self.known, None)
        if order and mentions.names_number(order.line, seen.number):
            return await self._asked_whose(heard, seen)
        if order and (response := await self._followed(heard, order)):
            return response
        implied = mentions.order_of(heard.said, self.known, 1)
        if implied is None:
            return await tell(heard, mentions_view.comment_elsewhere(seen))
        named = Order(implied.line.replace("T-1", seen.name, 1))  # which its thread left out
        response = await self._followed(heard, named)
        return response or await tell(heard, notice.refused(sharing.only_its_own(seen)))

    async def _asked_whose(self, heard: Heard, seen: SeenTicket) -> Response:
        """`close T-1`, below acme/T-1: nothing is done to a ticket of one's own that has its number."""
        visit, words = heard.visit, sharing.only_its_own(seen)
        own = await visit.tools.tickets.by_number(visit.workspace, visit.actor, seen.number)
        if own is None:
            return await tell(heard, notice.refused(words))
        return await tell(heard, mentions_view.asked(heard.said, mentions_view.whose(words, own)))

    async def _alone(self, heard: Heard, there: Sequence[Ticket]) -> Response:
        """Our mention and nothing else: the thread's ticket or, where it has none, a ticket of the thread."""
        visit = heard.visit
        if await visit.tools.gestures.begun(visit.workspace, visit.actor, heard.key):
            return Response()
        if there:
            return await self._followed(heard, Order(there[0].name)) or Response()
        if heard.thread_ts is None:
            return await self._followed(heard, Order("help")) or Response()
        await visit.tools.gestures.begin(
            visit.workspace,
            visit.actor,
            heard.key,
            "mention",
            heard.channel,
            heard.thread_ts,
            thread_ts=heard.thread_ts,
        )
        return Response()

    async def _ordered(self, heard: Heard, order: Order, there: Sequence[Ticket]) -> Response | None:
        if order.implied and not there:
            return await tell(heard, notice.refused(_NO_TICKET))
        if order.doubt and there:
            return await tell(heard, mentions_view.asked(heard.said, order.doubt))
        if order.doubt:
            order = Order(heard.said)
        if order.implied and len(there) > 1:
            meant = mentions.meant_in(there, order.implied)
            again = mentions.order_of(heard.said, self.known, meant.number) if meant else None
            if again is None:
                return await tell(heard, mentions_view.asked(heard.said, mentions.which(there, order)))
            order = again
        return await self._followed(heard, order, there)

    async def _followed(self, heard: Heard, order: Order, there: Sequence[Ticket] = ()) -> Response | None:
        response = await self.follow(heard.visit, as_command(heard, order.line))
        return await answer(heard, response, order.line, there) if response else None

    async def _line(self, heard: Heard, there: Sequence[Ticket]) -> Response:
        """What is no order: a comment of the thread's ticket, which it has become already, or else a ticket."""
        visit, message = heard.visit, heard.message
        if there:
            offered = await heard.kept("mention")
            return await tell(heard, mentions_view.no_order(heard.said, there[0], offered))
        source = heard.source()
        gesture = Gesture(
            key=heard.key,
            way="mention",
            channel=heard.channel,
            ts=message.ts,
            user=visit.actor.user,
            thread_ts=heard.thread_ts,
            outsider=visit.actor.is_outsider,
        )
        posted = PostedMessage(source, message.thread_ts or message.ts, heard.link)
        await threads.heed(visit.tools, visit.workspace, gesture, posted)
        return Response()


async def _with_words(heard: Heard, response: Awaitable[Response]) -> Response:
    """A refusal is told in private. Of what could not be kept Slack tells again."""
    try:
        return await response
    except StoreUnavailable:
        raise
    except DeskError as error:
        refused = errors.error_response(error, as_command(heard, heard.said))
        return await answer(heard, refused, heard.said)


def _us(visit: Visit, event: Event) -> frozenset[str | None]:
    return event.own_users | visit.own_users
