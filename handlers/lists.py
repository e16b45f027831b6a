"""Looking tickets up: `/ticket list` and its pages."""

from bot.domain.search import Page, TicketFilter
from bot.domain.workspace import Workspace
from handlers.answer import Answer, Respond, Tools
from handlers.payloads import BlockActions, SlashCommand
from handlers.views import lists
from handlers.views.kit import Message

_OPEN = TicketFilter(open_only=True)
_PER_PAGE = 10


async def listed(tools: Tools, workspace: Workspace, _: SlashCommand) -> Answer:
    return Answer(await _page(tools, workspace, 0))


async def turned(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Another page, in place of the one whose button was pressed."""
    if press.response_url is None:
        return Answer()
    offset = int(press.actions[0].value or 0)
    return Answer(beside=(Respond(press.response_url, await _page(tools, workspace, offset)),))


async def _page(tools: Tools, workspace: Workspace, offset: int) -> Message:
    page: Page = await tools.desk.tickets(workspace, _OPEN, offset=offset, limit=_PER_PAGE)
    return lists.page(page, per_page=_PER_PAGE, now=tools.clock())
