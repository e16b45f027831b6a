"""Looking tickets up.

ana: /ticket list                                    -> the open tickets, newest first, in pages
ana: /ticket list priority:high assignee:none        -> those that nobody has yet
ana: /ticket list stauts:open                        -> “There is no filter “stauts”. Did you mean “status”?”
"""

from bot.domain.bulk import may_pick
from bot.domain.errors import InvalidInput
from bot.domain.filters import Asker, read_filter
from bot.domain.permissions import unknown_hint
from bot.domain.search import TicketFilter, bounded
from handlers.blocks import ticket_list
from handlers.blocks.kit import Message, message
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Respond, Response
from handlers.tickets import lists_view


async def on_command(visit: Visit, _: SlashCommand, words: str) -> Response:
    """`/ticket list <words>`."""
    if len(words) > ticket_list.WORDS:
        return Response(message("That is more than I can look for at once. Please use fewer words."))
    try:
        return Response(await list_page(visit, words, 0))
    except InvalidInput as invalid:
        return Response(lists_view.not_understood(words, invalid.message))


async def on_page(visit: Visit, press: BlockActions) -> Response:
    """Another page, in place of the one whose button was pressed."""
    if press.response_url is None:
        return Response()
    offset, words = page_place(press.actions[0].value)
    shown = await list_page(visit, words, offset)
    return Response(follow_ups=(Respond(press.response_url, shown),))


async def list_page(visit: Visit, words: str, offset: int) -> Message:
    """A page of what `actor` may see. Raises InvalidInput where the words are not understood."""
    wanted = await read_words(visit, words)
    found = await visit.tools.tickets.find(
        visit.workspace, visit.actor, wanted, offset=offset, limit=ticket_list.PER_PAGE
    )
    now = visit.tools.clock()
    shown = lists_view.page_message(
        found,
        bounded(wanted, visit.actor),
        words,
        user=visit.actor.user,
        now=now,
        pickable=may_pick(visit.actor),
    )
    hint = unknown_hint(visit.actor) or found.hint
    return lists_view.not_all(shown, hint) if hint else shown


async def read_words(visit: Visit, words: str) -> TicketFilter:
    """What somebody asks for by these words. Raises InvalidInput."""
    asker = Asker(
        user=visit.actor.user,
        at=visit.tools.clock(),
        zone=visit.people.zone(visit.actor.user),
        directory=await visit.tools.tickets.directory(visit.workspace, visit.actor),
        people=visit.people.remembered,
        queues=set(await visit.tools.tickets.queue_names(visit.workspace, visit.actor)),
    )
    return read_filter(words, asker)


def page_place(value: str | None) -> tuple[int, str]:
    """The offset and the words that a button carries."""
    offset, _, words = (value or "0").partition(" ")
    return int(offset), words
