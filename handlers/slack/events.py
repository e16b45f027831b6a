"""Events, as Slack sends them.

Source: https://docs.slack.dev/apis/events-api, …/reference/events/message, …/message_metadata_posted, …/reaction_added, …/app_home_opened,
…/channel_id_changed.
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from pydantic import model_validator

from bot.domain.workspace import Workspace
from handlers.slack import ids
from handlers.slack.message_payloads import MessagePayload
from handlers.slack.payloads import Payload, Ts, mentioned
from handlers.slack.user_objects import Member

_SAID = {"message", "app_mention"}
"""The types of the events that are a message themselves."""


class Metadata(Payload):
    """What an app has attached to a message; `event_type` says what kind it is."""

    event_type: str = ""
    event_payload: Mapping[str, object] = {}


def delivery_of(metadata: Metadata | None, client_msg_id: str | None) -> UUID | None:
    """The id of the job that posted a message of ours, by its metadata or, where Slack took that, its client_msg_id."""
    is_ours = metadata is not None and metadata.event_type == ids.POSTED
    named = metadata.event_payload.get(ids.DELIVERY) if metadata and is_ours else client_msg_id
    try:
        return UUID(str(named)) if named else None
    except ValueError:
        return None


class Edited(Payload):
    ts: Ts


class EventMessage(MessagePayload):
    """A message as an event has it; one of which an event only says that it was there has no `ts`."""

    ts: Ts | Literal[""] = ""
    subtype: str | None = None
    edited: Edited | None = None
    metadata: Metadata | None = None


class Authorization(Payload):
    enterprise_id: str | None = None
    team_id: str | None = None
    user_id: str | None = None
    is_enterprise_install: bool | None = None


class RevokedTokens(Payload):
    """Whose tokens were revoked: those of people, and those of bots."""

    oauth: tuple[str, ...] = ()
    bot: tuple[str, ...] = ()


class ReactedItem(Payload):
    """What a reaction was put on."""

    type: str
    channel: str = ""
    ts: str = ""


class EventBody(Payload):
    """`message` is the message that the event is about, as it is now. Of a deleted one there is only `previous_message`."""

    type: str
    subtype: str | None = None
    ts: Ts | None = None
    event_ts: Ts | None = None
    channel: str | None = None
    message: EventMessage | None = None
    previous_message: EventMessage | None = None
    user: Member | str | None = None
    team: object = None
    user_team: object = None
    tab: Literal["home", "messages", "about"] | None = None
    reaction: str | None = None
    item: ReactedItem | None = None
    app_id: str | None = None
    channel_id: str | None = None
    old_channel_id: str | None = None
    new_channel_id: str | None = None
    message_ts: Ts | None = None
    metadata: Metadata | None = None
    tokens: RevokedTokens | None = None
    team_ids: tuple[str, ...] = ()

    @property
    def is_deletion(self) -> bool:
        """Whether its message is gone. Of one that has a thread, Slack leaves a tombstone there."""
        buried = self.message is not None and self.message.subtype == "tombstone"
        return self.subtype == "message_deleted" or (self.subtype == "message_changed" and buried)

    @property
    def changed_ts(self) -> str | None:
        """When the message of the event was edited or deleted, as exactly as Slack tells; None where it is new."""
        return (self.event_ts or self.ts) if self.subtype in {"message_changed", "message_deleted"} else None

    @model_validator(mode="before")
    @classmethod
    def _in_one_shape(cls, body: object) -> object:
        """The event of a new message is that message; the event of a changed one has it inside. Slack's documentation shows
        those of a team's access inside of another one."""
        if isinstance(body, dict) and isinstance(inside := body.get("event"), dict):
            body = inside
        if isinstance(body, dict) and body.get("type") in _SAID and body.get("message") is None:
            return {**body, "message": body}
        return body


class Event(Payload):
    team_id: str | None = None
    enterprise_id: str | None = None
    context_team_id: str | None = None
    context_enterprise_id: str | None = None
    event: EventBody
    api_app_id: str | None = None
    authorizations: tuple[Authorization, ...] = ()
    is_ext_shared_channel: bool = False
    event_time: int | None = None

    def is_from_outside(self, workspace: Workspace) -> bool:
        """`user_team` and `team` are whoever did it's, and may be an enterprise's. In a shared channel `enterprise_id` is that of
        the team that `team_id` names."""
        team = self.event.user_team or self.event.team
        if not isinstance(team, str) or team == workspace.team_id:
            return False
        given = self.authorizations[0].enterprise_id if self.authorizations else None
        ours = {workspace.enterprise_id, given} - {None}
        if team.startswith("E") or not ours:
            return team not in ours
        return self.is_ext_shared_channel and not (team == self.team_id and self.enterprise_id in ours)

    @property
    def own_users(self) -> frozenset[str | None]:
        """Our own user IDs, as far as the event names them."""
        return frozenset(each.user_id for each in self.authorizations)

    @property
    def named(self) -> Sequence[str]:
        """Of what is said to us: others are talked about all day."""
        said = self.event.message.text if self.event.type == "app_mention" and self.event.message else ""
        return [user for user in mentioned(said) if user not in self.own_users]

    @property
    def actor(self) -> str:
        """Empty where the event is about a member: they did not make the change themselves."""
        return self.event.user if isinstance(self.event.user, str) else ""
