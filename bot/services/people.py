"""Who is who in each workspace, in memory: a handler may not wait for Slack to learn what time it is for somebody.

Filled when the desk starts and by Slack's events; somebody unknown is looked up beside the answer, for the next time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import tzinfo

from dateutil import tz

from bot.domain.people import Person
from bot.domain.workspace import Workspace


class People:
    """Every look-up names its workspace, and takes no more than a dictionary's time."""

    def __init__(self) -> None:
        self._by_id: dict[Workspace, dict[str, Person]] = defaultdict(dict)
        self._by_name: dict[Workspace, dict[str, dict[str, Person]]] = defaultdict(lambda: defaultdict(dict))

    def learn(self, workspace: Workspace, people: Iterable[Person]) -> None:
        """What is new replaces what was known of the same person."""
        for person in people:
            self.forget(workspace, person.id)
            self._by_id[workspace][person.id] = person
            for name in person.names:
                self._by_name[workspace][name.casefold()][person.id] = person

    def forget(self, workspace: Workspace, user_id: str) -> None:
        known = self._by_id[workspace].pop(user_id, None)
        for name in known.names if known else ():
            self._by_name[workspace][name.casefold()].pop(user_id, None)

    def knows(self, workspace: Workspace, user_id: str) -> bool:
        return user_id in self._by_id[workspace]

    def name(self, workspace: Workspace, user_id: str) -> str:
        person = self._by_id[workspace].get(user_id)
        return person.name if person else user_id

    def zone(self, workspace: Workspace, user_id: str) -> tzinfo | None:
        """Their own time zone, or null where it is not known (yet)."""
        person = self._by_id[workspace].get(user_id)
        return tz.gettz(person.timezone) if person and person.timezone else None

    def called(self, workspace: Workspace, name: str) -> Sequence[Person]:
        """Everybody whom others call by this name, whatever its case, or whose ID it is."""
        if person := self._by_id[workspace].get(name):
            return (person,)
        return tuple(self._by_name[workspace].get(name.casefold(), {}).values())
