"""Workspaces' people, user groups, channels and messages as JSON, so that they are there again after a restart; who has installed
the app; and how far the time has been moved, so that nothing that was written lies in the future then. Of tokens there is
what they hash to, no more."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from bot.playground.app import Installation
from bot.playground.installs import Installs
from bot.playground.records import Conversation, File, Message, User, UserGroup
from bot.playground.wire import Json
from bot.playground.world import World


def dump_all(worlds: Sequence[World], installs: Installs) -> str:
    """All workspaces of a Slack."""
    kept = {
        "ahead": worlds[0].clock.ahead.total_seconds(),
        "workspaces": [{"team": each.team.id, **_app(each), **_dumped(each)} for each in worlds],
        "installs": installs.dump(),
    }
    return json.dumps(kept, ensure_ascii=False)


def load_all(worlds: Sequence[World], installs: Installs, text: str) -> None:
    """Puts what `dump_all`, or `dump` in earlier versions, wrote in the place of what these workspaces hold; one that it does
    not know stays as it is. Raises ValueError, KeyError or TypeError where it is not that."""
    read = json.loads(text)
    if "workspaces" not in read:
        worlds[0].clear()
        load(worlds[0], text)
        return
    kept = {each["team"]: each for each in read["workspaces"]}
    known = [(world, kept[world.team.id]) for world in worlds if world.team.id in kept]
    _move(worlds[0], read["ahead"])
    for world, each in known:
        world.clear()
        _load_people(world, each)
    for world, each in known:
        _load_conversations(world, each)
        _load_app(world, each)
    for world, each in known:
        for channel in each["shared"]:
            world.add_conversation(_anywhere(worlds, channel))
    installs.load(read["installs"])


def dump(world: World) -> str:
    """One workspace."""
    kept = {"ahead": world.clock.ahead.total_seconds(), **_dumped(world)}
    return json.dumps(kept, ensure_ascii=False)


def load(world: World, text: str) -> None:
    """Fills a new workspace with what `dump` wrote. Raises ValueError, KeyError or TypeError where it is not that."""
    read = json.loads(text)
    _move(world, read.get("ahead", 0))  # earlier versions stood still
    _load_people(world, read)
    _load_conversations(world, read)


def _move(world: World, ahead: float) -> None:
    world.clock.advance(ahead - world.clock.ahead.total_seconds())


def _dumped(world: World) -> Json:
    """A channel that workspaces share is kept by its host; the others know its id."""
    own = [each for each in world.conversations.values() if each.teams[:1] in {(), (world.team.id,)}]
    return {
        "users": [asdict(user) for user in world.users.values() if user is not world.bot],
        "groups": [asdict(group) for group in world.groups.values()],
        "conversations": [_dumped_conversation(each) for each in own],
        "shared": [each.id for each in world.conversations.values() if each not in own],
    }


def _app(world: World) -> Json:
    installation = asdict(world.installation) if world.installation else None
    return {"installation": installation, "scopes": sorted(world.app.scopes)}


def _load_app(world: World, read: Json) -> None:
    world.installation = Installation(**read["installation"]) if read["installation"] else None
    world.app = replace(world.app, scopes=frozenset(read["scopes"]))


def _load_people(world: World, read: Json) -> None:
    for user in read["users"]:
        world.add_user(User(**user))
    for group in read.get("groups", ()):  # earlier versions had none
        world.add_group(UserGroup(**group | {"users": tuple(group["users"])}))


def _load_conversations(world: World, read: Json) -> None:
    for each in read["conversations"]:
        messages = each.pop("messages")
        sets = {"members": set(each["members"]), "teams": tuple(each.get("teams", ()))}
        conversation = world.add_conversation(Conversation(**each | sets))
        for message in messages:
            world.keep(_message(world, conversation, message))


def _anywhere(worlds: Sequence[World], channel: str) -> Conversation:
    return next(each.conversations[channel] for each in worlds if channel in each.conversations)


def _dumped_conversation(conversation: Conversation) -> Json:
    kept = asdict(replace(conversation, messages=[]))
    return kept | {
        "members": sorted(conversation.members),
        "messages": [_dumped_message(each) for each in conversation.messages],
    }


def _dumped_message(message: Message) -> Json:
    files = [asdict(file) for file in message.files]
    return {**vars(message), "author": message.author.id, "files": files, "conversation": None}


def _message(world: World, conversation: Conversation, kept: Json) -> Message:
    """Somebody of another workspace may have written it, in a channel that both share."""
    files = tuple(File(**each) for each in kept["files"])
    homes = (each for each in (world, *world.worlds) if kept["author"] in each.users)
    author = next(homes, world).users[kept["author"]]
    return Message(**kept | {"conversation": conversation, "author": author, "files": files})
