"""The desk whose process is killed, and Slack beside it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store
from storage import open_store
from tests.crash.slack import Slack

DESK = Workspace(team_id="T111")
AGENT = Actor(user="U1", is_known=True, is_agent=True, reads_all_notes=True)
WIRE = {"customerId": "acme", "siteId": "hq", "ticketType": "break_fix", "sourceChannel": "internal"}

Say = Callable[[str], None]


def open_desk(folder: Path) -> tuple[Store, Slack]:
    """The store, and Slack beside it."""
    return open_store(f"tinydb:{folder}"), Slack(folder / "slack.txt")


def now() -> datetime:
    return datetime.now(UTC)
