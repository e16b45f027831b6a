"""A call's arguments: the same whether they came as a form, as JSON or in the query."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.wire import Json, SlackError, read_json
from bot.playground.world import World

_CURSOR = re.compile(r"(\d+):after:(\d+)")


@dataclass(frozen=True)
class Args:
    fields: Json

    def text(self, name: str, otherwise: str = "") -> str:
        value = self.fields.get(name)
        return otherwise if value is None else str(value)

    def needed(self, name: str) -> str:
        if not (value := self.text(name)):
            detail = f"[ERROR] missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [detail]})
        return value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        return self.text(name, str(otherwise)).lower() in {"1", "true"}

    def number(self, name: str, otherwise: int) -> int:
        try:
            return int(self.text(name) or otherwise)
        except ValueError:
            raise SlackError("invalid_limit") from None

    def strings(self, name: str) -> list[str]:
        """A list, which forms have as one string with commas."""
        value = self.fields.get(name)
        given = value if isinstance(value, list) else self.text(name).split(",")
        return [text for each in given if (text := str(each).strip())]

    def json(self, name: str, refusal: str) -> object:
        """A field that is JSON, or a string of it as forms have it; None where it is not given."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        try:
            return read_json(value)
        except ValueError:
            raise SlackError(refusal) from None


@dataclass(frozen=True)
class Method:
    """`scope` is what the token must have, None for none or for one that depends on the arguments; a `tier` of None is
    chat.postMessage's own limit. `app_token` is whether it wants the app-level token."""

    run: Callable[[World, Args], Json]
    scope: str | None = None
    tier: int | None = 4
    app_token: bool = False


def need_scope(world: World, *any_of: str) -> None:
    """Raises missing_scope unless the app has one of these."""
    if not world.app.scopes & set(any_of):
        provided = ",".join(sorted(world.app.scopes))
        raise SlackError("missing_scope", needed=",".join(any_of), provided=provided)


def page(
    world: World, everything: list[Json], args: Args, most: int, *, otherwise: int | None = None
) -> tuple[list[Json], Json]:
    """One page by `cursor` and `limit`, `otherwise` where none is given, and its response_metadata."""
    start = 0
    if cursor := args.text("cursor"):
        place = _CURSOR.fullmatch(cursor)
        if not place or int(place[1]) != world.cursors_expired:
            raise SlackError("invalid_cursor")
        start = int(place[2])
    end = start + min(args.number("limit", otherwise or most), most)
    following = f"{world.cursors_expired}:after:{end}" if end < len(everything) else ""
    return everything[start:end], {"next_cursor": following}
