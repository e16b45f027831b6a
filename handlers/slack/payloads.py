"""Commands and interactions, as Slack sends them: frozen records. Dicts stop here.

Shapes: tests/handlers/slack-payloads, one of each kind; https://docs.slack.dev/reference/interaction-payloads.
Fields that Deskhand does not read are let through unread.
"""

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from bot.domain.workspace import Workspace


def _whole(text: object) -> object:
    """JSON's escapes can spell half a character, which no store can hold; it becomes a question mark."""
    return text.encode(errors="replace").decode() if isinstance(text, str) else text


_YEAR_10000 = 253_402_300_800
"""In epoch seconds: no date comes later."""

TypedText = Annotated[str, BeforeValidator(_whole)]
"""What somebody typed."""


Ts = Annotated[str, Field(pattern=r"^\d{1,11}\.\d{1,6}$")]
"""What names a message in its channel: when it was posted, in seconds."""


def _present(value: object) -> object:
    return [each for each in value if each is not None] if isinstance(value, list) else value


class Payload(BaseModel):
    """A null means that a field, or an element of a list, is absent, whatever it is. Which workspace it is of,
    handlers/slack/installed_in.py says."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: object) -> object:
        if not isinstance(body, dict):
            return body
        if any(isinstance(value, list) and None in value for value in body.values()):
            body = {name: _present(value) for name, value in body.items()}
        if None in body.values():
            return {name: value for name, value in body.items() if value is not None}
        return body

    @property
    def actor(self) -> str:
        raise NotImplementedError

    @property
    def named(self) -> Sequence[str]:
        """The user IDs of those whom somebody mentions or chooses in it."""
        return ()

    def is_from_outside(self, workspace: Workspace) -> bool:  # noqa: ARG002  (a command is typed where we are installed)
        """Whether the request itself says that its user belongs to another organisation. Where it leaves that open, what
        Slack tells of the person decides."""
        return False


_MENTION = re.compile(r"<@([UW][A-Z0-9]+)")


def mentioned(text: str) -> Sequence[str]:
    """The user IDs of those whom a text mentions."""
    return _MENTION.findall(text) if "<@" in text else ()


class Team(Payload):
    id: str
    domain: str | None = None
    enterprise_id: str | None = None


class Reference(Payload):
    id: str


class ActingUser(Reference):
    """The user who did it. `team_id` is their own workspace, which in a shared channel may be another organisation's."""

    team_id: str | None = None


class SlashCommand(Payload):
    team_id: str | None = None
    team_domain: str = ""
    enterprise_id: str | None = None
    channel_id: str
    user_id: str
    command: str
    text: TypedText = ""
    trigger_id: str
    response_url: str | None = Field(None, repr=False)

    @property
    def actor(self) -> str:
        return self.user_id

    @property
    def nonce(self) -> str:
        """Names the one ticket that is made of what was typed, at once or by a form that opened for it."""
        return uuid5(NAMESPACE_URL, f"command:{self.trigger_id}").hex

    @property
    def word(self) -> str:
        """The first word, as it was typed."""
        return next(iter(self.text.split(maxsplit=1)), "")

    @property
    def named(self) -> Sequence[str]:
        return mentioned(self.text)


class Option(Payload):
    value: str


class StateValue(Payload):
    """What one input of a view holds; which field is filled depends on the element."""

    type: str
    value: TypedText | None = None
    selected_option: Option | None = None
    selected_user: str | None = None
    selected_options: tuple[Option, ...] = ()
    selected_users: tuple[str, ...] = ()
    selected_conversation: str | None = None
    selected_date_time: int | None = Field(None, ge=0, lt=_YEAR_10000)


class State(Payload):
    values: dict[str, dict[str, StateValue]] = Field(default_factory=dict)


class ViewPayload(Payload):
    id: str
    hash: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    title: dict[str, JsonValue] | None = None
    submit: dict[str, JsonValue] | None = None
    close: dict[str, JsonValue] | None = None
    blocks: tuple[dict[str, JsonValue], ...] = ()
    state: State = State()
    team_id: str | None = None
    app_installed_team_id: str | None = None
    previous_view_id: str | None = None  # of the one below it

    def shown_with(self, blocks: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue]:
        """The modal as `views.update` takes it, with other blocks."""
        names = {"callback_id", "private_metadata", "title", "submit", "close"}
        kept = self.model_dump(include=names, exclude_none=True)
        return {"type": "modal", **kept, "blocks": list(blocks)}


class Interaction(Payload):
    """What every interactive payload has. `team` is None for an organisation-wide installation."""

    team: Team | None = None
    enterprise: Reference | None = None
    user: ActingUser
    view: ViewPayload | None = None

    @property
    def actor(self) -> str:
        return self.user.id

    def is_from_outside(self, workspace: Workspace) -> bool:
        if self.user.team_id in {None, workspace.team_id}:
            return False
        enterprise = self.enterprise.id if self.enterprise else None
        return enterprise is None or enterprise != workspace.enterprise_id


class GlobalShortcut(Interaction):
    callback_id: str
    trigger_id: str


class ViewInteraction(Interaction):
    view: ViewPayload


class ViewSubmission(ViewInteraction):
    trigger_id: str = ""

    @property
    def named(self) -> Sequence[str]:
        held = (each for inputs in self.view.state.values.values() for each in inputs.values())
        return [user for each in held for user in (each.selected_user, *each.selected_users) if user]


class ViewClosed(ViewInteraction):
    pass


class BlockAction(Payload):
    action_id: str
    block_id: str = ""
    value: str | None = None
    selected_option: Option | None = None
    selected_conversation: str | None = None


class Container(Payload):
    """What a button stands on. A message that only one person sees can be changed by its response_url alone."""

    is_ephemeral: bool = False
    thread_ts: str | None = None


class BlockActions(Interaction):
    trigger_id: str
    actions: tuple[BlockAction, ...] = Field(min_length=1)
    container: Container = Container()
    channel: Reference | None = None
    response_url: str | None = Field(None, repr=False)


class BlockSuggestion(Interaction):
    action_id: str
    block_id: str = ""
    value: str = ""
