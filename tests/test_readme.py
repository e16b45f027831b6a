"""The README's tables of words and fields are what the rows say."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.domain.contract import FIELDS
from bot.domain.fields import TICKET_FIELDS
from bot.domain.filter_words import keys
from bot.domain.steps import STEPS

README = (Path(__file__).parents[1] / "README.md").read_text()
IN_WORDS = {"summary": "the free words", "workspaceId": "always the workspace you are in"}


def cells(below: str) -> Iterator[list[str]]:
    """The rows of the first table below a line."""
    table = README[README.index(below) :].split("\n\n| ", 1)[1].split("\n\n")[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("| ").split(" | ")]


def fields_told() -> Mapping[str, str]:
    told: dict[str, str] = {}
    for field, short, other, its in cells("`due:` takes"):
        told |= {field.strip("`"): short, other.strip("`"): its}
    return told


def fields_of_the_rows() -> Mapping[str, str]:
    rows = [row for row in TICKET_FIELDS.values() if row.keys]
    return {
        row.name: IN_WORDS.get(row.name) or " or ".join(f"`{shown}`" for shown in row.shown) for row in rows
    }


def steps_missing() -> set[str]:
    """The steps that can be typed and are not told of as their rows do."""
    told = {(line, what) for line, what in cells("## The words of `/ticket`")}
    typed = [step for step in STEPS.values() if step.words]
    return {step.name for step in typed if (f"`/ticket {step.example}`", step.help) not in told}


def test_every_field_is_told_of_with_what_is_typed_for_it() -> None:
    assert fields_told() == fields_of_the_rows()
    assert set(fields_told()) == set(FIELDS)


def test_every_step_that_can_be_typed_is_told_of_in_the_words_of_its_row() -> None:
    assert steps_missing() == set()
    words = {line.split()[1].strip("`") for line, _ in cells("## The words of `/ticket`") if "T-42" in line}
    assert words == {step.words[0] for step in STEPS.values() if step.words}


def test_every_word_that_narrows_a_list_is_told_of() -> None:
    told = {word for cell, *_ in cells("### Finding tickets") for word in re.findall(r"`(\w+):[^`]*`", cell)}
    assert told == {key.word for key in keys().values()}
