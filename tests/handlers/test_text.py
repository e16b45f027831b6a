"""Escaping and shortening: what users typed, on its way to Slack."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.blocks.text import escape, link, one_line, person, plain, shorten, user_text
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
