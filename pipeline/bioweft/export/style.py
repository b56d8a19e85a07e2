"""The look of all pages: colours, type scale, marks in texts, and the rules of a page that needs nothing else."""

import html
from importlib.resources import files

from bioweft.analyse import palette
from bioweft.shown import one_for_one

_LIGHT = """
:root {
  color-scheme: %(scheme)s;
  --paper: #fcfcfa; --card: #ffffff; --ink: #1c2126; --soft: #5a646e; --line: #dfe3e6; --tint: #f1f3f2;
  --link: #0b5f8a; --accent: #0b5f8a; --on-accent: #ffffff; --warn: #9c3d00; --focus: #0b5f8a; --cue: #8a2c62;
  --small: .8125rem; --text: 1rem; --lead: 1.125rem; --h3: 1.0625rem; --h2: 1.375rem; --h1: 2rem;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --serif: Charter, "Bitstream Charter", "Source Serif 4", Georgia, "Liberation Serif", serif;
  %(light)s
}
"""
_DARK = """
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181c; --card: #1b2025; --ink: #e6e9eb; --soft: #a3adb6; --line: #323a42; --tint: #22282e;
  --link: #7cc4ec; --accent: #7cc4ec; --on-accent: #0b1a24; --warn: #f0a577; --focus: #7cc4ec; --cue: #eaa0cb;
  %(dark)s
} }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f4f4f4;
  %(light)s
} }
"""
_MARKS = """
mark { border-radius: .2em; padding: .05em .18em; color: inherit; background: var(--fill-other);
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
mark a { color: inherit; text-decoration: none }
mark a:hover { text-decoration: underline }
mark.unlinked { outline: 1px dashed var(--soft); outline-offset: -1px }
"""


def variables(*, dark: bool = True) -> str:
    """Return what all pages share: colours, sizes and marks by type; with `dark`, those of dark screens too."""
    colours = {**palette.COLOURS, "other": palette.OTHER}
    light = " ".join(f"--fill-{name}: {c.light}; --strong-{name}: {c.strong};" for name, c in colours.items())
    shaded = " ".join(f"--fill-{name}: {c.dark}; --strong-{name}: {c.strong_dark};" for name, c in colours.items())
    rules = [_LIGHT % {"light": light, "scheme": "light dark" if dark else "light"}]
    if dark:
        rules.append(_DARK % {"light": light, "dark": shaded})
    rules.append(_MARKS)
    rules += (f"mark.{name} {{ background: var(--fill-{name}) }}" for name in palette.COLOURS)
    return "\n".join(rule.strip() for rule in rules) + "\n"


def stylesheet(*, dark: bool = True) -> str:
    """Return the rules of a page that needs nothing else."""
    return variables(dark=dark) + files("bioweft.export").joinpath("style.css").read_text(encoding="utf-8").strip()


def marks(within: str = "") -> str:
    """Return the rules of the marks of each type on a page that is not ours, `within` what a selector says."""
    colours = {"other": palette.OTHER, **palette.COLOURS}
    rules = [f"{within}mark.{type_} {{ background: {c.light} }}" for type_, c in colours.items()]
    return "\n".join([f"{within}mark a {{ color: inherit; text-decoration: none }}", *rules])


def head(title: str, rules: str = "") -> str:
    """Return the beginning of a page, up to its body; `rules` come after those that all pages share."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{stylesheet()}\n{rules}</style></head><body>\n"
    )


def type_class(type: str | None) -> str:
    """Return the class of the marks of a type."""
    return type if type is not None and type in palette.COLOURS else "other"


def escaped(text: str) -> str:
    """Return text as it stands in HTML, also in an attribute."""
    return html.escape(one_for_one(text))
