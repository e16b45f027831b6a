"""docs/language.md says what can be typed; its tables are the rows of the code."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.contract import CHOICES
from bot.domain.due import due_end, parse_due
from bot.domain.errors import InvalidInput
from bot.domain.fields import TICKET_FIELDS, TicketField
from bot.domain.filter_words import ALONE, Key, filter_parts, keys, meant_as
from bot.domain.names import squashed
from bot.domain.steps import STEPS, Step, typed_words
from bot.domain.ticket_commands import command_of, tickets_alone
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


def fields_missing() -> set[str]:
    """The fields that can be typed and are not on the page as their rows say."""
    table = PAGE.partition("| Field | Keys |")[2].partition("\n\n")[0].splitlines()[2:]
    return {row.name for row in TICKET_FIELDS.values() if row.keys and row_of_the_page(row) not in table}


def steps_missing() -> set[str]:
    """The steps that can be typed and are not on the page as their rows say."""
    return {row.name for row in STEPS.values() if row.words and order_row(row) not in PAGE.splitlines()}


def order_row(row: Step) -> str:
    return f"| `{row.example}` | {row.help} |"


def test_the_page_has_a_row_for_each_field_that_can_be_typed_and_no_other() -> None:
    rows = [row_of_the_page(row) for row in TICKET_FIELDS.values() if row.keys]
    table = PAGE.partition("| Field | Keys |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == rows
    assert not fields_missing()


def test_the_page_has_each_other_word_for_a_choice() -> None:
    told = {
        (word, value)
        for value, words in re.findall(r"^\| `(\w+)` \| ((?:`!\w+` ?)+)\|$", PAGE, re.MULTILINE)
        for word in re.findall(r"!(\w+)", words)
    }
    rows = TICKET_FIELDS.values()
    assert told == {pair for row in rows if row.sign for pair in row.also.items()}
    assert all(f"`{word}`" in PAGE for row in rows if not row.sign for word in row.also)


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


def test_the_page_has_each_order_in_the_words_of_its_row() -> None:
    table = PAGE.partition("| Order | What it does |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [order_row(row) for row in STEPS.values() if row.words]
    assert not steps_missing()


ASKED = ("resolve #2 ", "close T-1 to T-3", "priority T-1 high, T-2 low")


def test_each_order_on_the_page_is_one_and_is_asked_about_only_where_it_says_so() -> None:
    orders = PAGE.partition("## Orders")[2].partition("## Filters")[0].replace("\n  ", " ")
    words = "|".join(typed_words())
    for line in re.findall(rf"`((?:{words}) (?:T-|t|#|)\d[^`]*)`", orders):
        command = command_of(line)
        assert command, line
        assert bool(command.doubt) == line.startswith(ASKED), line
    for line in re.findall(r"`((?:T-|#)?42)`", orders):
        assert tickets_alone(line) == (42,), line
    assert command_of("Close 3 doors site:hq type:other") is None
    assert meant_as("of users won't load") == "unclear"


def filter_row(key: Key) -> str:
    takes = " ".join(f"`{value}`" for value in dict.fromkeys(key.choices.values()))
    also = {"person": "a person, `me`", "home": "a workspace, `any`, or a person"}
    takes = takes or {**TAKES, **also}[key.element]
    nobody = ", `none`" if key.fills == "assignees" else ""
    return (
        f"| {' '.join(f'`{word}:`' for word in key.words)} | {takes}{nobody} | `{key.word}:{key.example}` |"
    )


def test_the_page_has_a_row_for_each_key_of_a_filter() -> None:
    table = PAGE.partition("| Key | Takes | Example |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [filter_row(key) for key in dict.fromkeys(keys().values())]


def test_each_word_that_the_page_says_narrows_alone_does() -> None:
    told = PAGE.partition("these words narrow as well: ")[2].partition(". Beside")[0]
    assert {squashed(word) for word in re.findall(r"`([^`]+)`", told)} == set(ALONE)


def test_each_filter_on_the_page_is_read() -> None:
    filters = PAGE.partition("## Filters")[2].partition("| Key |")[0] + PAGE.rpartition("| Example |")[2]
    for words in re.findall(r"`((?:not )?-?\w+(?::|!=)[^`]+)`", filters):
        for part in filter_parts(words, lambda *_: True):
            assert isinstance(part.key, Key), words
            assert part.values, words


WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TIMES = PAGE.partition("## Times")[2].partition("## Orders")[0]


def test_each_time_on_the_page_is_due_when_the_page_says() -> None:
    rows = re.findall(r"^\| (`.+`) \| (\w+ \d\d \w+ \d{4} \d\d:\d\d) \|$", TIMES, re.MULTILINE)
    assert len(rows) == TIMES.count("\n|") - 2
    for typed, due in rows:
        for text in re.findall(r"`([^`]+)`", typed):
            read_as = parse_due(text, now=WEDNESDAY, zone=BERLIN).astimezone(BERLIN)
            assert f"{read_as:%a %d %b %Y %H:%M}" == due, text


def test_each_time_that_the_page_says_is_asked_about_is_taken_whole_and_asked_about() -> None:
    asked = re.findall(
        r"`(?:due:)?([^`]+)`", TIMES.partition("asked about: ")[2].partition(". In filters")[0]
    )
    assert len(asked) == 11
    for text in asked:
        assert due_end(text, 0) == len(text)
        with pytest.raises(InvalidInput):
            parse_due(text, now=WEDNESDAY, zone=BERLIN)
