"""What a ticket costs that much has happened to: its 2,000th change, and showing it with 5,000 comments.

    python -m tests.benchmarks.long_tickets [--quick] [--write docs/performance.md]

One interleaved run on one store: in each round a new ticket is changed for the tenth time and an old one for the 2,000th
and later, and a ticket with a few comments is shown as well as one with many. Times are of the processor, with the
store's own threads, and so without the disk; what a change writes is counted in bytes. The temporary folder (TMPDIR) has
to be on a real disk.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from bot.domain.clock.settings import ClockSettings
from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.permissions import THE_DESK
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import Tickets
from handlers.blocks import comments
from handlers.tickets import history_view, ticket_view
from handlers.tickets.ticket_view import TicketContents, TicketMeta
from storage import open_store
from tests.benchmarks.figures import Spread, command, goals, shown_spread, table
from tests.benchmarks.tickets import START, made

HERE = Workspace(team_id="T1")
TENTH, LATE = "its 10th change", "its {:,}th and later"
FEW, MANY, HISTORY = "show, 5 comments", "show, {:,} comments", "the first page of that history"
OLD, TALKED_ABOUT, QUIET = 1, 2, 3  # the numbers of tickets; from 4 on they are new ones

Results = dict[str, list[float]]
"""Seconds of the processor by what was done, one for each round; and bytes, under the same names with `_BYTES`."""
_BYTES = ", bytes"


class LongTickets:
    """A store with a ticket that has been changed often and one with many comments."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._steps = TicketSteps(store, lambda: START)
        self._presses = count(1)

    async def fill(self, changes: int, said: int) -> None:
        for number in (OLD, TALKED_ABOUT, QUIET):
            await self._store.change(HERE, partial(_save, number=number))
        for _ in range(changes):
            await self.changed(OLD)
        for number, many in ((TALKED_ABOUT, said), (QUIET, 5)):
            await self._store.change(HERE, partial(_talk, number=number, many=many))

    async def changed(self, number: int) -> None:
        press = next(self._presses)
        await self._steps.take(
            HERE, number, "edit", {"summary": f"{press:09}"}, StepRequest(THE_DESK, f"press:{press:09}")
        )

    async def new(self, number: int) -> None:
        """A ticket that has been changed eight times since it was made."""
        await self._store.change(HERE, partial(_save, number=number))
        for _ in range(8):
            await self.changed(number)

    async def show(self, number: int) -> None:
        """As `/ticket show` does."""
        ticket = await Tickets(self._store, lambda: START).ticket(HERE, THE_DESK, number)
        page = await TicketComments(self._store, lambda: START).of(
            HERE, THE_DESK, ticket, before=None, limit=comments.PER_PAGE
        )
        history = await Tickets(self._store, lambda: START).history(
            HERE, THE_DESK, number, offset=0, limit=ticket_view.HISTORY
        )
        contents = TicketContents(ticket, Directory(), page, history, {}, START, ClockSettings())
        ticket_view.ticket_modal(TicketMeta(number=number), contents, THE_DESK)

    async def history(self) -> None:
        """As *History* does."""
        page = await Tickets(self._store, lambda: START).history(
            HERE, THE_DESK, OLD, offset=0, limit=history_view.PER_PAGE
        )
        history_view.history_modal(page, Directory(), {})

    def written(self) -> int:
        return sum(len(path.read_bytes().rstrip(b"\0")) for path in self._folder.rglob("*.journal"))


async def _save(tx: Transaction, number: int) -> None:
    await tx.save(made(number).model_copy(update={"status": "new"}), now=START)


async def _talk(tx: Transaction, number: int, many: int) -> None:
    for each in range(many):
        at, text = (
            START + timedelta(minutes=each),
            f"It is still so at minute {each}, and nobody has come yet.",
        )
        await tx.keep_comment(
            Comment(key=f"C{number}:{each}.0", number=number, author="U1", at=at, text=text)
        )


async def _measured(work: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    await work()
    return time.process_time() - began


async def run(folder: Path, *, changes: int, said: int, rounds: int) -> Results:
    results: Results = defaultdict(list)
    store = open_store(f"tinydb:{folder}")
    desk = LongTickets(store, folder)
    await desk.fill(changes - 2, said)
    for number in range(QUIET + 1, QUIET + 1 + rounds):
        await desk.new(number)
        for name, changed in ((TENTH, number), (LATE.format(changes), OLD)):
            before = desk.written()
            results[name].append(await _measured(partial(desk.changed, changed)))
            results[name + _BYTES].append(desk.written() - before)
        for name, shown in ((FEW, QUIET), (MANY.format(said), TALKED_ABOUT)):
            results[name].append(await _measured(partial(desk.show, shown)))
        results[HISTORY].append(await _measured(desk.history))
    await store.close()
    return results


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    changes, said, rounds = (200, 500, 20) if quick else (2_000, 5_000, 100)
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(Path(folder), changes=changes, said=said, rounds=rounds))
    at = {name: median(values) for name, values in results.items()}
    late, many = LATE.format(changes), MANY.format(said)
    reached = [
        (
            f"processor time of a ticket's {changes:,}th change, for each of its 10th",
            at[late] / at[TENTH],
            "at most",
            1.2,
        ),
        ("bytes of it", at[late + _BYTES] / at[TENTH + _BYTES], "at most", 1.2),
        (f"{many}, for each of 3 ms", at[many] / 3e-3, "at most", 1.0),
    ]
    rows = [
        [
            name,
            shown_spread(Spread.of(results[name])),
            f"{at[name + _BYTES]:,.0f}" if name + _BYTES in at else "",
        ]
        for name in (TENTH, late, FEW, many, HISTORY)
    ]
    return f"{goals(reached)}\n\n{table(['', 'processor', 'bytes in the journal'], rows)}"


if __name__ == "__main__":
    command({"long_tickets": report}, __doc__)
