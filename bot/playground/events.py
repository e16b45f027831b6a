"""The events that the bot hears of, as Slack words them. What an app has not subscribed to is not sent.

Source: https://docs.slack.dev/reference/events.
"""

from dataclasses import dataclass
from typing import Literal

from bot.playground.app import App
from bot.playground.records import Conversation, Message, Team, User, UserGroup
from bot.playground.wire import Json

_MESSAGES = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_THREAD = ("reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked")
_SOURCE = ("user_team", "source_team")  # in channels that workspaces share
_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}


_SCOPES = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "message_metadata_posted": "metadata.message:read",
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
    "user_change": "users:read",
    "subteam_updated": "usergroups:read",
    "channel_id_changed": "groups:read",
}
_OF_MEMBERS = {"member_joined_channel", "member_left_channel"}


@dataclass(frozen=True)
class Event:
    """`subscription` is the name in the manifest that lets an app hear of it, `ts` when it happened where the body does
    not say so. `team_id` is where it happened, where that is not the workspace that is told; `is_shared` whether in a channel
    that workspaces share."""

    subscription: str
    body: Json
    ts: str | None = None
    team_id: str | None = None
    is_shared: bool = False

    @property
    def scope(self) -> str | None:
        """What an app must have been granted to hear of it."""
        if self.subscription in _OF_MEMBERS:
            return "channels:read" if self.body["channel_type"] == "C" else "groups:read"
        return _SCOPES.get(self.subscription)


def posted(message: Message, team: Team, app: App) -> list[Event]:
    conversation = message.conversation
    told = _of_message(conversation, _new_message(message, team, app))
    return [told, *_mentions(message, team, app, message.ts)]


def changed(message: Message, before: Json, team: Team, app: App) -> list[Event]:
    now = str(message.edited_ts)
    body = {
        "subtype": "message_changed",
        "message": message.to_wire(team, app),
        "previous_message": before,
        "hidden": True,
        "ts": now,
        "event_ts": now,
    }
    return [_of_message(message.conversation, body), *_mentions(message, team, app, now)]


def deleted(message: Message, before: Json, now: str) -> list[Event]:
    """A message that has a thread is not gone: its tombstone takes its place, which is a change."""
    if message.replies:
        return [_of_message(message.conversation, _buried(before, now))]
    body = {
        "subtype": "message_deleted",
        "previous_message": before,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": now,
        "event_ts": now,
    }
    return [_of_message(message.conversation, body)]


def reacted(user: User, message: Message, name: str, now: str, *, removed: bool) -> Event:
    kind = "reaction_removed" if removed else "reaction_added"
    item = {"type": "message", "channel": message.conversation.id, "ts": message.ts}
    body = {
        "type": kind,
        "user": user.id,
        "reaction": name,
        "item_user": message.author.id,
        "item": item,
        "event_ts": now,
    }
    return Event(kind, body)


def joined(user: User, conversation: Conversation, team: Team, now: str) -> Event:
    return _membership("member_joined_channel", user, conversation, team, now)


def left(user: User, conversation: Conversation, team: Team, now: str) -> Event:
    return _membership("member_left_channel", user, conversation, team, now)


def id_changed(old: str, new: str, now: str) -> Event:
    body = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new, "event_ts": now}
    return Event("channel_id_changed", body)


def team_joined(user: User, team: Team, now: str) -> Event:
    body = {"type": "team_join", "user": user.to_wire(team), "cache_ts": int(float(now)), "event_ts": now}
    return Event("team_join", body)


def user_changed(user: User, team: Team, now: str) -> Event:
    body = {"type": "user_change", "user": user.to_wire(team), "cache_ts": int(float(now)), "event_ts": now}
    return Event("user_change", body)


def group_updated(group: UserGroup, team: Team, now: str) -> Event:
    subteam = group.with_users(team) | {"is_subteam": True}
    return Event("subteam_updated", {"type": "subteam_updated", "subteam": subteam, "event_ts": now})


def home_opened(user: User, direct: Conversation, view: Json | None, now: str) -> Event:
    body: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": direct.id,
        "tab": "home",
        "event_ts": now,
    }
    return Event("app_home_opened", body | ({"view": view} if view else {}))


def _buried(before: Json, now: str) -> Json:
    thread = {name: value for name, value in before.items() if name in {"ts", "thread_ts", *_THREAD}}
    tombstone = {"text": "This message was deleted.", "user": "USLACKBOT", "hidden": True, **thread}
    return {
        "subtype": "message_changed",
        "message": {"type": "message", "subtype": "tombstone", **tombstone},
        "previous_message": before,
        "hidden": True,
        "ts": now,
        "event_ts": now,
    }


def _of_message(conversation: Conversation, body: Json) -> Event:
    where = {"channel": conversation.id, "channel_type": _CHANNEL_TYPES[conversation.kind]}
    return Event(_MESSAGES[conversation.kind], {"type": "message", **body, **where})


def _new_message(message: Message, team: Team, app: App) -> Json:
    body = message.to_wire(team, app) | {"event_ts": message.ts}
    if message.files:
        body |= {"subtype": "file_share", "upload": False, "display_as_bot": False}
    elif message.broadcast and (root := message.conversation.find(message.thread_ts)):
        body |= {"subtype": "thread_broadcast", "root": root.to_wire(team, app)}
    return body


def _mentions(message: Message, team: Team, app: App, now: str) -> list[Event]:
    """What comes beside the message where it mentions the app: for each edit of it, too, but not in direct messages."""
    is_said = not message.author.is_bot and message.conversation.kind != "im"
    if not is_said or f"<@{app.user_id}>" not in message.text:
        return []
    kept = ("client_msg_id", "text", "user", "ts", "team", "thread_ts", "blocks", "files", "edited", *_SOURCE)
    wire = message.to_wire(team, app)
    body = {name: wire[name] for name in kept if name in wire}
    where = {"channel": message.conversation.id, "event_ts": now}
    return [Event("app_mention", {"type": "app_mention", **body, **where})]


def _membership(kind: str, user: User, conversation: Conversation, team: Team, now: str) -> Event:
    body = {
        "type": kind,
        "user": user.id,
        "channel": conversation.id,
        "channel_type": "C" if conversation.kind == "public" else "G",
        "team": user.team_id or team.id,
        "event_ts": now,
    }
    return Event(kind, body)


def app_uninstalled(now: str) -> Event:
    return Event("app_uninstalled", {"type": "app_uninstalled"}, now)


def tokens_revoked(of_users: list[str], of_bots: list[str], now: str) -> Event:
    """By the ids of the people, or of the bots, whose tokens they were."""
    body = {"type": "tokens_revoked", "tokens": {"oauth": of_users, "bot": of_bots}}
    return Event("tokens_revoked", body, now)


def team_access(done: Literal["granted", "revoked"], team_ids: list[str], now: str) -> Event:
    kind = f"team_access_{done}"
    return Event(kind, {"type": kind, "team_ids": team_ids}, now)
