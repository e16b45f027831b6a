"""Names are compared alike wherever they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.names import folded, unaccented


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cafe\u0301", "CAF\u00c9"),
        ("O\u2019Neil", "o'neil"),
        ("Nord\u2013S\u00fcd", "nord-s\u00fcd"),
        ("HQ\u2011North", "hq-north"),
        ("\uff21\uff23\uff2d\uff25\u3000Ltd", "acme ltd"),
        ("\ufb01ber", "fiber"),
        ("Stra\u00dfe", "strasse"),
        ("Ac\u00adme", "acme"),
        ("Acme\u200bHQ", "acme hq"),
        ("  Acme \t HQ ", "acme hq"),
    ],
)
def test_two_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("name", "plain"), [("Café Zürich", "cafe zurich"), ("Malmø", "malmo"), ("İzmir", "izmir")]
)
def test_accents_count_only_where_they_are_typed(name: str, plain: str) -> None:
    assert folded(name) != plain
    assert unaccented(name) == plain


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert unaccented(unaccented(text)) == unaccented(text)
