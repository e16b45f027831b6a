"""The people of a workspace, as far as a desk needs them: what they are called and what time it is there."""

from bot.domain.record import Record


class Person(Record):
    """A member of a workspace. `names` are all that others call them, the one to show first."""

    id: str
    names: tuple[str, ...]
    timezone: str | None = None  # an IANA name such as Europe/Berlin
    is_bot: bool = False
    is_admin: bool = False
    is_outsider: bool = False  # a guest, or a member of another organisation

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.id


class Group(Record):
    """A user group, such as @network-team."""

    id: str
    name: str
    members: frozenset[str]
