"""An office whose time a test moves, for the desk as for its Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app, imports, manifest
from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground import seed
from bot.playground.clock import Clock, utc_now
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.store import Transaction
from bot.services.ticket_times import swept_from
from tests.journeys.conftest import Office, settings_for
from tests.patience import PATIENCE

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""10:00 in Berlin, where Ana is."""


class TimedOffice(Office):
    async def at(self, moment: datetime) -> None:
        """It is then: the desk has done what is due, and shown it."""
        self.slack.clock.advance((moment - self.slack.clock.now()).total_seconds())
        await self.shown()

    async def later(self, **amount: float) -> None:
        await self.at(self.slack.clock.now() + timedelta(**amount, seconds=2))  # timers have whole seconds

    async def shown(self) -> None:
        await self.slack.events_taken()
        while await self.runtime.desk_clock.turn() == 0:
            pass
        await self.runtime.store.change(self.workspace, _nothing)  # what the clock began by itself is durable
        await self.delivered()

    async def delivered(self) -> None:
        """All that is due. Of a store that is shared, the hold of a desk that has just stopped lasts for a moment more: what is
        due meanwhile is left to it."""
        await self.runtime.settled()
        async with asyncio.timeout(PATIENCE):
            while self.runtime.store.is_shared and not self.runtime.courier.held and await self._is_due():  # noqa: ASYNC110  (nothing tells of it)
                await asyncio.sleep(0.05)
        await self.runtime.settled()

    async def _is_due(self) -> bool:
        now = self.slack.clock.now()
        jobs = await self.runtime.store.read(self.workspace).jobs()
        return any(job.due_at <= now and not job.set_aside for job in jobs)

    async def switch_on(self, *rules: RuleName, **settings: object) -> None:
        """As an admin does: the tickets that are there count from now on."""
        now = self.slack.clock.now()
        clock = ClockSettings(begun=True, since=dict.fromkeys(rules, now))
        store = self.runtime.store
        before = await store.read(self.workspace).settings()
        after: WorkspaceSettings = before.model_copy(update={"clock": clock, **settings})

        async def work(tx: Transaction) -> None:
            await tx.keep_settings(after)
            await tx.keep_timer(swept_from(1))

        await store.change(self.workspace, work)
        await self.shown()


@asynccontextmanager
async def opened(slack: StandIn, folder: Path) -> AsyncIterator[TimedOffice]:
    """The desk on what is kept in a folder: opened again, it goes on."""
    settings = settings_for(slack, folder)
    async with app.build(settings, clock=slack.clock.now, wait=slack.clock.wait, held=timedelta()) as runtime:
        office = TimedOffice(slack, runtime, settings)
        async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            await runtime.introduced()
            yield office


@asynccontextmanager
async def timed_slack() -> AsyncIterator[StandIn]:
    """It is Monday morning. Time passes, but no test takes a minute."""
    begun = utc_now()
    async with await start_standin(
        manifest.read(), clock=Clock(lambda: MONDAY + (utc_now() - begun))
    ) as standin:
        yield standin


async def with_directory(office: TimedOffice) -> None:
    await office.runtime.store.change(office.workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY))


async def _nothing(_: Transaction) -> None: ...
