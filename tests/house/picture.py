"""Draws the house as docs/house.svg: its rooms, and an arrow for each import from one room to another.

    python -m tests.house.picture

Each room stands above those it imports from; an arrow that others imply is left out, so that the order can be seen.
The rooms are those of tests/test_architecture.py. The playground is a program of its own, and left out.
"""

from html import escape

from tests.test_architecture import ARROWS, ROOT, room_of

PLACE = ROOT / "docs" / "house.svg"
ROWS: tuple[tuple[str, ...], ...] = (
    ("bot.cli",),
    ("bot.app",),
    ("bot", "handlers", "storage"),
    (
        "bot.http",
        "handlers.oauth",
        "handlers.bulk",
        "handlers.mentions",
        "handlers.intake",
        "handlers.channels",
    ),
    (
        "bot.metrics",
        "handlers.home",
        "handlers.work",
        "handlers.threads",
        "handlers.settings",
        "handlers.sharing",
        "storage.tinydb",
        "storage.postgres",
        "storage.repair",
    ),
    (
        "bot.tasks",
        "handlers.tickets",
        "handlers.reminders",
        "handlers.oncall",
        "handlers.installing",
        "handlers.outbound",
        "storage.journal",
    ),
    ("handlers.slack", "storage.common"),
    ("bot.services", "handlers.blocks"),
    ("bot.services.outbox", "handlers.slack.ids"),
    ("bot.services.ports",),
    ("bot.domain",),
)
_DRAWN_IN = {"bot.__main__": "bot.cli"}
_WIDTH, _BOX, _HEIGHT, _GAP = 1240, 134, 32, 44
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1d1c1d;text-anchor:middle}"
    "rect{fill:#f4ede4;stroke:#4a154b}path{fill:none;stroke:#4a154b;opacity:.5}marker path{fill:#4a154b}"
    "@media(prefers-color-scheme:dark){text{fill:#e8e8e8}rect{fill:#2b2d31;stroke:#c9a3ca}"
    "path{stroke:#c9a3ca}marker path{fill:#c9a3ca}}"
)


def arrows() -> set[tuple[str, str]]:
    """From each room to those that it imports from."""
    between = {tuple(_DRAWN_IN.get(room_of(each), room_of(each)) for each in arrow) for arrow in ARROWS}
    return {
        (above, below)
        for above, below in between
        if above != below and "bot.playground" not in (above, below)
    }


def needed(drawn: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without the arrows that a longer way implies."""
    below: dict[str, set[str]] = {}
    for room in reversed([room for row in ROWS for room in row]):
        direct = {low for high, low in drawn if high == room}
        below[room] = direct.union(*(below.get(low, set()) for low in direct))
    return {
        (high, low)
        for high, low in drawn
        if not any(low in below.get(other, ()) for upper, other in drawn if upper == high and other != low)
    }


def svg() -> str:
    places = {
        room: (_WIDTH * (2 * column + 1) // (2 * len(row)), 10 + number * (_HEIGHT + _GAP))
        for number, row in enumerate(ROWS)
        for column, room in enumerate(row)
    }
    height = len(ROWS) * (_HEIGHT + _GAP) - _GAP + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<title>The rooms of Deskhand, and which imports from which</title>",
        f"<style>{_STYLE}</style>",
        '<marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker>',
        *(_arrow(places[above], places[below]) for above, below in sorted(needed(arrows()))),
        *(_box(room, x, y) for room, (x, y) in places.items()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (to_x, to_y) = start, end
    y += _HEIGHT
    bend = (to_y - y) // 2
    return f'<path d="M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}" marker-end="url(#end)"/>'


def _box(room: str, x: int, y: int) -> str:
    return (
        f'<rect x="{x - _BOX // 2}" y="{y}" width="{_BOX}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x}" y="{y + _HEIGHT // 2 + 5}">{escape(room)}</text>'
    )


if __name__ == "__main__":
    PLACE.write_text(svg())
