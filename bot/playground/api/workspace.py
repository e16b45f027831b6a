"""auth.*, users.*, conversations.* and team.*: who and what is in the workspace.

Source: https://docs.slack.dev/reference/methods/users.list, …/conversations.info and their neighbours.
"""

from bot.playground.api.args import Args, Method, need_scope, page
from bot.playground.api.messages import visible
from bot.playground.connect import known
from bot.playground.records import Conversation, Message, User
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
_HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
_TYPES = {"public_channel": "public", "private_channel": "private", "im": "im"}


def auth_test(world: World, _: Args) -> Json:
    """An organisation's token names the organisation in the workspace's place."""
    installation, team = world.installation, world.team
    if installation and installation.is_org:
        organisation = {"team": team.enterprise_name, "team_id": team.enterprise_id}
        return _auth_test(world) | organisation | {"is_enterprise_install": True}
    return _auth_test(world)


def _auth_test(world: World) -> Json:
    return {
        "url": f"https://{world.team.domain}.slack.com/",
        "team": world.team.name,
        "user": world.bot.name,
        "team_id": world.team.id,
        "user_id": world.bot.id,
        "bot_id": world.app.bot_id,
        "enterprise_id": world.team.enterprise_id,
        "is_enterprise_install": False,
    }


def api_test(_: World, args: Args) -> Json:
    if error := args.text("error"):
        raise SlackError(error)
    return {"args": args.fields}


def users_info(world: World, args: Args) -> Json:
    user = known(world, args.needed("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user.to_wire(world.team)}


def users_list(world: World, args: Args) -> Json:
    members, metadata = page(world, [user.to_wire(world.team) for user in world.users.values()], args, 1000)
    return {"members": members, "response_metadata": metadata}


def conversations_info(world: World, args: Args) -> Json:
    return {"channel": _readable(world, args, _READ).to_wire(world.app)}


def conversations_list(world: World, args: Args) -> Json:
    kinds = [_TYPES.get(name.strip()) for name in args.text("types", "public_channel").split(",")]
    if None in kinds:
        raise SlackError("invalid_types")
    for kind in kinds:
        need_scope(world, _READ[str(kind)])
    found = [
        each.to_wire(world.app)
        for each in world.conversations.values()
        if each.kind in kinds and (each.kind == "public" or world.bot.id in each.members)
        if not (each.is_archived and args.flag("exclude_archived"))
    ]
    channels, metadata = page(world, found, args, 1000)
    return {"channels": channels, "response_metadata": metadata}


def conversations_members(world: World, args: Args) -> Json:
    conversation = _readable(world, args, _READ)
    members, metadata = page(world, [{"id": each} for each in sorted(conversation.members)], args, 1000)
    return {"members": [each["id"] for each in members], "response_metadata": metadata}


def conversations_open(world: World, args: Args) -> Json:
    user = _user(world, args.needed("users"))
    return {"channel": {"id": world.direct(user).id}}


def conversations_history(world: World, args: Args) -> Json:
    conversation = _joined(world, args)
    top = [each for each in reversed(conversation.visible) if not each.is_reply]
    found = [_seen(world, each, args) for each in top if _between(each.ts, args)]
    messages, metadata = page(world, found, args, min(999, world.most_history))
    more = bool(metadata["next_cursor"])
    return {"messages": messages, "has_more": more, "response_metadata": metadata}


def conversations_replies(world: World, args: Args) -> Json:
    conversation = _joined(world, args)
    parent = conversation.find(args.needed("ts"))
    if parent is None or parent.deleted or parent.only_for:
        raise SlackError("thread_not_found")
    replies = [each for each in parent.replies if _between(each.ts, args)]
    found = [_seen(world, each, args) for each in (parent, *replies)]
    messages, metadata = page(world, found, args, min(1000, world.most_history))
    more = bool(metadata["next_cursor"])
    return {"messages": messages, "has_more": more, "response_metadata": metadata}


def team_info(world: World, _: Args) -> Json:
    team = world.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, **team.enterprise}}


def _user(world: World, user_id: str) -> User:
    if user_id not in world.users:
        raise SlackError("user_not_found")
    return world.users[user_id]


def _readable(world: World, args: Args, scopes: dict[str, str]) -> Conversation:
    conversation = visible(world, args.needed("channel"))
    need_scope(world, scopes[conversation.kind])
    return conversation


def _joined(world: World, args: Args) -> Conversation:
    conversation = _readable(world, args, _HISTORY)
    if world.bot.id not in conversation.members:
        raise SlackError("not_in_channel")
    return conversation


def _seen(world: World, message: Message, args: Args) -> Json:
    wire = message.to_wire(world.team, world.app)
    if not args.flag("include_all_metadata"):
        wire.pop("metadata", None)
    return wire


def _between(ts: str, args: Args) -> bool:
    oldest, latest = float(args.text("oldest", "0")), float(args.text("latest", "inf"))
    inside = oldest < float(ts) < latest
    return inside or (args.flag("inclusive") and float(ts) in {oldest, latest})


METHODS = {
    "api.test": Method(api_test),
    "auth.test": Method(auth_test),
    "users.info": Method(users_info, "users:read"),
    "users.list": Method(users_list, "users:read", tier=2),
    "conversations.info": Method(conversations_info, tier=3),
    "conversations.list": Method(conversations_list, tier=2),
    "conversations.members": Method(conversations_members),
    "conversations.open": Method(conversations_open, "im:write", tier=3),
    "conversations.history": Method(conversations_history, tier=3),
    "conversations.replies": Method(conversations_replies, tier=3),
    "team.info": Method(team_info, "team:read", tier=3),
}
