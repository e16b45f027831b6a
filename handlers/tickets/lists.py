"""Looking tickets up.

ana: /ticket list                                    -> the open tickets, newest first, in pages
ana: /ticket list priority:high assignee:none        -> those that nobody has yet
ana: /ticket list stauts:open                        -> “There is no filter “stauts”. Did you mean “status”?”
ana: /ticket list from:acme                          -> what the workspace acme shares with this one
ana: /ticket search no paper                         -> all tickets with these words, open or not
ana: /ticket List of users won't load                -> is that a list? a button makes a ticket of it
"""

from collections.abc import Sequence

from bot.domain.elsewhere import HomeName
from bot.domain.errors import InvalidInput
from bot.domain.filter_words import as_search, meant_as
from bot.domain.filters import Asker, items_asked, knows, read_filter
from bot.domain.permissions import unknown_hint
from bot.domain.search import TicketFilter, bounded
from handlers.blocks import notice, ticket_list
from handlers.blocks.kit import Block, Message, message
from handlers.slack.context import Visit
from handlers.slack.journey import Subcommand
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Respond, Response
from handlers.tickets import elsewhere_list_view, lists_view

_LIST = (
    "`/ticket list` shows the open tickets; `/ticket list assignee:me priority:high,critical due:&lt;24h sort:due`"
    " narrows it, and so do `overdue` and `response:late`, whose requester waits for too long."
)
_MINE = "`/ticket mine`, or `me`, shows the open tickets that you have, narrowed as a list is."
_SEARCH = "`/ticket search no paper` looks for words in all tickets, open or not."


async def on_list(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket list <filter>`."""
    line = f"{command.word} {words}"
    match meant_as(words, knows=knows(await _asker(visit, words))):
        case "ticket":
            return None
        case "unclear":
            return Response(notice.explained(line, f"{_LIST} {_SEARCH}", command.nonce))
    return await _listed(visit, line, words, notice.ticket_button(line, command.nonce) if words else ())


async def on_mine(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket mine <filter>`. Other words are somebody's ticket: `Mine shaft is flooded`."""
    meant = meant_as(words, most=0, knows=knows(await _asker(visit, words)))
    line = f"{command.word} {words}"
    return await _listed(visit, line, f"assignee:me {words}".strip()) if meant == "filter" else None


async def on_search(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket search <words>`."""
    if not words:
        return Response(message(f"What for? {_SEARCH}"))
    known = knows(await _asker(visit, words))
    if meant_as(words, knows=known) == "ticket":
        return None
    line = f"{command.word} {words}"
    return await _listed(visit, line, as_search(words, known), notice.ticket_button(line, command.nonce))


SUBCOMMANDS = (
    Subcommand("list", _LIST, on_list, lambda words: meant_as(words) != "ticket"),
    Subcommand("mine", _MINE, on_mine, lambda words: meant_as(words, most=0) == "filter"),
    Subcommand("me", _MINE, on_mine, lambda words: meant_as(words, most=0) == "filter"),
    Subcommand("search", _SEARCH, on_search, lambda words: meant_as(words) != "ticket"),
)


async def _listed(visit: Visit, line: str, words: str, otherwise: Sequence[Block] = ()) -> Response:
    """`line` is what was typed. `otherwise` stands below where nothing is found or understood."""
    if len(words) > ticket_list.WORDS:
        return Response(message("That is more than I can look for at once. Please use fewer words."))
    try:
        return Response(await list_page(visit, words, 0, otherwise))
    except InvalidInput as invalid:
        return Response(lists_view.not_understood(line, invalid.message, otherwise))


async def on_page(visit: Visit, press: BlockActions) -> Response:
    """Another page, in place of the one whose button was pressed."""
    if press.response_url is None:
        return Response()
    offset, words = page_place(press.actions[0].value)
    shown = await list_page(visit, words, offset)
    return Response(follow_ups=(Respond(press.response_url, shown),))


async def list_page(visit: Visit, words: str, offset: int, otherwise: Sequence[Block] = ()) -> Message:
    """A page of what `actor` may see. Raises InvalidInput where the words are not understood."""
    wanted = await read_words(visit, words)
    if wanted.homes:
        return await _elsewhere(visit, wanted, words, offset)
    found = await visit.tools.tickets.find(
        visit.workspace, visit.actor, wanted, offset=offset, limit=ticket_list.PER_PAGE
    )
    now = visit.tools.clock()
    shown = lists_view.page_message(
        found,
        bounded(wanted, visit.actor),
        words,
        actor=visit.actor,
        now=now,
        clock=await visit.tools.settings.clock(visit.workspace, visit.actor),
    )
    if (total := await _shared_by_others(visit, wanted)) and not offset:
        if not found.total:
            return await _elsewhere(visit, wanted, words, offset)
        shown = lists_view.below(shown, elsewhere_list_view.others_match(total, f"from:any {words}"))
    shown = shown if found.total else lists_view.below(shown, otherwise)
    hint = unknown_hint(visit.actor) or found.hint
    return lists_view.not_all(shown, hint) if hint else shown


async def _elsewhere(visit: Visit, wanted: TicketFilter, words: str, offset: int) -> Message:
    """A page of what other workspaces share with this one."""
    found = await visit.tools.sharing.find(
        visit.workspace, visit.actor, wanted, offset=offset, limit=ticket_list.PER_PAGE
    )
    return elsewhere_list_view.page_message(found, wanted, words, visit.tools.clock())


async def _shared_by_others(visit: Visit, wanted: TicketFilter) -> int:
    """How many tickets of other workspaces match a list that asks for what is shared."""
    if not {"shared", "global"} & {*wanted.visibilities}:
        return 0
    return (await visit.tools.sharing.find(visit.workspace, visit.actor, wanted, limit=0)).total


async def read_words(visit: Visit, words: str) -> TicketFilter:
    """What somebody asks for by these words. Raises InvalidInput."""
    return read_filter(words, await _asker(visit, words))


async def _asker(visit: Visit, words: str) -> Asker:
    return Asker(
        user=visit.actor.user,
        at=visit.tools.clock(),
        zone=visit.people.zone(visit.actor.user),
        directory=await visit.tools.tickets.directory(visit.workspace, visit.actor, items_asked(words)),
        people=visit.people.remembered,
        queues=set(await visit.tools.tickets.queue_names(visit.workspace, visit.actor)),
        homes=await _homes(visit, words),
    )


async def _homes(visit: Visit, words: str) -> Sequence[HomeName]:
    """The workspaces that `from:` may name. Whose names they are is not for requesters to know."""
    if "from" not in words.casefold() or not visit.actor.may_look_elsewhere:
        return ()
    return await visit.tools.partners.homes(visit.workspace, visit.actor)


def page_place(value: str | None) -> tuple[int, str]:
    """The offset and the words that a button carries."""
    offset, _, words = (value or "0").partition(" ")
    return number_in(offset), words
