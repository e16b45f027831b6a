"""The workspaces of a deployment as others may know them: those in which Deskhand was installed by OAuth."""

from collections.abc import Collection

from bot.domain.installation import Installation
from bot.domain.partners import Neighbour
from bot.services.kept_installations import KeptInstallations


class InstalledNeighbours:
    """The port Neighbours. An organisation's workspaces are known by their IDs alone."""

    def __init__(self, installations: KeptInstallations) -> None:
        self._installations = installations

    def neighbour(self, team: str) -> Neighbour | None:
        own = self._installations.get(team)
        if own and not own.is_org_wide:
            return Neighbour(team, own.name or team, own.domain)
        return Neighbour(team, team) if self._of_organisation(team) else None

    def called(self, text: str) -> Neighbour | None:
        wanted = text.strip().casefold().removesuffix(".slack.com")
        for installation in self._installations.all:
            if installation.is_org_wide:
                found = next((team for team in installation.teams if team.casefold() == wanted), None)
                if found:
                    return self.neighbour(found)
            elif wanted and wanted in {installation.id.casefold(), installation.domain.casefold()}:
                return self.neighbour(installation.id) if installation.is_active else None
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
            for team in (each.teams if each.is_org_wide else {each.team_id})
            if team
        }

    def _of_organisation(self, team: str) -> Installation | None:
        return next((each for each in self._installations.org_wide if team in each.teams), None)
