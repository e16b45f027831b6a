"""The people of a workspace, as far as a desk needs them: what they are called, what time it is there, who is in what."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Generic, TypeVar

from dateutil import tz

from bot.domain.names import folded, unaccented
from bot.domain.queues import Queue
from bot.domain.record import Instant, Record

V = TypeVar("V")

SLACKBOT = "USLACKBOT"
"""Slack's own bot, which it lists as a person."""

_SHARDS = 256
"""Of 50,000 people, 200 are in each: what one change copies."""


class Person(Record):
    """A member of a workspace. `names` are all that others call them, the one to show first. `updated`: when Slack had last changed
    them, in Unix seconds; what else differs decides whether it is kept."""

    id: str
    names: tuple[str, ...]
    timezone: str | None = None  # an IANA name such as Europe/Berlin
    is_bot: bool = False
    is_admin: bool = False
    is_outsider: bool = False  # a guest, or a member of another organisation
    has_left: bool = False
    updated: int | None = None

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.id


def unassignable(person: Person) -> str:
    """Why somebody can be given no ticket, rotation or swap, as a sentence; empty where they can."""
    if person.has_left:
        return f"{person.name} has left. Choose somebody else."
    if person.is_bot or person.id == SLACKBOT:
        return f"{person.name} is a bot. Choose a person."
    if person.is_outsider:
        return f"{person.name} is a guest or from another organisation, and works no tickets here. Choose somebody else."
    return ""


class Group(Record):
    """A user group, such as @network-team."""

    id: str
    name: str
    members: frozenset[str]


class ChannelMembers(Record):
    """Who is in a channel, by Slack user IDs."""

    channel: str
    members: frozenset[str]


class MemberSyncProgress(Record):
    """How far the people of a workspace have been read from Slack, so that a restart goes on where it was.

    `cursor` is that of the next page of users.list; None where the reading is not under way. The times are those at
    which people and user groups were last read as a whole.
    """

    cursor: str | None = None
    people_read_at: Instant | None = None
    groups_read_at: Instant | None = None


class _Shards(Generic[V]):
    """A mapping that never changes. One with other values shares all but the shards that they are in."""

    __slots__ = ("_shards",)

    def __init__(self, shards: Sequence[dict[str, V]] = ({},) * _SHARDS) -> None:
        self._shards = shards

    def get(self, key: str) -> V | None:
        return self._shards[hash(key) % _SHARDS].get(key)

    def values(self) -> Iterator[V]:
        for shard in self._shards:
            yield from shard.values()

    def changed(self, values: Mapping[str, V | None]) -> "_Shards[V]":
        """With other values for these keys; None takes a key out."""
        shards = [*self._shards]
        for at in {hash(key) % _SHARDS for key in values}:
            shards[at] = shards[at].copy()
        for key, value in values.items():
            if value is None:
                shards[hash(key) % _SHARDS].pop(key, None)
            else:
                shards[hash(key) % _SHARDS][key] = value
        return _Shards(shards)


