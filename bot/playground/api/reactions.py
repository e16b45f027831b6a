"""reactions.add: the bot's own emoji on a message.

Source: https://docs.slack.dev/reference/methods/reactions.add.
"""

import re

from bot.playground.api.args import Args, Method
from bot.playground.api.messages import visible
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_NAME = re.compile(r"[a-z0-9_+'-]+")
_TS = re.compile(r"\d+\.\d+")
_MOST = 23  # different ones on a message


def add(world: World, args: Args) -> Json:
    name, ts = args.needed("name").strip(":"), args.text("timestamp")
    if not ts:
        raise SlackError("no_item_specified")
    if not _TS.fullmatch(ts):
        raise SlackError("bad_timestamp")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    conversation = visible(world, args.needed("channel"))
    if world.bot.id not in conversation.members:
        raise SlackError("not_in_channel")
    if conversation.is_archived:
        raise SlackError("is_archived")
    message = conversation.find(ts)
    if message is None or message.deleted or message.only_for:
        raise SlackError("message_not_found")
    if world.bot.id in message.reactions.get(name, ()):
        raise SlackError("already_reacted")
    if name not in message.reactions and sum(map(bool, message.reactions.values())) >= _MOST:
        raise SlackError("too_many_emoji")
    world.react(world.bot, message, name)
    return {}


METHODS = {"reactions.add": Method(add, "reactions:write", tier=3)}
