"""A field's value in words, as a history and a confirmation tell it."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS
from bot.domain.words import choice
from bot.domain.workspace_settings import Level
from handlers.blocks.text import moment, one_line, person

VALUE = 150  # characters

LEVELS: Mapping[Level, str] = {
    "all": "All in my queues",
    "mine": "What I have or asked for",
    "quiet": "Only what asks me to act",
}
"""How much somebody is told, as menus have it."""


def values_text(fields: Mapping[str, JsonValue], directory: Directory) -> str:
    """`Acme Manufacturing, HQ, Break fix`: the values of fields in wire form, which name themselves."""
    return ", ".join(value_text(field, value, directory, {}) for field, value in fields.items())


def value_text(field: str, value: JsonValue, directory: Directory, names: Mapping[str, str]) -> str:
    """`value` is in wire form; `names` are those of tickets by their IDs. mrkdwn."""
    if value is None:
        return "none"
    text, row = str(value), TICKET_FIELDS.get(field)
    match row.element if row else "text":
        case "choice":
            return choice(text)
        case "item":
            return one_line(directory.name_of(field, text), VALUE)
        case "time":
            return moment(datetime.fromisoformat(text))
        case "person":
            return person(text)
        case "ticket" if isinstance(value, float):
            return f"T-{int(value)}"
        case "ticket":
            return names.get(text, "another ticket")
    return one_line(text, VALUE)
