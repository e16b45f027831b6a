"""The composition root: settings in, a running desk out. The one module that knows every other."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from time import monotonic
from types import TracebackType
from typing import Self

import structlog
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_sdk.web.async_client import AsyncWebClient

from bot import manifest
from bot.domain.clock.dnd import DndInShift
from bot.domain.errors import DeskError
from bot.domain.installation import Installation
from bot.domain.outbox import HELD
from bot.domain.workspace import Workspace
from bot.http import server
from bot.http.app import asgi, metrics_asgi
from bot.http.overview import route as overview_route
from bot.metrics import Metrics
from bot.services.clock import DeskClock
from bot.services.clock_subjects import subjects
from bot.services.dnd_in_shifts import DndInShifts
from bot.services.earlier_replies import EarlierReplies
from bot.services.installations import Installations, OneInstallation
from bot.services.installed_neighbours import InstalledNeighbours
from bot.services.on_call_groups import OnCallGroups
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Messenger
from bot.services.ports.store import Store
from bot.services.shared_again import take_back
from bot.services.workspace_overview import overview
from bot.settings import Settings
from bot.socket_mode import SocketMode
from bot.tasks import Supervisor, Wait
from handlers import SUBCOMMANDS, journeys, not_ours
from handlers.installing import Lifecycle
from handlers.loading import Loading
from handlers.oauth.by_oauth import ByOAuth
from handlers.oauth.flow import OAuthApp
from handlers.outbound.after_answer import FOLLOW_UPS, AfterAnswer
from handlers.outbound.clients import Clients
from handlers.outbound.dnd import SlackDnd
from handlers.outbound.member_sync import MemberSync
from handlers.outbound.messenger import SlackMessenger
from handlers.outbound.mirrors import shared_of
from handlers.outbound.slack_errors import CALL_SECONDS
from handlers.outbound.user_groups import SlackUserGroups
from handlers.routes import Around
from handlers.slack.context import Tools, services
from handlers.threads import heed
from storage import installation_store, sharing_store, store_url

__all__ = [
    "Runtime",
    "build",
    "dnd_in_shifts",
    "installation_store",
    "serve",
    "sharing_store",
    "store_url",
    "utc_now",
]

_ANSWERS, _METRICS, _GRACE = 2.0, 0.5, 2.0
"""Seconds that the end leaves, first for requests under way, then for whoever reads figures, then for the rest: five are what all of it may take."""
_log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


def build(
    settings: Settings,
    *,
    store: Store | None = None,
    messenger: Messenger | None = None,
    clock: Clock | None = None,
    wait: Wait | None = None,
    held: timedelta = HELD,
) -> "Runtime":
    """A desk that waits to be started. Raises DeskError where its store cannot open.

    Without a `store` it opens that of the settings. It closes the one that it is given, too. `wait`: how its background
    tasks wait, where `clock` is not the time that passes. `held`: how long what people are told waits for more.
    """
    clock = clock or utc_now
    metrics, tasks = Metrics(), Supervisor(clock, wait)
    store = store or store_url(settings.store).open(
        on_commit=metrics.commit, most_open=settings.open_workspaces
    )
    oauth = _by_oauth(settings, store, tasks, clock)
    one = OneInstallation(settings.bot_token, store.workspace_of, clock)
    installations: Installations = oauth.installations if oauth else one
    clients = Clients(installations, settings.api_url)
    people = People(store, clock)
    made = partial(services, store, people, installations, clock)
    if oauth:
        neighbours = InstalledNeighbours(oauth.installations)
        made = partial(made, sharing=sharing_store(store), neighbours=neighbours)
    beside = made(held=held)
    messenger = messenger or SlackMessenger(
        clients.of, people, installations.own_user, SUBCOMMANDS, shared_of(beside.partners, beside.sharing)
    )
    replies = EarlierReplies(clock)
    courier = Courier(
        store,
        messenger,
        clock,
        tasks,
        on_replies=replies.keep,
        on_unreadable=replies.cannot_read,
        on_gesture=partial(heed, beside),
        on_group=OnCallGroups(store, SlackUserGroups(clients.of), people, clock).follow,
        on_hand_on=beside.shared_deliveries.hand_on,
        mirrored=beside.shared_deliveries.mirrored,
    )
    tools = made(claimed=courier.claimed, held=held, refused=courier.refused)
    slack_dnd = SlackDnd(clients.of, clock)
    desk_clock = DeskClock(store, clock, tasks, subjects(people, held, slack_dnd.recent))
    dnd = DndInShifts(store, people, clock, slack_dnd.windows)
    follow_ups = AfterAnswer(clients.of, people, tasks, dnd.of)
    metrics.watch_outbox(courier.status, clock)
    metrics.watch_dnd(lambda: dnd.found)
    metrics.watch_tasks(tasks.status)
    client = _client(settings)
    member_sync = MemberSync(
        clients.of, tools, tasks, courier.note_token, one=None if oauth else (one, client)
    )
    heard = Lifecycle(installations, clock).hears
    around = Around(
        Loading(store, tasks),
        member_sync.use,
        member_sync.in_use,
        heard,
        oauth.install_url if oauth else None,
    )
    store.on_closed(member_sync.stop)
    installations.on_change(member_sync.follow)
    installations.on_change(partial(_resume, installations, courier))
    bolt = _bolt(settings, journeys(tools, follow_ups, metrics, around))
    return Runtime(
        settings,
        client,
        clients,
        bolt,
        store,
        courier,
        desk_clock,
        tools,
        member_sync,
        tasks,
        dnd,
        oauth,
        metrics,
    )


def _by_oauth(settings: Settings, store: Store, tasks: Supervisor, clock: Clock) -> ByOAuth | None:
    if not (settings.client_id and settings.client_secret and settings.public_url):
        return None
    app = OAuthApp(
        settings.client_id,
        settings.client_secret,
        settings.public_url,
        settings.api_url,
        manifest.scopes() | manifest.optional_scopes(),
        settings.allowed_teams,
    )
    kept = installation_store(store, settings.secret_keys)
    return ByOAuth.of(app, kept, tasks, clock, settings.bot_token)


def _resume(installations: Installations, courier: Courier, changed: Installation) -> None:
    """Goes on with what waits where an installation has changed: its token may be another one."""

    def is_theirs(workspace: Workspace) -> bool:
        found = installations.of(workspace)
        return found is not None and found.id == changed.id

    courier.resume_where(is_theirs)


async def dnd_in_shifts(settings: Settings, store: Store) -> Sequence[tuple[str, DndInShift]]:
    """Whose do-not-disturb lies in their shift, with their names: of a store on which no desk is at work."""
    clients = Clients(OneInstallation(settings.bot_token, store.workspace_of, utc_now), settings.api_url)
    people = People(store, utc_now)
    dnd = DndInShifts(store, people, utc_now, SlackDnd(clients.of, utc_now).windows)
    return [
        ((await people.of(workspace)).name(each.person), each)
        for workspace in await store.workspaces()
        for each in await dnd.of(workspace)
    ]


def _client(settings: Settings) -> AsyncWebClient:
    token = _secret(settings.bot_token)
    return AsyncWebClient(token=token, base_url=settings.api_url, timeout=CALL_SECONDS, retry_handlers=[])


def _bolt(settings: Settings, routes: AsyncMiddleware) -> AsyncApp:
    # For what routes leave to Bolt, none of which calls Slack. Bolt's own way asks Slack first, and a Slack that is down would
    # cost the answer.
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    bolt = _Bolt(
        name="deskhand",  # else Bolt looks for one in the files of the whole stack, which takes 60 ms
        signing_secret=_secret(settings.signing_secret) or token_hex(),  # one that nobody can sign with
        request_verification_enabled=settings.mode != "socket",
        before_authorize=routes,
        authorize=authorize,
    )
    bolt.error(not_ours)
    return bolt


class _Bolt(AsyncApp):
    """Bolt makes a client for each request, so that a listener may change its token. None of ours calls Slack with it, and so
    all have the app's."""

    def _init_context(self, req: AsyncBoltRequest) -> None:
        req.context.update(logger=self.logger, client=self.client, listener_runner=self.listener_runner)


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


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
    tools: Tools
    member_sync: MemberSync
    tasks: Supervisor
    dnd: DndInShifts
    oauth: ByOAuth | None
    metrics: InitVar[Metrics]

    def __post_init__(self, metrics: Metrics) -> None:
        self.people = self.tools.people
        self.installations = self.tools.installations
        token = _secret(self.settings.app_token)
        self._socket = SocketMode(self.bolt, token, self.client, self.tasks) if token else None
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
        return await self.store.fault()

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
        if self.oauth:
            sharing = sharing_store(self.store)
            await take_back(self.store, sharing, workspace.id, self.tools.clock)
            await sharing.forget(workspace.id)
        await self.store.forget(workspace)

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
            store_url(self.settings.store).delivering(),
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

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            # Each call has a time limit of its own, and Slack's cookies say nothing to us.
            session = ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=None))
            self.client.session = self.clients.session = await stack.enter_async_context(session)
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self._stop)
            if self.oauth:
                await self.oauth.start(self.store, self.people)
            await self.people.load()
            self.member_sync.start()
            await self.courier.start()
            await self.desk_clock.start()
            self.dnd.start(self.tasks)
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


async def serve(settings: Settings) -> None:
    """Runs the desk until SIGTERM or SIGINT, and ends within five seconds then, whatever Slack does. Raises DeskError
    where Slack refuses the token of Socket Mode."""
    stop = asyncio.Event()
    with server.on_signal(stop.set):
        async with build(settings) as runtime:
            gc.collect()
            gc.freeze()  # what was loaded stays: no collection need look at it again
            connecting = asyncio.create_task(_connect(runtime, stop))
            with runtime.heeding_retry():
                async with runtime.serving_metrics():
                    await server.serve(
                        runtime.asgi, host=settings.host, port=settings.port, stop=stop, grace=_ANSWERS
                    )
    _log.info("stopped")
    connecting.cancel()
    with suppress(asyncio.CancelledError):
        await connecting


async def _connect(runtime: Runtime, stop: asyncio.Event) -> None:
    """There is nothing to serve where Slack refuses the token."""
    try:
        await runtime.connected()
    except DeskError:
        stop.set()
        raise
