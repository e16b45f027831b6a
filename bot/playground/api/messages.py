"""chat.*: what the bot posts, changes and takes back.

Source: https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours.
"""

from bot.playground.api.args import Args, Method
from bot.playground.blocks import check_blocks, total_text
from bot.playground.connect import known
from bot.playground.records import Conversation, Message
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_CUT = 40_000
_LONGEST_UPDATE = 4_000
_MOST_IN_BLOCKS = 13_200


def read_content(args: Args) -> tuple[str, list[Json] | None]:
    """Text and blocks as Slack takes them; blocks are None where none were sent. Raises SlackError."""
    text = args.text("text")
    blocks = args.json("blocks", "invalid_blocks_format")
    if not text and not blocks:
        raise SlackError("no_text")
    if blocks is None:
        return text, None
    if fault := check_blocks(blocks, "message"):
        detail = {"messages": [f"[ERROR] {fault}"]}
        raise SlackError("invalid_blocks", errors=[fault], response_metadata=detail)
    if total_text(blocks) > _MOST_IN_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return text, blocks if isinstance(blocks, list) else []


def post_message(world: World, args: Args) -> Json:
    conversation = _to_post_in(world, args.needed("channel"))
    text, blocks = read_content(args)
    message = Message(
        world.next_ts(),
        conversation,
        world.bot,
        text[:_CUT],
        blocks or [],
        thread_ts=_thread(conversation, args.text("thread_ts")),
        broadcast=args.flag("reply_broadcast"),
        metadata=_metadata(args),
        client_msg_id=args.text("client_msg_id"),
    )
    world.post(message)
    wire = message.to_wire(world.team, world.app)
    return {"channel": conversation.id, "ts": message.ts, "message": wire}


def update(world: World, args: Args) -> Json:
    message = _own(world, args, "cant_update_message")
    text, blocks = read_content(args)
    if len(text) > _LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    world.edit(message, text, blocks)
    wire = message.to_wire(world.team, world.app)
    return {"channel": message.conversation.id, "ts": message.ts, "text": text, "message": wire}


def delete(world: World, args: Args) -> Json:
    message = _own(world, args, "cant_delete_message")
    world.delete(message)
    return {"channel": message.conversation.id, "ts": message.ts}


def post_ephemeral(world: World, args: Args) -> Json:
    conversation = _to_post_in(world, args.needed("channel"))
    user = args.needed("user")
    if known(world, user) is None:
        raise SlackError("user_not_found")
    if user not in conversation.members:
        raise SlackError("user_not_in_channel")
    text, blocks = read_content(args)
    message = Message(
        world.next_ts(),
        conversation,
        world.bot,
        text[:_CUT],
        blocks or [],
        thread_ts=_thread(conversation, args.text("thread_ts")),
        only_for=user,
    )
    world.post(message)
    return {"message_ts": message.ts}


def permalink(world: World, args: Args) -> Json:
    conversation = visible(world, args.needed("channel"))
    message = conversation.find(args.needed("message_ts"))
    if message is None or message.deleted or message.only_for:
        raise SlackError("message_not_found")
    address = (
        f"https://{world.team.domain}.slack.com/archives/{conversation.id}/p{message.ts.replace('.', '')}"
    )
    if message.thread_ts and message.thread_ts != message.ts:
        address += f"?thread_ts={message.thread_ts}&cid={conversation.id}"
    return {"channel": conversation.id, "permalink": address}


def visible(world: World, channel: str) -> Conversation:
    """A conversation that the bot can see: not a private one without it. Raises channel_not_found."""
    conversation = world.conversations.get(channel)
    if conversation is None or (conversation.kind != "public" and world.bot.id not in conversation.members):
        raise SlackError("channel_not_found")
    return conversation


def _to_post_in(world: World, channel: str) -> Conversation:
    """Where a message to this channel or user id goes. Raises SlackError where the bot may not post."""
    if user := world.users.get(channel):
        if user.deleted or user.is_bot:
            raise SlackError("channel_not_found")
        return world.direct(user)
    conversation = visible(world, channel)
    if conversation.is_archived:
        raise SlackError("is_archived")
    if world.bot.id not in conversation.members and "chat:write.public" not in world.app.scopes:
        raise SlackError("not_in_channel")
    return conversation


def _thread(conversation: Conversation, thread_ts: str) -> str | None:
    """The thread to reply in: none where its parent was deleted, for then Slack posts in the channel."""
    if not thread_ts:
        return None
    parent = conversation.find(thread_ts)
    if parent is None or parent.only_for:
        raise SlackError("thread_not_found")
    if parent.thread_ts and parent.thread_ts != parent.ts:
        raise SlackError("cannot_reply_to_message")
    return None if parent.deleted else thread_ts


def _own(world: World, args: Args, refusal: str) -> Message:
    conversation = visible(world, args.needed("channel"))
    message = conversation.find(args.needed("ts"))
    if message is None or message.deleted or message.only_for:
        raise SlackError("message_not_found")
    if message.author is not world.bot:
        raise SlackError(refusal)
    if conversation.is_archived:
        raise SlackError("is_archived")
    return message


def _metadata(args: Args) -> Json | None:
    given = args.json("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_schema")
    return given


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", tier=None),
    "chat.update": Method(update, "chat:write", tier=3),
    "chat.delete": Method(delete, "chat:write", tier=3),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(permalink),
}
