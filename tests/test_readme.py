"""The README's tables are what the rows say, and its links lead somewhere."""

import re
from collections.abc import Iterator

import pytest

from bot.domain.filter_words import keys
from bot.domain.steps import STEPS
from bot.domain.telling import TABLE
from tests.test_architecture import ROOT

README = (ROOT / "README.md").read_text()
WORKING = (ROOT / "docs/working.md").read_text()
EVENTS = {
    "made by somebody else": "created",
    "taken by somebody": "taken",
    "given to somebody": "assigned",
    "taken off its assignee": "unassigned",
    "put on hold": "held",
    "gone on with": "resumed",
    "back from a hold by itself": "came_back",
    "resolved": "resolved",
    "closed": "closed",
    "opened again by the requester's reply": "answered",
    "reopened": "reopened",
    "commented": "comment",
    "a private note": "note",
    "due at another time": "due_changed",
    "moved to another queue": "moved",
    "closed as a duplicate": "merged",
    "found to be no ticket": "withdrawn",
    "undone": "undone",
    "brought back": "restored",
}
ROLES = ("requester", "assignee", "former_assignee", "on_call", "watcher")


def cells(page: str, below: str) -> Iterator[list[str]]:
    """The rows of the first table below a line."""
    table = page[page.index(below) :].split("\n\n| ", 1)[1].split("\n\n", maxsplit=1)[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def test_every_step_of_the_readme_is_told_of_in_the_words_of_its_row() -> None:
    told = {(line, what) for line, what in cells(README, "## Use it") if "T-42" in line}
    assert told
    assert told <= {(f"`/ticket {step.example}`", step.help) for step in STEPS.values()}


def test_the_readme_says_who_is_told_when_as_the_table_does() -> None:
    told = {
        (EVENTS[event], role, cell)
        for event, *each in cells(README, "### Who is told when")
        for role, cell in zip(ROLES, each, strict=True)
        if cell
    }
    assert told == {
        (event, row.role, "always" if row.level == "quiet" else row.level)
        for event, rows in TABLE.items()
        for row in rows
        if row.role in ROLES
    }


def test_every_word_that_narrows_a_list_is_told_of() -> None:
    told = {
        word
        for cell, *_ in cells(WORKING, "## Finding tickets")
        for word in re.findall(r"`(\w+):[^`]*`", cell)
    }
    assert told == {key.word for key in keys().values()}


@pytest.mark.parametrize(
    "page", ["README.md", *(str(each.relative_to(ROOT)) for each in ROOT.glob("docs/*.md"))]
)
def test_every_link_between_the_pages_leads_to_a_file_and_a_heading(page: str) -> None:
    for target, _, heading in re.findall(r"\]\(((?!https?:)[^)#]*)(#([\w-]+))?\)", (ROOT / page).read_text()):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w-]", "", each.lower().replace(" ", "-")) for each in headings}
