"""What every payload of Slack's is: a frozen record in which a null means absent."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.domain.workspace import Workspace


def _whole(text: object) -> object:
    """JSON's escapes can spell half a character, which no store can hold; it becomes a question mark."""
    return text.encode(errors="replace").decode() if isinstance(text, str) else text


TypedText = Annotated[str, BeforeValidator(_whole)]
"""What somebody typed."""


Ts = Annotated[str, Field(pattern=r"^\d{1,11}\.\d{1,6}$")]
"""What names a message in its channel: when it was posted, in seconds."""


class Payload(BaseModel):
    """A null means that a field is absent, whatever field it is.

    `installation` is the (enterprise, team) whose installation this request is for: slack.md's order for Slack Connect."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: object) -> object:
        if isinstance(body, dict) and None in body.values():
            return {name: value for name, value in body.items() if value is not None}
        return body

    @property
    def installation(self) -> tuple[str | None, str | None]:
        raise NotImplementedError

    @property
    def actor(self) -> str:
        raise NotImplementedError

    @property
    def named(self) -> Sequence[str]:
        """The user IDs of those whom somebody mentions or chooses in it."""
        return ()

    def is_from_outside(self, workspace: Workspace) -> bool:  # noqa: ARG002  (commands and events do not say)
        """Whether the request itself says that its user belongs to another organisation."""
        return False