GROUPS = "user groups"
"""Stands for all user groups, which Slack tells at once."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkspacePeople:
    """Who is who in a workspace. It never changes: `with_…` give another one, at the cost of what differs.

    Every look-up takes a dictionary's time, however many people there are. Those who have left are remembered, but
    they are not `known`: whoever acts after all has come back.
    """

    left: frozenset[str] = frozenset()
    """The IDs of those who have left."""
    channels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who is in each channel whose members are known."""
    unreadable: frozenset[str] = frozenset()
    """The channels whose members Slack does not let us read, and GROUPS where it does not the user groups."""
    are_groups_read: bool = False
    _by_id: _Shards[Person] = field(default_factory=_Shards)
    _by_name: _Shards[tuple[str, ...]] = field(default_factory=_Shards)
    _groups: Mapping[str, Group] = field(default_factory=dict)

    def with_people(self, people: Iterable[Person]) -> "WorkspacePeople":
        """What is new replaces what was known of the same person."""
        by_id: dict[str, Person] = {}
        by_name: dict[str, dict[str, None]] = {}  # an ordered set of IDs for each name
        for person in people:
            before = by_id.get(person.id) or self._by_id.get(person.id)
            by_id[person.id] = person
            for name in _goes_by(before) | _goes_by(person):
                ids = by_name.setdefault(name, dict.fromkeys(self._by_name.get(name) or ()))
                if name in _goes_by(person):
                    ids[person.id] = None
                else:
                    del ids[person.id]
        gone = {person.id for person in by_id.values() if person.has_left}
        back = self.left & (by_id.keys() - gone)
        left = self.left if gone <= self.left else self.left | gone
        return replace(
            self,
            left=left - back if back else left,
            _by_id=self._by_id.changed(by_id),
            _by_name=self._by_name.changed({name: tuple(ids) or None for name, ids in by_name.items()}),
        )

    def with_groups(self, groups: Iterable[Group]) -> "WorkspacePeople":
        """`groups` are all that there are."""
        unreadable = self.unreadable - {GROUPS}
        return replace(
            self, are_groups_read=True, unreadable=unreadable, _groups={group.id: group for group in groups}
        )

    def with_channel(self, channel: ChannelMembers) -> "WorkspacePeople":
        channels = {**self.channels, channel.channel: channel.members}
        return replace(self, channels=channels, unreadable=self.unreadable - {channel.channel})

    def read_anew(
        self, people: Iterable[Person], groups: Iterable[Group] | None, channels: Iterable[ChannelMembers]
    ) -> "WorkspacePeople":
        """Once others have changed these people, all groups (None: not read yet) and all channels. What Slack does not let us
        read stays so."""
        known = replace(self, are_groups_read=False, _groups={}, channels={}).with_people(people)
        known = known if groups is None else known.with_groups(groups)
        for channel in channels:
            known = known.with_channel(channel)
        return known

    def with_unreadable(self, what: str) -> "WorkspacePeople":
        """A channel, or GROUPS. What was known of it stays known."""
        return replace(self, unreadable=self.unreadable | {what})

    def without_channel(self, channel: str) -> "WorkspacePeople":
        return replace(self, channels={each: m for each, m in self.channels.items() if each != channel})

    def differing(self, people: Iterable[Person]) -> Sequence[Person]:
        """Those of whom something else, or nothing, is known: events come in any order, and what is older is no news."""
        return [person for person in people if _is_news(person, self._by_id.get(person.id))]

    def has_heard_of(self, person: Person) -> bool:
        """Whether something else is known of somebody than was then."""
        return self._by_id.get(person.id) != person

    def unlisted(self, listed: Collection[str]) -> Sequence[Person]:
        """Those of the workspace's own people whose ID a list does not have."""
        everybody = self._by_id.values()
        return [p for p in everybody if not (p.has_left or p.is_outsider or p.id in listed)]

    def person(self, user_id: str) -> Person | None:
        """What is known of somebody who is here; None where that is nothing (yet)."""
        person = self._by_id.get(user_id)
        return None if person is None or person.has_left else person

    def knows(self, user_id: str) -> bool:
        return self.person(user_id) is not None

    def remembers(self, user_id: str) -> bool:
        """Whether anything is known of somebody, even if they have left."""
        return self._by_id.get(user_id) is not None

    def is_admin(self, user_id: str) -> bool:
        person = self.person(user_id)
        return bool(person and person.is_admin)

    @property
    def admins(self) -> Sequence[Person]:
        """Those who are here, in a walk over everybody."""
        return [p for p in self._by_id.values() if p.is_admin and not p.has_left]

    def is_bot(self, user_id: str) -> bool:
        person = self._by_id.get(user_id)
        return bool(person and person.is_bot)

    def is_outsider(self, user_id: str) -> bool:
        """Whether this is known to be a guest, a bot, of another organisation, or somebody who has left."""
        person = self._by_id.get(user_id)
        return bool(person and (person.is_outsider or person.is_bot or person.has_left))

    def members(self, queue: Queue) -> frozenset[str] | None:
        """Those of a queue's user group or triage channel; None where they are not known (yet)."""
        if queue.group is None:
            return self.channels.get(queue.channel)
        group = self._groups.get(queue.group)
        return group.members if group else None

    def has_yet_to_read(self, queue: Queue) -> bool:
        """Whether Slack has not told us yet who is in a queue's user group or triage channel, but may."""
        if queue.group:
            return not self.are_groups_read and GROUPS not in self.unreadable
        return queue.channel not in self.channels and queue.channel not in self.unreadable

    def agents(self, queue: Queue, now: datetime) -> frozenset[str] | None:
        """Those who work in a queue, as far as they are no outsiders; None where its members are not known (yet)."""
        members = self.members(queue)
        if members is None:
            return None
        return frozenset(user for user in members | queue.on_duty(now) if not self.is_outsider(user))

    @property
    def groups(self) -> Sequence[Group]:
        """All user groups, by name."""
        return sorted(self._groups.values(), key=lambda group: folded(group.name))

    def groups_like(self, typed: str) -> Sequence[Group]:
        """The user groups that have these letters in their handle, by name."""
        wanted = typed.removeprefix("@")
        found = [group for group in self.groups if folded(wanted) in folded(group.name)]
        return found or [group for group in self.groups if unaccented(wanted) in unaccented(group.name)]

    def name(self, user_id: str) -> str:
        """Of a person or a user group; the ID where it is not known (yet)."""
        known = self._by_id.get(user_id) or self._groups.get(user_id)
        return known.name if known else user_id

    def zone(self, user_id: str) -> tzinfo | None:
        """Their own time zone; None where it is not known (yet)."""
        zone = self.zone_name(user_id)
        return tz.gettz(zone) if zone else None

    def zone_name(self, user_id: str) -> str | None:
        """That zone's IANA name."""
        person = self.person(user_id)
        return person.timezone if person else None

    def why_unassignable(self, user_id: str) -> str:
        """As `unassignable`; empty where nothing is known of them (yet)."""
        person = self._found(user_id)
        return unassignable(person) if person else ""

    def _found(self, user_id: str) -> Person | None:
        """Slackbot is in every workspace, though Slack lists it in few."""
        is_slackbot = user_id.casefold() in {SLACKBOT.casefold(), "slackbot"}
        return self._by_id.get(user_id) or (Person(id=SLACKBOT, names=("Slackbot",)) if is_slackbot else None)

    def called(self, name: str) -> Sequence[Person]:
        """Everybody who is here and whom others call by this name, or whose ID it is."""
        return tuple(person for person in self.remembered(name) if not person.has_left)

    def remembered(self, name: str) -> Sequence[Person]:
        """As `called`; and where nobody here goes by the name, those who did and have left."""
        by_id = self._found(name)
        if by_id and not by_id.has_left:
            return (by_id,)
        named = [*filter(None, map(self._by_id.get, self._by_name.get(unaccented(name)) or ()))]
        here = [person for person in named if not person.has_left]
        if by_id and not here:
            return (by_id,)
        alike, wanted = here or named, folded(name)
        return tuple([each for each in alike if wanted in map(folded, each.names)] or alike)


def _is_news(person: Person, known: Person | None) -> bool:
    if known is None or person == known:
        return known is None
    if person.updated and known.updated and person.updated < known.updated:
        return False
    return person != known.model_copy(update={"updated": person.updated})


def _goes_by(person: Person | None) -> set[str]:
    return set(map(unaccented, person.names)) if person else set()


def vanished(before: WorkspacePeople, now: WorkspacePeople, listed: Collection[str]) -> Sequence[Person]:
    """Those who were known before everybody was listed and are not on the list, as people who have left.

    Whoever was heard of meanwhile is there. Of guests and other organisations' people nothing follows: Slack lists
    only some of them, and they have no rights to lose.
    """
    missing = before.unlisted(listed)
    return [p.model_copy(update={"has_left": True}) for p in missing if not now.has_heard_of(p)]
