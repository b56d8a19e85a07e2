"""The options by which commands are told what to tag with, the same everywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bioweft import resources
from bioweft.tag.settings import DEFAULT, NONE, TagSettings

_F = TypeVar("_F", bound=Callable[..., Any])


def _types(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Turn `CHED=chemical` into types by label."""
    types = {}
    for pair in pairs:
        label, equals, type_ = pair.partition("=")
        if not (label and equals):
            raise click.BadParameter(f"{pair!r} is not of the form LABEL=TYPE, as CHED=chemical")
        types[label] = type_
    return types


_OPTIONS = (
    click.option("--dictionaries", help="Names or files, comma between, or none; all shipped ones by default."),
    click.option(
        "--tagger",
        default=DEFAULT,
        show_default=True,
        metavar="MODEL",
        help="none, a shipped model, a folder, flair:, spacy: or huggingface: and a model of it, or a package's own.",
    ),
    click.option("--guideline", metavar="CORPUS", help="Annotate in the manner of a corpus (`bioweft model info`)."),
    click.option(
        "--device",
        type=click.Choice(["cpu", "cuda"]),
        help="By default a GPU where there is one, for models of other libraries the processor.",
    ),
    click.option("--trust", is_flag=True, help="Open models that are pickles (flair); they can run any code."),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="LABEL=TYPE",
        callback=_types,
        help="The type that a label of a model means.",
    ),
    click.option("--people/--no-people", default=True, help="Tag patients, women, children … as species (default on)."),
)


def tagging_options(command: _F) -> _F:
    """Give a command the options; it takes them as keywords and hands them to `tag_settings`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def dictionary_names(dictionaries: str | None) -> tuple[str, ...]:
    """Return the dictionaries that an option names."""
    if dictionaries is None:
        return tuple(resources.dictionaries())
    return () if dictionaries == NONE else tuple(dictionaries.split(","))


def tag_settings(*, dictionaries: str | None, tagger: str, **others: Any) -> TagSettings:
    """Return the settings that the options name; all but these two are called alike."""
    return TagSettings(dictionaries=dictionary_names(dictionaries), model=tagger, **others)
