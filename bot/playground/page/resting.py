"""What people do so that nobody disturbs them."""

from typing import Literal

from bot.playground.clock import Move
from bot.playground.page.ask import Ask
from bot.playground.page.scene import Scene
from bot.playground.wire import Json


class Pause(Ask):
    """Without an end, notifications come again."""

    action: Literal["pause"]
    until: Move | None = None

    async def do(self, scene: Scene) -> Json:
        scene.world.pause(scene.person(self.who), self.until)
        return {}


class RestAtNight(Ask):
    action: Literal["restAtNight"]
    on: bool

    async def do(self, scene: Scene) -> Json:
        scene.world.rest_at_night(scene.person(self.who), on=self.on)
        return {}
