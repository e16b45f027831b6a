"""The workspaces of a deployment as others may know them: those in which Deskhand was installed by OAuth."""

from collections.abc import Collection

from bot.domain.installation import Installation
from bot.domain.partners import Neighbour
from bot.services.kept_installations import KeptInstallations


class InstalledNeighbours:
    """The port Neighbours."""

    def __init__(self, installations: KeptInstallations) -> None:
        self._installations = installations

    def neighbour(self, team: str) -> Neighbour | None:
        own = self._installations.get(team)
        found = own if own and not own.is_org_wide else self._of_organisation(team)
        if found is None:
            return None
        called = found.called(team)
        return Neighbour(team, called.name or team, called.domain)

    def called(self, text: str) -> Neighbour | None:
        wanted = text.strip().casefold().removesuffix(".slack.com")
        for installation in self._installations.all:
            for team in _teams(installation) if wanted and installation.is_active else ():
                if wanted in {team.casefold(), installation.called(team).domain.casefold()}:
                    return self.neighbour(team)
        return None

    def organisation(self, team: str) -> str | None:
        own = self._installations.get(team)
        org = self._of_organisation(team)
        return (own.enterprise_id if own else None) or (org.enterprise_id if org else None)

    def teams_of(self, organisation: str) -> Collection[str]:
        return {
            team
            for each in self._installations.all
            if each.is_active and each.enterprise_id == organisation
            for team in _teams(each)
        }

    def _of_organisation(self, team: str) -> Installation | None:
        return next((each for each in self._installations.org_wide if team in each.teams), None)


def _teams(installation: Installation) -> Collection[str]:
    return installation.teams if installation.is_org_wide else {installation.id}
