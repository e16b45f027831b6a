"""Draws in a terminal what Slack would show, from Slack's own JSON: messages with their cards, and forms."""

from collections.abc import Mapping
from datetime import datetime

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from bot.playground.terminal.dates import clock
from bot.playground.terminal.elements import words
from bot.playground.terminal.layout import Drawing, drawn
from bot.playground.terminal.reading import Json
from bot.playground.terminal.text import Names, mrkdwn, plain

__all__ = ["Names", "form", "message"]


def message(  # noqa: PLR0913  (a message has this many sides, and one caller)
    author: str,
    is_app: bool,  # noqa: FBT001  (it belongs to the author, and stands beside the name)
    time: datetime,
    text: str,
    blocks: object,
    *,
    ephemeral: bool,
    names: Names,
) -> RenderableType:
    """A message under its author and time of day. Where it has blocks, those are shown and not the text."""
    head = plain(author, "bold")
    if is_app:
        head.append(" ").append(" APP ", "reverse")
    head.append(f"  {clock(time.astimezone(names.now.tzinfo))}", "not bold dim")
    private = [Text("Only visible to you", "dim italic")] if ephemeral else []
    body = Group(*drawn(blocks, Drawing(names))) if blocks else mrkdwn(text, names)
    return Group(*private, head, Padding(body, (0, 0, 0, 2)))


def form(
    view: Json,
    values: Mapping[str, Mapping[str, Json]],
    errors: Mapping[str, str],
    names: Names,
) -> RenderableType:
    """A modal. `values` is the `state.values` of Slack's payloads, `errors` a sentence by block_id."""
    buttons = [
        words(view.get(name), names, style) for name, style in (("close", ""), ("submit", "bold green"))
    ]
    bar = Text("  ").join(Text.assemble("[ ", button, " ]") for button in buttons if button)
    bar.justify = "right"
    blocks = drawn(view.get("blocks"), Drawing(names, values, errors))
    return Panel(
        Group(*(Padding(block, (0, 0, 1, 0)) for block in blocks), Rule(style="dim"), bar),
        title=words(view.get("title"), names, "bold"),
        title_align="left",
        box=ROUNDED,
        padding=(1, 2),
    )
