"""What people do with the elements of messages, of Home and of forms."""

from typing import Literal

from pydantic import ValidationError, model_validator

from bot.playground.inputs import HOLDING
from bot.playground.page.ask import Ask, Value, Wire, element_in, fits, in_words, outcome
from bot.playground.page.scene import Refusal, Scene
from bot.playground.page.talking import Attachment
from bot.playground.records import Message, User
from bot.playground.views import View
from bot.playground.wire import Json

_TYPED = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
}
"""Elements that tell the bot when Enter is pressed, unless they say otherwise."""


class Source(Wire):
    """A message, by channel and ts, or a view, by its id."""

    channel: str | None = None
    ts: str | None = None
    view: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Source":
        if (self.view is None) == (self.channel is None) or (self.channel is None) != (self.ts is None):
            raise ValueError("give channel and ts, or view")
        return self

    def find(self, scene: Scene, user: User) -> Message | View:
        if self.view is not None:
            return scene.view(user, self.view)
        return scene.message(user, self.channel or "", self.ts or "")


class Press(Ask):
    """A button; a choice in a menu outside of an input block; Enter in an input that the bot wants to hear of."""

    action: Literal["press"]
    source: Source
    block_id: str
    action_id: str
    value: Value = None

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        source = self.source.find(scene, user)
        block, element = element_in(source.blocks, self.block_id, self.action_id)
        chosen = self.value
        if not fits(element, chosen):
            raise Refusal("This cannot be chosen here.")
        if isinstance(source, View) and element["type"] in HOLDING:
            if chosen is not None:
                scene.client.fill(source, block, element, chosen)
            chosen = None
        done = await scene.client.act(user, source, block, element, chosen)
        return outcome(done, scene.world.app.name)


class Suggest(Ask):
    action: Literal["suggest"]
    source: Source
    block_id: str
    action_id: str
    text: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        source = self.source.find(scene, user)
        block, element = element_in(source.blocks, self.block_id, self.action_id)
        offer = await scene.client.suggest(user, source, block, element, self.text)
        if offer.trouble:
            raise Refusal(in_words(offer.trouble, scene.world.app.name))
        grouped = any("label" in group for group in offer.groups)
        return {"options": offer.options} | ({"optionGroups": offer.groups} if grouped else {})


class Fill(Ask):
    """An input's new value. The bot hears of it where the block dispatches, of a text only where it asked for every
    character."""

    action: Literal["fill"]
    view: str
    block_id: str
    action_id: str
    value: Value

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        view = scene.view(user, self.view)
        block, element = element_in(view.blocks, self.block_id, self.action_id)
        if element["type"] not in HOLDING or not fits(element, self.value):
            raise Refusal("This cannot be filled in here.")
        value = _uploaded(scene, user, self.value) if element["type"] == "file_input" else self.value
        scene.client.fill(view, block, element, value)
        if not _dispatches(block, element):
            return {}
        return outcome(await scene.client.act(user, view, block, element), scene.world.app.name)


class Submit(Ask):
    action: Literal["submit"]
    view: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        view = scene.view(user, self.view)
        await scene.client.submit(user, view)
        if view.trouble:
            raise Refusal(view.trouble)
        return {"errors": view.errors} if view.errors and not view.closed else {}


class Close(Ask):
    action: Literal["close"]
    view: str
    all: bool = False

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        await scene.client.close(user, scene.view(user, self.view), all_of_them=self.all)
        return {}


def _uploaded(scene: Scene, user: User, value: list[Json] | None) -> list[Json]:
    """Files as the state holds them; those without an id are new."""
    return [each if "id" in each else _new_file(scene, user, each) for each in value or []]


def _new_file(scene: Scene, user: User, given: Json) -> Json:
    try:
        file = Attachment.model_validate(given)
    except ValidationError:
        raise Refusal("This cannot be filled in here.") from None
    return scene.world.file(user, file.name, file.mimetype, file.size).to_wire(scene.world.team)


def _dispatches(block: Json, element: Json) -> bool:
    if block["type"] != "input":
        return True
    asked = element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
    return block.get("dispatch_action", False) and (
        element["type"] not in _TYPED or "on_character_entered" in asked
    )
