"""Each index against a plain look at all values, after any sequence of rows that come, change and go."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.common.words import words
from storage.journal.errors import StoreOpenError
from storage.journal.indexes import Index, Ordered, Unique, Values, Words

Rows = dict[int, Any]

GONE = object()

rows = st.integers(1, 20)
scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b", "ä", "2026"])
unindexed = st.lists(scalars, max_size=1) | st.dictionaries(st.just("key"), scalars, max_size=1)
texts = st.lists(
    st.sampled_from(["printer", "Printers", "PRINT", "jam", "é", "Straße", "打印机", "x-y"])
).map(" ".join)


def histories(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Rows, list[tuple[int, Any]]]]:
    """The value of each row at first, and then of one row after the other: `GONE` where it goes."""
    return st.tuples(st.dictionaries(rows, values), st.lists(st.tuples(rows, values | st.just(GONE))))


def play(index: Index, history: tuple[Rows, list[tuple[int, Any]]]) -> Rows:
    """Gives the value of each row at the end."""
    values, changes = {**history[0]}, history[1]
    index.load([*values], [*values.values()])
    index.loaded()
    for row, value in changes:
        if row in values:
            index.remove(row, values.pop(row))
        if value is not GONE:
            index.add(row, value)
            values[row] = value
        if isinstance(index, Words):
            index.settle(1)
    return values


@given(histories(scalars | unindexed), st.lists(scalars, max_size=3))
def test_values_give_the_rows_of_each_value(history: tuple[Rows, Any], wanted: list[object]) -> None:
    index = Values("field")
    kept = play(index, history)
    aside = {row for row, value in kept.items() if isinstance(value, list | dict)}
    assert set(index.rows(*wanted)) == aside | {row for row, value in kept.items() if value in wanted}
    for value in wanted:
        assert index.count(value) == len(aside) + [*kept.values()].count(value)


@given(
    histories(scalars | unindexed),
    st.none() | st.text("ab2", max_size=2),
    st.none() | st.text("ab2", max_size=2),
)
def test_ordered_gives_the_rows_between_two_texts(
    history: tuple[Rows, Any], least: str | None, most: str | None
) -> None:
    index = Ordered("field")
    kept = play(index, history)
    aside = {row for row, value in kept.items() if value is not None and not isinstance(value, str)}
    between = {
        row
        for row, value in kept.items()
        if isinstance(value, str) and (least or "") <= value and (most is None or value <= most)
    }
    assert set(index.rows(least, most)) == aside | between


@given(
    histories(texts | scalars),
    st.sampled_from(["p", "pr", "rin", "print", "ers", "am", "é", "strasse", "印", "y"]),
)
def test_words_give_the_rows_with_a_word_that_a_part_is_in_or_begins_where_it_is_short(
    history: tuple[Rows, Any], part: str
) -> None:
    index = Words("field")
    kept = play(index, history)
    found = {
        row
        for row, text in kept.items()
        if isinstance(text, str)
        and any(part in word if len(part) > 2 else word.startswith(part) for word in words(text))
    }
    assert set(index.rows(part)) == found
    while index.settle(1):
        pass
    assert set(index.rows(part)) == found


@given(histories(st.none() | st.sampled_from("ab")))
def test_unique_gives_the_row_of_each_value(history: tuple[Rows, Any]) -> None:
    index = Unique("field")

    def own(row: int, value: object) -> object:
        return f"{row} {value}" if isinstance(value, str) else value  # no two rows have the same

    first, changes = history
    kept = play(
        index,
        (
            {row: own(row, value) for row, value in first.items()},
            [(row, own(row, value)) for row, value in changes],
        ),
    )
    assert index.rows == {value: row for row, value in kept.items() if value is not None}


def test_a_unique_value_may_wander_to_another_row_before_it_has_left_the_first() -> None:
    index = Unique("field")
    index.add(1, "a")
    index.add(2, "a")
    index.remove(1, "a")
    assert index.rows == {"a": 2}


@pytest.mark.parametrize(("values", "reason"), [(["a", "b", "a"], "two documents"), (["a", ["b"]], "a list")])
def test_what_is_not_unique_is_not_opened_as_unique(values: list[object], reason: str) -> None:
    """It would rule out what a query finds."""
    index = Unique("field")
    with pytest.raises(StoreOpenError, match=reason):  # noqa: PT012  (which of the two tells is the index's own)
        index.load(range(1, len(values) + 1), values)
        index.loaded()


def test_nulls_are_not_unique() -> None:
    index = Unique("field")
    index.load([1, 2, 3], [None, "a", None])
    index.loaded()
    assert index.rows == {"a": 2}


def test_words_are_folded_and_scripts_without_spaces_give_each_sign() -> None:
    assert words("The PRINTER's Straße, 打印机 é3") == {
        "the",
        "printer",
        "s",
        "strasse",
        "打",
        "印",
        "机",
        "é3",
    }


def test_a_short_part_begins_a_word_before_and_after_the_text_is_taken_apart() -> None:
    index = Words("field")
    index.load([1], ["paper jam"])
    for _ in range(2):
        assert (set(index.rows("am")), set(index.rows("ja"))) == (set(), {1})
        index.settle(1)


def test_words_find_what_came_after_many_others() -> None:
    index = Words("field")
    for row in range(1, 1500):
        index.add(row, f"word{row} common")
    assert set(index.rows("word7")) == {row for row in range(1, 1500) if str(row).startswith("7")}
    assert len(index.rows("common")) == 1499


def test_of_many_texts_that_are_not_taken_apart_none_is_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever searches would wait for it."""
    monkeypatch.setattr("storage.journal.indexes._FEW", 2)
    index = Words("field")
    index.load(range(1, 6), ["paper jam"] * 5)
    index.add(6, "jam again")
    found = []
    for _ in range(4):
        found.append((index.finds_all, set(index.rows("jam"))))
        index.settle(1)
    assert found == [
        (False, {6}),
        (False, {6, 5}),
        (False, {6, 5, 4}),
        (True, {6, 5, 4, 3, 2, 1}),
    ]
