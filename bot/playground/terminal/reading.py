"""Reading Slack's JSON, whose shape is Slack's: what is missing, or of another kind, reads as empty."""

from collections.abc import Mapping, Sequence

Json = Mapping[str, object]


def objects(value: object) -> Sequence[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def strings(value: object) -> Sequence[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def an_object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
