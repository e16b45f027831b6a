"""Escaping and shortening: what users typed, on its way to Slack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.blocks.text import (
    escape,
    link,
    linked,
    mrkdwn,
    one_line,
    person,
    pieces,
    plain,
    shorten,
    user_text,
    with_mentions,
)
from handlers.slack.payload_fields import unescape


def test_nothing_a_user_types_pages_anybody() -> None:
    assert user_text("<!channel> <@U123> &lt;", 100) == "&lt;!channel&gt; &lt;@U123&gt; &amp;lt;"


@given(st.text())
def test_what_is_escaped_reads_as_it_was_typed(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text(alphabet="<>&ab ;lt"), st.integers(min_value=5, max_value=60))
def test_shortened_text_fits_and_cuts_no_entity_in_two(text: str, limit: int) -> None:
    shown = user_text(text, limit)
    assert len(shown) <= limit
    assert "<" not in shown
    assert escape(unescape(shown)) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("see https://x.org/a?b=1&c=2.", "see <https://x.org/a?b=1&amp;c=2>."),
        ("(https://x.org/a_(b)), HTTP://Y.org!", "(<https://x.org/a_(b)>), <HTTP://Y.org>!"),
        ("here (https://x.org/a|b)", "here (<https://x.org/a%7Cb>)"),
        ("<https://x.org>", "&lt;<https://x.org>&gt;"),
        ("https://x.org/@U0ANA", "<https://x.org/@U0ANA>"),
        ("https:// and https://. and xhttps://x.org", "https:// and https://. and xhttps://x.org"),
        ("https://x.org/cut…", "https://x.org/cut…"),
        ("javascript://x.org", "javascript://x.org"),
    ],
)
def test_an_address_that_somebody_typed_is_a_link(typed: str, shown: str) -> None:
    assert with_mentions(user_text(typed, 100)) == shown
    assert mrkdwn(shown)["verbatim"], "Slack makes no others"


def test_an_address_that_is_cut_is_no_link() -> None:
    typed = "see https://x.org/manual?a=1&b=2 please"
    whole = user_text(typed, 100)
    assert user_text(typed, len(whole)) == whole
    for limit in range(2, len(whole)):
        shown = user_text(typed, limit)
        assert len(shown) <= limit
        assert "<" not in shown or "<https://x.org/manual?a=1&amp;b=2>" in shown
        assert typed.startswith(unescape(shown.replace("<", "").replace(">", "")).removesuffix("…").rstrip())
    assert user_text("https://x.org/" + "a" * 3000, 5000).startswith("https://"), "none is that long"
    assert pieces(linked(typed), 36)[1].startswith("<https://x.org/manual?a=1&amp;b=2>")


def test_text_that_is_not_mrkdwn_has_no_links() -> None:
    assert plain("https://x.org", 50)["text"] == "https://x.org"
    assert link("https://x.org", "https://y.org & more") == "<https://x.org|https://y.org &amp; more>"


def test_short_text_stays_whole() -> None:
    assert shorten("Printer down", 12) == "Printer down"
    assert shorten("Printer down!", 12) == "Printer dow…"


def test_a_summary_stays_on_one_line() -> None:
    assert one_line("Printer\n down", 100) == "Printer down"


def test_only_slacks_own_ids_become_mentions() -> None:
    assert person("U0ANA") == "<@U0ANA>"
    assert person("ana!>") == "ana!&gt;"


def test_a_link_cannot_be_broken_out_of() -> None:
    assert link("https://x.org/a|b>c", "Source") == "<https://x.org/a%7Cb&gt;c|Source>"


def test_plain_text_objects_are_escaped_as_well() -> None:
    assert plain("<b>", 10) == {"type": "plain_text", "text": "&lt;b&gt;", "emoji": True}
