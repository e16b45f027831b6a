"""Type-ahead: what an external select offers for what has been typed so far. Slack shows at most 100 options."""

from bot.domain.directory import PARENT_OF, Directory, Item, Site
from bot.domain.fields import TICKET_FIELDS
from bot.domain.search import TicketFilter
from handlers.blocks import card
from handlers.blocks.kit import OPTION_VALUE, OPTIONS, Block, option
from handlers.blocks.text import shorten
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockSuggestion
from handlers.slack.response import Response


async def on_search(visit: Visit, asked: BlockSuggestion) -> Response:
    row = TICKET_FIELDS.get(asked.action_id)
    if row and row.element == "ticket":
        return _answer(await _tickets(visit, asked))
    if row and row.element == "queue":
        return _answer(await _queues(visit, asked.value.strip().removeprefix(row.sign)))
    if row is None or row.kind is None:
        return _answer([])
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor)
    # The input's block_id names the choice that narrows it: `siteId:acme`.
    within = asked.block_id.partition(":")[2] or None if row.name in PARENT_OF else None
    found = directory.search(row.kind, asked.value, within=within, limit=OPTIONS)
    return _answer([option(item.id, _text(item, directory, within)) for item in found])


async def _tickets(visit: Visit, asked: BlockSuggestion) -> list[Block]:
    """Those that somebody may see."""
    wanted = TicketFilter(words=tuple(asked.value.split()))
    page = await visit.tools.tickets.find(visit.workspace, visit.actor, wanted, limit=OPTIONS)
    return [option(str(ticket.id), card.title(ticket)) for ticket in page.tickets]


async def _queues(visit: Visit, typed: str) -> list[Block]:
    """Those that are set up and, last, what was typed: a ticket may name another queue."""
    names, is_one = await visit.tools.settings.queues_like(visit.workspace, visit.actor, typed)
    offered = [option(name, name) for name in names]
    if typed and not is_one:
        offered.append(option(shorten(typed, OPTION_VALUE), f"Another queue: {typed}"))
    return offered


def _text(item: Item, directory: Directory, within: str | None) -> str:
    """A site among those of all customers is told apart by its customer."""
    if isinstance(item, Site) and within is None:
        return f"{item.name} ({directory.name_of('customerId', item.customer_id)})"
    return item.name


def _answer(options: list[Block]) -> Response:
    return Response({"options": list(options)})
