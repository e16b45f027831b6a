"""Who acts: people of another organisation in a shared channel are told apart by the request itself."""

import pytest

from bot.domain.workspace import Workspace
from handlers.slack.payloads import BlockActions


def press(**fields: object) -> BlockActions:
    wire = {"trigger_id": "1.2", "actions": [{"action_id": "ticket_claim", "value": "1"}], **fields}
    return BlockActions.model_validate(wire)


@pytest.mark.parametrize(
    ("user_team", "enterprise", "outside"),
    [("T1", None, False), (None, None, False), ("T9", None, True), ("T9", "E9", True)],
)
def test_somebody_of_another_team_comes_from_outside(
    user_team: str | None, enterprise: str | None, *, outside: bool
) -> None:
    pressed = press(
        user={"id": "U1", "team_id": user_team}, enterprise={"id": enterprise} if enterprise else None
    )
    assert pressed.is_from_outside(Workspace(team_id="T1")) is outside


def test_other_teams_of_ones_own_organisation_are_inside() -> None:
    pressed = press(user={"id": "U1", "team_id": "T2"}, enterprise={"id": "E1"})
    assert not pressed.is_from_outside(Workspace(enterprise_id="E1", team_id="T1"))
    assert not pressed.is_from_outside(Workspace(enterprise_id="E1"))
    assert pressed.is_from_outside(Workspace(enterprise_id="E2", team_id="T1"))
    assert pressed.is_from_outside(Workspace(enterprise_id="E2"))
