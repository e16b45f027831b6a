"""Signed `/ticket` lines as Slack sends them, from a given number of connections for a given time."""

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

SECRET = "benchmark-signing-secret"  # noqa: S105  (of servers that live for the run)
LINE = "Printer down on floor {} customer:acme site:hq type:break_fix source:phone !high"
_serial = count()


@dataclass(frozen=True)
class Measured:
    """Answers per second, and the time to an answer in seconds at the median and the 99th percentile."""

    per_second: float
    p50: float
    p99: float


def request(host: str, team: str = "T0DESKHAND", line: str = LINE) -> bytes:
    """One signed slash command. Each has its own trigger, as no two lines somebody types are the same, and its own channel:
    there its card need not wait for the second that Slack wants between two messages."""
    serial = next(_serial)
    body = urlencode(
        {
            "token": "x",
            "team_id": team,
            "team_domain": "example",
            "channel_id": f"C{serial:08}",
            "channel_name": "support",
            "user_id": "U0ANA",
            "user_name": "ana",
            "command": "/ticket",
            "text": line.format(serial),
            "response_url": f"http://{host}/hooks/none",
            "trigger_id": f"{time.time_ns()}.{serial}",
        }
    ).encode()
    return signed(host, body, "application/x-www-form-urlencoded")


def signed(host: str, body: bytes, content_type: str) -> bytes:
    """A request as Slack signs it."""
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


async def measure(port: int, connections: int, seconds: float) -> Measured:
    """Raises RuntimeError at the first answer that is not 200: what fails fast is not fast."""
    deadline = time.perf_counter() + seconds
    took: list[float] = []
    await asyncio.gather(*(_ask(port, deadline, took) for _ in range(connections)))
    took.sort()
    return Measured(len(took) / seconds, took[len(took) // 2], took[int(len(took) * 0.99)])


async def _ask(port: int, deadline: float, took: list[float]) -> None:
    host = f"127.0.0.1:{port}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < deadline:
        sent = request(host)
        started = time.perf_counter()
        writer.write(sent)
        closes = await read_answer(reader)
        took.append(time.perf_counter() - started)
        if closes:  # a server without keep-alive: connecting again is part of its cost
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bool:
    """Reads one answer whole; whether the server closes the connection after it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(head.decode(errors="replace"))
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    else:
        await reader.read()
        return True
    return b"connection: close" in head
