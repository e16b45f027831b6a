"""Users and user groups, as Slack's Web API and its events give them.

Source: https://docs.slack.dev/reference/objects/user-object, …/reference/objects/usergroup-object.
"""

from handlers.slack.payloads import Payload


class Profile(Payload):
    display_name: str | None = None
    real_name: str | None = None


class EnterpriseUser(Payload):
    enterprise_id: str | None = None


class Member(Payload):
    """A user object of users.list, users.info and user_change."""

    id: str
    name: str | None = None
    tz: str | None = None
    team_id: str | None = None
    enterprise_user: EnterpriseUser | None = None
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    updated: int | None = None
    profile: Profile | None = None


class UserGroup(Payload):
    """Of usergroups.list, with `include_users`."""

    id: str
    handle: str
    users: tuple[str, ...] = ()
