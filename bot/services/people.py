"""Who is who in each workspace, in memory: a handler may not wait for Slack to learn what time it is for somebody.

Filled when the desk starts and by Slack's events; somebody unknown is looked up beside the answer, for the next time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import tzinfo

from dateutil import tz

from bot.domain.people import Group, Person
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace


class People:
    """Every look-up names its workspace, and takes no more than a dictionary's time."""

    def __init__(self) -> None:
        self._by_id: dict[Workspace, dict[str, Person]] = defaultdict(dict)
        self._by_name: dict[Workspace, dict[str, dict[str, Person]]] = defaultdict(lambda: defaultdict(dict))
        self._left: dict[Workspace, set[str]] = defaultdict(set)
        self._channels: dict[Workspace, dict[str, frozenset[str]]] = defaultdict(dict)
        self._groups: dict[Workspace, dict[str, Group]] = defaultdict(dict)

    def learn(self, workspace: Workspace, people: Iterable[Person]) -> None:
        """What is new replaces what was known of the same person."""
        for person in people:
            self.forget(workspace, person.id)
            self._left[workspace].discard(person.id)
            self._by_id[workspace][person.id] = person
            for name in person.names:
                self._by_name[workspace][name.casefold()][person.id] = person

    def forget(self, workspace: Workspace, user_id: str) -> None:
        """Somebody has left the workspace."""
        known = self._by_id[workspace].pop(user_id, None)
        for name in known.names if known else ():
            self._by_name[workspace][name.casefold()].pop(user_id, None)
        self._left[workspace].add(user_id)

    def learn_channel(self, workspace: Workspace, channel: str, members: Iterable[str]) -> None:
        """Who is in a triage channel."""
        self._channels[workspace][channel] = frozenset(members)

    def learn_groups(self, workspace: Workspace, groups: Iterable[Group]) -> None:
        """All user groups that there are."""
        self._groups[workspace] = {group.id: group for group in groups}

    def knows(self, workspace: Workspace, user_id: str) -> bool:
        return user_id in self._by_id[workspace]

    def left(self, workspace: Workspace) -> Collection[str]:
        """The IDs of those who are known to be gone."""
        return self._left[workspace]

    def is_admin(self, workspace: Workspace, user_id: str) -> bool:
        person = self._by_id[workspace].get(user_id)
        return bool(person and person.is_admin)

    def is_bot(self, workspace: Workspace, user_id: str) -> bool:
        person = self._by_id[workspace].get(user_id)
        return bool(person and person.is_bot)

    def is_outsider(self, workspace: Workspace, user_id: str) -> bool:
        """Whether this is known to be a guest, a bot, of another organisation, or somebody who has left."""
        person = self._by_id[workspace].get(user_id)
        return user_id in self._left[workspace] or bool(person and (person.is_outsider or person.is_bot))

    def members(self, workspace: Workspace, queue: Queue) -> frozenset[str] | None:
        """Those of a queue's user group or triage channel; null where they are not known (yet)."""
        if queue.group is None:
            return self._channels[workspace].get(queue.channel)
        group = self._groups[workspace].get(queue.group)
        return group.members if group else None

    def groups(self, workspace: Workspace) -> Sequence[Group]:
        """All user groups, by name."""
        return sorted(self._groups[workspace].values(), key=lambda group: group.name.casefold())

    def name(self, workspace: Workspace, user_id: str) -> str:
        person = self._by_id[workspace].get(user_id)
        return person.name if person else user_id

    def zone(self, workspace: Workspace, user_id: str) -> tzinfo | None:
        """Their own time zone, or null where it is not known (yet)."""
        zone = self.zone_name(workspace, user_id)
        return tz.gettz(zone) if zone else None

    def zone_name(self, workspace: Workspace, user_id: str) -> str | None:
        """That zone's IANA name."""
        person = self._by_id[workspace].get(user_id)
        return person.timezone if person else None

    def called(self, workspace: Workspace, name: str) -> Sequence[Person]:
        """Everybody whom others call by this name, whatever its case, or whose ID it is."""
        if person := self._by_id[workspace].get(name):
            return (person,)
        return tuple(self._by_name[workspace].get(name.casefold(), {}).values())
