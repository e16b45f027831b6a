"""The workspace a call belongs to. Law 5: there is no store, no query and no cache without one."""

from functools import cached_property
from typing import Self

from pydantic import model_validator

from bot.domain.record import Record


class Workspace(Record):
    """A Slack workspace. It is its team: teams' IDs are unique, and one may join an organisation later.

    `enterprise_id`: its organisation, as whoever names it knows it. Without a team it is that organisation itself, as
    stores of earlier versions may have it.
    """

    enterprise_id: str | None = None
    team_id: str | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not (self.team_id or self.enterprise_id):
            message = "a workspace needs a team or an enterprise"
            raise ValueError(message)
        return self

    @cached_property
    def id(self) -> str:
        """What the contract's `workspaceId` holds."""
        return self.team_id or self.enterprise_id or ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)
