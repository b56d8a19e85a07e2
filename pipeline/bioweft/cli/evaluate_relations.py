"""`bioweft evaluate --relations`: a relation model, scored by the protocol of a corpus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bioweft import resources
from bioweft.cli.tagging import dictionary_names, tag_settings
from bioweft.errors import InputError
from bioweft.evaluate.relations import predicted
from bioweft.evaluate.relations.examples import Part, RelationExample, parts, read_relations
from bioweft.evaluate.relations.protocols import Fact, Standard, facts, protocol, standard
from bioweft.evaluate.scoring import Score
from bioweft.evaluate.vocabulary import canonical
from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument
from bioweft.relate.base import RelationModel
from bioweft.relate.model import About, read_about
from bioweft.relate.network import NetworkRelationModel
from bioweft.relate.parser import open_parser
from bioweft.tag.registry import open_tagger
from bioweft.text import sentences

_THRESHOLD = 0.5
"""The threshold of a corpus for which the model has chosen none."""


@dataclass(frozen=True, slots=True)
class Request:
    """A part of a corpus below the folder of all data, the folder of a model, its parser, and whose mentions count."""

    corpus: str
    part: Part
    data: Path
    model: Path | None
    parser: str
    from_text: bool


def score(request: Request, tagging: Mapping[str, Any]) -> tuple[dict[str, Score], int]:
    """Return the scores of a relation model by name of what is scored, and the number of documents.

    The threshold is the one that was chosen for the corpus when the model was trained.

    Raises:
        SettingsError: there is no such corpus, or its relations cannot be found in text alone.
        InputError: there is no model in the folder, the corpus has no such part, or its files are not there.
    """
    folder = request.model or resources.relation_model()
    about = read_about(folder)
    if request.part not in parts(request.corpus):
        raise InputError(f"{request.corpus} has no part {request.part}; it has: {', '.join(parts(request.corpus))}")
    examples = read_relations(request.corpus, request.part, request.data)
    gold = standard(request.corpus, request.part, request.data)
    if request.from_text:
        gold, said = _from_text(request, folder, about, examples, gold, tagging)
    else:
        said = _from_gold(request, folder, about, examples)
    return protocol(request.corpus)(gold, said), len(gold.documents)


def _from_gold(request: Request, folder: Path, about: About, examples: list[RelationExample]) -> frozenset[Fact]:
    if request.corpus not in about.corpora:
        raise InputError(f"the model in {folder} has not learnt {request.corpus}; it has: {', '.join(about.corpora)}")
    threshold = about.thresholds.get(request.corpus, _THRESHOLD)
    model = NetworkRelationModel(folder, open_parser(request.parser), threshold=threshold)
    return facts(zip(examples, predicted.judged(model, examples), strict=True), threshold)


def _from_text(
    request: Request, folder: Path, about: About, examples: list[RelationExample], gold: Standard,
    tagging: Mapping[str, Any],
) -> tuple[Standard, frozenset[Fact]]:  # fmt: skip
    threshold = about.thresholds.get(request.corpus, _THRESHOLD)
    model = NetworkRelationModel(folder, open_parser(request.parser), threshold=threshold)
    concept_of = canonical(dictionary_names(tagging["dictionaries"]) or tuple(resources.dictionaries()))
    related = annotate(examples, model, tagging)
    return predicted.renamed(gold, concept_of), predicted.text_facts(request.corpus, related, concept_of)


def annotate(
    examples: list[RelationExample], model: RelationModel, tagging: Mapping[str, Any]
) -> Iterator[AnnotatedDocument]:
    """Yield the documents of examples with the mentions, links and relations that are found in their text."""
    settings = tag_settings(**tagging)
    documents = (example.document.document for example in examples)
    tagged = open_tagger(settings).tag(AnnotatedDocument(d, sentences.of_document(d)) for d in documents)
    linker = open_linker(LinkSettings(), settings.dictionaries)
    return model.relate(tagged if linker is None else linker.link(tagged))
