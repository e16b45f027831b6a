"""Reading Slack's JSON, whose shape is Slack's: what is missing, or of another kind, reads as empty."""

from collections.abc import Mapping, Sequence

Json = Mapping[str, object]


def items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def objects(value: object) -> Sequence[Json]:
    return [item for item in items(value) if isinstance(item, Mapping)]


def an_object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
