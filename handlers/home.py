"""App Home: for now the way in, and how it works."""

from bot.domain.people import Person
from bot.domain.workspace import Workspace
from handlers.answer import Answer, PublishHome, Tools
from handlers.payloads import Event, Member, Profile
from handlers.views import notice


async def opened(_: Tools, __: Workspace, event: Event) -> Answer:
    if event.event.tab != "home":
        return Answer()
    return Answer(beside=(PublishHome(event.actor, notice.home()),))


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
