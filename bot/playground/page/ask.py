"""What the page may ask for: one frozen model each, which knows how it is done."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bot.playground.client import Interaction
from bot.playground.inputs import CHOSEN, elements
from bot.playground.page.scene import Refusal, Scene
from bot.playground.wire import Json


class Wire(BaseModel):
    """camelCase outside, nothing that is not known, and numbers are no strings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class Ask(Wire):
    """`who` is the id of the person who acts."""

    who: str = Field(alias="as")

    async def do(self, scene: Scene) -> Json:
        """Does it; what it returns goes back beside `ok`. Raises Refusal, with words for the person."""
        raise NotImplementedError


def outcome(interaction: Interaction, app: str) -> Json:
    """Raises Refusal where the bot did not answer as it should."""
    if interaction.trouble:
        raise Refusal(in_words(interaction.trouble, app))
    return {}


def in_words(trouble: str, app: str) -> str:
    match trouble:
        case "operation_timeout":
            return f"{app} did not answer within 3 seconds."
        case "dispatch_failed":
            return f"{app} could not be reached, or failed. Try again?"
        case "app_not_installed":
            return f"{app} is not installed in this workspace."
    return f"{app} gave an answer that Slack does not understand ({trouble})."


def element_in(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    """A block and the element in it. Raises Refusal where they are gone."""
    for block, element in elements(blocks):
        if (block["block_id"], element["action_id"]) == (block_id, action_id):
            return block, element
    raise Refusal("This is not there any more.")


_SHAPES: dict[str, type] = {"selected_option": dict, "selected_date_time": int, "rich_text_value": dict}


def fits(element: Json, value: object) -> bool:
    """Whether this can be the element's value: None, an option, a list of options or of ids, a moment, a text."""
    if value is None:
        return True
    state = CHOSEN.get(element["type"], "")
    if state == "files" or state.endswith("s"):
        inner = dict if state in {"files", "selected_options"} else str
        return isinstance(value, list) and all(isinstance(each, inner) for each in value)
    return bool(state) and isinstance(value, _SHAPES.get(state, str)) and not isinstance(value, bool)


Value = Any
"""As Slack's state holds it; `fits` checks it, since its shape depends on the element."""
