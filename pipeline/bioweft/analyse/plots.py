"""A bar plot of one type's ranking, fit for a paper: PNG and SVG, the same bytes for the same ranking."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bioweft.analyse.years import span
from bioweft.atomic import atomic
from bioweft.shown import visible

_COLOURS = {
    "disease": "#D55E00",
    "chemical": "#0072B2",
    "gene": "#009E73",
    "species": "#CC79A7",
    "cell_line": "#E69F00",
    "cell_type": "#56B4E9",
}
"""Colours of Okabe & Ito (2008), which colour-blind readers tell apart."""

_OTHER_COLOUR = "#595959"
_NAME_LENGTH = 48
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
    with matplotlib.style.context(["default", _STYLE]):
        figure = _draw(bars, type=type, documents=documents, years=years, length=length)
        with atomic(stem.with_name(f"{stem.name}.png")) as unfinished:
            figure.savefig(unfinished, format="png", dpi=300, metadata={"Software": None})
        with atomic(stem.with_name(f"{stem.name}.svg")) as unfinished:
            figure.savefig(unfinished, format="svg", metadata={"Date": None})


def _draw(
    bars: Sequence[Bar],
    *,
    type: str,
    documents: int,
    years: tuple[int | None, int | None],
    length: int = _NAME_LENGTH,
) -> Figure:
    figure = Figure(figsize=(6.3, 1.1 + 0.19 * len(bars)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    positions = range(len(bars))
    drawn = axes.barh(positions, [bar.documents for bar in bars], color=_COLOURS.get(type, _OTHER_COLOUR), height=0.72)
    axes.bar_label(drawn, labels=[f"{bar.documents:,}" for bar in bars], padding=2, fontsize=7)
    axes.set_yticks(positions, [short(bar.name, length) for bar in bars])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("Documents")
    title = f"{visible(' '.join(type.split())).replace('_', ' ').capitalize()}: top {len(bars)}"
    axes.set_title(
        ", ".join(filter(None, [f"{title} in {documents:,} documents", span(*years)])),
        loc="left",
        fontsize=9,
    )
    return figure


def short(name: str, length: int) -> str:
    """Return a name on one line, cut where it has more characters than `length`."""
    name = visible(" ".join(name.split()))
    return name if len(name) <= length else name[: length - 1].rstrip() + "…"
