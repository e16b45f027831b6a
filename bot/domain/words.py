"""How choices, lists and quotations are written, in one place so that all speak alike."""

_QUOTED = 40  # characters of a quotation
_IRREGULAR = {
    "24_7": "24/7",
    "break_fix": "Break-fix",
    "in_person": "In person",
    "workspace_local": "This workspace",
}


def choice(value: str) -> str:
    """`in_progress` -> `In progress`."""
    return _IRREGULAR.get(value, value.replace("_", " ").capitalize())


def listed(words: list[str], last: str = "or") -> str:
    """`["a", "b", "c"]` -> `a, b or c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def quoted(text: str) -> str:
    """A user's own words in a sentence of ours: short, and showable whatever they hold."""
    shown = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
    return f"“{shown.encode(errors='replace').decode()}”"
