"""How figures are told: medians with their quartiles, in units that people read, between marks in a document."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple, Protocol


class Report(Protocol):
    """Measures, and gives Markdown. Draws its pictures into a folder, if there is one; `quick` is rough."""

    def __call__(self, pictures: Path | None, *, quick: bool) -> str: ...


class Spread(NamedTuple):
    """The quartiles of what was measured, and how often it was."""

    low: float
    median: float
    high: float
    times: int

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        known = list(values)
        low, middle, high = quantiles(known, n=4, method="inclusive") if len(known) > 1 else 3 * known
        return cls(low, middle, high, len(known))


def shown_time(seconds: float) -> str:
    """`4.2 s`, `0.24 ms`, `7.1 µs`."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size / 10:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds * 1e6)} µs"


def shown_spread(times: Spread) -> str:
    """`0.24 ms (0.23 ms to 0.26 ms)`."""
    return f"{shown_time(times.median)} ({shown_time(times.low)} to {shown_time(times.high)})"


def shown_ratio(ratio: float) -> str:
    """With the sign of multiplication."""
    return f"{_digits(ratio)} ×"


def _digits(number: float) -> str:
    return f"{number:,.2f}" if number < 10 else f"{number:,.1f}" if number < 100 else f"{number:,.0f}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """In Markdown."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def goals(reached: Iterable[tuple[str, float, str, float]]) -> str:
    """What was wanted: its name, what was measured, "at least" or "at most", and the bound. Misses are told as such."""
    rows = []
    for name, measured, which, bound in reached:
        met = measured >= bound if which == "at least" else measured <= bound
        rows.append(
            [name, f"{which} {shown_ratio(bound)}", shown_ratio(measured), "yes" if met else "**not met**"]
        )
    return table(["wanted", "", "measured", "met"], rows)


def put(document: Path, name: str, text: str) -> None:
    """Between the marks of that name, so that the words around the figures stay. Raises ValueError without marks."""
    start, end = f"<!-- {name}: written by `python -m tests.benchmarks.{name}` -->", f"<!-- /{name} -->"
    whole = document.read_text("utf-8")
    before, opened, rest = whole.partition(start)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        message = f"{document} has no place for {name}"
        raise ValueError(message)
    document.write_text(f"{before}{start}\n{text}\n{end}{after}", "utf-8")


def command(reports: dict[str, Report], description: str | None) -> None:
    """The command line of one benchmark, or of all."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="small sizes and few rounds: rough figures")
    options.add_argument("--write", type=Path, metavar="DOCUMENT", help="put figures and pictures there, too")
    chosen = options.parse_args()
    for name, report in reports.items():
        text = report(chosen.write.parent if chosen.write else None, quick=chosen.quick)
        sys.stdout.write(f"{text}\n\n")
        if chosen.write:
            put(chosen.write, name, text)
