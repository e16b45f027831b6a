"""A modal in somebody's hands: `await form.fill(summary="Printer down")`, `await form.submit()`.

Fields go by their action_id. What the bot changes, pushes or closes is what the form shows from then on.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.playground.choosing import Chooser
from bot.playground.client import Client
from bot.playground.inputs import elements, value_of
from bot.playground.markup import shown, unescape
from bot.playground.records import User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


@dataclass(frozen=True)
class Submission:
    """What came of pressing submit. `sent` is whether the bot heard of it at all: Slack's own client may refuse."""

    sent: bool
    errors: dict[str, str]  # by block_id
    trouble: str | None
    closed: bool
    view: View | None  # what is on top now


class Form:
    def __init__(self, world: World, client: Client, user: User, view: View) -> None:
        self._world = world
        self._client = client
        self._user = user
        self._root = view.root_id

    @property
    def view(self) -> View:
        """What is on top. Raises AssertionError where the form is closed."""
        top = self._world.views.top(self._user.id)
        if top is None or top.root_id != self._root:
            message = "the form is closed"
            raise AssertionError(message)
        return top

    @property
    def is_open(self) -> bool:
        top = self._world.views.top(self._user.id)
        return top is not None and top.root_id == self._root

    @property
    def title(self) -> str:
        return unescape(str(self.view.content["title"]["text"]))

    @property
    def fields(self) -> list[str]:
        """The action_ids of its inputs, in order."""
        return [
            element["action_id"] for block, element in elements(self.view.blocks) if block["type"] == "input"
        ]

    @property
    def errors(self) -> dict[str, str]:
        """What stands below inputs, by field; empty where the form is closed."""
        if not self.is_open:
            return {}
        names = {b["block_id"]: e["action_id"] for b, e in elements(self.view.blocks)}
        return {names[block_id]: words for block_id, words in self.view.errors.items()}

    def shows(self, words: str) -> bool:
        """Whether these words stand in the form: in its blocks, in an input or below one."""
        return words in self.view.shown or any(words in self._text(field) for field in self.fields)

    def value(self, field: str) -> object:
        """What a field holds: its text, the chosen option's value, a user's id, a moment in UTC; None where empty."""
        block, element = self._find(field)
        value = value_of(self.view.values[block["block_id"]][field])
        if element["type"] == "datetimepicker" and isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        return _plain(value)

    async def options(self, field: str, text: str = "") -> list[str]:
        """The texts that a select offers; for an external one, after this was typed."""
        block, element = self._find(field)
        return [unescape(each["text"]["text"]) for each in await self._chooser.offered(block, element, text)]

    async def fill(self, **fields: object) -> None:
        """Fills inputs, in this order. Text, number, date and time as they are; a select takes an option's value or
        text, an external one types the text first; a person goes by name; a moment is an aware datetime; None empties.

        A choice that the bot hears of at once is waited for until the form has changed.
        """
        for field, value in fields.items():
            block, element = self._find(field)
            held = await self._chooser.held(block, element, value)
            self._client.fill(self.view, block, element, held)
            if block.get("dispatch_action") or block["type"] != "input":
                await self._acts(block, element)

    async def press(self, button: str, *, changes: bool = True) -> None:
        """Presses a button by its action_id or text, and waits until the form has changed unless told otherwise. Where it asks
        a question first, the answer is yes."""
        for block, element in elements(self.view.blocks):
            if button in {element["action_id"], element.get("text", {}).get("text")}:
                await self._acts(block, element, changes=changes)
                return
        message = f"there is no button “{button}” in the form: {self.view.shown}"
        raise LookupError(message)

    async def submit(self) -> Submission:
        view = self.view
        interaction = await self._client.submit(self._user, view)
        return Submission(
            sent=interaction is not None,
            errors=view.errors,
            trouble=interaction.trouble if interaction else None,
            closed=not self.is_open,
            view=self._world.views.top(self._user.id),
        )

    async def close(self, *, all_of_them: bool = False) -> None:
        await self._client.close(self._user, self.view, all_of_them=all_of_them)

    async def _acts(self, block: Json, element: Json, *, changes: bool = True) -> None:
        view, before = self.view, self._state()
        interaction = await self._client.act(self._user, view, block, element)
        if changes:
            await self._world.changes.until(
                lambda: self._state() != before,
                otherwise=lambda: (
                    f"the form did not change after {element['action_id']}; "
                    f"trouble: {interaction.trouble}, and it shows: {view.shown}"
                ),
            )

    @property
    def _chooser(self) -> Chooser:
        return Chooser(self._world, self._client, self._user, self.view)

    def _state(self) -> list[tuple[str, str]]:
        return [(view.id, view.hash) for view in self._world.views.stack(self._user.id)]

    def _find(self, field: str) -> tuple[Json, Json]:
        for block, element in elements(self.view.blocks):
            if element["action_id"] == field:
                return block, element
        message = f"the form has no field {field}, only {', '.join(self.fields)}"
        raise LookupError(message)

    def _text(self, field: str) -> str:
        block, _ = self._find(field)
        entry = self.view.values.get(block["block_id"], {}).get(field, {})
        return "\n".join(
            [shown("", [entry]), *(str(each) for each in entry.values() if isinstance(each, str))]
        )


def _plain(value: object) -> object:
    """An option is what it stands for."""
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
