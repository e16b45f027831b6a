"""The desk whose process is killed, and Slack beside it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM
from typing import TypeVar

from bot.domain.errors import StoreUnavailable
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store
from storage import open_store
from tests.crash.slack import Slack

T = TypeVar("T")

DESK = Workspace(team_id="T111")
AGENT = Actor(user="U1", is_known=True, is_agent=True, reads_all_notes=True)
WIRE = {"customerId": "acme", "siteId": "hq", "ticketType": "break_fix", "sourceChannel": "internal"}

_AWAY = 0.05  # seconds after which somebody tries again
_STOP = 10.0  # seconds for what is on its way

Say = Callable[[str], None]


def open_desk(folder: Path) -> tuple[Store, Slack]:
    """The store, and Slack beside it."""
    store = open_store(url_of(folder))
    return store, Slack(folder / "slack.txt", takes=0.01 if store.is_shared else 0.0)


def url_of(folder: Path) -> str:
    """Of the database that a folder names, or else of the folder itself."""
    named = folder / "store.txt"
    return named.read_text() if named.exists() else f"tinydb:{folder}"


async def saved(store: Store, work: Callable[[], Awaitable[T]]) -> T:
    """What comes of it, as people do it who are told that it could not be saved: once more, with the same key. A folder is never
    away."""
    while True:
        try:
            return await work()
        except StoreUnavailable:
            if not store.is_shared:
                raise
            await asyncio.sleep(_AWAY)


async def at_work(store: Store, courier: Courier, *people: Awaitable[None]) -> None:
    """Until the process is killed, or, where it shares its store, told to end."""
    crowd = asyncio.ensure_future(asyncio.gather(*people))
    if not store.is_shared:
        await crowd
    asyncio.get_running_loop().add_signal_handler(SIGTERM, crowd.cancel)
    await asyncio.wait({crowd})
    with suppress(asyncio.CancelledError):
        crowd.result()
    await courier.stop(_STOP)
    await store.close()


def now() -> datetime:
    return datetime.now(UTC)
