"""What the indexes read of a document, without parsing more of it than they need."""

import gc
import tracemalloc
from functools import partial
from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from storage.journal.engine import Engine
from storage.journal.indexes import Ordered, Unique, Values
from storage.journal.layers import DurableTable, JournalTransaction, Layers
from tests.storage.scripts import commit

FIELDS = ("id", "status", "due")
texts = some.text() | some.sampled_from(["{", "[", ',"', '{"id":1}', "a,", '\\"', *FIELDS])
values = some.recursive(
    some.none() | some.integers(-9, 9) | texts,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(texts, inner, max_size=3),
)


@pytest.mark.parametrize("more", [{}, {"padding": 2000 * "x"}], ids=["short", "long"])
@given(document=some.dictionaries(texts, values))
@example(document={})
@example(document={"id": 1, "due": 2, "note": 'a,"{b', "status": 3})
@example(document={"id": 1, "due": [2], "status": {}})
@example(document={"a,": {"id": 1}, "id": 2})
@example(document={"id": 1, "due": None, "note": {"id": 2, "status": 3}})
@example(document={"due": "1", "note": {}, "status": 3})
def test_what_is_read_of_a_document_is_what_is_in_it(
    more: dict[str, object], document: dict[str, object]
) -> None:
    table = DurableTable({"id": Unique("id"), "status": Values("status"), "due": Ordered("due")})
    whole = {**document, **more}
    assert table.read(orjson.dumps(whole)) == tuple(map(whole.get, FIELDS))


@pytest.mark.parametrize("more", [{}, {"padding": 2000 * "x"}], ids=["short", "long"])
@given(
    given_due=some.none() | texts,
    computed=some.none() | texts,
    late=some.sampled_from((True, None)),
    note=values,
)
def test_an_index_takes_another_field_where_its_own_has_nothing(
    more: dict[str, object], given_due: str | None, computed: str | None, late: object, note: object
) -> None:
    indexes = {
        "due": Ordered("due", otherwise="computed"),
        "late": Values("late", seldom=True),
        "id": Unique("id"),
    }
    found = {"due": given_due, "computed": computed, "late": late, "id": "1", "note": note}
    whole = {field: value for field, value in found.items() if value is not None} | more
    due = computed if given_due is None else given_due
    assert DurableTable(indexes).read(orjson.dumps(whole)) == (due, late, "1")


@given(some.lists(some.tuples(some.none() | some.text(max_size=2), values)))
def test_an_index_answers_the_same_whether_it_was_loaded_or_told_of_each_row(
    read: list[tuple[str | None, object]],
) -> None:
    rows = range(1, len(read) + 1)
    loaded, told = (Values("field"), Ordered("field")), (Values("field"), Ordered("field"))
    column = [text if number % 2 else value for number, (text, value) in enumerate(read)]
    for one, other in zip(loaded, told, strict=True):
        for half in (slice(0, len(read) // 2), slice(len(read) // 2, None)):
            one.load(rows[half], column[half])
        one.loaded()
        for row, value in zip(rows, column, strict=True):
            other.add(row, value)
    assert list(loaded[1].rows()) == list(told[1].rows())
    for value in column:
        if not isinstance(value, list | dict):
            assert loaded[0].rows(value) == told[0].rows(value)


def test_a_document_takes_the_room_of_its_json_and_no_more() -> None:
    layers = Layers({})
    transaction = JournalTransaction(layers, 0)
    tracemalloc.start()
    for row in range(1, 101):
        transaction.put("t", row, {"name": f"{row}"})
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 100 * 1000


def test_documents_leave_the_garbage_collector_nothing_to_look_at(tmp_path: Path) -> None:
    """A collection stops everybody for as long as it looks."""
    engine = Engine(
        tmp_path / "T1.json", {"t": {"status": partial(Values, "status"), "due": partial(Ordered, "due")}}
    )

    def put(row: int) -> None:
        assert (
            commit(engine, lambda tx: tx.put("t", row, {"status": f"{row % 9}", "due": f"{row % 9}"})) is None
        )

    for row in range(1, 21):
        put(row)
    gc.collect()
    before = len(gc.get_objects())
    for row in range(21, 521):
        put(row)
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    engine.close()
