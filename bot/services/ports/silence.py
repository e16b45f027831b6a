"""Who has do-not-disturb on, as the clock needs it. `handlers.outbound` implements it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.domain.workspace import Workspace


class AskSilence(Protocol):
    async def __call__(
        self, workspace: Workspace, users: Collection[str], now: datetime
    ) -> Mapping[str, datetime]:
        """Of these users, who has it on now, and until when. Whoever is not known to have it on has it off. Raises nothing, and
        takes two seconds at most."""


async def nobody(
    workspace: Workspace,  # noqa: ARG001  (nothing is asked)
    users: Collection[str],  # noqa: ARG001
    now: datetime,  # noqa: ARG001
) -> Mapping[str, datetime]:
    """Where Slack is not asked, nobody is known to have it on."""
    return {}
