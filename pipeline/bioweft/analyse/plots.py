"""Plots fit for a paper, as PNG and SVG, or as SVG that a page holds; the same bytes for the same numbers.

Bars of a ranking, documents by year, trends of concepts, and a heat map of types.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bioweft.analyse import palette
from bioweft.analyse.years import span
from bioweft.atomic import atomic
from bioweft.shown import visible

_NAME_LENGTH = 48
_WIDTH = 6.3
"""Inches of a plot, those of a page."""
_HEAT = LinearSegmentedColormap.from_list("teal", ["#f1f7f6", "#6fb5ac", "#0b5f59"])
_STYLE = {
    "svg.hashsalt": "bioweft",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One concept in the plot."""

    name: str
    documents: int


def file_name(type: str) -> str:
    """Return a name that every file system takes; a user's type may be called anything."""
    return re.sub(r"[^\w-]+", "_", type)


def save(
    stem: Path,
    bars: Sequence[Bar],
    *,
    type: str,
    documents: int,
    years: tuple[int | None, int | None],
    length: int = _NAME_LENGTH,
) -> None:
    """Draw `bars`, longest first, into `<stem>.png` (300 dpi) and `<stem>.svg`.

    `documents` is how many documents were read, `years` the first and last of their years; a name longer than `length`
    is cut.
    """
    title = ", ".join(filter(None, [f"{_shown(type)}: top {len(bars)} in {documents:,} documents", span(*years)]))
    save_figure(stem, lambda: bar_figure(bars, type=type, title=title, length=length))


def save_figure(stem: Path, draw: Callable[[], Figure]) -> None:
    """Write what `draw` returns into `<stem>.png` (300 dpi) and `<stem>.svg`."""
    with matplotlib.style.context(["default", _STYLE]):
        figure = draw()
        with atomic(stem.with_name(f"{stem.name}.png")) as unfinished:
            figure.savefig(unfinished, format="png", dpi=300, metadata={"Software": None})
        with atomic(stem.with_name(f"{stem.name}.svg")) as unfinished:
            figure.savefig(unfinished, format="svg", metadata={"Date": None})


def svg(draw: Callable[[], Figure]) -> str:
    """Return what `draw` returns as SVG for a page: its text is text, in the font of the page's reader."""
    file = io.StringIO()
    with matplotlib.style.context(["default", _STYLE | {"svg.fonttype": "none"}]):
        draw().savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def bar_figure(
    bars: Sequence[Bar],
    *,
    type: str,
    title: str = "",
    length: int = _NAME_LENGTH,
    width: float = _WIDTH,
) -> Figure:
    """Return a plot of `bars` from the top down, in the colour of a type; a name longer than `length` is cut."""
    figure, axes = _figure(width, 1.1 + 0.19 * len(bars) if title else 0.75 + 0.19 * len(bars), title)
    positions = range(len(bars))
    drawn = axes.barh(positions, [bar.documents for bar in bars], color=palette.strong(type), height=0.72)
    axes.bar_label(drawn, labels=[f"{bar.documents:,}" for bar in bars], padding=2, fontsize=7)
    axes.set_yticks(positions, [short(bar.name, length) for bar in bars])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if width > 5 else 4, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("Documents")
    return figure


def year_figure(documents: Mapping[int, int], *, title: str = "", width: float = _WIDTH) -> Figure:
    """Return a plot of the documents of each year."""
    figure, axes = _figure(width, 1.9, title)
    axes.bar(list(documents), list(documents.values()), color=palette.GREY, width=0.8)
    axes.set_ylabel("Documents")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    return figure


@dataclass(frozen=True, slots=True)
class Trend:
    """The share of documents that name a concept, by year."""

    name: str
    shares: Mapping[int, float]


def trend_figure(
    trends: Sequence[Trend], *, type: str, title: str = "", length: int = _NAME_LENGTH, width: float = _WIDTH
) -> Figure:
    """Return a plot of trends: a small curve for each concept, one below the other, all to one scale."""
    figure = Figure(figsize=(width, (0.5 if title else 0.25) + 0.46 * len(trends)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(trends), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    highest = max((share for trend in trends for share in trend.shares.values()), default=1.0) or 1.0
    for axes, trend in zip(rows, trends, strict=True):
        years = list(range(min(trend.shares, default=0), max(trend.shares, default=-1) + 1))
        shares = [trend.shares.get(year, float("nan")) for year in years]  # no line over years that are left out
        axes.fill_between(years, shares, color=palette.strong(type), alpha=0.18, linewidth=0)
        axes.plot(
            years,
            shares,
            color=palette.strong(type),
            linewidth=1.3,
            marker="." if len(trend.shares) < len(years) or len(years) < 3 else None,
            markersize=3,
        )
        axes.set_ylim(0, highest * 1.55)  # the name stands above the curve
        axes.set_yticks([0, highest], ["", f"{highest:.1%}" if highest < 0.1 else f"{highest:.0%}"], fontsize=6)
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", length=0)
        axes.margins(x=0.01)
        axes.text(0, 1.0, short(trend.name, length), transform=axes.transAxes, fontsize=7, va="top", ha="left")
    if len(trends):
        rows[-1].xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    return figure


def matrix_figure(
    types: Sequence[str], documents: Sequence[Sequence[int]], *, title: str = "", width: float = _WIDTH
) -> Figure:
    """Return a heat map: of the documents that name the type of a row, the share that names that of a column too.

    `documents[row][column]` is the number of documents with both; the diagonal has the number with the type.
    """
    figure, axes = _figure(width, 0.6 + width * 0.11 * len(types), title)
    shares = [
        [row[column] / row[number] if row[number] and column != number else float("nan") for column in range(len(row))]
        for number, row in enumerate(documents)
    ]
    axes.pcolormesh(shares, cmap=_HEAT, vmin=0, vmax=1, edgecolors="white", linewidth=1.5)  # an image would be pixels
    axes.invert_yaxis()
    for row, values in enumerate(shares):
        row_total = documents[row][row]
        for column, share in enumerate(values):
            own = row == column
            axes.text(
                column + 0.5,
                row + 0.5,
                f"{row_total:,}" if own else f"{share:.0%}" if row_total else "",
                ha="center",
                va="center",
                fontsize=7,
                fontweight="bold" if own else "normal",
                color="white" if not own and share > 0.55 else "#222222",
            )
    names = [short(type_.replace("_", " "), 14) for type_ in types]
    middles = [number + 0.5 for number in range(len(types))]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.spines["bottom"].set_visible(False)
    return figure


def _figure(width: float, height: float, title: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if title:
        axes.set_title(title, loc="left", fontsize=9)
    return figure, axes


def _shown(type: str) -> str:
    """Return a type as the first words of a title."""
    return visible(" ".join(type.split())).replace("_", " ").capitalize()


def short(name: str, length: int) -> str:
    """Return a name on one line, cut where it has more characters than `length`."""
    name = visible(" ".join(name.split()))
    return name if len(name) <= length else name[: length - 1].rstrip() + "…"
