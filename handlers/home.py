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
            tools.people.learn(workspace, [person(member)])
    return Answer()


def person(member: Member) -> Person:
    profile = member.profile or Profile()
    names = (profile.display_name, profile.real_name, member.name)
    return Person(
        id=member.id,
        names=tuple(dict.fromkeys(name for name in names if name)),
        timezone=member.tz,
        is_bot=member.is_bot,
    )
