"""App Home.

ana: (opens Home)                    -> her tickets, and how many wait elsewhere
ana: Unassigned                      -> those; Home opens there from now on
ana: (types) priority:critical       -> the critical ones among them
"""

from bot.domain.errors import InvalidInput
from bot.domain.home import Home, tab_filter, tabs
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter, seen_by
from bot.domain.workspace import Workspace
from handlers.home import home_view as views
from handlers.home.home_view import Seen
from handlers.slack.actors import actor_of
from handlers.slack.payloads import BlockActions, Event, Member, Profile
from handlers.slack.response import Answer, PublishHome, Tools
from handlers.tickets import lists


async def opened(tools: Tools, workspace: Workspace, event: Event) -> Answer:
    if event.event.tab != "home":
        return Answer()
    actor = await tools.work.actor(workspace, event.actor)
    return await again(tools, workspace, actor, 0)


async def switched(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Another view, which is remembered."""
    actor = await actor_of(tools, workspace, press)
    kept = await _kept(tools, workspace, actor)
    return await _changed(tools, workspace, actor, kept, tab=press.actions[0].value)


async def narrowed(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Other words, which are remembered, too."""
    actor = await actor_of(tools, workspace, press)
    kept = await _kept(tools, workspace, actor)
    return await _changed(tools, workspace, actor, kept, words=(press.actions[0].value or "").strip())


async def turned(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    actor = await actor_of(tools, workspace, press)
    offset, _ = lists.place(press.actions[0].value)
    return await again(tools, workspace, actor, offset)


async def _kept(tools: Tools, workspace: Workspace, actor: Actor) -> Home:
    """What somebody looked at last, as far as they still may."""
    there = tabs(actor, await tools.preferences.queues_of(workspace, actor.user))
    kept = await tools.desk.home(workspace, actor.user)
    if kept and kept.tab in there:
        return kept
    return Home(user=actor.user, tab=there[0], words=kept.words if kept else "")


async def _changed(
    tools: Tools, workspace: Workspace, actor: Actor, kept: Home, **fields: str | None
) -> Answer:
    home = Home.model_validate(kept.model_dump(by_alias=False) | fields)
    await tools.desk.keep_home(workspace, home)
    return await again(tools, workspace, actor, 0)


async def again(tools: Tools, workspace: Workspace, actor: Actor, offset: int) -> Answer:
    """Home as it is now. All of it is in memory, so that it takes one call to Slack."""
    home = await _kept(tools, workspace, actor)
    now, fault = tools.clock(), ""
    theirs = await tools.preferences.queues_of(workspace, actor.user)
    looked_at = {
        tab: tab_filter(tab, actor, theirs, now).model_copy(update={"within": seen_by(actor)})
        for tab in tabs(actor, theirs)
    }
    counts = {tab: await _count(tools, workspace, each) for tab, each in looked_at.items()}
    base = looked_at[home.tab]
    try:
        asked = await lists.asked(tools, workspace, actor, home.words)
    except InvalidInput as invalid:
        asked, fault = TicketFilter(open_only=True), invalid.message
    sort = asked.sort if "sort" in asked.model_fields_set else base.sort
    wanted = asked.model_copy(update={"within": base, "sort": sort})
    page = await tools.desk.tickets(workspace, wanted, offset=offset)
    if offset >= page.total > 0:  # there are fewer than when the button was made
        page = await tools.desk.tickets(workspace, wanted)
    shown = Seen(home, counts, page, wanted, fault, bulk=actor.is_agent)
    view = views.home(shown, now)
    return Answer(follow_ups=(PublishHome(actor.user, view), *lists.unknown(tools, workspace, actor)))


async def _count(tools: Tools, workspace: Workspace, wanted: TicketFilter) -> int:
    still_open = wanted.model_copy(update={"open_only": True})
    return (await tools.desk.tickets(workspace, still_open, limit=0)).total


async def person_changed(tools: Tools, workspace: Workspace, event: Event) -> Answer:
    """team_join and user_change: somebody came, or moved to another time zone."""
    member = event.event.user
    if isinstance(member, Member):
        if member.deleted:
            tools.people.forget(workspace, member.id)
        else:
            tools.people.learn(workspace, [person(member, workspace)])
    return Answer()


def person(member: Member, workspace: Workspace) -> Person:
    profile = member.profile or Profile()
    names = (profile.display_name, profile.real_name, member.name)
    return Person(
        id=member.id,
        names=tuple(dict.fromkeys(name for name in names if name)),
        timezone=member.tz,
        is_bot=member.is_bot,
        is_admin=member.is_admin or member.is_owner,
        is_outsider=member.is_restricted or member.is_ultra_restricted or _is_elsewhere(member, workspace),
    )


def _is_elsewhere(member: Member, workspace: Workspace) -> bool:
    """Whether somebody is of another organisation. Within one, people belong to several workspaces."""
    if workspace.enterprise_id and member.enterprise_user:
        return member.enterprise_user.enterprise_id != workspace.enterprise_id
    return bool(member.team_id and workspace.team_id) and member.team_id != workspace.team_id
