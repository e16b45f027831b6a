"""What a ticket asks of PostgreSQL, counted in its log."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.benchmarks.figures import shown_time, table
from tests.benchmarks.postgresql import Server
from tests.postgres import connected

STATEMENTS: Mapping[str, str] = {
    "the look that a request begins with": r"FROM deskhand\.versions",
    "whether its key made a ticket before": r"FROM deskhand\.keys WHERE workspace = \$1 AND key = ANY",
    "the commit of a new ticket": r"INSERT INTO deskhand\.tickets .*INSERT INTO deskhand\.jobs|INSERT INTO deskhand\.jobs .*INSERT INTO deskhand\.tickets",
    "the commit of its card": r"WITH .*UPDATE deskhand\.workspaces .*DELETE FROM deskhand\.jobs",
    "the claim of a card": r"WITH .*UPDATE deskhand\.workspaces .*INSERT INTO deskhand\.jobs",
    "other commits": r"WITH .*UPDATE deskhand\.workspaces",
    "what is due in any workspace": r"next jobs",
    "which jobs are new": r"FROM deskhand\.jobs WHERE workspace = \$1 AND id (<> ALL|>)",
    "its ticket, and what else the card shows": r"FROM deskhand\.(tickets|jobs|comments|history|places|mirrors)",
    "leases": r"FROM deskhand\.holds|INTO deskhand\.holds|UPDATE deskhand\.holds",
    "signals": r"pg_notify|LISTEN",
}
"""What a statement is for, by its text; the first that fits counts."""
_ELSE = "everything else"
_STATEMENT = re.compile(r"duration: ([0-9.]+) ms  (?:execute [^:]*|statement): (.*)")


class Asked(NamedTuple):
    """How often for each ticket, and seconds that PostgreSQL took for half of them."""

    times: float
    took: float


async def asked(
    server: Server, url: str, work: Coroutine[object, object, None], tickets: int
) -> dict[str, Asked]:
    """What is asked of a database while `work` makes so many tickets, by what it is for. Nothing where the server's log cannot be
    read."""
    if not server.log:
        work.close()
        return {}
    async with connected(url) as connection:

        async def told(*settings: str) -> None:
            for each in (*(f"ALTER SYSTEM {each}" for each in settings), "SELECT pg_reload_conf()"):
                await connection.execute(each)
            await asyncio.sleep(0.5)  # until all of its processes have noticed

        await told("SET log_line_prefix = '%d '", "SET log_min_duration_statement = 0")
        begun = server.log.stat().st_size
        await work
        await told("RESET log_line_prefix", "RESET log_min_duration_statement")
    text = re.sub(r"\n\t\s*", " ", server.log.read_bytes()[begun:].decode())  # further lines begin with a tab
    name = urlsplit(url).path[1:]
    return counted([line for line in text.splitlines() if line.startswith(f"{name} ")], tickets)


def counted(lines: Sequence[str], tickets: int) -> dict[str, Asked]:
    took: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        if found := _STATEMENT.search(line):
            names = (name for name, text in STATEMENTS.items() if re.search(text, found[2]))
            took[next(names, _ELSE)].append(float(found[1]) / 1e3)
    return {
        name: Asked(len(took[name]) / tickets, median(took[name]))
        for name in (*STATEMENTS, _ELSE)
        if took[name]
    }


def trips(desks: Mapping[str, Mapping[str, Asked]]) -> str:
    """How often, by desk; and how long PostgreSQL takes for one, on the first desk that asks it."""
    every = [*desks.values()]
    rows = []
    for name in (*STATEMENTS, _ELSE):
        if took := [found[name].took for found in every if name in found]:
            times = [f"{found[name].times:.2f}" if name in found else "" for found in every]
            rows.append([name, *times, shown_time(took[0])])
    rows.append(["all", *(f"{sum(each.times for each in found.values()):.2f}" for found in every), ""])
    head = ["what a ticket asks of PostgreSQL", *(f"times: {name}" for name in desks)]
    return table([*head, "PostgreSQL takes for one"], rows)
