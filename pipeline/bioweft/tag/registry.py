"""From the name of a tagger to the tagger: shipped and trained models, adapters of other libraries, a user's own.

A user's own tagger is a class with the methods of `bioweft.tag.base.Tagger` and an entry point of the group
`bioweft.taggers`; it is called without arguments.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from bioweft import resources
from bioweft.errors import InputError, NotFoundError, SettingsError, nearest
from bioweft.tag.base import Tagger
from bioweft.tag.combined import CombinedTagger
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.onnx import OnnxTagger

NONE, DEFAULT = "none", "default"
ADAPTERS = {"flair": "FlairTagger", "spacy": "SpacyTagger", "huggingface": "HuggingFaceTagger"}
"""Libraries whose models can be used as `library:model`, and the class of `bioweft.tag.adapters.<library>`."""

_GROUP = "bioweft.taggers"


def open_tagger(
    *,
    model: str = DEFAULT,
    dictionaries: Sequence[str | Path] = (),
    guideline: str | None = None,
    device: str | None = None,
    trust: bool = False,
    labels: Mapping[str, str] | None = None,
) -> Tagger:
    """Return the tagger of a model, of dictionaries, or of both; nothing is loaded yet.

    Args:
        model: `none`, `default`, a shipped model, a folder, `flair:`, `spacy:` or `huggingface:` and a model of that
            library, or the name of an entry point.
        dictionaries: names of shipped ones or paths of the user's own.
        guideline: in the manner of which corpus a model of ours annotates.
        device: `cpu` or `cuda`; where not given, a GPU where there is one.
        trust: whether a pickle may be opened.
        labels: for a model of another library, what types its labels are, beside those that we know.

    Raises:
        NotFoundError: there is no such model.
        SettingsError: the settings do not go together, or there is neither a model nor a dictionary.
        InputError: the model cannot be used.
    """
    listed = DictionaryTagger(dictionaries) if dictionaries else None
    found = None if model == NONE else _model(model, guideline, device, trust, labels)
    if found is None:
        if listed is None:
            raise SettingsError("nothing to tag with: neither a model nor a dictionary is named")
        return listed
    if listed is None:
        return found
    return CombinedTagger(listed, found, found.dictionaries if isinstance(found, OnnxTagger) else None)


def _model(
    model: str, guideline: str | None, device: str | None, trust: bool, labels: Mapping[str, str] | None
) -> Tagger:
    library, colon, name = model.partition(":")
    if colon and library in ADAPTERS:
        adapter: Callable[..., Tagger] = getattr(import_module(f"bioweft.tag.adapters.{library}"), ADAPTERS[library])
        if guideline is not None:
            raise SettingsError(f"{model} knows no guideline; only bioweft's own models do")
        more: dict[str, Any] = {"trust": trust} if library == "flair" else {}
        return adapter(name, labels=labels, device=device or "cpu", **more)
    if labels:
        raise SettingsError(f"{model} has the labels of bioweft; only those of other libraries are told what they mean")
    folder = Path(model) if "/" in model or Path(model).is_dir() else None
    if folder is None:
        shipped = resources.models()
        own = {point.name: point for point in entry_points(group=_GROUP)}
        if model in own and guideline is None:
            made: Tagger = own[model].load()()
            return made
        name = resources.DEFAULT_MODEL if model == DEFAULT else model
        if name not in shipped:
            known = [NONE, DEFAULT, *shipped, *own]
            raise NotFoundError(
                f"no model {model!r}; there are: {', '.join(known)}, a folder, "
                f"or {', '.join(f'{library}:NAME' for library in ADAPTERS)}",
                suggestions=nearest(model, known),
            )
        folder = shipped[name]
    if not folder.is_dir():
        raise InputError(f"no model folder {folder}")
    return OnnxTagger(folder, guideline=guideline, device=device)
