"""In which workspace a call acts: that of its token or, with an organisation's, the one that it names.

Source: https://docs.slack.dev/enterprise/organization-ready-apps (which methods want `team_id`).
"""

from bot.playground.installs import Installs, Token
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_WANTS_TEAM = {
    "conversations.list",
    "users.list",
    "usergroups.list",
    "usergroups.users.update",
    "dnd.info",
}


def reached(installs: Installs, token: Token, method: str, fields: Json) -> World:
    """Raises SlackError where an organisation's token may not go there, or does not say where to."""
    worlds = installs.served(token.owner)
    if not token.owner.startswith("E"):
        return worlds[0]
    if team_id := fields.get("team_id") or (fields.get("team") if method == "team.info" else None):
        for world in worlds:
            if world.team.id == team_id:
                return world
        raise SlackError("team_access_not_granted")
    if method in _WANTS_TEAM:
        detail = {"messages": ["[ERROR] missing required field: team_id"]}
        raise SlackError("missing_argument", response_metadata=detail)
    if not worlds:
        raise SlackError("team_access_not_granted")
    return next((each for each in worlds if _knows(each, fields)), worlds[0])


def _knows(world: World, fields: Json) -> bool:
    """Whether what a call is about is of this workspace: ids are of one only."""
    channel, user = str(fields.get("channel")), str(fields.get("user") or fields.get("user_id"))
    return (
        channel in world.conversations
        or channel in world.users
        or user in world.users
        or world.views.knows(str(fields.get("view_id")))
        or world.grants.knows(str(fields.get("trigger_id")))
    )
