"""What the inspector does to the playground itself: faults, moving the time, sending again, starting over."""

from typing import Literal

from bot.playground.clock import Move
from bot.playground.page import fault
from bot.playground.page.ask import Ask, in_words
from bot.playground.page.scene import Refusal, Scene
from bot.playground.wire import Json


class Fault(Ask):
    action: Literal["fault"]
    method: str
    kind: fault.Kind
    on: bool = True

    async def do(self, scene: Scene) -> Json:
        fault.switch(scene.faults, self.kind, self.method, on=self.on)
        return {}


class ClearFaults(Ask):
    action: Literal["clearFaults"]

    async def do(self, scene: Scene) -> Json:
        scene.faults.clear()
        return {}


class MoveTime(Ask):
    """For everybody, as the clock of whoever asks counts days."""

    action: Literal["moveTime"]
    move: Move

    async def do(self, scene: Scene) -> Json:
        scene.world.move_time(self.move, scene.person(self.who))
        return {}


class Replay(Ask):
    """Sends what the bot was sent once more, signed anew; what it answers changes nothing in the workspace."""

    action: Literal["replay"]
    number: int

    async def do(self, scene: Scene) -> Json:
        found = next((each for each in scene.exchanges.all if each.number == self.number), None)
        if found is None or found.direction != "to_bot":
            raise Refusal("Only what was sent to the bot can be sent again.")
        payload = found.body | {"token": scene.world.app.verification_token}
        reply = await scene.deliveries.send(payload)
        if reply.trouble:
            raise Refusal(in_words(reply.trouble, scene.world.app.name))
        return {"status": reply.status}


class StartOver(Ask):
    action: Literal["startOver"]

    async def do(self, scene: Scene) -> Json:
        await scene.start_over()
        return {}
