"""The pictures of a report as SVG that stands in its page: plots of `bioweft.analyse.plots`, and the network."""

import re
from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any, cast

import numpy as np
from lxml import etree
from matplotlib.figure import Figure

from bioweft.analyse import palette, plots
from bioweft.report.facts import Network
from bioweft.shown import one_for_one

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"(?:url\()?#([^)]+)\)?")
_SIZE = (960.0, 620.0)
_LETTER = 6.4
"""Width of a letter of a label, about."""


def inline(draw: Callable[[], Figure], *, about: str, name: str) -> str:
    """Return a plot as an element of a page, as wide as its place; `about` is read to who cannot see it.

    Identifiers within it get the `name` of the plot, as they must be unlike on a page; those that nothing refers to go.
    """
    root = etree.fromstring(plots.svg(draw).encode())
    for element in root.iter(f"{{{_SVG}}}metadata"):
        element.getparent().remove(element)  # type: ignore[union-attr]
    references = {reference for element in root.iter() for _, reference in _references(element)}
    for element in root.iter():
        identifier = str(element.attrib.pop("id", ""))
        if identifier in references:
            element.set("id", f"{name}-{identifier}")
        for key, reference in _references(element):
            element.set(key, f"#{name}-{reference}" if key == _LINK else f"url(#{name}-{reference})")
    del root.attrib["width"], root.attrib["height"]
    root.set("role", "img")
    root.set("aria-label", one_for_one(about))
    return etree.tostring(root, encoding="unicode")


def _references(element: etree._Element) -> list[tuple[str, str]]:
    """Return the attributes of an element that refer to others, each with the identifier that it refers to."""
    matches = [(str(key), _REFERENCE.fullmatch(str(value))) for key, value in element.attrib.items()]
    return [(key, match[1]) for key, match in matches if match and (key == _LINK or match[0].startswith("url"))]


def network_svg(network: Network, *, about: str) -> str:
    """Return the picture of a network: discs as large as the concepts are frequent, lines as thick as pairs are."""
    width, height = _SIZE
    root = etree.Element(
        "svg", {"viewBox": f"0 0 {width:g} {height:g}", "role": "img"}, nsmap=cast("Any", {None: _SVG})
    )
    root.set("aria-label", one_for_one(about))
    most = max((node.documents for node in network.nodes), default=1)
    radii = [4 + 13 * sqrt(node.documents / most) for node in network.nodes]
    labels = [plots.short(node.name, 24) for node in network.nodes]
    places = layout(network, [(max(2 * r, len(t) * _LETTER), 2 * r + 15) for r, t in zip(radii, labels, strict=True)])
    strongest = max((documents for *_, documents in network.edges), default=1)
    lines = etree.SubElement(root, "g", {"stroke": "#9fb0b3", "stroke-opacity": "0.6"})
    for a, b, documents in network.edges:
        ends = {
            name: f"{value:.1f}" for name, value in zip(("x1", "y1", "x2", "y2"), (*places[a], *places[b]), strict=True)
        }
        line = etree.SubElement(lines, "line", ends | {"stroke-width": f"{0.8 + 4 * documents / strongest:.1f}"})
        etree.SubElement(line, "title").text = one_for_one(
            f"{network.nodes[a].name} and {network.nodes[b].name}: {documents:,} documents"
        )
    for node, (x, y), radius, label in zip(network.nodes, places, radii, labels, strict=True):
        circle = etree.SubElement(
            root,
            "circle",
            cx=f"{x:.1f}",
            cy=f"{y:.1f}",
            r=f"{radius:.1f}",
            fill=palette.strong(node.type),
            stroke="#fff",
        )
        circle.set("stroke-width", "1.5")
        etree.SubElement(circle, "title").text = one_for_one(f"{node.name}: {node.documents:,} documents")
        text = etree.SubElement(root, "text", x=f"{x:.1f}", y=f"{y + radius + 12:.1f}")
        text.text = one_for_one(label)
    return etree.tostring(root, encoding="unicode")


def layout(network: Network, boxes: Sequence[tuple[float, float]], *, steps: int = 400) -> list[tuple[float, float]]:
    """Return where the nodes of a network go: what is together is near, no two boxes overlap where there is room.

    Springs as Fruchterman & Reingold (1991) have them, from a circle, so that the same network has the same picture;
    `boxes` are widths and heights of nodes with their labels.
    """
    count = len(network.nodes)
    if not count:
        return []
    turns = np.arange(count) * 2.399963  # the golden angle: neighbours in the list begin far from each other
    at = np.stack([np.cos(turns), np.sin(turns)], 1) * np.sqrt(np.arange(count) + 0.5)[:, None] / sqrt(count)
    joined = np.zeros((count, count))
    for a, b, _ in network.edges:
        joined[a, b] = joined[b, a] = 1
    spring = 1.1 / sqrt(count)
    for step in range(steps):
        apart = at[:, None] - at[None]
        distance = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-3)
        pull = (spring**2 / distance - joined * distance**2 / spring) / distance
        np.fill_diagonal(pull, 0)
        move = (apart * pull[..., None]).sum(1) - 0.6 * at  # a pull to the middle keeps separate parts near
        length = np.maximum(np.hypot(move[:, 0], move[:, 1]), 1e-9)
        at += move / length[:, None] * np.minimum(length, 0.12 * (1 - step / steps))[:, None]
    return _spread(at, np.array(boxes))


def _spread(at: "np.ndarray", boxes: "np.ndarray") -> list[tuple[float, float]]:
    """Return places scaled to the picture, with boxes that overlap pushed apart."""
    margin = np.array([70.0, 26.0])
    size = np.array(_SIZE)
    low, high = at.min(0), at.max(0)
    at = margin + (at - low) / np.maximum(high - low, 1e-6) * (size - 2 * margin)
    for _ in range(300):
        apart = at[:, None] - at[None]
        needed = (boxes[:, None] + boxes[None]) / 2 + np.array([6.0, 3.0])
        overlap = needed - np.abs(apart)
        np.einsum("iij->ij", overlap)[:] = 0
        touching = (overlap > 0).all(2)
        if not touching.any():
            break
        sides = np.where(
            apart == 0, np.sign(np.arange(len(at))[:, None] - np.arange(len(at))[None])[..., None], np.sign(apart)
        )
        vertical = overlap[..., 1] < overlap[..., 0]
        push = np.stack([np.where(vertical, 0, overlap[..., 0]), np.where(vertical, overlap[..., 1], 0)], 2)
        at = at + (sides * push * touching[..., None]).sum(1) * 0.3
        at = np.clip(at, margin, size - margin)
    return [(float(x), float(y)) for x, y in at]
