"""What of a text leaves its workspace: names for people and groups, whose IDs say nothing elsewhere."""

import re
from collections.abc import Callable

_MENTION = re.compile(r"(?<![\w.@/])@([UWS][A-Z0-9]{2,30})(?!\w)", re.ASCII)


def with_names(text: str, name: Callable[[str], str]) -> str:
    """`hey @U0BEN` -> `hey @Ben`, as a message in a thread is kept already. `name` gives the ID of whom it does not know."""
    return _MENTION.sub(lambda found: f"@{name(found[1]).removeprefix('@')}", text)
