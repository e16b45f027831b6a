"""The people of a workspace, as far as a desk needs them: what they are called, what time it is there, who is in what."""

from bot.domain.record import Instant, Record


class Person(Record):
    """A member of a workspace. `names` are all that others call them, the one to show first."""

    id: str
    names: tuple[str, ...]
    timezone: str | None = None  # an IANA name such as Europe/Berlin
    is_bot: bool = False
    is_admin: bool = False
    is_outsider: bool = False  # a guest, or a member of another organisation
    has_left: bool = False

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.id


class Group(Record):
    """A user group, such as @network-team."""

    id: str
    name: str
    members: frozenset[str]


class ChannelMembers(Record):
    """Who is in a channel, by Slack user IDs."""

    channel: str
    members: frozenset[str]


class RosterProgress(Record):
    """How far the people of a workspace have been read from Slack, so that a restart goes on where it was.

    `cursor` is that of the next page of users.list; None where the reading is not under way. The times are those at
    which people and user groups were last read as a whole.
    """

    cursor: str | None = None
    people_read_at: Instant | None = None
    groups_read_at: Instant | None = None
