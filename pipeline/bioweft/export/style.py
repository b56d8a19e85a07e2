"""The look of all pages that need nothing else: annotated documents, changes, the report."""

import html
from importlib.resources import files

from bioweft.analyse import palette
from bioweft.shown import one_for_one


def stylesheet() -> str:
    """Return the rules that all pages share, with a class for the marks of each type."""
    rules = files("bioweft.export").joinpath("style.css").read_text(encoding="utf-8")
    return f"{rules.strip()}\n{marks()}"


def marks(within: str = "") -> str:
    """Return the rules of the marks of each type, for all of a page or `within` what a selector says."""
    colours = {"other": palette.OTHER_LIGHT, **palette.LIGHT}
    return "\n".join(f"{within}mark.{type_} {{ background: {colour} }}" for type_, colour in colours.items())


def head(title: str, rules: str = "") -> str:
    """Return the beginning of a page, up to its body; `rules` come after those that all pages share."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{stylesheet()}\n{rules}</style></head><body>\n"
    )


def type_class(type: str) -> str:
    """Return the class of the marks of a type."""
    return type if type in palette.LIGHT else "other"


def escaped(text: str) -> str:
    """Return text as it stands in HTML, also in an attribute."""
    return html.escape(one_for_one(text))
