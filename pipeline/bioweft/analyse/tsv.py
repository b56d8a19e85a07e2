"""One line of a TSV file, unquoted so that `cut` and `awk` read it: tabs and line breaks in values become spaces.

What a spreadsheet would take for a formula begins with a `'`.
"""

from collections.abc import Iterable

from bioweft.shown import cell


def line(values: Iterable[object]) -> str:
    """Return values as one line with its line break; None is empty, fractions have six significant digits."""
    return "\t".join(map(_cell, values)) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return cell(value) if isinstance(value, str) else str(value)
