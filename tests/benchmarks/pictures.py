"""Pictures of cost by size, on logarithmic axes. Readable on light and on dark ground, which shows through."""

from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from tests.benchmarks.figures import Spread

Unit = Callable[[float], str]
Lines = Mapping[str, Mapping[int, Spread]]
"""What was measured, by name and by size."""

INK = "#8b8b8b"  # contrast of 3.4 with white and of 5.2 with near black
COLORS = ("#d6336c", "#1c7ed6", "#2f9e44", "#e8590c", "#9c6ade", "#0c9aa6", "#b08900")
_COLUMNS = 3
_FROM_ZERO = 1000  # where a logarithmic axis that has to show none begins

mpl.use("svg")
STYLE: dict[str, object] = {
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "deskhand",  # the same figures make the same file
    "svg.fonttype": "none",
}


def seconds(value: float) -> str:
    """`10 ms`."""
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms" if value >= 1e-3 else f"{value * 1e6:g} µs"


def megabytes(value: float) -> str:
    """`1,000 MB`."""
    return f"{value / 1e6:,.0f} MB"


def by_size(path: Path, panels: Mapping[str, Lines], *, first: str, units: Mapping[str, Unit] = {}) -> None:
    """A panel for each thing measured: a line for each name, its quartiles around it; `first` stands out."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # it would have each key by name
        rows = -(-len(panels) // _COLUMNS)
        columns = min(len(panels), _COLUMNS)
        figure = Figure(figsize=(3.6 * columns, 2.7 * rows + 0.4), layout="constrained")
        names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
        colors = dict(zip(names, cycle(COLORS), strict=False))
        for place, (title, lines) in enumerate(panels.items(), 1):
            axes = figure.add_subplot(rows, columns, place)
            axes.set_title(title, fontsize=10)
            _draw(axes, lines, colors, first)
            _label(axes, lines, units.get(title, seconds))
        handles = {str(line.get_label()): line for axes in figure.axes for line in axes.get_lines()}
        figure.legend(
            handles.values(),
            handles,
            loc="outside lower center",
            ncols=min(len(names), columns + 1),
            frameon=False,
        )
        figure.savefig(path, transparent=True, metadata={"Date": None})


def _draw(axes: Axes, lines: Lines, colors: Mapping[str, str], first: str) -> None:
    for name, spreads in lines.items():
        sizes = sorted(spreads)
        known = [spreads[size] for size in sizes]
        middle = [each.median for each in known]
        weight = 2.4 if name == first else 1.3
        axes.plot(sizes, middle, color=colors[name], linewidth=weight, marker="o", markersize=3.5, label=name)
        low, high = [each.low for each in known], [each.high for each in known]
        axes.fill_between(sizes, low, high, color=colors[name], alpha=0.25, linewidth=0)


def _label(axes: Axes, lines: Lines, unit: Unit) -> None:
    sizes = sorted({size for spreads in lines.values() for size in spreads})
    if 0 in sizes:
        axes.set_xscale("symlog", linthresh=_FROM_ZERO)
    else:
        axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda value, _: unit(value))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, color=INK, alpha=0.25, linewidth=0.5)
