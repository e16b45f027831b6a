"""Three characters are escaped, and nothing else."""

from hypothesis import given
from hypothesis.strategies import text

from bot.playground.markup import escape, paged, shown, typed, unescape


@given(text())
def test_what_is_escaped_comes_back(words: str) -> None:
    assert unescape(escape(words)) == words


@given(text())
def test_escaped_text_notifies_nobody(words: str) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": escape(words) or "x"}}
    assert paged(escape(words), [section]) == []


def test_a_typed_name_becomes_a_mention_whatever_its_case() -> None:
    names = {"@ana": "@U0ANA", "#support": "#C0SUPPORT"}
    assert typed("@Ana, see #support.", names) == "<@U0ANA>, see <#C0SUPPORT|support>."
    assert typed("@ana", names, labels=True) == "<@U0ANA|ana>"


def test_a_label_is_not_its_mention() -> None:
    assert paged("<@U0ANA|ana> and <!here|here>", []) == ["U0ANA", "!here"]


def test_shown_words_are_decoded_once() -> None:
    assert shown("&amp;lt;", []) == "&lt;"
