"""Asks Slack who is in the workspace and in a channel, and which user groups there are. Source:

https://docs.slack.dev/reference/methods/users.list, …/users.info (the same `user` in both),
https://docs.slack.dev/reference/methods/conversations.members (pages by cursor; also of public channels without us),
https://docs.slack.dev/reference/methods/usergroups.list (all at once, with `include_users` their members).

All of them raise NotDelivered.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog
from pydantic import ValidationError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.people import GROUPS, Group, Person
from bot.domain.permissions import THE_DESK
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Refused
from handlers.outbound.slack_errors import call_slack
from handlers.slack.context import Visit
from handlers.slack.events import Event
from handlers.slack.response import LookUpChannel, Response
from handlers.slack.user_objects import Member, Profile, UserGroup

_PAGE = 200
"""Of the list's entries Slack recommends 100 to 200 at a time: https://docs.slack.dev/apis/web-api/pagination"""

_log = structlog.get_logger()


async def on_channel_change(visit: Visit, event: Event) -> Response:
    """member_joined_channel and member_left_channel. Events come in any order, so Slack is asked how it is now. Where
    we have come ourselves, we can read what was said there, and say what Slack had refused."""
    channel, who = event.event.channel, event.event.user
    if channel and event.event.type == "member_joined_channel" and who in event.own_users | visit.own_users:
        await visit.tools.comments.fetch_again(visit.workspace, THE_DESK, channel)
        await visit.tools.deliveries.try_again_in(visit.workspace, channel, visit.tools.clock())
    settings = await visit.tools.settings.read(visit.workspace, THE_DESK)
    if channel and any(queue.channel == channel for queue in settings.queues):
        return Response(follow_ups=(LookUpChannel(channel),))
    return Response()


async def on_channel_id_change(visit: Visit, event: Event) -> Response:
    """channel_id_changed: a private channel is being shared with another organisation, and is called by a new ID for good.
    What Slack refused under the old one meanwhile is tried again."""
    old, new = event.event.old_channel_id, event.event.new_channel_id
    if old and new:
        await visit.tools.people.rename_channel(visit.workspace, old, new)
        await visit.tools.deliveries.try_again_in(visit.workspace, new, visit.tools.clock())
    return Response()


async def on_person_change(visit: Visit, event: Event) -> Response:
    """team_join and user_change: somebody came, left, or moved to another time zone."""
    if isinstance(event.event.user, Member):
        await visit.tools.people.learn(visit.workspace, [person_of(event.event.user, visit.workspace)])
    return Response()


class MembersPage(NamedTuple):
    """A page of everybody. `listed` are the IDs of all on it, those who could not be read included."""

    people: list[Person]
    listed: set[str]
    cursor: str | None  # of the next page; None where this is the last


async def members_page(client: AsyncWebClient, workspace: Workspace, cursor: str | None) -> MembersPage:
    """People who have left are on it as well, since Slack lists them."""
    answer = await call_slack(client.users_list(limit=_PAGE, cursor=cursor))
    members = _listed(answer, "members")
    return MembersPage(
        people=[person_of(member, workspace) for member in _readable(members)],
        listed={str(each["id"]) for each in members if isinstance(each, dict) and "id" in each},
        cursor=_next_cursor(answer),
    )


async def look_up(client: AsyncWebClient, workspace: Workspace, user: str) -> Person:
    """One person, by their ID."""
    answer = await call_slack(client.users_info(user=user))
    return person_of(Member.model_validate(answer["user"]), workspace)


class ChannelPages:
    """The members of a channel, as far as their pages have been read: where Slack says 429, the next try goes on there."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._members: list[str] = []
        self._cursor: str | None = None

    async def read(self, client: AsyncWebClient) -> list[str]:
        """The user IDs of all that are in the channel, bots among them. Begins anew after that, or where a cursor is no
        longer good."""
        while True:
            call = client.conversations_members(channel=self.channel, limit=_PAGE, cursor=self._cursor)
            try:
                answer = await call_slack(call)
            except (RateLimited, NoAnswer):
                raise
            except NotDelivered:
                self._members, self._cursor = [], None
                raise
            self._members += map(str, _listed(answer, "members"))
            self._cursor = _next_cursor(answer)
            if self._cursor is None:
                members, self._members = self._members, []
                return members


async def learn_channel(
    client: AsyncWebClient, people: People, workspace: Workspace, pages: ChannelPages
) -> None:
    """Reads who is in a triage channel, and keeps it."""
    async with _known_to_be_refused(people, workspace, pages.channel):
        members = await pages.read(client)
    await people.learn_channel(workspace, pages.channel, members)


async def learn_groups(client: AsyncWebClient, people: People, workspace: Workspace) -> None:
    """Reads all user groups, and keeps them."""
    async with _known_to_be_refused(people, workspace, GROUPS):
        groups = await user_groups(client)
    await people.learn_groups(workspace, groups)


@asynccontextmanager
async def _known_to_be_refused(people: People, workspace: Workspace, what: str) -> AsyncIterator[None]:
    """What Slack refuses, and not only for the moment, nobody has to wait for."""
    try:
        yield
    except (RateLimited, NoAnswer):
        raise
    except NotDelivered as error:
        await people.cannot_read(workspace, what)
        if (
            str(error) == "missing_scope"
        ):  # whoever installed the app left it out: the token is good for all else
            raise Refused(str(error)) from error
        raise


async def user_groups(client: AsyncWebClient) -> list[Group]:
    """All that are not disabled."""
    answer = await call_slack(client.usergroups_list(include_users=True))
    found = [UserGroup.model_validate(each) for each in _listed(answer, "usergroups")]
    return [Group(id=each.id, name=each.handle, members=frozenset(each.users)) for each in found]


def person_of(member: Member, workspace: Workspace) -> Person:
    profile = member.profile or Profile()
    names = (profile.display_name, profile.real_name, member.name)
    return Person(
        id=member.id,
        names=tuple(dict.fromkeys(name for name in names if name)),
        timezone=member.tz,
        is_bot=member.is_bot,
        is_admin=member.is_admin or member.is_owner,
        is_outsider=member.is_restricted or member.is_ultra_restricted or _is_elsewhere(member, workspace),
        has_left=member.deleted,
        updated=member.updated,
    )


def _is_elsewhere(member: Member, workspace: Workspace) -> bool:
    """Whether somebody is of another organisation. Within one, people belong to several workspaces."""
    if workspace.enterprise_id and member.enterprise_user:
        return member.enterprise_user.enterprise_id != workspace.enterprise_id
    return bool(member.team_id and workspace.team_id) and member.team_id != workspace.team_id


def _readable(listed: Iterable[object]) -> Iterator[Member]:
    """Members that cannot be read are logged and left out; the others keep their time zones."""
    for each in listed:
        try:
            yield Member.model_validate(each)
        except ValidationError as error:
            _log.warning("a member could not be read", fields=[fault["loc"] for fault in error.errors()])


def _listed(answer: AsyncSlackResponse, name: str) -> list[object]:
    """The list in an answer. An answer without it is no answer; it does not mean that nobody is there."""
    listed = answer.get(name)
    if not isinstance(listed, list):
        message = f"no {name} in the answer"
        raise NoAnswer(message)
    return listed


def _next_cursor(answer: AsyncSlackResponse) -> str | None:
    return (answer.get("response_metadata") or {}).get("next_cursor") or None
