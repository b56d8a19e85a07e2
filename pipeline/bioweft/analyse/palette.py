"""The colours of types, the same in plots, on pages and in pictures: strong ones for bars, light ones behind text.

Strong ones are those of Okabe & Ito (2008), which colour-blind readers tell apart. Light ones are of the same hue, and
dark text on them has a contrast of at least 7 to 1.
"""

STRONG = {
    "disease": "#D55E00",
    "chemical": "#0072B2",
    "gene": "#009E73",
    "species": "#CC79A7",
    "cell_line": "#E69F00",
    "cell_type": "#56B4E9",
}
LIGHT = {
    "disease": "#fbc9a8",
    "chemical": "#a9d0f0",
    "gene": "#b4e3cf",
    "species": "#f0cfe2",
    "cell_line": "#fbe3a6",
    "cell_type": "#cdeefc",
}
OTHER_STRONG = "#595959"
OTHER_LIGHT = "#e3e3e3"
"""Of all types that a user's dictionary or tagger brings."""


def strong(type: str) -> str:
    """Return the colour of a type for bars, lines and dots."""
    return STRONG.get(type, OTHER_STRONG)
