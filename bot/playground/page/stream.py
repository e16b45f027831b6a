"""The event stream (server-sent events) that keeps a page in step with the workspace.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.playground.page.scene import Refusal, Scene, find_scene
from bot.playground.page.sight import Sight

_PAUSE = 0.05
"""Seconds between two events at least: what changes meanwhile comes with the next."""
_HEARTBEAT = 15
"""Seconds."""


class Streams:
    """One for each open page. They end when the stand-in stops."""

    def __init__(self, scenes: list[Scene]) -> None:
        self._scenes = scenes
        self._closed = False

    async def answer(self, request: Request) -> Response:
        who = request.query_params.get("as", "")
        scene = find_scene(self._scenes, who)
        try:
            viewer = scene.person(who)
        except Refusal as refusal:
            return JSONResponse({"trouble": str(refusal)}, 404)
        sight = Sight(scene, viewer, request.query_params.get("since", ""))
        return StreamingResponse(self._events(sight), media_type="text/event-stream")

    def close(self) -> None:
        self._closed = True
        self._scenes[0].world.changes.note()

    async def _events(self, sight: Sight) -> AsyncIterator[str]:
        changes = self._scenes[0].world.changes
        while not self._closed:
            seen = changes.version
            if data := sight.news():
                yield f"event: sync\ndata: {data}\n\n"
            await asyncio.sleep(_PAUSE)
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await changes.after(seen)
            except TimeoutError:
                yield ": still here\n\n"
