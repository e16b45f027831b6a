"""JSON as it crosses the wire between Slack and the bot."""

import json
from typing import Any

Json = dict[str, Any]
"""An object that the stand-in mostly passes on as it is: blocks, views, payloads. `Any`, since Slack's JSON has no
model here; what is relied on is checked by `bot.playground.blocks` first."""


def read_json(text: str | bytes) -> object:
    """Raises ValueError; for half a character (a lone surrogate) too, since nobody could be sent it."""
    read = json.loads(text)
    json.dumps(read, ensure_ascii=False).encode()
    return read


class SlackError(Exception):
    """Slack's refusal of a call: its error code, and what else the answer holds."""

    def __init__(self, code: str, **also: object) -> None:
        super().__init__(code)
        self.code = code
        self.also = also
