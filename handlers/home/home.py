"""App Home.

ana: (opens Home)                    -> her tickets, and how many wait elsewhere
ana: Unassigned                      -> those; Home opens there from now on
ana: (types) priority:critical       -> the critical ones among them
"""

from collections.abc import Mapping, Sequence
from functools import partial

from bot.domain.errors import InvalidInput, StoreUnavailable
from bot.domain.home import Home, HomeTab, home_filter, tab_filter, tabs
from bot.domain.permissions import unknown_hint
from bot.domain.search import TicketFilter
from handlers.blocks.values import LEVELS
from handlers.home import home_view
from handlers.home.home_view import HomeContents
from handlers.slack.context import Visit
from handlers.slack.events import Event
from handlers.slack.payloads import BlockActions
from handlers.slack.response import PublishHome, Response
from handlers.tickets import page_place, read_words


async def on_open(visit: Visit, event: Event) -> Response:
    if event.event.tab != "home":
        return Response()
    return await redraw(visit, 0)


async def on_tab(visit: Visit, press: BlockActions) -> Response:
    """Another tab, which is remembered."""
    kept = await _kept(visit)
    return await _changed(visit, kept, tab=press.actions[0].value)


async def on_words(visit: Visit, press: BlockActions) -> Response:
    """Other words, which are remembered, too."""
    kept = await _kept(visit)
    return await _changed(visit, kept, words=(press.actions[0].value or "").strip())


async def on_page(visit: Visit, press: BlockActions) -> Response:
    offset, _ = page_place(press.actions[0].value)
    return await redraw(visit, offset)


async def on_level(visit: Visit, press: BlockActions) -> Response:
    """How much somebody wants to be told."""
    chosen = press.actions[0].selected_option
    level = next((each for each in LEVELS if chosen and each == chosen.value), None)
    if level:
        await visit.tools.settings.choose_level(visit.workspace, visit.actor, level)
    return await redraw(visit, 0)


async def _kept(visit: Visit, chosen: Home | None = None) -> Home:
    """What somebody looked at last, or has chosen, as far as they still may."""
    there = await _tabs(visit)
    kept = chosen or await visit.tools.drafts.home(visit.workspace, visit.actor)
    if kept and kept.tab in there:
        return kept
    return Home(user=visit.actor.user, tab=there[0], words=kept.words if kept else "")


async def _changed(visit: Visit, kept: Home, **fields: str | None) -> Response:
    home = Home.model_validate(kept.model_dump(by_alias=False) | fields)
    try:
        await visit.tools.drafts.keep_home(visit.workspace, visit.actor, home)
    except StoreUnavailable:  # they came to look: it is shown, if not remembered
        return Response(follow_ups=(await _drawn(visit, 0, home),))
    return await redraw(visit, 0)


async def redraw(visit: Visit, offset: int) -> Response:
    """Home as it is now. All of it is in memory, so that it takes one call to Slack."""
    return Response(follow_ups=(await _drawn(visit, offset),))


async def _drawn(visit: Visit, offset: int, chosen: Home | None = None) -> PublishHome:
    home = await _kept(visit, chosen)
    now, fault = visit.tools.clock(), unknown_hint(visit.actor)
    filters = {tab: tab_filter(tab, visit.actor, now) for tab in await _tabs(visit)}
    counts = {tab: await _count(visit, tab, each) for tab, each in filters.items()}
    try:
        asked = await read_words(visit, home.words)
    except InvalidInput as invalid:
        asked, fault = TicketFilter(open_only=True), invalid.message
    if asked.homes:
        home = home.model_copy(update={"tab": "elsewhere"})
    if home.tab == "elsewhere":
        return await _others(visit, home, counts, asked, fault, offset)
    wanted = home_filter(filters[home.tab], asked)
    page = await visit.tools.tickets.find(visit.workspace, visit.actor, wanted, offset=offset)
    if offset and not page.tickets:  # there are fewer than when the button was made
        page = await visit.tools.tickets.find(visit.workspace, visit.actor, wanted)
    contents = HomeContents(home, counts, page, wanted, fault or page.hint, visit.actor)
    return await _published(visit, contents, offset)


async def _others(
    visit: Visit,
    home: Home,
    counts: Mapping[HomeTab, int],
    asked: TicketFilter,
    fault: str,
    offset: int,
) -> PublishHome:
    """Home at what other workspaces share."""
    find = partial(visit.tools.sharing.find, visit.workspace, visit.actor, asked)
    page = await find(offset=offset)
    if offset and not page.tickets:
        page = await find()
    return await _published(visit, HomeContents(home, counts, page, asked, fault, visit.actor), offset)


async def _published(visit: Visit, shown: HomeContents, offset: int) -> PublishHome:
    is_new = not await visit.tools.settings.queues(visit.workspace, visit.actor)
    level = await visit.tools.settings.level(visit.workspace, visit.actor)
    clock = await visit.tools.settings.clock(visit.workspace, visit.actor)
    view = home_view.home(shown._replace(is_new=is_new), level, visit.tools.clock(), clock)
    return PublishHome(visit.actor.user, view, partial(_drawn, visit, offset))


async def _tabs(visit: Visit) -> Sequence[HomeTab]:
    homes = await visit.tools.partners.homes(visit.workspace, visit.actor)
    return tabs(visit.actor, has_homes=bool(homes))


async def _count(visit: Visit, tab: HomeTab, wanted: TicketFilter) -> int:
    if tab == "elsewhere":
        return (await visit.tools.sharing.find(visit.workspace, visit.actor, wanted, limit=0)).total
    still_open = wanted if wanted.statuses else wanted.model_copy(update={"open_only": True})
    return (await visit.tools.tickets.find(visit.workspace, visit.actor, still_open, limit=0)).total
