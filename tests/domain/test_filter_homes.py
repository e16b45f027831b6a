"""`from:` in a list's words: a workspace, or a person, and where it may be both, a question."""

from dataclasses import replace

import pytest

from bot.domain.elsewhere import HomeName
from bot.domain.errors import InvalidInput
from bot.domain.filters import read_filter
from bot.domain.home import tabs
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from tests.domain.test_filters import asker

HOMES = (
    HomeName("T0ACME", "acme", "Acme Facilities"),
    HomeName("T0BETA", "beta", "Beta"),
    HomeName("T0BEN", "ben", "Ben & Sons"),
)


def read(words: str, homes: tuple[HomeName, ...] = HOMES) -> TicketFilter:
    return read_filter(words, replace(asker(), homes=homes))


@pytest.mark.parametrize(
    ("words", "teams", "people"),
    [
        ("from:acme", ("T0ACME",), ()),
        ("from:acme,beta", ("T0ACME", "T0BETA"), ()),
        ("from:Acme Facilities", ("T0ACME",), ()),
        ('from:"acme facilities"', ("T0ACME",), ()),
        ("from:acme/", ("T0ACME",), ()),
        ("from:ben/", ("T0BEN",), ()),
        ("from:any", ("T0ACME", "T0BETA", "T0BEN"), ()),
        ("from:others", ("T0ACME", "T0BETA", "T0BEN"), ()),
        ("from:me", (), ("U0BEN",)),
        ("from:@ben", (), ("U0BEN",)),
    ],
)
def test_from_is_a_workspace_or_a_person(words: str, teams: tuple[str, ...], people: tuple[str, ...]) -> None:
    found = read(words)
    assert (found.homes, found.requesters) == (teams, people)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("from:ben", "“ben” is a workspace and a person here. Write from:ben/ or requester:@ben."),
        ("from:acmee", "There is no workspace “acmee” that shares with you. Did you mean “acme”?"),
        ("from:zzz", "There is no workspace “zzz” that shares with you. There is acme, beta and ben."),
        ("from:acme,me", "I cannot look for a workspace and a person in one from:."),
        ("from:", "Write what you look for after from:, such as from:acme."),
    ],
)
def test_what_may_be_both_or_neither_is_asked(words: str, asked: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(words)
    assert refused.value.message.startswith(asked)


def test_without_other_workspaces_from_is_the_requester() -> None:
    assert read("from:ben", ()).requesters == ("U0BEN",)
    with pytest.raises(InvalidInput, match="No other workspace shares"):
        read("from:any", ())
    with pytest.raises(InvalidInput, match="Nobody here is called “acme”"):
        read("from:acme", ())


@pytest.mark.parametrize(
    ("words", "modes"),
    [
        ("visibility:local", ("workspace_local",)),
        ("visibility:shared,global", ("shared", "global")),
        ("-visibility:local", ("global", "shared")),
    ],
)
def test_lists_are_narrowed_by_who_sees_a_ticket(words: str, modes: tuple[str, ...]) -> None:
    assert read(words).visibilities == modes


def test_only_agents_and_admins_have_a_tab_of_what_others_share() -> None:
    agent, admin, requester, guest = (
        Actor(user="U1", is_known=True, is_agent=True),
        Actor(user="U1", is_known=True, is_admin=True),
        Actor(user="U1", is_known=True),
        Actor(user="U1", is_known=True, is_outsider=True, is_agent=True),
    )
    assert [("elsewhere" in tabs(each, has_homes=True)) for each in (agent, admin, requester, guest)] == [
        True,
        True,
        False,
        False,
    ]
    assert "elsewhere" not in tabs(agent)
