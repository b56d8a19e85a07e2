"""From the name of a tagger to the tagger: dictionaries, shipped and trained models, other libraries', a user's own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bioweft import resources
from bioweft.errors import NotFoundError, SettingsError, nearest
from bioweft.tag import adapters
from bioweft.tag.base import Tagger
from bioweft.tag.combined import InformedTagger, SideBySideTagger
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.onnx import OnnxTagger

NONE, DEFAULT = "none", "default"


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
        labels: for a model of another library, what types its labels are, beside those that we know; of no type
            (an empty one) where its mentions are not wanted.

    Raises:
        NotFoundError: there is no such model.
        SettingsError: the settings do not go together, or there is neither a model nor a dictionary.
        InputError: the model cannot be used.
    """
    listed = DictionaryTagger(dictionaries) if dictionaries else None
    if model == NONE and (guideline is not None or labels):
        raise SettingsError("a guideline and labels are for a model, and none is named")
    found = None if model == NONE else _model(model, guideline, device, trust, labels)
    if found is None:
        if listed is None:
            raise SettingsError("nothing to tag with: neither a model nor a dictionary is named")
        return listed
    if listed is None:
        return found
    if not isinstance(found, OnnxTagger) or found.dictionaries is None:
        return SideBySideTagger(listed, found)
    judged = _judged(found.about.dictionaries, found.dictionaries, dictionaries, listed)
    return InformedTagger(listed, found, shown=found.dictionaries, judged=judged)


def _judged(
    names: Sequence[str], shown: DictionaryTagger, wanted_names: Sequence[str | Path], wanted: DictionaryTagger
) -> list[DictionaryTagger]:
    """Return the dictionaries that a model has judged, of those that it is shown and those that are wanted.

    They are those that it is shown. Where only some of them are wanted, these by themselves count too: what all of
    them list as two types (`mTOR`, partly a chemical) may have another type with fewer dictionaries.
    """
    both = [name for name in wanted_names if name in names]
    if len(both) == len(wanted_names):
        return [wanted]
    return [shown, DictionaryTagger(both)] if 0 < len(both) < len(names) else [shown]


def _model(
    model: str, guideline: str | None, device: str | None, trust: bool, labels: Mapping[str, str] | None
) -> Tagger:
    shipped = resources.models()
    name = resources.DEFAULT_MODEL if model == DEFAULT else model
    folder = Path(model)
    if name in shipped:
        folder = shipped[name]
    elif adapters.knows(model):
        if guideline is not None:
            raise SettingsError(f"{model} knows no guideline; only bioweft's own models do")
        return adapters.open_tagger(model, labels=labels, device=device or "cpu", trust=trust)
    elif not folder.is_dir():
        known = [NONE, DEFAULT, *shipped, *adapters.names()]
        raise NotFoundError(
            f"no model {model!r}; there are: {', '.join(known)}, or a folder", suggestions=nearest(model, known)
        )
    if labels:
        raise SettingsError(f"{model} has the labels of bioweft; only those of other libraries are told what they mean")
    return OnnxTagger(folder, guideline=guideline, device=device)
