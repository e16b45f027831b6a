"""Who has do-not-disturb on, and when. `handlers.outbound.dnd` implements it."""

from collections.abc import Collection, Mapping
from typing import Protocol

from bot.domain.clock.dnd import DndWindow
from bot.domain.workspace import Workspace


class AskDnd(Protocol):
    async def __call__(self, workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        """Of these users, those who are known to have it on now or later. Raises nothing, and takes two seconds at most."""


async def nobody(
    workspace: Workspace,  # noqa: ARG001  (nothing is asked)
    users: Collection[str],  # noqa: ARG001
) -> Mapping[str, DndWindow]:
    """Where Slack is not asked, nobody is known to have it on."""
    return {}
