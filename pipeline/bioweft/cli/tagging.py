"""The options by which commands are told what to tag with, the same everywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bioweft import resources
from bioweft.tag.base import Tagger
from bioweft.tag.registry import DEFAULT, NONE, open_tagger

_F = TypeVar("_F", bound=Callable[..., Any])


def _types(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Turn `CHED=chemical` into types by label."""
    types = {}
    for pair in given:
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
)


def tagging_options(command: _F) -> _F:
    """Give a command the options; it takes them as keywords and hands them to `tagger_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def dictionary_names(dictionaries: str | None) -> tuple[str, ...]:
    """Return the dictionaries that an option names."""
    if dictionaries is None:
        return tuple(resources.dictionaries())
    return () if dictionaries == NONE else tuple(dictionaries.split(","))


def tagger_of(
    *,
    dictionaries: str | None,
    tagger: str,
    guideline: str | None,
    device: str | None,
    trust: bool,
    labels: dict[str, str],
) -> Tagger:
    """Return the tagger that the options name.

    Raises:
        BioweftError: as `bioweft.tag.registry.open_tagger`.
    """
    return open_tagger(
        model=tagger,
        dictionaries=dictionary_names(dictionaries),
        guideline=guideline,
        device=device,
        trust=trust,
        labels=labels,
    )
