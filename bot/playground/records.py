"""What a workspace is made of, and how Slack writes each of it down.

Sources: https://docs.slack.dev/reference/objects (user, conversation, file), …/reference/events/message.
"""

from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from bot.playground.app import App
from bot.playground.markup import objects, shown
from bot.playground.wire import Json


@dataclass(frozen=True)
class Team:
    """The enterprise is that of an Enterprise Grid, where there is one."""

    id: str
    name: str
    domain: str
    enterprise_id: str | None = None
    enterprise_name: str | None = None

    @property
    def enterprise(self) -> Json:
        """What payloads say of the enterprise: nothing where there is none."""
        if self.enterprise_id is None:
            return {}
        return {"enterprise_id": self.enterprise_id, "enterprise_name": self.enterprise_name}


@dataclass
class User:
    """`tz` is an IANA name. `team_id` is the workspace whom they belong to, once they are in one; a bot has its `bot_id`."""

    id: str
    name: str
    real_name: str
    display_name: str = ""
    tz: str = "Etc/UTC"
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False  # a guest
    rests_at_night: bool = False  # Do Not Disturb by schedule
    paused_from: float = 0  # notifications, until `paused_until`; epoch seconds
    paused_until: float = 0
    team_id: str = ""
    bot_id: str = ""

    def to_wire(self, team: Team) -> Json:
        """As this workspace is told of them: where it is not theirs, they are strangers to it."""
        home = self.team_id or team.id
        return {
            "id": self.id,
            "team_id": home,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.tz,
            "is_admin": self.is_admin,
            "is_restricted": self.is_restricted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "profile": {"real_name": self.real_name, "display_name": self.display_name, "team": home},
        } | ({"is_stranger": True} if home != team.id else {})


@dataclass(frozen=True)
class UserGroup:
    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()
    updated: int = 0  # epoch seconds

    def to_wire(self, team: Team) -> Json:
        return {
            "id": self.id,
            "team_id": team.id,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "date_update": self.updated,
            "date_delete": 0,
            "user_count": str(len(self.users)),
        }

    def with_users(self, team: Team) -> Json:
        return self.to_wire(team) | {"users": list(self.users), "user_count": len(self.users)}


@dataclass(frozen=True)
class File:
    id: str
    name: str
    mimetype: str
    size: int  # bytes
    user: str
    created: int  # epoch seconds

    def to_wire(self, team: Team) -> Json:
        kind = self.name.rpartition(".")[2].lower()
        home = f"https://files.slack.com/files-pri/{team.id}-{self.id}"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": self.user,
            "editable": False,
            "size": self.size,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": True,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"{home}/{self.name}",
            "url_private_download": f"{home}/download/{self.name}",
            "media_display_type": "unknown",
            "permalink": f"https://{team.domain}.slack.com/files/{self.user}/{self.id}/{self.name}",
            "permalink_public": f"https://slack-files.com/{team.id}-{self.id}-public",
            "has_rich_preview": False,
        }


@dataclass(eq=False)
class Conversation:
    """A channel, or the direct messages (`im`) between one person and the bot; `name` is empty there.

    `teams` are the workspaces that share it by Slack Connect, its host first; none where it is one workspace's own.
    """

    id: str
    name: str
    kind: Literal["public", "private", "im"] = "public"
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: list["Message"] = field(default_factory=list, repr=False)
    teams: tuple[str, ...] = ()

    @property
    def visible(self) -> list["Message"]:
        """What everybody in it sees, threads included, oldest first."""
        return [message for message in self.messages if not message.deleted and not message.only_for]

    def find(self, ts: str | None) -> "Message | None":
        return next((message for message in self.messages if message.ts == ts), None)

    def to_wire(self, app: App) -> Json:
        return (
            {
                "id": self.id,
                "name": self.name,
                "is_channel": self.kind == "public",
                "is_group": self.kind == "private",
                "is_im": self.kind == "im",
                "is_private": self.kind != "public",
                "is_archived": self.is_archived,
                "is_member": app.user_id in self.members,
                "num_members": len(self.members),
                "is_shared": bool(self.teams),
                "is_ext_shared": bool(self.teams),
                "is_org_shared": False,
            }
            | self._shared_to_wire()
            | ({"user": next(iter(self.members - {app.user_id}), None)} if self.kind == "im" else {})
        )

    def _shared_to_wire(self) -> Json:
        if not self.teams:
            return {}
        teams = list(self.teams)
        return {"conversation_host_id": teams[0], "shared_team_ids": teams, "connected_team_ids": teams}


@dataclass(eq=False)
class Message:
    """`only_for` is the one user who sees an ephemeral message; `via` the response_url it came through. `raw` is what an
    app, a forward or an e-mail puts into a message besides, or in the place of the rest, as Slack carries it."""

    ts: str
    conversation: Conversation = field(repr=False)
    author: User
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    files: tuple[File, ...] = ()
    metadata: Json | None = None
    only_for: str | None = None
    via: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    edits: int = 0
    deleted: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    client_msg_id: str = field(default_factory=lambda: str(uuid4()))
    raw: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, below another message."""
        return self.thread_ts not in {None, self.ts}

    @property
    def attached(self) -> str:
        """The words of what stands below it, as a page shows them."""
        below = objects([self.raw.get(part) for part in ("attachments", "files")])
        words = [each.get(name) for each in below for name in ("pretext", "title", "text")]
        return "\n".join(filter(None, (word for word in words if isinstance(word, str))))

    @property
    def shown(self) -> str:
        """All its words, entities decoded: its text, which notifications show, and its blocks'."""
        return shown(self.text, self.blocks)

    @property
    def replies(self) -> list["Message"]:
        """The thread below it, oldest first."""
        below = self.conversation.visible
        return [each for each in below if each.thread_ts == self.ts and each is not self]

    def to_wire(self, team: Team, app: App) -> Json:
        home = self.author.team_id or team.id
        wire: Json = {
            "type": "message",
            "text": self.text,
            "user": self.author.id,
            "ts": self.ts,
            "team": home,
        }
        if self.conversation.teams:
            wire |= {"user_team": home, "source_team": home}
        if self.author.is_bot:
            bot_id = self.author.bot_id or app.bot_id
            wire |= {"bot_id": bot_id, "app_id": app.id, "bot_profile": _bot_profile(home, bot_id, app)}
        if self.client_msg_id:
            wire["client_msg_id"] = self.client_msg_id
        if self.thread_ts:
            wire["thread_ts"] = self.thread_ts
        if self.blocks:
            wire["blocks"] = self.blocks
        if self.files:
            wire["files"] = [file.to_wire(team) for file in self.files]
        if self.edited_ts:
            wire["edited"] = {"user": self.author.id, "ts": f"{self.edited_ts.partition('.')[0]}.000000"}
        if self.metadata:
            wire["metadata"] = self.metadata
        return wire | self.raw | self._thread_to_wire()

    def _thread_to_wire(self) -> Json:
        if not (replies := self.replies):
            return {}
        authors = list(dict.fromkeys(reply.author.id for reply in replies))
        return {
            "thread_ts": self.ts,
            "reply_count": len(replies),
            "reply_users_count": len(authors),
            "latest_reply": replies[-1].ts,
            "reply_users": authors,
            "is_locked": False,
        }


def _bot_profile(team_id: str, bot_id: str, app: App) -> Json:
    return {
        "id": bot_id,
        "deleted": False,
        "name": app.name,
        "updated": 1_690_000_000,
        "app_id": app.id,
        "icons": {},
        "team_id": team_id,
    }
