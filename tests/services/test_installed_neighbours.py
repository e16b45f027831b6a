"""What workspaces are called by others of the deployment, an organisation's, too."""

import pytest

from bot.domain.installation import TeamName
from bot.domain.partners import Neighbour
from bot.services.installed_neighbours import InstalledNeighbours
from tests.services.test_kept_installations import (
    HOUR,
    NOW,
    Desk,
    desk,
    of_organisation,
    of_team,
)

__all__ = ["desk"]
ACME, BRANCH = Neighbour("T1", "Acme", "acme"), Neighbour("T5", "Branch", "branch")
NAMELESS = Neighbour("T6", "T6")


@pytest.fixture
async def neighbours(desk: Desk) -> InstalledNeighbours:
    installations = desk.installations
    await installations.install(of_team().model_copy(update={"name": "Acme", "domain": "acme"}), {"*"})
    names = {"T5": TeamName(name="Branch", domain="branch")}
    org = of_organisation().model_copy(update={"team_names": names})
    await installations.grant(await installations.install(org, {"*"}), ["T5", "T6"], NOW)
    gone = await installations.install(of_team("T9"), {"*"})
    await installations.end(gone, "uninstalled", NOW + HOUR)
    return InstalledNeighbours(installations)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("t1", ACME),
        (" Acme.slack.com ", ACME),
        ("T5", BRANCH),
        ("branch", BRANCH),
        ("BRANCH.slack.com", BRANCH),
        ("T6", NAMELESS),
        ("T9", None),  # it is gone
        ("E1", None),
        ("", None),
        (".slack.com", None),
    ],
)
async def test_a_workspace_is_found_by_its_id_and_its_address(
    neighbours: InstalledNeighbours, text: str, found: Neighbour | None
) -> None:
    assert neighbours.called(text) == found
    if found:
        assert neighbours.neighbour(found.team) == found


async def test_the_teams_of_one_organisation_are_its_own(neighbours: InstalledNeighbours) -> None:
    assert neighbours.teams_of("E1") == {"T5", "T6"}
    assert (neighbours.organisation("T5"), neighbours.organisation("T1")) == ("E1", None)
    assert neighbours.neighbour("T7") is None
