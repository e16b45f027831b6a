"""usergroups.*: groups of people that can be mentioned, and who is in them.

Source: https://docs.slack.dev/reference/methods/usergroups.users.update and its neighbours.
"""

from bot.playground.api.args import Args, Method
from bot.playground.wire import Json, SlackError
from bot.playground.world import World


def list_groups(world: World, args: Args) -> Json:
    with_users = args.flag("include_users")
    return {
        "usergroups": [
            group.to_wire(world.team) | ({"users": list(group.users)} if with_users else {})
            for group in world.groups.values()
        ]
    }


def update_users(world: World, args: Args) -> Json:
    """These take the place of all who were in it. A group cannot be emptied."""
    group = world.groups.get(args.needed("usergroup"))
    users = args.strings("users")
    if not world.everybody_manages_groups:
        raise SlackError("permission_denied")
    if group is None:
        raise SlackError("no_such_subteam")
    if not users:
        raise SlackError("no_users_provided")
    for each in users:
        user = world.users.get(each)
        if user is None:
            raise SlackError("failed_for_some_users")
        if user.is_bot or user.is_restricted or user.deleted:
            raise SlackError("invalid_user")
    return {"usergroup": world.change_group(group, users).with_users(world.team)}


METHODS = {
    "usergroups.list": Method(list_groups, "usergroups:read", tier=2),
    "usergroups.users.update": Method(update_users, "usergroups:write", tier=2),
}
