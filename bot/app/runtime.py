"""A desk at work: how it starts, what it says of itself while it runs, and how it ends."""

import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import InitVar, dataclass
from time import monotonic
from types import TracebackType
from typing import Self

import structlog
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.http import server
from bot.http.app import asgi, metrics_asgi
from bot.http.overview import route as overview_route
from bot.metrics import Metrics
from bot.services.alone import Alone
from bot.services.clock import DeskClock
from bot.services.dnd_in_shifts import DndInShifts
from bot.services.forgetting import forget_desk
from bot.services.installations import OneInstallation
from bot.services.leases import Leases
from bot.services.organisation_watch import OrganisationWatch
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store
from bot.services.ports.store_url import StoreUrl
from bot.services.workspace_overview import overview
from bot.settings import Settings
from bot.socket_mode import SocketMode
from bot.tasks import Supervisor
from handlers.oauth.by_oauth import ByOAuth
from handlers.outbound.after_answer import FOLLOW_UPS
from handlers.outbound.clients import Clients
from handlers.outbound.member_sync import MemberSync
from handlers.slack.context import Tools
from storage import sharing_store, store_url

_METRICS, _GRACE = 0.5, 2.0
"""Seconds that the end leaves, first for whoever reads figures, then for the rest."""
_log = structlog.get_logger()


def store_of(settings: Settings) -> StoreUrl:
    """What the settings name as the store. Raises DeskError."""
    return store_url(settings.store, direct=settings.store_direct, pool=settings.pool)


@dataclass
class Runtime:
    """A desk at work: `async with build(settings) as runtime` starts it, and leaving loses nothing."""

    settings: Settings
    client: AsyncWebClient
    clients: Clients
    bolt: AsyncApp
    store: Store
    courier: Courier
    desk_clock: DeskClock
    leases: Leases
    tools: Tools
    member_sync: MemberSync
    tasks: Supervisor
    dnd: DndInShifts
    oauth: ByOAuth | None
    metrics: InitVar[Metrics]

    def __post_init__(self, metrics: Metrics) -> None:
        self.people = self.tools.people
        self.installations = self.tools.installations
        token = self.settings.app_token
        self._socket = (
            SocketMode(self.bolt, token.get_secret_value(), self.client, self.tasks) if token else None
        )
        by_http = None if self.settings.mode == "socket" else self.bolt
        apart = self.settings.metrics_port is not None
        install = self.oauth.flow if self.oauth else None
        shown = overview_route(self._overview, self.settings.secret_keys) if self.oauth else None
        self.asgi = asgi(
            by_http,
            ready=self.not_ready,
            metrics=metrics,
            metrics_apart=apart,
            install=install,
            overview=shown,
        )
        self._metrics_asgi = metrics_asgi(metrics, shown)
        self._open: AsyncExitStack | None = None  # while it runs

    async def _overview(self) -> Sequence[dict[str, object]]:
        kept = self.oauth.installations.all if self.oauth else ()
        return [row.to_wire() for row in await overview(self.store, kept)]

    async def not_ready(self) -> str | None:
        """Why the desk cannot take work at the moment, or None where it can."""
        if not self._open:
            return "starting or stopping"
        if self._socket and not await self._socket.is_connected():
            return "not connected to Slack"
        is_one = isinstance(self.installations, OneInstallation)  # of many, one costs the others nothing
        if is_one and (refusals := self.courier.refusals()):
            return f"Slack refuses the token ({', '.join(sorted(refusals))})"
        fault = await self.store.fault()
        return fault or (next(iter(self.store.troubles().values()), None) if is_one else None)

    async def introduced(self) -> None:
        """Returns once the desk knows who is in the workspace, and what time it is for them."""
        await self.member_sync.introduced()

    async def connected(self) -> None:
        """Returns once Socket Mode is connected, at once without it. Raises DeskError where its token is refused."""
        if self._socket:
            await self._socket.connected()

    async def settled(self) -> None:
        """Returns once all that was answered is also shown in Slack."""
        await self.tasks.idle(FOLLOW_UPS)
        await self.courier.idle()

    async def forget(self, workspace: Workspace) -> None:
        """Deletes all that is kept of a workspace but its installation, for good."""
        sharing = sharing_store(self.store) if self.oauth else Alone()
        await forget_desk(self.store, sharing, workspace.id, self.tools.clock)

    @asynccontextmanager
    async def serving_metrics(self) -> AsyncIterator[None]:
        """While the block runs, /metrics is served on its own port, where it has one. Raises CannotListen."""
        if self.settings.metrics_port is None:
            yield
            return
        host, port, variable = self.settings.host, self.settings.metrics_port, "DESKHAND_METRICS_PORT"
        async with server.listening(
            self._metrics_asgi, host=host, port=port, grace=_METRICS, variable=variable
        ) as bound:
            _log.info("serving metrics", host=host, port=bound)
            yield

    @contextmanager
    def heeding_retry(self) -> Iterator[None]:
        """While the block runs, `deskhand courier retry` is heard, and knows that it is."""
        with (
            server.on_signal(self.courier.retry, signal.SIGUSR1),
            store_of(self.settings).delivering(),
        ):
            yield

    async def _stop(self) -> None:
        """Within the grace, all of it together."""
        ends_at = monotonic() + _GRACE

        def left() -> float:
            return max(0.0, ends_at - monotonic())

        if self._socket:
            await self._socket.stop(left())
        await self.desk_clock.stop()
        await self.tasks.stop(left())
        await self.courier.stop(left())
        await self.leases.stop()

    async def _open_the_only_one(self) -> None:
        """Whoever comes first would have to wait for it, and no other one does so meanwhile."""
        workspaces = await self.store.workspaces()
        if len(workspaces) == 1:
            with suppress(StoreUnavailable):  # the store has said why
                await self.store.open(workspaces[0])

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            # Each call has a time limit of its own, and Slack's cookies say nothing to us.
            session = ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=None))
            self.client.session = self.clients.session = await stack.enter_async_context(session)
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self._stop)
            self.leases.start(self.tasks)
            if self.oauth:
                await self.oauth.start(self.store, self.people, self.leases)
                sharing, kept = sharing_store(self.store), self.oauth.installations
                watch = OrganisationWatch(self.store, sharing, kept, self.tools.clock, self.leases)
                watch.start(self.tasks)
            await self._open_the_only_one()
            await self.people.load()
            self.member_sync.start()
            await self.courier.start()
            await self.desk_clock.start()
            self.dnd.start(self.tasks, self.leases)
            self.tasks.keep("idle workspaces", self.store.close_idle)
            if self._socket:
                self._socket.start()
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            ending, self._open = self._open, None
            await ending.aclose()
