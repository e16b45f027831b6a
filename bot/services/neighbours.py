"""The workspaces in which Deskhand is installed, as others may know them: from the installations that are in memory."""

from collections.abc import Collection, Iterable
from typing import Protocol

from bot.domain.installation import Installation
from bot.domain.partners import Neighbour


class Known(Protocol):
    """Where installations are looked up, those that have ended included."""

    @property
    def all(self) -> Iterable[Installation]: ...
    def get(self, installation_id: str) -> Installation | None: ...


class InstalledNeighbours:
    """Implements Neighbours. A team of an organisation-wide installation has no name of its own that we know."""

    def __init__(self, installations: Known) -> None:
        self._installations = installations

    def neighbour(self, team: str) -> Neighbour | None:
        if own := self._installations.get(team):
            return Neighbour(team, own.name or team, own.domain)
        return Neighbour(team, team) if self._org_wide(team) else None

    def called(self, text: str) -> Neighbour | None:
        wanted = text.strip().casefold()
        return next(
            (
                found
                for each in self._installations.all
                for team in _teams(each)
                if (found := self.neighbour(team))
                and wanted in {team.casefold(), found.domain.casefold()} - {""}
            ),
            None,
        )

    def organisation(self, team: str) -> str | None:
        found = self._installations.get(team) or self._org_wide(team)
        return found.enterprise_id if found else None

    def teams_of(self, organisation: str) -> Collection[str]:
        return {
            team
            for each in self._installations.all
            if each.enterprise_id == organisation and each.is_active
            for team in _teams(each)
        }

    def _org_wide(self, team: str) -> Installation | None:
        return next(
            (each for each in self._installations.all if each.is_org_wide and team in each.teams), None
        )


def _teams(installation: Installation) -> Collection[str]:
    return installation.teams if installation.is_org_wide else {installation.team_id or ""} - {""}
