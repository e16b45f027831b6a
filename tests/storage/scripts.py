"""Transactions for an engine, and what must be there after them."""

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from storage.journal.engine import Done, Engine
from storage.journal.format import Changes
from storage.journal.layers import JournalTransaction, Layers, Tables
from storage.journal.recovery import recover
from tests.patience import PATIENCE

Told = SimpleQueue[OSError | None]
Work = Callable[[JournalTransaction], None]


def change(transaction: JournalTransaction, number: int) -> None:
    """The transaction of this number: several tables, and documents that come, change and go."""
    transaction.put("tickets", number, {"number": number, "summary": f"Printer {number}\tis “down”\n" * 3})
    transaction.put("counters", 1, {"last": number})
    transaction.put("jobs", number, {"ticket": number})
    transaction.remove("jobs", number - 2)
    if number % 5 == 0:
        transaction.drop("drafts")
    else:
        transaction.put("drafts", number, {})


def stage(engine: Engine, work: Work, done: Done) -> Changes:
    """Begins and stages a transaction, and gives what it changes."""
    transaction = engine.begin()
    work(transaction)
    changes = transaction.layer.changes()
    engine.commit(transaction, done)
    return changes


def staged(engine: Engine, work: Work) -> Told:
    """Where the outcome of a transaction will be."""
    told = Told()
    stage(engine, work, told.put)
    return told


def commit(engine: Engine, work: Work) -> OSError | None:
    return staged(engine, work).get(timeout=PATIENCE)


def apply(changes: Changes, state: Tables) -> Tables:
    """The state after these changes. The one before stays as it is."""
    after = {table: dict(rows) for table, rows in state.items()}
    for table, rows in changes.items():
        if rows is None:
            after.pop(table, None)
            continue
        kept = after.setdefault(table, {})
        for row, document in rows.items():
            if document is None:
                kept.pop(row, None)
            else:
                kept[row] = document
    return after


def state(engine: Engine) -> Tables:
    """What readers see."""
    return {table: engine.view.documents(table) for table in engine.view.tables()}


def found(snapshot: Path) -> Tables:
    """What a new process would find."""
    memory = Layers({})
    recover(snapshot, memory)
    return memory.durable()


class Script:
    """Runs numbered transactions on an engine, and keeps what must be there by what was acknowledged."""

    def __init__(self, engine: Engine, acknowledged: Callable[[int], None] | None = None) -> None:
        """`acknowledged` is told the number of each transaction the moment it is durable."""
        self.engine = engine
        self.state = state(engine)
        self.number = max(self.state.get("tickets", {}), default=0)
        self.states = {self.number: self.state}
        """After each transaction, as far as it did not fail."""
        self._acknowledged = acknowledged

    def run(self, count: int = 1) -> list[OSError | None]:
        """Begins so many at once, and waits for all of them."""
        staged = [self._stage() for _ in range(count)]
        outcomes = []
        for changes, told in staged:
            outcomes.append(told.get(timeout=PATIENCE))
            if outcomes[-1] is None:
                self.state = apply(changes, self.state)
                self.states[max(changes["tickets"] or ())] = self.state
        return outcomes

    def _stage(self) -> tuple[Changes, Told]:
        self.number += 1
        number, told = self.number, Told()

        def done(error: OSError | None) -> None:
            if error is None and self._acknowledged:
                self._acknowledged(number)
            told.put(error)

        return stage(self.engine, lambda transaction: change(transaction, number), done), told
