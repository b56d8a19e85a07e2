"""The colours of types, the same in plots, on pages and in pictures.

They are those of Okabe and Ito (2008, Color Universal Design), which people of all kinds of colour vision tell apart;
behind text stand light or dark shades of them. A type is never told by colour alone: marks name it in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bioweft.records import ENTITY_TYPES


@dataclass(frozen=True, slots=True)
class Colour:
    """The colour of a type: behind text on a light and on a dark page, and as a dot, a bar or a node on these."""

    light: str
    dark: str
    strong: str
    strong_dark: str


COLOURS: Mapping[str, Colour] = dict(
    zip(
        ENTITY_TYPES,
        (
            Colour("#fad4c0", "#6f3313", "#d55e00", "#e0712a"),
            Colour("#c6e1f2", "#124a70", "#0072b2", "#4aa3da"),
            Colour("#c9ead9", "#0c5240", "#009e73", "#1fb489"),
            Colour("#fbe3b0", "#664a05", "#e69f00", "#e8ab24"),
            Colour("#f1d3e4", "#663350", "#cc79a7", "#d48fb6"),
            Colour("#dadfe4", "#47505a", "#7d8791", "#99a3ad"),
        ),
        strict=True,
    )
)
OTHER = Colour("#fbf6b6", "#57521a", "#b0a416", "#c8bd3a")
"""The colour of all types that a user brings."""

GREY = "#595959"
"""The colour of bars of no type, as those of years."""


def strong(type: str) -> str:
    """Return the colour of a type for bars, lines and dots on a light page."""
    return COLOURS.get(type, OTHER).strong
