"""The look that all pages of HTML share: colours of types, type scale, marks in texts. One source of style.

Colours are those of Okabe and Ito (2008, Color Universal Design), which people of all kinds of colour vision tell
apart; behind text stand light or dark shades of them. A type is never told by colour alone: marks name it in words.
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
"""Of a type of the user's own."""

_BASE = """
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --card: #ffffff; --ink: #1c2126; --soft: #5a646e; --line: #dfe3e6; --tint: #f1f3f2;
  --link: #0b5f8a; --accent: #0b5f8a; --on-accent: #ffffff; --warn: #9c3d00; --focus: #0b5f8a; --cue: #8a2c62;
  --small: .8125rem; --text: 1rem; --lead: 1.125rem; --h3: 1.0625rem; --h2: 1.375rem; --h1: 2rem;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --serif: Charter, "Bitstream Charter", "Source Serif 4", Georgia, "Liberation Serif", serif;
  %(light)s
}
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181c; --card: #1b2025; --ink: #e6e9eb; --soft: #a3adb6; --line: #323a42; --tint: #22282e;
  --link: #7cc4ec; --accent: #2f86b5; --on-accent: #ffffff; --warn: #f0a577; --focus: #7cc4ec; --cue: #eaa0cb;
  %(dark)s
} }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f4f4f4;
  %(light)s
} }
mark { border-radius: .2em; padding: .05em .18em; color: inherit; background: var(--fill-other);
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
mark a { color: inherit; text-decoration: none }
mark a:hover { text-decoration: underline }
mark.unlinked { outline: 1px dashed var(--soft); outline-offset: -1px }
"""


def stylesheet() -> str:
    """Return the rules that all pages share."""
    colours = {**COLOURS, "other": OTHER}
    light = " ".join(f"--fill-{name}: {c.light}; --strong-{name}: {c.strong};" for name, c in colours.items())
    dark = " ".join(f"--fill-{name}: {c.dark}; --strong-{name}: {c.strong_dark};" for name, c in colours.items())
    marks = "\n".join(f"mark.{name} {{ background: var(--fill-{name}) }}" for name in COLOURS)
    return _BASE % {"light": light, "dark": dark} + marks + "\n"


def class_of(type: str | None) -> str:
    """Return the class of marks of a type."""
    return type if type is not None and type in COLOURS else "other"
