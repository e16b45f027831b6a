"""Type-ahead: what an external select offers for what has been typed so far. Slack shows at most 100 options."""

from collections.abc import Sequence

from bot.domain.directory import PARENT_OF
from bot.domain.elsewhere import SeenTicket
from bot.domain.fields import TICKET_FIELDS, ItemKind
from bot.domain.lookup import Lookup
from bot.domain.search import TicketFilter
from handlers.blocks import card, elsewhere
from handlers.blocks.kit import OPTION_VALUE, OPTIONS, Block, option
from handlers.blocks.text import shorten
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockSuggestion
from handlers.slack.response import Response

_OTHERS = 20  # tickets of other workspaces


async def on_search(visit: Visit, asked: BlockSuggestion) -> Response:
    row = TICKET_FIELDS.get(asked.action_id)
    if row and row.element == "ticket":
        return _answer(await _tickets(visit, asked))
    if row and row.element == "queue":
        return _answer(await _queues(visit, asked.value.strip().removeprefix(row.sign)))
    if row is None or row.kind is None:
        return _answer([])
    # The input's block_id names the choice that narrows it: `siteId:acme`.
    within = asked.block_id.partition(":")[2] or None if row.name in PARENT_OF else None
    return _answer(await _items(visit, row.kind, asked.value, within))


async def _items(visit: Visit, kind: ItemKind, typed: str, within: str | None) -> list[Block]:
    """Sites among those of all customers are told apart by their customer."""
    tickets, asker = visit.tools.tickets, (visit.workspace, visit.actor)
    found = await tickets.items_like(*asker, kind, typed, within=within, limit=OPTIONS)
    if kind != "site" or within:
        return [option(item.id, item.name) for item in found]
    customers = {item.parent_id for item in found if item.parent_id}
    names = await tickets.directory(*asker, [Lookup("customer", each) for each in customers])
    return [
        option(item.id, f"{item.name} ({names.name_of('customerId', item.parent_id or '')})")
        for item in found
    ]


async def _tickets(visit: Visit, asked: BlockSuggestion) -> list[Block]:
    """Those that somebody may see and, of what is related, some that other workspaces share."""
    others: Sequence[SeenTicket] = ()
    if asked.action_id == "relatedTicketId":
        others = await visit.tools.sharing.like(visit.workspace, visit.actor, asked.value, limit=_OTHERS)
    wanted = TicketFilter(words=tuple(asked.value.split()))
    page = await visit.tools.tickets.find(visit.workspace, visit.actor, wanted, limit=OPTIONS - len(others))
    own = [option(str(ticket.id), card.title(ticket)) for ticket in page.tickets]
    return own + [option(str(each.shared.ticket.id), elsewhere.title(each)) for each in others if each.shared]


async def _queues(visit: Visit, typed: str) -> list[Block]:
    """Those that are set up and, last, what was typed: a ticket may name another queue."""
    names, is_one = await visit.tools.settings.queues_like(visit.workspace, visit.actor, typed)
    offered = [option(name, name) for name in names]
    if typed and not is_one:
        offered.append(option(shorten(typed, OPTION_VALUE), f"Another queue: {typed}"))
    return offered


def _answer(options: list[Block]) -> Response:
    return Response({"options": list(options)})
