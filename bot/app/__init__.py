"""The composition root: settings in, a running desk out. The one module that knows every other."""

import asyncio
import gc
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypedDict

import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot import manifest
from bot.app.bolt import bolt_app
from bot.app.runtime import Runtime, store_of
from bot.domain.clock.dnd import DndInShift
from bot.domain.errors import DeskError
from bot.domain.installation import Installation
from bot.domain.outbox import HELD, Gesture
from bot.domain.workspace import Workspace
from bot.http import server
from bot.metrics import Metrics
from bot.services.clock import DeskClock
from bot.services.clock_subjects import subjects
from bot.services.dnd_in_shifts import DndInShifts
from bot.services.earlier_replies import EarlierReplies
from bot.services.installations import Installations, OneInstallation, may_go_on
from bot.services.installed_neighbours import InstalledNeighbours
from bot.services.leases import Leases
from bot.services.on_call_groups import OnCallGroups
from bot.services.one_at_a_time import OneAtATime
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Messenger, PostedMessage
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.ports.store import Store
from bot.settings import Settings
from bot.tasks import Supervisor, Wait
from handlers import SUBCOMMANDS, journeys
from handlers.installing import Lifecycle
from handlers.loading import Loading
from handlers.oauth.by_oauth import ByOAuth
from handlers.oauth.flow import OAuthApp
from handlers.outbound.after_answer import AfterAnswer
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
from storage import Step, copy_store, installation_store, sharing_store, store_url

__all__ = [
    "Runtime",
    "Step",
    "build",
    "copy_store",
    "dnd_in_shifts",
    "installation_store",
    "serve",
    "sharing_store",
    "store_of",
    "store_url",
    "utc_now",
]

_ANSWERS = 2.0
"""Seconds that the end leaves for requests under way. What comes after them has its own: five are what all of it may take."""
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
) -> Runtime:
    """A desk that waits to be started. Raises DeskError where its store cannot open.

    Without a `store` it opens that of the settings. It closes the one that it is given, too. `wait`: how its background
    tasks wait, where `clock` is not the time that passes. `held`: how long what people are told waits for more.
    """
    clock = clock or utc_now
    metrics, tasks = Metrics(), Supervisor(clock, wait)
    store = store or store_of(settings).open(on_commit=metrics.commit, most_open=settings.open_workspaces)
    oauth = _by_oauth(settings, store, tasks, clock)
    one = OneInstallation(settings.bot_token, store.workspace_of, clock)
    installations: Installations = oauth.installations if oauth else one
    clients, client = Clients(installations, settings.api_url), _client(settings)
    people, leases = People(store, clock), Leases(store)
    made = partial(services, store, people, installations, clock, **_neighbours(store, oauth))
    courier = _courier(made(held=held), store, messenger, clients, tasks)
    tools = made(claimed=courier.claimed, held=held, refused=courier.refused)
    slack_dnd = SlackDnd(clients.of, clock)
    desk_clock = DeskClock(store, clock, tasks, subjects(people, held, slack_dnd.recent), leases)
    dnd = DndInShifts(store, people, clock, slack_dnd.windows)
    follow_ups = AfterAnswer(clients.of, people, tasks, dnd.of)
    by_token = None if oauth else (one, client)
    shared = leases if store.is_shared else None
    member_sync = MemberSync(clients.of, tools, tasks, courier.note_token, one=by_token, leases=shared)
    metrics.watch_tasks(tasks.status)
    _watch(metrics, store, courier, leases, dnd, clock)
    _follow(store, installations, courier, member_sync)
    around = _around(store, tools, member_sync, oauth, tasks)
    bolt = bolt_app(settings, journeys(tools, follow_ups, metrics, around))
    at_work = courier, desk_clock, leases, tools, member_sync, tasks, dnd, oauth
    return Runtime(settings, client, clients, bolt, store, *at_work, metrics)


class _Beside(TypedDict, total=False):
    sharing: SharingStore
    neighbours: Neighbours


def _neighbours(store: Store, oauth: ByOAuth | None) -> _Beside:
    """What the services know of other workspaces, where there may be any."""
    if oauth is None:
        return {}
    return {"sharing": sharing_store(store), "neighbours": InstalledNeighbours(oauth.installations)}


def _watch(
    metrics: Metrics,
    store: Store,
    courier: Courier,
    leases: Leases,
    dnd: DndInShifts,
    clock: Clock,
) -> None:
    """What metrics tell, they ask for whenever somebody looks."""
    metrics.watch_outbox(courier.status, clock)
    metrics.watch_stores(store.troubles)
    metrics.watch_leases(lambda: {**leases.held(), "courier": courier.held})
    metrics.watch_dnd(dnd.found)


def _follow(store: Store, installations: Installations, courier: Courier, member_sync: MemberSync) -> None:
    """Who is told when a workspace is closed, or its installation changes."""
    store.on_closed(member_sync.stop)
    installations.on_change(member_sync.follow)
    installations.on_change(partial(_resume, installations, courier))


def _courier(
    tools: Tools, store: Store, messenger: Messenger | None, clients: Clients, tasks: Supervisor
) -> Courier:
    """`tools`: for what is done at delivery; they know of no courier."""
    people, clock = tools.people, tools.clock
    replies = EarlierReplies(clock)
    shared = shared_of(tools.partners, tools.sharing)
    return Courier(
        store,
        messenger or SlackMessenger(clients.of, people, tools.installations.own_user, SUBCOMMANDS, shared),
        clock,
        tasks,
        on_replies=replies.keep,
        on_unreadable=replies.cannot_read,
        on_gesture=partial(_heed, store, tools),
        on_group=OnCallGroups(store, SlackUserGroups(clients.of), people, clock).follow,
        on_hand_on=tools.shared_deliveries.hand_on,
        mirrored=tools.shared_deliveries.mirrored,
    )


async def _heed(
    store: Store, tools: Tools, workspace: Workspace, gesture: Gesture, posted: PostedMessage | None
) -> None:
    """No request has looked what others have committed: whose right it is decides."""
    if store.is_shared:
        await store.open(workspace)
    await heed(tools, workspace, gesture, posted)


def _around(
    store: Store, tools: Tools, member_sync: MemberSync, oauth: ByOAuth | None, tasks: Supervisor
) -> Around:
    """What every request passes."""
    is_over = oauth.is_over if oauth else None
    return Around(
        Loading(store, tasks, tools.installations.catch_up),
        member_sync.use,
        member_sync.in_use,
        oauth.installations.note_domain if oauth else lambda _, __: None,
        Lifecycle(tools.installations, tools.clock, tasks, is_over).hears,
        oauth.install_url if oauth else None,
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
    return ByOAuth.of(app, kept, tasks, clock, settings.bot_token, OneAtATime(store))


def _resume(installations: Installations, courier: Courier, changed: Installation) -> None:
    """Goes on with what waits where an installation has changed."""
    courier.resume_where(partial(may_go_on, installations=installations, changed=changed))


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


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


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
