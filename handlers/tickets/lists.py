"""Looking tickets up.

ana: /ticket list                                    -> the open tickets, newest first, in pages
ana: /ticket list priority:high assignee:none        -> those that nobody has yet
ana: /ticket list stauts:open                        -> “There is no filter “stauts”. Did you mean “status”?”
"""

from bot.domain.errors import InvalidInput
from bot.domain.filters import Asker, read_filter
from bot.domain.search import TicketFilter, seen_by
from handlers.blocks import ticket_list
from handlers.blocks.kit import Message, message
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import FollowUp, LookUp, Respond, Response
from handlers.tickets import lists_view as lists


async def followed(visit: Visit, _: SlashCommand, words: str) -> Response:
    """`/ticket list <words>`."""
    if len(words) > ticket_list.WORDS:
        return Response(message("That is more than I can look for at once. Please use fewer words."))
    try:
        return Response(await page(visit, words, 0))
    except InvalidInput as invalid:
        return Response(lists.not_understood(words, invalid.message), unknown(visit))


async def turned(visit: Visit, press: BlockActions) -> Response:
    """Another page, in place of the one whose button was pressed."""
    if press.response_url is None:
        return Response()
    offset, words = place(press.actions[0].value)
    shown = await page(visit, words, offset)
    return Response(follow_ups=(Respond(press.response_url, shown),))


async def page(visit: Visit, words: str, offset: int) -> Message:
    """A page of what `actor` may see. Raises InvalidInput where the words are not understood."""
    wanted = await asked(visit, words)
    found = await visit.tools.desk.tickets(visit.workspace, wanted, offset=offset, limit=ticket_list.PER_PAGE)
    now = visit.tools.clock()
    return lists.page(found, wanted, words, user=visit.actor.user, now=now, bulk=visit.actor.is_agent)


async def asked(visit: Visit, words: str) -> TicketFilter:
    """What somebody asks for by these words, among what they may see. Raises InvalidInput."""
    set_up = (await visit.tools.preferences.settings(visit.workspace)).queues
    asker = Asker(
        user=visit.actor.user,
        at=visit.tools.clock(),
        zone=visit.people.zone(visit.actor.user),
        directory=await visit.tools.desk.directory(visit.workspace),
        people=visit.people.called,
        queues={*await visit.tools.desk.queue_names(visit.workspace), *(queue.name for queue in set_up)},
    )
    return read_filter(words, asker).model_copy(update={"within": seen_by(visit.actor)})


def place(value: str | None) -> tuple[int, str]:
    """The offset and the words that a button carries."""
    offset, _, words = (value or "0").partition(" ")
    return int(offset), words


def unknown(visit: Visit) -> tuple[FollowUp, ...]:
    """Somebody who is not known yet has no time zone: they are looked up for the next time."""
    return () if visit.people.knows(visit.actor.user) else (LookUp(visit.actor.user),)
