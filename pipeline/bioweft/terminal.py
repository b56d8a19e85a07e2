"""The terminal: what is printed there is text, never markup or control sequences of its own."""

from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bioweft.shown import visible

_UNBROKEN = 1 << 16
"""Characters of a line where nothing has a width: in a file, a pipe, a log."""


class _Plain(Console):
    """A console that shows control characters; styles and movements of the cursor that the library adds stay."""

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible(text), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):  # a `Text` that was made elsewhere
            yield Segment(text if control else visible(text), style, control)


def console(*, stderr: bool = False, file: IO[str] | None = None) -> Console:
    """Return a console that takes every string as text: `benzo[a]pyrene` and `:red_heart:` are shown as they stand.

    Only on a terminal is a long line broken: a log has a line for each message.
    """
    plain = _Plain(stderr=stderr, file=file, highlight=False, markup=False, emoji=False)
    if not plain.is_terminal:
        plain.width = _UNBROKEN
    return plain


class Listing(Table):
    """A table without lines, in which a name that is too long for its column goes on below: none is cut short."""

    def __init__(self, *heads: str, **settings: Any) -> None:
        super().__init__(*heads, **{"box": None, "header_style": "dim", "pad_edge": False, **settings})

    def add_column(self, header: RenderableType = "", footer: RenderableType = "", **settings: Any) -> None:
        """Add a column whose cells break anywhere if they must."""
        super().add_column(header, footer, **{"overflow": "fold", **settings})


def styled(text: str, style: str = "") -> Text:
    """Return text in a style; the library itself drops some control characters, and marks would move."""
    return Text(visible(text), style=style)


def marked(text: str, *marks: tuple[int, int, str]) -> Text:
    """Return text with stretches in styles: start, end, style."""
    whole = styled(text)
    for start, end, style in marks:
        whole.stylize(style, len(visible(text[:start])), len(visible(text[:end])))
    return whole
