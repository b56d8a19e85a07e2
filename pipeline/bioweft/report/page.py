"""The page of a report: facts and pictures put into the template."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from bioweft.analyse import palette, plots
from bioweft.analyse.reading import tables
from bioweft.analyse.years import span
from bioweft.atomic import atomic
from bioweft.export import style, triples
from bioweft.report import facts
from bioweft.report.methods import methods
from bioweft.report.pictures import inline, network_svg
from bioweft.shown import one_for_one
from bioweft.store.run import RunFolder, disk_errors
from bioweft.version import __version__

_WIDTH = 4.3
"""Inches of a plot on the page: two stand beside each other on a wide screen, one fits a narrow one."""
_NAME = 28
_TRENDS = 6


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot of the report: the name of its file, its title, and what draws it with a title or without."""

    name: str
    title: str
    draw: Callable[..., Figure]

    def element(self) -> Markup:
        """Return the plot as an element of the page, which has the title beside it."""
        return Markup(inline(partial(self.draw, width=_WIDTH), about=self.title, name=self.name))


def report(
    run: RunFolder,
    output: Path | None = None,
    *,
    top: int = 15,
    relations: int = 5,
    least_probability: float = 0.0,
    plots_folder: Path | None = None,
) -> Path:
    """Write the report of a finished run as one page of HTML, and return its file.

    The file is `report.html` in the run folder where `output` is not given. `top` is the number of concepts of each
    type, `relations` that of relations of each two types, which have at least `least_probability`. The
    plots also go to `plots_folder`, where given, as PNG and SVG.

    Raises:
        RunError: the run is missing or unfinished, or the disk would not take the page.
    """
    run.require_finished()
    if output is None:
        run.require_disk()
        output = run.path / "report.html"
    with tables(run) as connection:
        read = facts.corpus(connection)
        rankings = facts.type_rankings(connection, top=top)
        pictures = list(_pictures(connection, read, rankings))
        about = {
            "run": run.manifest.get("name") or run.path.name,
            "manifest": run.manifest,
            "corpus": read,
            "years": span(min(read.years, default=None), max(read.years, default=None)),
            "rejects": facts.rejects(run),
            "rankings": rankings,
            "trend_years": facts.trend_years(read),
            "pictures": {picture.name: picture for picture in pictures},
            "network": facts.network(connection, nodes=42),
            "relations": facts.typed_relations(connection, run, top=relations, least_probability=least_probability),
            "methods": methods(run.manifest, read, _prefixes(connection)),
            "version": __version__,
        }
    with disk_errors(output.parent), atomic(output) as unfinished:
        unfinished.write_text(_template().render(about), encoding="utf-8")
    if plots_folder is not None:
        with disk_errors(plots_folder):
            for picture in pictures:
                plots.save_figure(plots_folder / picture.name, partial(picture.draw, title=picture.title))
    return output


def _pictures(
    connection: duckdb.DuckDBPyConnection, read: facts.Corpus, rankings: Sequence[facts.TypeRanking]
) -> Iterator[Picture]:
    """Yield the plots: documents by year, of each type its ranking and trends, and the heat map of types."""
    if len(read.years) > 1:
        yield Picture("documents-by-year", "Documents by year", partial(plots.year_figure, read.years))
    has_trends = len(facts.trend_years(read)) > 1
    for ranking in rankings[: facts.MOST_TYPES]:
        name, words = plots.file_name(ranking.type), ranking.type.replace("_", " ")
        bars = [plots.Bar(entry.name, entry.documents) for entry in ranking.first]
        draw = partial(plots.bar_figure, bars, type=ranking.type, length=_NAME)
        yield Picture(f"ranking-{name}", f"{words.capitalize()}: top {len(bars)} of {ranking.concepts:,}", draw)
        if has_trends and (lines := facts.trends(read, ranking, most=_TRENDS)):
            draw = partial(plots.trend_figure, lines, type=ranking.type)
            yield Picture(f"trends-{name}", f"{words.capitalize()}: share of documents by year", draw)
    types = [ranking.type for ranking in rankings[: facts.MOST_TYPES]]
    if len(types) > 1:
        together = facts.types_together(connection, types)
        draw = partial(plots.matrix_figure, together.types, together.documents)
        yield Picture("types-together", "Types that occur together", draw)


def _prefixes(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("SELECT DISTINCT split_part(id, ':', 1) FROM concepts").fetchall()
    return {prefix for (prefix,) in rows}


def _template() -> Any:
    """Return the template of the page; all that it shows is escaped, but for the SVG and the stylesheet of our own."""
    environment = Environment(
        loader=PackageLoader("bioweft.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: one_for_one(value) if type(value) is str else value,
    )
    environment.filters |= {
        "n": lambda number: f"{number:,}",
        "words": lambda name: name.replace("_", " "),
        "strong": palette.strong,
        "file_name": plots.file_name,
    }
    environment.globals |= {
        "stylesheet": Markup(style.stylesheet(dark=False)),
        "network_picture": lambda network, about: Markup(network_svg(network, about=about)),
        "relation": lambda triple: Markup(triples.relation(triple)),
    }
    return environment.get_template("page.html.j2")
