"""docs/language.md says what can be typed; its tables are the rows of the code."""

import re

from bot.domain.contract import CHOICES
from bot.domain.fields import TICKET_FIELDS, TicketField
from tests.domain.test_line import read
from tests.test_architecture import ROOT

PAGE = (ROOT / "docs/language.md").read_text()
TAKES = {
    "text": "text",
    "item": "a name",
    "queue": "a queue",
    "person": "a person",
    "ticket": "a ticket",
    "time": "a time",
    "hours": "a number",
}


def row_of_the_page(row: TicketField) -> str:
    keys = " ".join(f"`{key}:`" for key in row.keys)
    takes = " ".join(f"`{value}`" for value in CHOICES.get(row.name, ())) or TAKES[row.element]
    return f"| {row.label} | {keys} | {f'`{row.sign}` ' if row.sign else ''}| {takes} |"


def test_the_page_has_a_row_for_each_field_that_can_be_typed_and_no_other() -> None:
    rows = [row_of_the_page(row) for row in TICKET_FIELDS.values() if row.keys]
    table = PAGE.partition("| Field | Keys |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == rows


def test_the_page_has_each_other_word_for_a_choice() -> None:
    told = {
        (word, value)
        for value, words in re.findall(r"^\| `(\w+)` \| ((?:`!\w+` ?)+)\|$", PAGE, re.MULTILINE)
        for word in re.findall(r"!(\w+)", words)
    }
    assert told == {pair for row in TICKET_FIELDS.values() for pair in row.also.items()}


def test_each_pair_of_quotes_on_the_page_quotes() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("A value with spaces"))
    pairs = re.findall(r"`([^\s`…]…[^\s`…])`", line)
    assert len(pairs) == 12
    for opening, _, closing in [*pairs, "`…`"]:
        phrase = read(f"Lamp category:{opening}meeting rooms{closing}")
        assert (phrase.fields["category"], phrase.problems) == ("meeting rooms", ()), opening


def test_what_the_page_calls_words_are_words() -> None:
    words = PAGE.partition("### Words that only look like fields")[2].partition("### Quotes")[0]
    for word in re.findall(r"`(#(?!x`)\S+|Order status[^`]+|Error: 42)`", words):
        assert read(f"Lamp {word}").fields["summary"] == f"Lamp {word}"
