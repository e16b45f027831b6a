"""App Home.

ana: (opens Home)                    -> her tickets, and how many wait elsewhere
ana: Unassigned                      -> those; Home opens there from now on
ana: (types) priority:critical       -> the critical ones among them
"""

from bot.domain.errors import InvalidInput
from bot.domain.home import Home, tab_filter, tabs
from bot.domain.search import TicketFilter, seen_by
from handlers.home import home_view as views
from handlers.home.home_view import Seen
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions, Event
from handlers.slack.response import PublishHome, Response
from handlers.tickets import lists


async def opened(visit: Visit, event: Event) -> Response:
    if event.event.tab != "home":
        return Response()
    return await again(visit, 0)


async def switched(visit: Visit, press: BlockActions) -> Response:
    """Another view, which is remembered."""
    kept = await _kept(visit)
    return await _changed(visit, kept, tab=press.actions[0].value)


async def narrowed(visit: Visit, press: BlockActions) -> Response:
    """Other words, which are remembered, too."""
    kept = await _kept(visit)
    return await _changed(visit, kept, words=(press.actions[0].value or "").strip())


async def turned(visit: Visit, press: BlockActions) -> Response:
    offset, _ = lists.place(press.actions[0].value)
    return await again(visit, offset)


async def _kept(visit: Visit) -> Home:
    """What somebody looked at last, as far as they still may."""
    there = tabs(visit.actor, await visit.tools.preferences.queues_of(visit.workspace, visit.actor.user))
    kept = await visit.tools.desk.home(visit.workspace, visit.actor.user)
    if kept and kept.tab in there:
        return kept
    return Home(user=visit.actor.user, tab=there[0], words=kept.words if kept else "")


async def _changed(visit: Visit, kept: Home, **fields: str | None) -> Response:
    home = Home.model_validate(kept.model_dump(by_alias=False) | fields)
    await visit.tools.desk.keep_home(visit.workspace, home)
    return await again(visit, 0)


async def again(visit: Visit, offset: int) -> Response:
    """Home as it is now. All of it is in memory, so that it takes one call to Slack."""
    home = await _kept(visit)
    now, fault = visit.tools.clock(), ""
    theirs = await visit.tools.preferences.queues_of(visit.workspace, visit.actor.user)
    looked_at = {
        tab: tab_filter(tab, visit.actor, theirs, now).model_copy(update={"within": seen_by(visit.actor)})
        for tab in tabs(visit.actor, theirs)
    }
    counts = {tab: await _count(visit, each) for tab, each in looked_at.items()}
    base = looked_at[home.tab]
    try:
        asked = await lists.asked(visit, home.words)
    except InvalidInput as invalid:
        asked, fault = TicketFilter(open_only=True), invalid.message
    sort = asked.sort if "sort" in asked.model_fields_set else base.sort
    wanted = asked.model_copy(update={"within": base, "sort": sort})
    page = await visit.tools.desk.tickets(visit.workspace, wanted, offset=offset)
    if offset >= page.total > 0:  # there are fewer than when the button was made
        page = await visit.tools.desk.tickets(visit.workspace, wanted)
    shown = Seen(home, counts, page, wanted, fault, bulk=visit.actor.is_agent)
    view = views.home(shown, now)
    return Response(follow_ups=(PublishHome(visit.actor.user, view), *lists.unknown(visit)))


async def _count(visit: Visit, wanted: TicketFilter) -> int:
    still_open = wanted.model_copy(update={"open_only": True})
    return (await visit.tools.desk.tickets(visit.workspace, still_open, limit=0)).total
