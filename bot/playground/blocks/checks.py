"""The words that Block Kit's limits are written in: small checks of JSON values that make up larger ones.

A check takes a value and its JSON pointer, and raises `Refused` in the wording of Slack's own answers.
"""

from collections.abc import Callable, Mapping, Sequence
from re import fullmatch
from typing import NoReturn

Check = Callable[[object, str], None]
Json = Mapping[str, object]
Rule = Callable[[Json, str], None]
"""What must hold between several fields of an object, asked when each of them is right."""


class Refused(Exception):
    """Slack would not take it. The message is its detail: `must provide a string [json-pointer:/view]`."""


def refuse(problem: str, at: str) -> NoReturn:
    detail = f"{problem} [json-pointer:{at}]"
    raise Refused(detail)


def string(most: int | None = None, *, least: int = 1, like: str | None = None) -> Check:
    """A string of `least` to `most` characters that matches the whole pattern `like`."""

    def check(value: object, at: str) -> None:
        if not isinstance(value, str):
            refuse("must provide a string", at)
        if len(value) < least:
            refuse(f"must be more than {least - 1} characters", at)
        if most is not None and len(value) > most:
            refuse(f"must be less than {most + 1} characters", at)
        if like is not None and not fullmatch(like, value):
            refuse(f"does not match the pattern {like}", at)

    return check


def boolean(value: object, at: str) -> None:
    if not isinstance(value, bool):
        refuse("must provide a boolean", at)


def number(value: object, at: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse("must provide a number", at)


def integer(least: int, most: int | None = None) -> Check:
    def check(value: object, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            refuse("must provide an integer", at)
        if value < least:
            refuse(f"must be greater than {least - 1}", at)
        if most is not None and value > most:
            refuse(f"must be less than {most + 1}", at)

    return check


def one_of(*choices: str) -> Check:
    def check(value: object, at: str) -> None:
        if value not in choices:
            refuse(f"must be a valid enum value: {', '.join(choices)}", at)

    return check


def array(item: Check, most: int | None = None, *, least: int = 1) -> Check:
    def check(value: object, at: str) -> None:
        if not isinstance(value, list | tuple):
            refuse("must provide an array", at)
        if len(value) < least:
            refuse(f"no fewer than {least} items allowed", at)
        if most is not None and len(value) > most:
            refuse(f"no more than {most} items allowed", at)
        for index, element in enumerate(value):
            item(element, f"{at}/{index}")

    return check


def record(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    *,
    also: Rule | None = None,
) -> Check:
    """An object with these fields and no others; `also` is asked last."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str) -> None:
        fields = an_object(value, at)
        for name in required:
            if name not in fields:
                refuse(f"missing required field: {name}", at)
        for name, field in fields.items():
            if name not in known:
                refuse(f"no additional properties allowed: {name}", at)
            known[name](field, f"{at}/{name}")
        if also is not None:
            also(fields, at)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check the rest of it must pass."""

    def check(value: object, at: str) -> None:
        fields = an_object(value, at)
        if "type" not in fields:
            refuse("missing required field: type", at)
        kind = fields["type"]
        if not isinstance(kind, str) or kind not in kinds:
            refuse(f"unsupported type: {kind}", f"{at}/type")
        kinds[kind]({name: field for name, field in fields.items() if name != "type"}, at)

    return check


def exactly_one(*names: str) -> Rule:
    def also(fields: Json, at: str) -> None:
        given = [name for name in names if name in fields]
        if not given:
            refuse(f"missing required field: {' or '.join(names)}", at)
        if len(given) > 1:
            refuse(f"only one of {', '.join(names)} allowed", at)

    return also


def at_least_one(*names: str) -> Rule:
    def also(fields: Json, at: str) -> None:
        if not any(name in fields for name in names):
            refuse(f"missing required field: {' or '.join(names)}", at)

    return also


def an_object(value: object, at: str) -> Json:
    if not isinstance(value, Mapping):
        refuse("must provide an object", at)
    return value


def items(value: object) -> Sequence[object]:
    """The items of what may be an array; none where it is no array."""
    return value if isinstance(value, list | tuple) else ()
