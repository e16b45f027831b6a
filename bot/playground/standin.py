"""A local stand-in for Slack, served over HTTP on this machine only."""

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from bot.playground import connect, seed
from bot.playground.api import WebApi
from bot.playground.app import Installation, read_manifest
from bot.playground.authorize import Authorize
from bot.playground.client import Client
from bot.playground.clock import Clock
from bot.playground.deliveries import Deliveries
from bot.playground.driver import Channel, Person
from bot.playground.events import Event
from bot.playground.exchanges import Exchanges
from bot.playground.faults import Faults
from bot.playground.hooks import HookEndpoint
from bot.playground.installing import Browser, Landing
from bot.playground.installs import Installs
from bot.playground.manage import ADDRESS, Manage
from bot.playground.page import Page
from bot.playground.page.scene import Scene
from bot.playground.payloads import Payloads
from bot.playground.records import Message, Team
from bot.playground.serving import Site
from bot.playground.sockets import Sockets
from bot.playground.wire import Json
from bot.playground.workspace import Workspace
from bot.playground.world import Notification, World

T = TypeVar("T")

_REDIRECT = "/slack/oauth_redirect"


async def start_standin(
    manifest: Mapping[str, Json],
    *,
    port: int = 0,
    clock: Clock | None = None,
    team: Team = seed.TEAM,
    fill: Callable[[World], None] = seed.fill,
    installed: bool = True,
) -> "StandIn":
    """A Slack with one workspace that runs until `stop()`, with the app of this (parsed) manifest.yml installed.

    Port 0 is any free one; `fill` puts people, channels and messages into the new workspace.
    """
    standin = StandIn(World(team, read_manifest(manifest), clock or Clock()), port, fill, installed=installed)
    await standin.start()
    return standin


