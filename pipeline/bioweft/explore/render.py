"""The three renderers of every page: HTML by a template, JSON, CSV."""

import csv
import io
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2

from bioweft import shown
from bioweft.explore.pages import Page, Query, address
from bioweft.export import prefixes, style
from bioweft.version import __version__

FOLDER = Path(__file__).parent
STATIC: Mapping[str, tuple[str, str]] = {
    "style.css": ("text/css", "static/style.css"),
    "explore.js": ("text/javascript", "static/explore.js"),
    "graph.js": ("text/javascript", "static/graph.js"),
    "cytoscape.js": ("text/javascript", "static/cytoscape/cytoscape.min.js"),
    "icon.svg": ("image/svg+xml", "static/icon.svg"),
}
"""Files that pages load, by the name in their address: their media type, and where they lie."""


@cache
def static(name: str) -> bytes:
    """Return a file that pages load; the style begins with what all pages of bioweft share."""
    content = (FOLDER / STATIC[name][1]).read_bytes()
    return style.variables().encode() + content if name == "style.css" else content


@cache
def version_of(name: str) -> str:
    """Return a digest of a file that pages load, so that a newer one is never taken from a cache."""
    return sha256(static(name)).hexdigest()[:10]


def _number(value: float | None, digits: int = 2) -> str:
    """Return a number for a reader: `12,345`, `0.87`; nothing for None."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def _probability(value: float | None) -> str:
    """Return a probability for a reader; none is called certain: `0.87`, `>0.99`."""
    if value is None:
        return "–"
    return ">0.99" if value >= 0.995 else "<0.01" if value < 0.005 else f"{value:.2f}"


def _words(type_: str) -> str:
    return type_.replace("_", " ")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_number, probability=_probability, words=_words, visible=shown.visible, type_class=style.type_class
    )
    environment.globals.update(
        address=lambda path, **parameters: address(path, parameters),
        static=lambda name: f"/static/{name}?v={version_of(name)}",
        counted=shown.counted,
        outside=prefixes.address,
        version=__version__,
    )
    return environment


def as_html(page: Page, path: str, query: Query | None) -> str:
    """Return a page as HTML; all text is escaped."""

    def here(ending: str = "", **changes: object) -> str:
        return address(path + ending, (query.parameters(**changes) if query else changes) | {})

    return _environment().get_template(page.template).render(page=page, query=query, path=path, here=here)


def error_html(error: Mapping[str, Any]) -> str:
    """Return the page of an error."""
    return _environment().get_template("error.html").render(error=error, path="", page=None)


def api_html(description: Mapping[str, Any]) -> str:
    """Return the page of the addresses of programs, made of the OpenAPI description."""
    return _environment().get_template("api.html").render(description=description, path="/api", page=None)


def as_csv(page: Page) -> str:
    """Return the rows of a page as CSV; no cell is taken for a formula by a spreadsheet."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(page.header())
    for row in page.rows():
        writer.writerow(["" if value is None else shown.cell(value) for value in row])
    return stream.getvalue()
