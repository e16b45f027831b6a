"""User groups, as Slack keeps them. `handlers.outbound.user_groups` implements it."""

from typing import Protocol

from bot.domain.workspace import Workspace


class GroupRefused(Exception):
    """Slack leaves a group as it is. The message is its code."""


class UserGroups(Protocol):
    async def become(self, workspace: Workspace, group: str, user: str) -> None:
        """Makes a group one person; a second time it changes nothing. Raises GroupRefused, and NotDelivered where another
        try may help. It takes 25 seconds at most."""
