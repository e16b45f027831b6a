"""Asks Slack who is in a channel, and which user groups there are. Source:

https://docs.slack.dev/reference/methods/conversations.members (pages by cursor; also of public channels without us),
https://docs.slack.dev/reference/methods/usergroups.list (all at once, with `include_users` their members).
"""

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.people import Group
from handlers.slack.context import Visit
from handlers.slack.payloads import Event, UserGroup
from handlers.slack.response import LookUpChannel, Response

_PAGE = 200


async def changed(visit: Visit, event: Event) -> Response:
    """member_joined_channel and member_left_channel. Events come in any order, so Slack is asked how it is now."""
    channel = event.event.channel
    settings = await visit.tools.preferences.settings(visit.workspace)
    if channel and any(queue.channel == channel for queue in settings.queues):
        return Response(follow_ups=(LookUpChannel(channel),))
    return Response()


async def channel_members(client: AsyncWebClient, channel: str) -> list[str]:
    """The user IDs of all that are in a channel, bots among them. Raises what calls to Slack raise."""
    members: list[str] = []
    cursor: str | None = None
    while cursor != "":
        answer = await client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor)
        members += answer["members"]
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
    return members


async def user_groups(client: AsyncWebClient) -> list[Group]:
    """All that are not disabled."""
    answer = await client.usergroups_list(include_users=True)
    found = [UserGroup.model_validate(each) for each in answer.get("usergroups") or ()]
    return [Group(id=each.id, name=each.handle, members=frozenset(each.users)) for each in found]
