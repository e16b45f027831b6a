"""What a workspace may be called by its partners: no word that means something else where a name may stand."""

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.filter_homes import EVERYWHERE
from bot.domain.partners import RESERVED, Neighbour, checked_slug, slug_of
from bot.domain.share_words import read_share


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_word_of_the_language_is_nobodys_name(word: str) -> None:
    with pytest.raises(InvalidInput, match="means something else"):
        checked_slug(f" {word.upper()}/ ", ())
    assert slug_of(Neighbour("T0ACME", "Acme", word)) == f"{word}-t0acme"
    assert slug_of(Neighbour("T0ACME", word.title())) == f"{word}-t0acme"


def test_all_other_names_are_read_as_names() -> None:
    assert checked_slug("global-acme", ()) == "global-acme"
    assert slug_of(Neighbour("T0ACME", "All & Sons")) == "all-sons"


MODES = {"globally", "global", "locally", "local", "privately"}
WORDS = {*MODES, "all", "everybody", "everyone", "anybody", "anyone", "partners", "with", "to", "from", "for"}


@pytest.mark.parametrize("word", sorted(EVERYWHERE | WORDS | {"and", "me"}))
def test_what_share_and_from_take_instead_of_a_name_is_reserved(word: str) -> None:
    assert word in RESERVED


@pytest.mark.parametrize("rest", ["with {}", "{}", "{} and acme"])
def test_whatever_share_does_not_read_as_a_name_is_reserved(rest: str) -> None:
    for word in (*WORDS, "und", "acme", "see", "us", "t1", "42"):
        try:
            called = read_share(rest.format(word), "share").called
        except InvalidInput:
            called = ()
        assert word in called or word in RESERVED