class StandIn:
    """Slack's side. `world` is the state of the first workspace, `client` what people do in it; `worlds` are all of them,
    `in_workspace` gives what belongs to one. `faults` is what goes wrong, `installs` who has installed the app.

    `start_over` makes the bot forget its data when somebody asks the page to start over.
    """

    def __init__(
        self, world: World, port: int, fill: Callable[[World], None] = seed.fill, *, installed: bool = True
    ) -> None:
        self.world = world
        self.worlds = world.worlds
        self.clock = world.clock
        self.faults = Faults(world.changes)
        self.exchanges = Exchanges(world.changes)
        self.sockets = Sockets(world.app.id)
        self._site = Site(port)
        self.url = self._site.url
        self.api_url = f"{self.url}/api/"
        self.deliveries = Deliveries(world.app, world.clock, self.faults, self.exchanges, self.sockets)
        self.installs = Installs(self.worlds, self._tell_of_app)
        self.authorize = Authorize(self.installs)
        self.manage = Manage(self.installs)
        self.workspaces: dict[str, Workspace] = {}
        self._clients: dict[str, Client] = {}
        self._scenes: list[Scene] = []
        self.start_over: Callable[[], Awaitable[None]] | None = None
        first = self._open(world, fill, installed=installed)
        self.client, self.payloads, self.limits = first.client, first.payloads, first.limits
        self.page = Page(self._scenes)

    @property
    def bot_token(self) -> str:
        return self.world.app.bot_token

    @property
    def app_token(self) -> str:
        return self.world.app.app_token

    @property
    def client_id(self) -> str:
        return self.world.app.client_id

    @property
    def client_secret(self) -> str:
        return self.world.app.client_secret

    @property
    def signing_secret(self) -> str:
        return self.world.app.signing_secret

    @property
    def bot_url(self) -> str | None:
        """The bot's own address, where it is known: its pages for installing it begin there."""
        return self.deliveries.url.partition("/slack/")[0] if self.deliveries.url else None

    @property
    def paged(self) -> list[Notification]:
        """Everybody whom a message notified since the start."""
        return self.world.paged

    def connect(self, bot_url: str) -> None:
        """Where the bot takes what Slack sends, such as http://127.0.0.1:3000/slack/events; its pages for installing it are
        at the same address."""
        self.deliveries.url = bot_url
        parts = urlsplit(bot_url)
        self.authorize.redirect_urls = [f"{parts.scheme}://{parts.netloc}{_REDIRECT}"]

    def add_workspace(
        self, team: Team, *, fill: Callable[[World], None] = seed.fill_plain, installed: bool = False
    ) -> World:
        """One more, with people and channels of its own. Raises ValueError where an id of theirs is taken: Slack's are
        unique."""
        same = [each.app for each in self.worlds if team.enterprise_id in {each.team.enterprise_id} - {None}]
        app = same[0].again() if same else self.world.app.of(team.id)
        world = World(team, app, self.clock, beside=self.world)
        self._open(world, fill, installed=installed)
        return world

    def in_workspace(self, team: str | World) -> Workspace:
        """By the team's id. Raises KeyError."""
        return self.workspaces[team.team.id if isinstance(team, World) else team]

    def share_channel(self, name: str, host: World, guest: World) -> Channel:
        """By Slack Connect: a channel of `host` is in `guest`, too. Whoever is to see it there joins it."""
        conversation = host.conversation(name)
        connect.share(conversation, host, guest)
        return Channel(guest, conversation)

    async def install(
        self, world: World | None = None, *, by: str, leaves_out: tuple[str, ...] = (), org: bool = False
    ) -> Landing:
        """Installs the app as somebody at a browser does, from the bot's own page on: where the browser ends. `by` is an
        admin's name. Raises LookupError where the bot's page does not lead to Slack's."""
        async with Browser(self.url, self._bot()) as browser:
            return await browser.install(world or self.world, by, leaves_out=leaves_out, org=org)

    async def cancel_install(self, world: World | None = None) -> Landing:
        """As `install`, up to Slack's page, and there Cancel."""
        async with Browser(self.url, self._bot()) as browser:
            return await browser.cancel(world or self.world)

    def uninstall(self, world: World | None = None) -> None:
        """An admin removes the app; `faults` can keep back or repeat what the bot is told."""
        installation = (world or self.world).installation
        if installation:
            self.installs.uninstall(installation.id)

    def limit_events(self, world: World) -> None:
        """There were too many events: the bot is told that some are left out."""
        self.deliveries.send_event(self.in_workspace(world).payloads.rate_limited(), team=world.team.id)

    def person(self, name: str) -> Person:
        """Somebody of the first workspace, by name or id, who can do things. Raises LookupError."""
        return self.in_workspace(self.world).person(name)

    def channel(self, name: str) -> Channel:
        """By name or id. Raises LookupError."""
        return self.in_workspace(self.world).channel(name)

    def ephemerals(self, *, to: Person) -> list[Message]:
        """What only this person sees, oldest first."""
        return self.in_workspace(self.world).ephemerals(to=to)

    def calls(self, method: str, *, team: str | None = None) -> list[Json]:
        """The arguments of each call of this method that the bot has made, oldest first; in one workspace, by its id."""
        made = self.exchanges.of(method)
        return [exchange.body for exchange in made if team in {None, exchange.team}]

    async def until(
        self, found: Callable[[], T | None], *, within: float = 30, otherwise: Callable[[], str] = str
    ) -> T:
        """Waits for a condition of this stand-in; AssertionError with the words of `otherwise` after `within` s."""
        return await self.world.changes.until(found, within=within, otherwise=otherwise)

    async def events_taken(self) -> None:
        """Waits until the bot has taken every event there was."""
        await self.until(
            lambda: not self.deliveries.under_way,
            otherwise=lambda: f"{self.deliveries.under_way} events were not taken",
        )

    async def _start_over(self) -> None:
        """Only the example is there, as at first."""
        if self.start_over:
            await self.start_over()
        for workspace in self.workspaces.values():
            workspace.start_over(self.installs, keeps_app=workspace.world is self.world)

    async def start(self) -> None:
        await self._site.start(self._asgi())

    async def stop(self) -> None:
        self.faults.clear()
        self.page.close()
        await self.sockets.disconnect()
        await self.deliveries.close()
        await self._site.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _open(self, world: World, fill: Callable[[World], None], *, installed: bool) -> Workspace:
        payloads = Payloads(world, self.url)
        client = Client(world, self.deliveries, payloads, self._clients)
        workspace = Workspace(world, payloads, client, fill, begins_installed=installed)
        self.workspaces[world.team.id] = workspace
        self._scenes.append(self._scene(workspace))
        world.installation = Installation(world.team.id) if installed else None
        if installed:
            self.installs.keep(world)
        world.tell = lambda event: self._tell(workspace, event)
        fill(world)
        workspace.need_own_ids()
        return workspace

    def _tell(self, workspace: Workspace, event: Event) -> None:
        """The bot hears of what it has subscribed to, where it is installed and was granted what that needs."""
        world = workspace.world
        granted = event.scope is None or event.scope in world.app.scopes
        if world.installation and granted and event.subscription in world.app.events:
            self.deliveries.send_event(workspace.payloads.event(event), team=world.team.id)

    def _tell_of_app(self, world: World, event: Event, installation: Installation) -> None:
        if event.subscription in world.app.events:
            payload = self.in_workspace(world).payloads.bare_event(event, installation)
            self.deliveries.send_event(payload, team=world.team.id)

    def _bot(self) -> str:
        """Raises LookupError where it is not known."""
        if not (url := self.bot_url):
            raise LookupError("nobody has said where the bot is: connect()")
        return url

    def _asgi(self) -> Starlette:
        api = WebApi(
            self.installs,
            self.faults,
            lambda world: self.in_workspace(world).limits,
            self.exchanges,
            self._socket_url,
        )
        hooks = HookEndpoint(self.worlds, self.faults, self.exchanges)
        return Starlette(
            routes=[
                Route("/api/{method}", api.answer, methods=["GET", "POST"]),
                Route("/hooks/{kind}/{team}/{hook}", hooks.answer, methods=["POST"]),
                Route("/oauth/v2/authorize", self.authorize.answer, methods=["GET", "POST"]),
                Route("/app_redirect", self.authorize.open_app),
                Route(ADDRESS, self.manage.answer, methods=["GET", "POST"]),
                WebSocketRoute("/socket", self.sockets.serve),
                self.page.mount,
            ]
        )

    def _scene(self, workspace: Workspace) -> Scene:
        return Scene(
            url=self.url,
            world=workspace.world,
            client=workspace.client,
            deliveries=self.deliveries,
            faults=self.faults,
            exchanges=self.exchanges,
            installs=self.installs,
            bot_url=lambda: self.bot_url,
            start_over=self._start_over,
        )

    def _socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/socket?ticket={self.sockets.ticket()}"
