"""What is compared does the same, and figures are told as they are. Nothing here looks at a clock."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from storage.journal.engine import Engine
from tests.benchmarks.against import figures
from tests.benchmarks.contestants import Cached, Contestant, InMemory, OnJson, Ours, Sqlite
from tests.benchmarks.databases import FILE, prepare
from tests.benchmarks.figures import Spread, goals, put, shown_time, table
from tests.benchmarks.tickets import QUEUES, ticket

TICKETS = [ticket(number) for number in range(1, 121)]
STATUSES = ("new", "triaged", "closed")


def said_by(make: Callable[[Path], Contestant], folder: Path) -> list[object]:
    """All that a store answers to the same questions."""
    with closing(make(folder)) as store:
        return [*answers(store)]


def answers(store: Contestant) -> Iterator[object]:
    store.fill(TICKETS[:110])
    rows = [store.insert(document) for document in TICKETS[110:]]
    changed, other = str(TICKETS[3]["id"]), str(TICKETS[115]["id"])
    store.update(changed, "on_hold")
    yield from map(store.get, (changed, other))
    yield from map(store.search, (str(each["createdBy"]) for each in TICKETS))
    yield from (store.first(status, queue) for status in STATUSES for queue in QUEUES)
    store.forget(rows)
    yield from (store.first(status, queue) for status in STATUSES for queue in QUEUES)


@pytest.mark.parametrize("make", [Sqlite, OnJson, Cached, InMemory])
def test_every_store_answers_as_ours_does(make: Callable[[Path], Contestant], tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours, theirs = said_by(Ours, tmp_path / "ours"), said_by(make, tmp_path / "theirs")
    assert orjson.dumps(ours) == orjson.dumps(theirs)
    assert any(ours)


@pytest.mark.parametrize("in_snapshot", [0.0, 0.5, 1.0])
def test_what_is_opened_holds_the_tickets(in_snapshot: float, tmp_path: Path) -> None:
    prepare(tmp_path, 9, in_snapshot)
    engine = Engine(tmp_path / FILE)
    tickets = {row: orjson.loads(raw) for row, raw in engine.view.documents("tickets").items()}
    rows = {table: [*engine.view.documents(table)] for table in ("keys", "cards", "places", "jobs")}
    engine.close()
    numbers = [*range(1, 10)]
    assert tickets == {row: ticket(row) for row in numbers}
    assert rows == {"keys": numbers, "cards": numbers, "places": numbers, "jobs": []}


def test_a_goal_that_was_missed_is_told_as_missed() -> None:
    told = goals([("fast", 2.0, "at least", 1.0), ("small", 2.0, "at most", 1.0)]).splitlines()
    assert told[2].endswith("| yes |")
    assert told[3].endswith("| **not met** |")


def test_figures_are_put_between_their_marks_only(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    start, end = "<!-- store: written by `python -m tests.benchmarks.store` -->", "<!-- /store -->"
    document.write_text(f"before\n{start}\nold\n{end}\nafter\n", "utf-8")
    put(document, "store", "new")
    assert document.read_text("utf-8") == f"before\n{start}\nnew\n{end}\nafter\n"
    with pytest.raises(ValueError, match="no place for answers"):
        put(document, "answers", "new")


def test_times_are_told_in_units_that_people_read() -> None:
    assert [*map(shown_time, (4.2, 0.25, 0.02, 0.00024, 7.1e-6))] == [
        "4.20 s",
        "0.25 s",
        "20.0 ms",
        "0.24 ms",
        "7.10 µs",
    ]
    assert Spread.of([3.0]) == (3.0, 3.0, 3.0, 1)


def test_the_figures_of_two_trees_are_told_by_row_and_column() -> None:
    text = table(
        ["connections", "server", "answers/s", "to half"],
        [["1", "ours", "1,443 (412 to 477)", "1.40 ms"], ["32", "ours", "915", "30 µs"]],
    )
    assert [(figure.row, figure.column, value) for figure, value in figures(f"told\n\n{text}\n").items()] == [
        ("1 ours", "answers/s", 1443.0),
        ("1 ours", "to half", 0.0014),
        ("32 ours", "answers/s", 915.0),
        ("32 ours", "to half", pytest.approx(30e-6)),
    ]
