import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workspace import Workspace
from storage.journal.file_names import file_name, workspace_named

IDS = st.none() | st.text(max_size=400) | st.text("TtE-_~./5é", max_size=4)
WORKSPACES = st.tuples(IDS, IDS).filter(any).map(lambda ids: Workspace(enterprise_id=ids[0], team_id=ids[1]))


@pytest.mark.parametrize(
    ("enterprise", "team", "name"),
    [
        (None, "T111", "T111.json"),
        ("E111", "T111", "T111.json"),
        ("E111", None, "E111-.json"),
        (None, "t111", "_74111.json"),
        (None, "../T", "_2E_2E_2FT.json"),
        (None, "CON", "_43ON.json"),
        ("", "T111", "T111.json"),
        ("E111", "", "E111-.json"),
    ],
)
def test_a_name_is_readable_for_slacks_ids_and_escaped_for_others(
    enterprise: str | None, team: str | None, name: str
) -> None:
    assert file_name(Workspace(enterprise_id=enterprise, team_id=team)) == name


@given(WORKSPACES)
def test_a_name_is_safe_on_every_file_system(workspace: Workspace) -> None:
    assert re.fullmatch(r"[ET_][A-Z0-9_~-]{0,199}\.json", file_name(workspace))


@given(st.sets(WORKSPACES, max_size=60))
def test_no_two_workspaces_share_a_file_even_where_case_is_ignored(workspaces: set[Workspace]) -> None:
    assert len({file_name(workspace).casefold() for workspace in workspaces}) == len(workspaces)


def test_long_ids_that_begin_alike_have_files_of_their_own() -> None:
    names = {file_name(Workspace(team_id="T" * 300 + end)) for end in "AB"}
    assert len(names) == 2


@given(WORKSPACES)
def test_whose_a_file_is_stands_in_its_name_where_it_is_not_too_long(workspace: Workspace) -> None:
    name = file_name(workspace)
    assert workspace_named(name) == (None if "~" in name else workspace)


@pytest.mark.parametrize(
    ("name", "workspace"),
    [
        ("E111-T111.json", Workspace(team_id="T111")),
        ("E111-_2E_2E_2FT.json", Workspace(team_id="../T")),
        ("_-T111.json", Workspace(team_id="T111")),
        ("deployment.json", None),
        ("backup.json", None),
        ("T111 (1).json", None),
        ("T111.json.damaged-1", None),
        ("A111.json", None),
        ("-T111.json", None),
        ("_.json", None),
        ("-.json", None),
    ],
)
def test_a_file_that_was_named_after_its_organisation_is_its_teams(
    name: str, workspace: Workspace | None
) -> None:
    assert workspace_named(name) == workspace
