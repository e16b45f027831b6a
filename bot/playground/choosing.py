"""What a person means by a word, for each kind of input: the option of a select, somebody's id, a moment."""

from datetime import datetime

from bot.playground.client import Client
from bot.playground.markup import unescape
from bot.playground.records import Message, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


class Chooser:
    """Chooses for one person in one message or view."""

    def __init__(self, world: World, client: Client, user: User, source: Message | View) -> None:
        self._world = world
        self._client = client
        self._user = user
        self._source = source

    async def held(self, block: Json, element: Json, value: object) -> object:
        """A value as Slack's state holds it. Raises LookupError where it is not on offer."""
        if value is None:
            return None
        match element["type"]:
            case "datetimepicker" if isinstance(value, datetime):
                return int(value.timestamp())
            case "users_select":
                return self._world.user(str(value)).id
            case "conversations_select" | "channels_select":
                return self._conversation(element, str(value))
            case "multi_users_select" if isinstance(value, list):
                return [self._world.user(str(each)).id for each in value]
            case "static_select" | "external_select" | "radio_buttons" | "overflow":
                return await self._option(block, element, str(value))
            case "multi_static_select" | "multi_external_select" | "checkboxes" if isinstance(value, list):
                return [await self._option(block, element, str(each)) for each in value]
        return str(value) if element["type"] == "number_input" else value

    async def offered(self, block: Json, element: Json, text: str) -> list[Json]:
        """The options of a select; of an external one, those for this text."""
        if "external" in element["type"]:
            return (await self._client.suggest(self._user, self._source, block, element, text)).options
        groups = element.get("option_groups") or [element]
        return [option for group in groups for option in group["options"]]

    def _conversation(self, element: Json, name: str) -> str:
        found = self._world.conversation(name)
        if found.teams and element.get("filter", {}).get("exclude_external_shared_channels"):
            message = f"{element['action_id']} does not offer #{found.name}, which another company shares"
            raise LookupError(message)
        return found.id

    async def _option(self, block: Json, element: Json, wanted: str) -> Json:
        pairs = [
            (each, unescape(each["text"]["text"])) for each in await self.offered(block, element, wanted)
        ]
        exact = [option for option, text in pairs if wanted in {option["value"], text}]
        near = [option for option, text in pairs if wanted.lower() in text.lower()]
        if exact or near:
            return (exact or near)[0]
        texts = ", ".join(text for _, text in pairs) or "nothing"
        message = f"{element['action_id']} does not offer “{wanted}”, only {texts}"
        raise LookupError(message)
