"""The options by which commands are told what to tag and link with, the same everywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bioweft import resources
from bioweft.link.settings import DEFAULT as LINKER
from bioweft.link.settings import LinkSettings
from bioweft.relate.settings import NONE as NO_RELATION_MODEL
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
    click.option("--dictionaries", help="Names or files, separated by commas, or none; by default all shipped ones."),
    click.option(
        "--tagger",
        default=DEFAULT,
        show_default=True,
        metavar="MODEL",
        help="The tagger: none (dictionaries alone), a shipped model, a folder, flair:NAME, spacy:NAME, "
        "huggingface:NAME, or one of a package.",
    ),
    click.option("--guideline", metavar="CORPUS", help="Annotate by the guideline of a corpus (`bioweft model info`)."),
    click.option(
        "--device",
        type=click.Choice(["cpu", "cuda"]),
        help="The device. By default a GPU if there is one, but the processor for models of other libraries.",
    ),
    click.option("--trust", is_flag=True, help="Open models that are pickles (flair). A pickle can run any code."),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="LABEL=TYPE",
        callback=_types,
        help="The entity type that a label of the model stands for, as CHED=chemical.",
    ),
    click.option("--people/--no-people", default=True, help="Tag patients, women, children … as species (default on)."),
)


def _pairs(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, str]:
    """Turn `disease=mondo,chemical=chebi` into vocabularies by type."""
    vocabularies = {}
    for pair in value.split(",") if value else ():
        type_, equals, vocabulary = map(str.strip, pair.partition("="))
        if not (type_ and equals and vocabulary):
            raise click.BadParameter(f"{pair!r} is not of the form TYPE=VOCABULARY, as disease=mondo")
        vocabularies[type_] = vocabulary
    return vocabularies


prefer_option = click.option(
    "--prefer",
    metavar="TYPE=VOCABULARY,...",
    callback=_pairs,
    help="Give this vocabulary's identifiers where there are any: disease=mondo,chemical=chebi.",
)
"""The option that names vocabularies; its value is a dictionary by type."""

_LINK_OPTIONS = (
    click.option(
        "--linker",
        default=LINKER,
        show_default=True,
        help="What gives mentions their identifiers; none for no identifiers.",
    ),
    click.option(
        "--genes",
        metavar="SPECIES",
        help="Species whose genes can be linked, separated by commas, or all: human,mouse,rat.",
    ),
    click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        help="The lowest score of an identifier; by default one chosen for each type.",
    ),
    prefer_option,
)


def linking_options(command: _F) -> _F:
    """Give a command the options of linking; it hands them to `link_settings`."""
    for option in reversed(_LINK_OPTIONS):
        command = option(command)
    return command


def link_settings(
    *, linker: str = LINKER, genes: str | None = None, threshold: float | None = None, prefer: dict[str, str]
) -> LinkSettings:
    """Return the settings that the options name."""
    species: dict[str, Any] = {}
    if genes is not None:
        names = tuple(name.strip() for name in genes.split(",") if name.strip())
        species["genes"] = "all" if names == ("all",) else names
    return LinkSettings(linker=linker, threshold=threshold, prefer=prefer, **species)


_RELATION_OPTIONS = (
    click.option(
        "--relations/--no-relations",
        "with_relations",
        default=None,
        help="Find relations; on by default with --relation-model, if the format has relations.",
    ),
    click.option(
        "--relation-model",
        default=NO_RELATION_MODEL,
        show_default=True,
        metavar="MODEL",
        help="The relation model: default (used by --relations), a folder, or one of a package.",
    ),
)


def relation_options(command: _F) -> _F:
    """Give a command the options of relations: `with_relations`, None where it is not said, and `relation_model`."""
    for option in reversed(_RELATION_OPTIONS):
        command = option(command)
    return command


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
