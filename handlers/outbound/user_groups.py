"""User groups in Slack. Source: https://docs.slack.dev/reference/methods/usergroups.users.update (errors), with the optional
scope usergroups:write.
"""

from bot.domain.workspace import Workspace
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Unauthorized
from bot.services.ports.user_groups import GroupRefused
from handlers.outbound.clients import ClientFor
from handlers.outbound.slack_errors import call_slack


class SlackUserGroups:
    """A UserGroups."""

    def __init__(self, client_for: ClientFor) -> None:
        self._client_for = client_for

    async def become(self, workspace: Workspace, group: str, user: str) -> None:
        client = self._client_for(workspace)
        try:
            await call_slack(client.usergroups_users_update(usergroup=group, users=[user]))
        except (NoAnswer, RateLimited):
            raise
        except NotDelivered as error:
            if isinstance(error, Unauthorized) and str(error) not in _OF_THIS_METHOD:
                raise
            raise GroupRefused(str(error)) from error


_OF_THIS_METHOD = {"missing_scope", "not_allowed_token_type"}
"""What Slack says of the token that hinders nothing else."""
