"""An intake channel whose desk is killed while people write: the right tickets and comments, once each."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from bot import imports
from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.comments import key_of
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground import seed
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from bot.services.ports.store import Transaction
from storage import open_store
from tests import bursts
from tests.bursts import Message
from tests.journeys.test_delivery import start
from tests.journeys.test_intake import WHOLE
from tests.stores import store_url

DESK = Workspace(team_id=seed.TEAM.id)
PEOPLE, EACH, AT_ONCE = 10, 5, 8
BEGAN, MINUTES = 1_795_900_000, 45
NICETY = "thanks!"


def conversation(chance: Random) -> dict[str, Message]:
    """By their ts: what ten people write within less than an hour, some of it only thanks."""
    said = {}
    for person in range(PEOPLE):
        for number in range(EACH):
            seconds = BEGAN + chance.randrange(MINUTES * 60)
            text = NICETY if number == EACH - 1 and person % 2 else f"Printer {person}.{number} is dead"
            said[f"{seconds}.{person:03}{number:03}"] = Message(f"U0P{person}", text)
    return said


def event(slack: StandIn, ts: str, message: Message) -> Json:
    app = slack.world.app
    said = {
        "type": "message",
        "channel": "C0SUPPORT",
        "channel_type": "channel",
        "user": message.author,
        "team": DESK.team_id,
        "text": message.text,
        "ts": ts,
        "event_ts": ts,
        "client_msg_id": f"sent-{ts}",
    }
    ours = [{"enterprise_id": None, "team_id": DESK.team_id, "user_id": app.user_id, "is_bot": True}]
    return {
        "type": "event_callback",
        "api_app_id": app.id,
        "team_id": DESK.team_id,
        "authorizations": ours,
        "event": said,
    }


async def switched_on(folder: Path) -> None:
    """A desk's store, with the example's directory, before it starts."""
    store = open_store(store_url(folder / "data"))

    async def work(tx: Transaction) -> None:
        await imports.import_files(tx, seed.DIRECTORY)
        defaults = ChannelDefaults(fields=WHOLE, intake="ticket", joins_within=bursts.MINUTES)
        await tx.keep_settings(WorkspaceSettings(channels={"C0SUPPORT": defaults}))

    await store.change(DESK, work)
    await store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("seed_of_chance", range(2))
async def test_fifty_messages_in_any_order_each_told_twice_over_a_kill(
    slack: StandIn, tmp_path: Path, seed_of_chance: int
) -> None:
    chance = Random(seed_of_chance)  # noqa: S311  (it guards nothing)
    said = conversation(chance)
    told = [*said, *said]
    chance.shuffle(told)
    await switched_on(tmp_path)
    process = await start(slack, tmp_path)
    acknowledged: list[str] = []

    async def tell(deliveries: Iterator[str], *, until: int) -> None:
        """Until there are no more, or so many were taken: then it is killed, and what was on its way is told again."""
        for ts in deliveries:
            if (await slack.deliveries.send(event(slack, ts, said[ts]))).status != 200:
                lost.append(ts)
                return
            acknowledged.append(ts)
            if len(acknowledged) >= until:
                if process.returncode is None:
                    process.kill()
                return

    lost: list[str] = []
    deliveries, until = iter(told), chance.randrange(30, 70)
    await asyncio.gather(*(tell(deliveries, until=until) for _ in range(AT_ONCE)))
    assert len(acknowledged) >= until, f"answered none of {len(lost)}"
    await process.communicate()
    left = [*lost, *deliveries]
    assert len({*left}) > PEOPLE, "it was killed in the middle"
    kept = [ts for ts, message in said.items() if message.text != NICETY]
    await held(tmp_path, said, [ts for ts in acknowledged if ts in kept])
    process = await start(slack, tmp_path)
    again = iter(left)
    await asyncio.gather(*(tell(again, until=sys.maxsize) for _ in range(AT_ONCE)))
    assert not process.returncode
    process.terminate()
    await process.communicate()
    await held(tmp_path, {ts: said[ts] for ts in kept}, kept)


async def held(folder: Path, said: dict[str, Message], acknowledged: list[str]) -> None:
    store = open_store(store_url(folder / "data"))
    by_key = {key_of("C0SUPPORT", ts): message for ts, message in said.items()}
    keys = [key_of("C0SUPPORT", ts) for ts in acknowledged]
    await bursts.hold(store.read(DESK), by_key, acknowledged=keys)
    await store.close()
