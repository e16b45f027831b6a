"""What of a text leaves its workspace: names for people, whose IDs say nothing elsewhere."""

import pytest

from bot.domain.leaving import with_names

NAMES = {"U0BEN": "Ben", "W0INES": "Ines Vidal", "S0NIGHT": "night-shift"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("hey @U0BEN, and @W0INES", "hey @Ben, and @Ines Vidal"),
        ("(@U0BEN)", "(@Ben)"),
        ("@S0NIGHT takes it", "@night-shift takes it"),
        ("@U0WHO is not known", "@U0WHO is not known"),
        ("write to ben@U0BEN.example and @U0BENNY", "write to ben@U0BEN.example and @U0BENNY"),
        ("", ""),
    ],
)
def test_people_are_named(text: str, read: str) -> None:
    assert with_names(text, lambda user: NAMES.get(user, user)) == read
