"""From settings to the tagger: dictionaries, shipped and trained models, other libraries', a user's own."""

from collections.abc import Sequence
from pathlib import Path

from bioweft import resources
from bioweft.errors import NotFoundError, SettingsError, nearest
from bioweft.tag import adapters, people
from bioweft.tag.base import Tagger
from bioweft.tag.combined import TRUSTED_TYPES, InformedTagger, SideBySideTagger
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.onnx import OnnxTagger
from bioweft.tag.review import ReviewedTagger
from bioweft.tag.settings import DEFAULT, NONE, TagSettings


def open_tagger(settings: TagSettings) -> Tagger:
    """Return the tagger of a model, of dictionaries, or of both; nothing is loaded yet.

    Raises:
        NotFoundError: there is no such model.
        SettingsError: the settings do not go together, or there is neither a model nor a dictionary.
        InputError: the model cannot be used.
    """
    if settings.model == NONE and (settings.guideline is not None or settings.labels):
        raise SettingsError("a guideline and labels need a model, and none is named")
    tagger = _open_unreviewed(settings)
    if settings.guideline is not None:  # a corpus decides by itself what it annotates
        return ReviewedTagger(tagger, with_people=None, with_words=False)
    finds_species = isinstance(tagger, OnnxTagger) or people.TYPE in settings.dictionaries
    return ReviewedTagger(tagger, with_people=settings.people if finds_species else None)


def _open_unreviewed(settings: TagSettings) -> Tagger:
    wanted = DictionaryTagger(settings.dictionaries) if settings.dictionaries else None
    model = None if settings.model == NONE else _open_model(settings)
    if model is None or wanted is None:
        if tagger := model or wanted:
            return tagger
        raise SettingsError("nothing to tag with: neither a model nor a dictionary is named")
    if not isinstance(model, OnnxTagger) or model.dictionaries is None:
        return SideBySideTagger(wanted, model)
    judged = _judged(model.about.dictionaries, model.dictionaries, settings.dictionaries, wanted)
    trusted = TRUSTED_TYPES if settings.guideline is None else ()
    return InformedTagger(wanted, model, shown=model.dictionaries, judged=judged, trusted=trusted)


def _judged(
    shown_names: Sequence[str], shown: DictionaryTagger, wanted_names: Sequence[str], wanted: DictionaryTagger
) -> list[DictionaryTagger]:
    """Return the dictionaries that a model has judged, of those that it is shown and those that are wanted.

    They are those that it is shown. Where only some of them are wanted, these by themselves count too: what all of
    them list as two types (`mTOR`, partly a chemical) may have another type with fewer dictionaries.
    """
    shared_names = [name for name in wanted_names if name in shown_names]
    if len(shared_names) == len(wanted_names):
        return [wanted]
    return [shown, DictionaryTagger(shared_names)] if 0 < len(shared_names) < len(shown_names) else [shown]


def _open_model(settings: TagSettings) -> Tagger:
    shipped = resources.models()
    model = settings.model
    name = resources.DEFAULT_MODEL if model == DEFAULT else model
    folder = Path(model)
    if name in shipped:
        folder = shipped[name]
    elif adapters.knows(model):
        if settings.guideline is not None:
            raise SettingsError(f"{model} has no guidelines; only bioweft's own models do")
        device = settings.device or "cpu"
        return adapters.open_tagger(model, labels=settings.labels, device=device, trust=settings.trust)
    elif not folder.is_dir():
        known = [NONE, DEFAULT, *shipped, *adapters.names()]
        raise NotFoundError(
            f"no model {model!r}; there are: {', '.join(known)}, or a folder", suggestions=nearest(model, known)
        )
    if settings.labels:
        raise SettingsError(
            f"{model} has labels of bioweft's own; only labels of other libraries' models can be given types"
        )
    return OnnxTagger(folder, guideline=settings.guideline, device=settings.device)
