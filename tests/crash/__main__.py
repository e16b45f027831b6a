"""`python -m tests.crash --times 1000`: kills so many processes, and says what the kills have met."""

import logging
import shutil
import tempfile
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.crash.checks import CHECKS
from tests.crash.rounds import Crash, crashes


def main(
    times: Annotated[int, typer.Option(help="How many processes of each load are killed.")] = 100,
    seed: Annotated[int | None, typer.Option(help="What decides when; else chance.")] = None,
) -> None:
    """Ends with the first that lost something, and leaves its folder."""
    seed = SystemRandom().getrandbits(32) if seed is None else seed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    console.print(f"seed {seed}")
    folder = Path(tempfile.mkdtemp(prefix="deskhand-crash-"))
    table = Table("load", "killed", "while compacting", "with a torn write", "acknowledged", "lost", "twice")
    for load in CHECKS:
        met: list[Crash] = []
        try:
            met.extend(
                track(crashes(load, folder / load, times, seed), load, times, console=console, transient=True)
            )
        except AssertionError:
            console.print(f"{load}: crash {len(met) + 1} of seed {seed}; what it left: {folder}")
            raise
        assert any(crash.acknowledged for crash in met), (
            f"{load}: nothing was acknowledged, so nothing is shown"
        )
        table.add_row(load, *map("{:,}".format, _sums(met)), "0", "0")
    shutil.rmtree(folder)
    console.print(table)


def _sums(met: list[Crash]) -> tuple[int, int, int, int]:
    return (
        len(met),
        sum(crash.compacting for crash in met),
        sum(crash.torn > 0 for crash in met),
        sum(crash.acknowledged for crash in met),
    )


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
