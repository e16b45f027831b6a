"""The playground's page: the workspace in a browser. It shows the stand-in's state and has none of its own."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.playground.page import exchange
from bot.playground.page.doing import take
from bot.playground.page.guard import Guard
from bot.playground.page.scene import Scene, find_scene
from bot.playground.page.static import STATIC, Static
from bot.playground.page.stream import Streams
from bot.playground.wire import Json


class Page:
    """`mount` is the page as a route; `close` ends its event streams. `scenes` has one for each
    workspace, `scene` is that of the first one."""

    def __init__(self, scenes: list[Scene]) -> None:
        self._scenes = scenes
        self.scene = scenes[0]
        self._streams = Streams(scenes)
        self.close = self._streams.close
        self.mount = Mount("/", Guard(Starlette(routes=self._routes())))

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._index),
            Mount("/page/static", Static()),
            Route("/page/bootstrap", self._bootstrap),
            Route("/page/events", self._streams.answer),
            Route("/page/exchanges/{number:int}", self._exchange),
            Route("/page/do", self._do, methods=["POST"]),
        ]

    async def _index(self, _: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def _bootstrap(self, request: Request) -> Response:
        return JSONResponse(_about(find_scene(self._scenes, request.query_params.get("as", ""))))

    async def _exchange(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = next((each for each in self.scene.exchanges.all if each.number == number), None)
        if found is None:
            return JSONResponse({"trouble": "Only the newest 2,000 exchanges are kept."}, 404)
        return JSONResponse(exchange.whole(found, self.scene.url))

    async def _do(self, request: Request) -> Response:
        status, answer = await take(self._scenes, await request.body())
        return JSONResponse(answer, status)


def _about(scene: Scene) -> Json:
    """What stays as it is while the page is open; it has come up after what has the ts `since`."""
    team, app = scene.world.team, scene.world.app
    return {
        "team": {"id": team.id, "name": team.name, "domain": team.domain},
        "isFirst": scene.world.worlds[0] is scene.world,
        "since": scene.world.latest_ts,
        "app": {"name": app.name, "userId": app.user_id},
        "people": scene.people(),
        "commands": [
            {"name": each.name, "description": each.description, "usageHint": each.usage_hint}
            for each in app.commands.values()
        ],
        "shortcuts": [
            {"name": each.name, "kind": each.kind, "callbackId": each.callback_id} for each in app.shortcuts
        ],
    }
