"""The bars of documents by year, as places in an SVG drawing that a template writes into the page."""

from collections.abc import Sequence

from pydantic import BaseModel

WIDTH, HEIGHT = 640, 120
_MOST_BARS = 80
_LEAST_BARS = 30
"""Places for bars: where there are fewer years, the plot is narrower, not its bars wider."""
_GAP = 0.25
"""The part of a bar's place that is left free."""


class Bar(BaseModel):
    """A bar: its place and size, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    since: int
    until: int


class Plot(BaseModel):
    """Bars from the first year to the last; each is of one year, or of several where there are many."""

    bars: list[Bar]
    first: int
    last: int
    most: int
    years_a_bar: int
    width: int
    height: int = HEIGHT


def plot_of(years: Sequence[tuple[int, int]]) -> Plot | None:
    """Return the plot of pairs of year and documents, None where there are none."""
    if not years:
        return None
    first, last = min(years)[0], max(years)[0]
    step = -(-(last - first + 1) // _MOST_BARS)
    counts = [0] * ((last - first) // step + 1)
    for year, documents in years:
        counts[(year - first) // step] += documents
    most = max(counts)
    place = WIDTH / max(len(counts), _LEAST_BARS)
    bars = []
    for number, count in enumerate(counts):
        since = first + number * step
        until = min(since + step - 1, last)
        height = round(HEIGHT * count / most, 1)
        span = str(since) if since == until else f"{since}–{until}"
        bars.append(
            Bar(
                x=round(place * (number + _GAP / 2), 2),
                y=round(HEIGHT - height, 1),
                width=round(place * (1 - _GAP), 2),
                height=height,
                label=f"{span}: {count:,} {'document' if count == 1 else 'documents'}",
                since=since,
                until=until,
            )
        )
    return Plot(bars=bars, first=first, last=last, most=most, years_a_bar=step, width=round(place * len(counts)))
