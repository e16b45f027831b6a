"""Blocks in a terminal: each kind of block becomes something that rich can draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from rich import box
from rich.columns import Columns
from rich.console import Group, JustifyMethod, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.playground.terminal.elements import element, words
from bot.playground.terminal.reading import Json, an_object, items, number, objects, string
from bot.playground.terminal.rich_text import rich_text
from bot.playground.terminal.text import Names, clean, plain

_LEVELS = {"info": "blue", "warning": "yellow", "error": "red", "success": "green"}
_LONGEST_BAR = 20
_PAGE_SIZE = 5
_ALIGN: Mapping[str, JustifyMethod] = {"center": "center", "right": "right"}


@dataclass(frozen=True)
class Drawing:
    """What blocks are drawn with: names, and in a view what was entered and what is wrong, by block_id."""

    names: Names
    values: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def element(self, block: Json, fields: Json) -> Text:
        entered = self.values.get(string(block.get("block_id")), {})
        return element(fields, entered.get(string(fields.get("action_id"))), self.names)


def drawn(blocks: object, drawing: Drawing) -> list[RenderableType]:
    """The blocks in their order; one of a kind that is not known here is named only."""
    return [_drawn(block, drawing) for block in objects(blocks)]


def _drawn(block: Json, drawing: Drawing) -> RenderableType:
    kind = string(block.get("type"))
    draw = _DRAW.get(kind)
    return draw(block, drawing) if draw else plain(f"[{kind} block]", "dim")


def _section(block: Json, drawing: Drawing) -> RenderableType:
    lines: list[RenderableType] = [words(block["text"], drawing.names)] if "text" in block else []
    fields = [words(text, drawing.names) for text in objects(block.get("fields"))]
    if fields:
        grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        for index in range(0, len(fields), 2):
            grid.add_row(*fields[index : index + 2])
        lines.append(grid)
    if "accessory" not in block:
        return Group(*lines)
    beside = Table.grid(expand=True, padding=(0, 2, 0, 0))
    beside.add_column(ratio=1)
    beside.add_column(justify="right")
    beside.add_row(Group(*lines), drawing.element(block, an_object(block["accessory"])))
    return beside


def _header(block: Json, drawing: Drawing) -> RenderableType:
    return words(block.get("text"), drawing.names, "bold")


def _divider(_block: Json, _drawing: Drawing) -> RenderableType:
    return Rule(style="dim")


def _context(block: Json, drawing: Drawing) -> RenderableType:
    parts = [
        drawing.element(block, part) if part.get("type") == "image" else words(part, drawing.names, "dim")
        for part in objects(block.get("elements"))
    ]
    return Text("  ").join(parts)


def _actions(block: Json, drawing: Drawing) -> RenderableType:
    return _buttons(block, objects(block.get("elements")), drawing)


def _buttons(block: Json, elements: Sequence[Json], drawing: Drawing) -> RenderableType:
    return Columns([drawing.element(block, fields) for fields in elements], padding=(0, 2, 0, 0))


def _image(block: Json, drawing: Drawing) -> RenderableType:
    return Group(
        *([words(block["title"], drawing.names)] if "title" in block else []), drawing.element(block, block)
    )


def _input(block: Json, drawing: Drawing) -> RenderableType:
    label = words(block.get("label"), drawing.names, "bold")
    if block.get("optional") is not True:
        label.append(" *", "bold red")
    error = drawing.errors.get(string(block.get("block_id")))
    below = [
        *([Text(clean(f"✗ {error}"), "red")] if error else []),
        *([words(block["hint"], drawing.names, "dim")] if "hint" in block else []),
    ]
    return Group(label, drawing.element(block, an_object(block.get("element"))), *below)


def _rich_text(block: Json, drawing: Drawing) -> RenderableType:
    return rich_text(block, drawing.names)


def _markdown(block: Json, _drawing: Drawing) -> RenderableType:
    return Markdown(clean(string(block.get("text"))))


def _table(block: Json, drawing: Drawing) -> RenderableType:
    return _grid(_rows(block, drawing), block)


def _data_table(block: Json, drawing: Drawing) -> RenderableType:
    """The first page of the table, as Slack opens it."""
    header, *rows = _rows(block, drawing) or [[]]
    shown = rows[: int(number(block.get("page_size"))) or _PAGE_SIZE]
    caption = plain(string(block.get("caption")), "bold")
    return Group(caption, _grid([header, *shown], block), Text(f"{len(shown)} of {len(rows)} rows", "dim"))


def _rows(block: Json, drawing: Drawing) -> list[list[Text]]:
    cells = [objects(row) for row in items(block.get("rows"))]
    return [
        [
            rich_text(cell, drawing.names) if cell.get("type") == "rich_text" else words(cell, drawing.names)
            for cell in row
        ]
        for row in cells
    ]


def _grid(rows: Sequence[Sequence[Text]], block: Json) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    header, *body = rows or [[]]
    settings = items(block.get("column_settings"))
    for heading, setting in zip_longest(header, settings[: len(header)]):
        align = string(an_object(setting).get("align"))
        table.add_column(heading, justify=_ALIGN.get(align, "left"))
    for row in body:
        table.add_row(*row)
    return table


def _chart(block: Json, _drawing: Drawing) -> RenderableType:
    chart = an_object(block.get("chart"))
    pie = [{"name": "", "data": chart.get("segments")}]
    lines: list[RenderableType] = [plain(string(block.get("title")), "bold")]
    for series in objects(chart.get("series")) or pie:
        points = objects(series.get("data"))
        most = max((abs(number(point.get("value"))) for point in points), default=0) or 1
        grid = Table.grid(padding=(0, 1))
        for point in points:
            value = number(point.get("value"))
            bar = "█" * round(_LONGEST_BAR * max(value, 0) / most)
            grid.add_row(plain(string(point.get("label"))), Text(bar, "cyan"), Text(f"{value:g}"))
        name = string(series.get("name"))
        lines.extend([*([plain(name, "italic")] if name else []), grid])
    return Group(*lines)


def _card(block: Json, drawing: Drawing) -> RenderableType:
    styles = {"title": "bold", "subtitle": "dim", "body": ""}
    lines = [words(block[name], drawing.names, style) for name, style in styles.items() if name in block]
    return Panel(
        Group(*lines, _buttons(block, objects(block.get("actions")), drawing)), box=box.ROUNDED, style="none"
    )


def _alert(block: Json, drawing: Drawing) -> RenderableType:
    color = _LEVELS.get(string(block.get("level")), "white")
    return Text("▌ ", color).append_text(words(block.get("text"), drawing.names))


def _container(block: Json, drawing: Drawing) -> RenderableType:
    rich_title = an_object(block.get("rich_text_title"))
    title = rich_text(rich_title, drawing.names) if rich_title else words(block.get("title"), drawing.names)
    subtitle = [words(block["subtitle"], drawing.names, "dim")] if "subtitle" in block else []
    return Panel(
        Group(*subtitle, *drawn(block.get("child_blocks"), drawing)),
        title=title,
        title_align="left",
        box=box.ROUNDED,
    )


_DRAW: Mapping[str, Callable[[Json, Drawing], RenderableType]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _chart,
    "card": _card,
    "alert": _alert,
    "container": _container,
}
