"""What a handler is given besides the payload: whose workspace it is, who acts, and what there is to work with."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.domain.people import WorkspacePeople
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.comments import Comments
from bot.services.desk import Desk
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.work import Work
from bot.services.workspace_settings import Preferences


@dataclass(frozen=True)
class Tools:
    """The services."""

    desk: Desk
    work: Work
    comments: Comments
    preferences: Preferences
    people: People
    clock: Clock
    own_users: AbstractSet[str] = frozenset()
    """Our own user IDs, as soon as Slack has told them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `actor` is whoever made it, with the rights that they have at this moment; `people` are all who are
    known then."""

    workspace: Workspace
    actor: Actor
    tools: Tools
    people: WorkspacePeople
