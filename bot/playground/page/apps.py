"""What admins do with the apps of their workspace. They are installed on pages of the bot and of Slack."""

from typing import Literal

from bot.playground.page.ask import Ask
from bot.playground.page.scene import Refusal, Scene
from bot.playground.wire import Json


class Uninstall(Ask):
    action: Literal["uninstall"]

    async def do(self, scene: Scene) -> Json:
        if not scene.person(self.who).is_admin:
            raise Refusal("Only admins of this workspace remove apps.")
        if not scene.world.installation:
            raise Refusal(f"{scene.world.app.name} is not installed here.")
        scene.installs.uninstall(scene.world.installation.id)
        return {}
