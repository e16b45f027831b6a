"""How soon answers come while a workspace talks: as many events an hour as Slack sends at most.

    python -m tests.benchmarks.events [--quick] [--write docs/performance.md]

30,000 an hour are 8.3 a second. Most are about no ticket: messages in channels, replies in threads. One in twenty is a new
message in a channel whose messages become tickets. Beside them are asked what `answers` asks: signed `/ticket` lines. One
interleaved run of one desk: each round measures without events and with them, and its outbox is empty before the next.
"""

import asyncio
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from statistics import median

import orjson

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from storage.journal.engine import Engine
from storage.journal.file_names import file_name
from storage.tinydb.documents import document
from tests.benchmarks.figures import Spread, command, goals, shown_spread, table
from tests.benchmarks.load import Measured, measure, read_answer, signed
from tests.benchmarks.servers import TEAM, deskhand, drained

AN_HOUR = 30_000
CONNECTIONS = (1, 8)
_INTAKE = [f"CINTAKE{number}" for number in range(20)]
_ONE_IN = 20
_WHOLE = {"customerId": "acme", "siteId": "acme-hq", "ticketType": "break_fix", "sourceChannel": "internal"}
_serial = count()

Results = Mapping[tuple[int, bool], list[Measured]]
"""By connections and whether there were events, one for each round."""


def settings() -> WorkspaceSettings:
    defaults = ChannelDefaults(fields=_WHOLE, intake="ticket")
    return WorkspaceSettings(channels=dict.fromkeys(_INTAKE, defaults))


def event(host: str) -> bytes:
    """A signed message event. Each is somebody else's."""
    serial = next(_serial)
    ts = f"{time.time():.6f}"
    said = {
        "type": "message",
        "channel": _INTAKE[serial // _ONE_IN % len(_INTAKE)] if serial % _ONE_IN == 0 else "C0GENERAL",
        "channel_type": "channel",
        "user": f"U0P{serial:06}",
        "team": TEAM,
        "text": f"Printer {serial} is dead, and it smells",
        "ts": ts,
        "event_ts": ts,
    }
    if serial % 3 == 1:
        said["thread_ts"] = "1700000000.000100"
    body = {"type": "event_callback", "team_id": TEAM, "authorizations": [{"team_id": TEAM}], "event": said}
    return signed(host, json.dumps(body).encode(), "application/json")


async def talk(port: int) -> None:
    """Sends events, evenly, until it is cancelled. Raises RuntimeError at the first that is not taken."""
    host, begun = f"127.0.0.1:{port}", time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in count(1):
        writer.write(event(host))
        await read_answer(reader)
        await asyncio.sleep(begun + number * 3600 / AN_HOUR - time.perf_counter())


async def measured_while(port: int, connections: int, seconds: float, *, talking: bool) -> Measured:
    talks = asyncio.create_task(talk(port)) if talking else None
    try:
        return await measure(port, connections, seconds)
    finally:
        if talks:
            talks.cancel()
            with suppress(asyncio.CancelledError):
                await talks


def measured(port: int, seconds: float, rounds: int) -> Results:
    results: defaultdict[tuple[int, bool], list[Measured]] = defaultdict(list)
    for number in range(rounds + 1):
        for connections in CONNECTIONS:
            for talking in (False, True):
                result = asyncio.run(measured_while(port, connections, seconds, talking=talking))
                drained(port)
                if number:  # the first answers of a process are slower, and nobody's question
                    results[connections, talking].append(result)
    return results


def taken_in(data: Path) -> int:
    """How many of the events became tickets."""
    engine = Engine(data / file_name(Workspace(team_id=TEAM)))
    tickets = [orjson.loads(raw) for raw in engine.view.documents("tickets").values()]
    engine.close()
    return sum(ticket["origin"]["way"] == "intake" for ticket in tickets)


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it draws none)
    """Raises ValueError where the channels took nothing in: then nothing was measured."""
    with tempfile.TemporaryDirectory() as folder:
        served = deskhand(Path(folder), 1, settings=[document(settings())])
        with served as desk:
            results = measured(desk.port, 1.0 if quick else 3.0, 2 if quick else 7)
        if not taken_in(Path(folder) / "data"):
            message = "no event became a ticket"
            raise ValueError(message)
    reached = []
    for connections in CONNECTIONS:
        quiet, busy = results[connections, False], results[connections, True]
        ratio = median(with_.p99 / without.p99 for with_, without in zip(busy, quiet, strict=True))
        name = f"99 % of the answers while {AN_HOUR:,} events an hour come, for each with none, {connections} at a time"
        reached.append((name, ratio, "at most", 2.0))
    rows = [
        [
            str(connections),
            f"{AN_HOUR:,}" if talking else "none",
            shown_spread(Spread.of(each.p50 for each in known)),
            shown_spread(Spread.of(each.p99 for each in known)),
        ]
        for (connections, talking), known in results.items()
    ]
    head = ["connections", "events an hour", "to half the answers", "to 99 % of them"]
    return f"{goals(reached)}\n\n{table(head, rows)}"


if __name__ == "__main__":
    command({"events": report}, __doc__)
