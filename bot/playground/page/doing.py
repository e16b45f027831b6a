"""Takes what a page asks for, whatever it is."""

from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from bot.playground.page import apps, resting, running, talking, using
from bot.playground.page.scene import Refusal, Scene, find_scene
from bot.playground.wire import Json

_AnyAsk = (
    talking.Command
    | talking.Say
    | talking.Edit
    | talking.Delete
    | talking.React
    | talking.MessageShortcut
    | talking.GlobalShortcut
    | talking.OpenHome
    | talking.Read
    | apps.Uninstall
    | resting.Pause
    | resting.RestAtNight
    | using.Press
    | using.Suggest
    | using.Fill
    | using.Submit
    | using.Close
    | running.Fault
    | running.ClearFaults
    | running.MoveTime
    | running.Replay
    | running.StartOver
)
_ASKS: TypeAdapter[_AnyAsk] = TypeAdapter(Annotated[_AnyAsk, Field(discriminator="action")])


async def take(scenes: list[Scene], body: bytes) -> tuple[int, Json]:
    """Reads one ask, does it, and gives the status and the answer to send."""
    try:
        ask = _ASKS.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return 400, {"ok": False, "trouble": f"{where}: {first['msg']}" if where else first["msg"]}
    try:
        return 200, {"ok": True, **await ask.do(find_scene(scenes, ask.who))}
    except Refusal as refusal:
        return 200, {"ok": False, "trouble": str(refusal)}
