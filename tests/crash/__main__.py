"""`python -m tests.crash --times 1000`: kills so many processes, and says what the kills have met."""

import logging
import shutil
import tempfile
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Literal

import structlog
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.crash import replicas
from tests.crash.checks import CHECKS
from tests.crash.replicas import Round
from tests.crash.rounds import Crash, crashes


def main(
    times: Annotated[int, typer.Option(help="How many processes of each load are killed.")] = 100,
    seed: Annotated[int | None, typer.Option(help="What decides when; else chance.")] = None,
    store: Annotated[
        Literal["tinydb", "postgresql"], typer.Option(help="Where tickets are kept.")
    ] = "tinydb",
    only: Annotated[str | None, typer.Option(help="This load alone.")] = None,
) -> None:
    """Ends with the first that lost something, and leaves its folder."""
    seed = SystemRandom().getrandbits(32) if seed is None else seed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    console.print(f"seed {seed}")
    folder = Path(tempfile.mkdtemp(prefix="deskhand-crash-"))
    if store == "postgresql":
        console.print(_replicas(console, folder, times, seed, only))
        shutil.rmtree(folder)
        return
    table = Table("load", "killed", "while compacting", "with a torn write", "acknowledged", "lost", "twice")
    for load in [only] if only else CHECKS:
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


def _replicas(console: Console, folder: Path, times: int, seed: int, only: str | None) -> Table:
    """What happened to so many rounds of each load."""
    table = Table(
        "load", "what happened", "rounds", "acknowledged", "commits cut off", "posts deleted", "lost", "twice"
    )
    for load in [only] if only else replicas.LOADS:
        met: list[Round] = []
        try:
            found = replicas.rounds(load, folder / load, times, seed)
            met.extend(track(found, load, times, console=console, transient=True))
        except AssertionError:
            console.print(f"{load}: round {len(met) + 1} of seed {seed}; Slack’s side is in {folder}")
            raise
        for fate in sorted({each.fate for each in met}):
            these = [each for each in met if each.fate == fate]
            sums = (
                len(these),
                sum(each.acknowledged for each in these),
                sum(each.cut_off for each in these),
                sum(each.deleted for each in these),
            )
            table.add_row(load, fate, *map("{:,}".format, sums), "0", "0")
    return table


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
