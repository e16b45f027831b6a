"""Finds what of a message does something in Slack and does not say which workspace it is of."""

from collections.abc import Iterator, Mapping, Sequence

_DO_SOMETHING = frozenset({"button", "icon_button", "workflow_button"})


def without_stamp(blocks: Sequence[object]) -> Sequence[object]:
    """The buttons and options, wherever they stand, that carry no stamp."""
    return [each for each in _acting(blocks) if not str(each.get("value", "")).startswith("~T")]


def _acting(part: object, *, is_option: bool = False) -> Iterator[Mapping[str, object]]:
    if isinstance(part, Mapping):
        if is_option or (part.get("type") in _DO_SOMETHING and "url" not in part):
            yield part
        for name, inner in part.items():
            yield from _acting(inner, is_option=name in {"options", "initial_option", "initial_options"})
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for inner in part:
            yield from _acting(inner, is_option=is_option)
