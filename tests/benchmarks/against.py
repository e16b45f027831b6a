"""Any benchmark of this folder, in turn with the code of another commit.

    python -m tests.benchmarks.against COMMIT life [--rounds 7] [--write docs/performance.md] [what life takes]

Each round runs the benchmark once with this tree and once with the commit's, so that a busy moment of the machine falls
on both alike. The benchmarks are this tree's in both cases, as far as the other code can run them. Every figure of their
tables is told as its median here, there, and the median of the ratios.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.figures import put, shown_ratio, table
from tests.benchmarks.servers import HERE

_UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
_FIGURE = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?) ?(µs|ms|s|MB|×)?(?![\w/])")


class Figure(NamedTuple):
    """Where a figure stands in the tables, which are counted from the first."""

    place: tuple[int, int]
    row: str
    column: str


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The code of a commit of this repository with the benchmarks of this tree, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603  (git, of a commit that the user names)
            ["git", "archive", commit, "bot", "handlers", "storage", "manifest.yml", "pyproject.toml"],  # noqa: S607
            cwd=HERE,
            check=True,
            capture_output=True,
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)  # noqa: S603, S607
        (Path(folder) / "tests").symlink_to(HERE / "tests")
        yield Path(folder)


def ran(tree: Path, name: str, more: list[str]) -> dict[Figure, float]:
    """What a benchmark prints, run once with the code of a tree."""
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *more]
    done = subprocess.run(  # noqa: S603  (our own program)
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    return figures(done.stdout)


def figures(text: str) -> dict[Figure, float]:
    """All that stand in Markdown's tables, in seconds where they are times."""
    found: dict[Figure, float] = {}
    head: list[str] = []
    for number, line in enumerate(text.splitlines()):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells or set(cells) <= {"---"}:
            head = head if cells else []
        elif not head:
            head = cells
        else:
            found |= dict(_of_row(number, head, cells))
    return found


def _of_row(number: int, head: list[str], cells: list[str]) -> Iterator[tuple[Figure, float]]:
    """A size or a number of connections, which stands first, is what a row is called and no figure."""
    read = [_FIGURE.match(cell) for cell in cells]
    if read[0] and not read[0][2]:
        read[0] = None
    name = " ".join(cell for cell, figure in zip(cells, read, strict=True) if cell and not figure)
    for column, figure in enumerate(read):
        if figure:
            value = float(figure[1].replace(",", "")) * _UNITS.get(figure[2], 1.0)
            yield Figure((number, column), name, head[column]), value


def report(commit: str, name: str, rounds: int, more: list[str]) -> str:
    here: defaultdict[Figure, list[float]] = defaultdict(list)
    there: defaultdict[Figure, list[float]] = defaultdict(list)
    with checkout(commit) as other:
        for _ in range(rounds):
            for tree, results in ((HERE, here), (other, there)):
                for figure, value in ran(tree, name, more).items():
                    results[figure].append(value)
    rows = [
        [
            f"{figure.row} {figure.column}".strip(),
            f"{median(values):.4g}",
            f"{median(there[figure]):.4g}",
            shown_ratio(
                median(mine / theirs for mine, theirs in zip(values, there[figure], strict=False) if theirs)
            ),
        ]
        for figure, values in sorted(here.items())
        if any(there[figure])
    ]
    return table([name, "this", commit, "this for each of the other"], rows)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("commit")
    options.add_argument("benchmark", help="the name of its module, such as life")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the figures there, too")
    chosen, more = options.parse_known_args()
    told = report(chosen.commit, chosen.benchmark, chosen.rounds, more)
    sys.stdout.write(f"{told}\n")
    if chosen.write:
        put(chosen.write, "against", told)


if __name__ == "__main__":
    main()
