"""A workspace's people, user groups, channels and messages as JSON, so that they are there again after a restart; and how
far its time has been moved, so that nothing that was written lies in the future then."""

import json
from dataclasses import asdict, replace

from bot.playground.records import Conversation, File, Message, User, UserGroup
from bot.playground.wire import Json
from bot.playground.world import World


def dump(world: World) -> str:
    return json.dumps(
        {
            "ahead": world.clock.ahead.total_seconds(),
            "users": [asdict(user) for user in world.users.values() if user is not world.bot],
            "groups": [asdict(group) for group in world.groups.values()],
            "conversations": [_dumped(each) for each in world.conversations.values()],
        },
        ensure_ascii=False,
    )


def load(world: World, text: str) -> None:
    """Fills a new workspace with what `dump` wrote. Raises ValueError, KeyError or TypeError where it is not that."""
    read = json.loads(text)
    world.clock.advance(
        read.get("ahead", 0) - world.clock.ahead.total_seconds()
    )  # earlier versions stood still
    for user in read["users"]:
        world.add_user(User(**user))
    for group in read.get("groups", ()):  # earlier versions had none
        world.add_group(UserGroup(**group | {"users": tuple(group["users"])}))
    for each in read["conversations"]:
        messages = each.pop("messages")
        conversation = world.add_conversation(Conversation(**each | {"members": set(each["members"])}))
        for message in messages:
            world.keep(_message(world, conversation, message))


def _dumped(conversation: Conversation) -> Json:
    kept = asdict(replace(conversation, messages=[]))
    return kept | {
        "members": sorted(conversation.members),
        "messages": [_dumped_message(each) for each in conversation.messages],
    }


def _dumped_message(message: Message) -> Json:
    files = [asdict(file) for file in message.files]
    return {**vars(message), "author": message.author.id, "files": files, "conversation": None}


def _message(world: World, conversation: Conversation, kept: Json) -> Message:
    files = tuple(File(**each) for each in kept["files"])
    author = world.users[kept["author"]]
    return Message(**kept | {"conversation": conversation, "author": author, "files": files})
