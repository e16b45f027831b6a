"""The inputs that the forms of the settings are made of. A `block_id` is its field's name."""

from collections.abc import Collection, Mapping

from pydantic import JsonValue

from handlers.blocks.kit import Block, button, input_block, json_of, option
from handlers.blocks.text import plain
from handlers.slack import ids

UTC = "Etc/UTC"
"""Where somebody's time zone is not known."""
NONE = "-"
"""The option that stands for none: Slack takes no empty value."""


def field(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """Its `action_id` is the field's name, too, where the element has none."""
    action_id = element.get("action_id", name)
    return input_block(name, label, element | {"action_id": action_id}, hint=hint, optional=optional)


def text(value: str | None, longest: int, *, multiline: bool = False, example: str = "") -> Block:
    """`example` stands in it while it is empty."""
    element: Block = {"type": "plain_text_input", "max_length": longest}
    element |= {"multiline": True} if multiline else {}
    element |= {"placeholder": json_of(plain(example, 150))} if example else {}
    return element | {"initial_value": value} if value else element


def number(value: int, most: int) -> Block:
    return {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(most),
        "initial_value": str(value),
    }


def menu(options: Mapping[str, str], chosen: str | None) -> Block:
    """`options`: what each value is shown as. The first is chosen where `chosen` is none of them."""
    offered = [option(value, words) for value, words in options.items()]
    initial = next((each for each in offered if each["value"] == chosen), offered[0])
    return {"type": "static_select", "options": list(offered), "initial_option": initial}


def many(options: Mapping[str, str], chosen: Collection[str]) -> Block:
    """A menu of which any number may be chosen."""
    offered: list[JsonValue] = [option(value, words) for value, words in options.items()]
    initial: list[JsonValue] = [option(value, words) for value, words in options.items() if value in chosen]
    element: Block = {"type": "multi_static_select", "options": offered}
    return element | {"initial_options": initial} if initial else element


def user(chosen: str | None) -> Block:
    element: Block = {"type": "users_select"}
    return element | {"initial_user": chosen} if chosen else element


def remove(what: str, action_id: str, value: str, follows: str) -> Block:
    """A button that asks first. `follows`: what comes of it, in a sentence or two."""
    confirm: Block = {
        "title": json_of(plain(f"Remove this {what}?", 100)),
        "text": json_of(plain(follows, 300)),
        "confirm": json_of(plain("Remove", 30)),
        "deny": json_of(plain("Keep it", 30)),
    }
    return button(f"Remove this {what}", action_id, value=value) | {"confirm": confirm}


def back(page: str, words: str) -> Block:
    """A button that leads to another page of the settings."""
    return button(f"‹ {words}", f"{ids.SETTINGS_PAGE}:{page}")
