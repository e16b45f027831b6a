"""What stands behind `from:` in a list's words: another workspace, whose tickets are wanted, or a person, who asked for them."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from bot.domain.elsewhere import HomeName
from bot.domain.errors import InvalidInput, Problem
from bot.domain.names import folded, squashed
from bot.domain.people import Person
from bot.domain.words import listed, quoted

EVERYWHERE = frozenset({"any", "elsewhere", "others"})
"""What it takes for all other workspaces."""
_FEW = 6  # workspaces that a message names


class From(NamedTuple):
    """The teams, or the user IDs."""

    teams: Sequence[str] = ()
    people: Sequence[str] = ()


def is_from(text: str, homes: Sequence[HomeName]) -> bool:
    """Whether this is exactly what one of the workspaces is called."""
    return bool(_called(text, homes))


def read_from(
    values: Sequence[str],
    homes: Sequence[HomeName],
    people: Callable[[str], Sequence[Person]],
    person: Callable[[str], str | None],
) -> From:
    """`homes`: the workspaces whose tickets may be seen. `people` finds those who are called so, `person` the one who is meant.

    Raises `InvalidInput`: where a name is of a workspace and of a person, it asks.
    """
    teams, users = list[str](), list[str]()
    for value in values:
        there = _called(value, homes)
        if there and people(value):
            words = f"{quoted(value)} is a workspace and a person here. Write from:{there[0].calls}/ or requester:@{value}."
            raise _refused("two_meanings", words)
        teams += [home.team for home in there]
        if not there and (user := _user(value, homes, people, person)):
            users.append(user)
    if teams and users:
        words = "I cannot look for a workspace and a person in one from:. Write requester: for the person."
        raise _refused("two_meanings", words)
    return From(teams, users)


def _called(text: str, homes: Sequence[HomeName]) -> Sequence[HomeName]:
    """With `/` behind it, as in a ticket's name, it is no person."""
    if squashed(text) in EVERYWHERE:
        return homes
    wanted = folded(text.removesuffix("/"))
    return [home for home in homes if wanted in {folded(home.calls), folded(home.name)}]


def _user(
    text: str,
    homes: Sequence[HomeName],
    people: Callable[[str], Sequence[Person]],
    person: Callable[[str], str | None],
) -> str | None:
    if squashed(text) in EVERYWHERE:
        raise _refused("no_homes", "No other workspace shares tickets with this one.")
    if not homes or text.startswith("@") or text.casefold() == "me" or people(text):
        return person(text)
    by_name = {folded(name): home.calls for home in homes for name in (home.calls, home.name)}
    near = get_close_matches(folded(text.removesuffix("/")), by_name, n=1)
    hint = (
        f"Did you mean {quoted(by_name[near[0]])}?"
        if near
        else f"There is {listed([home.calls for home in homes[:_FEW]], 'and')}. People stand behind requester:."
    )
    raise _refused("unknown_workspace", f"There is no workspace {quoted(text)} that shares with you. {hint}")


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code=code, message=message)])
