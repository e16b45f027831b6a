"""Type-ahead: what an external select offers for what has been typed so far. Slack shows at most 100 options."""

from bot.domain.directory import PARENT_OF, Directory, Item, Site
from bot.domain.fields import TICKET_FIELDS
from bot.domain.search import TicketFilter, seen_by
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks import card
from handlers.blocks.kit import OPTION_VALUE, Block, option
from handlers.blocks.text import shorten
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockSuggestion
from handlers.slack.response import Response

LIMIT = 100


async def suggested(visit: Visit, asked: BlockSuggestion) -> Response:
    row = TICKET_FIELDS.get(asked.action_id)
    if row and row.element == "ticket":
        return _answer(await _tickets(visit, asked))
    if row and row.element == "queue":
        settings = await visit.tools.preferences.settings(visit.workspace)
        return _answer(_queues(settings, asked.value.strip().removeprefix(row.sign)))
    if row is None or row.kind is None:
        return _answer([])
    directory = await visit.tools.desk.directory(visit.workspace)
    # The input's block_id names the choice that narrows it: `siteId:acme`.
    within = asked.block_id.partition(":")[2] or None if row.name in PARENT_OF else None
    found = directory.search(row.kind, asked.value, within=within, limit=LIMIT)
    return _answer([option(item.id, _text(item, directory, within)) for item in found])


async def _tickets(visit: Visit, asked: BlockSuggestion) -> list[Block]:
    """Those that somebody may see."""
    seen = seen_by(visit.actor)
    wanted = TicketFilter(words=tuple(asked.value.split()), within=seen)
    page = await visit.tools.desk.tickets(visit.workspace, wanted, limit=LIMIT)
    return [option(str(ticket.id), card.title(ticket)) for ticket in page.tickets]


def _queues(settings: WorkspaceSettings, typed: str) -> list[Block]:
    """Those that are set up and, last, what was typed: a ticket may name another queue."""
    offered = [option(name, name) for name in settings.matching(typed)]
    if typed and settings.queue(typed) is None:
        offered.append(option(shorten(typed, OPTION_VALUE), f"Another queue: {typed}"))
    return offered


def _text(item: Item, directory: Directory, within: str | None) -> str:
    """A site among those of all customers is told apart by its customer."""
    if isinstance(item, Site) and within is None:
        return f"{item.name} ({directory.name_of('customerId', item.customer_id)})"
    return item.name


def _answer(options: list[Block]) -> Response:
    return Response({"options": list(options)})
