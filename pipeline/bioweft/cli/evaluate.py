"""`bioweft evaluate`: how well annotations agree with gold, by three rules, or relations by a corpus's protocol."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from bioweft import resources, shown
from bioweft.cli.evaluate_relations import Request as RelationRequest
from bioweft.cli.evaluate_relations import score as score_relations
from bioweft.cli.exits import DONE_WITH_REJECTS
from bioweft.cli.tagging import dictionary_names, tag_settings, tagging_options
from bioweft.cli.wording import counted
from bioweft.errors import InputError, NotFoundError, SettingsError, nearest
from bioweft.evaluate import gold as golds
from bioweft.evaluate.relations.pairs import Part
from bioweft.evaluate.scoring import Score, Scorer
from bioweft.evaluate.vocabulary import canonical
from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Mention, Reject
from bioweft.tag.registry import open_tagger
from bioweft.text import sentences

_F = TypeVar("_F", bound=Callable[..., Any])

_RELATION_OPTIONS = (
    click.option("--relations", metavar="CORPUS", help="Score a relation model on this corpus: BC5CDR, ChemProt …"),
    click.option("--part", type=click.Choice(["train", "dev", "test"]), default="dev", show_default=True,
                 help="The part of the corpus."),
    click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path),
                 help="The folder of the unpacked corpora (docs/corpora.md)."),
    click.option("--model", type=click.Path(exists=True, file_okay=False, path_type=Path),
                 help="The folder of the relation model; by default the shipped one."),
    click.option("--parser", default="default", show_default=True, help="Parser: default, spacy:PACKAGE or a folder."),
    click.option("--mentions", type=click.Choice(["gold", "text"]), default="gold", show_default=True,
                 help="Relate the gold mentions, or mentions tagged in the text."),
)  # fmt: skip


def relation_options(command: _F) -> _F:
    """Give the command the options that say which relations are scored, and how."""
    for option in reversed(_RELATION_OPTIONS):
        command = option(command)
    return command


@click.command(
    epilog="Examples: bioweft evaluate corpus/dev.PubTator --types disease --dictionaries disease; "
    "bioweft evaluate --relations BC5CDR --part dev --data ../data"
)
@click.argument("gold", type=click.Path(exists=True, path_type=Path), required=False)
@click.argument("predicted", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--from", "form", help="The format: pubtator, bioc, brat, iob or bc2gm; detected by default.")
@click.option("--types", help="Only these types, separated by commas; by default all types in gold.")
@click.option("--ignore", default="", help="Gold types that are neither right nor wrong, separated by commas.")
@click.option("--map", "mapping", multiple=True, metavar="NAME=TYPE", help="Rename a type found in the files.")
@tagging_options
@click.option(
    "--only", type=click.Path(exists=True, path_type=Path), help="Score only the documents whose ids are in this file."
)
@click.option(
    "--errors", type=click.IntRange(min=0), default=0, help="The number of errors of each kind to show, in context."
)
@relation_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    gold: Path | None,
    predicted: Path | None,
    form: str | None,
    types: str | None,
    ignore: str,
    mapping: tuple[str, ...],
    only: Path | None,
    errors: int,
    relations: str | None,
    part: Part,
    data: Path | None,
    model: Path | None,
    parser: str,
    mentions: str,
    as_json: bool,
    **tagging: Any,
) -> int:
    """Score annotations against GOLD: exact span, overlap, and identifiers by document, each with its 95% interval.

    Without PREDICTED, the text of GOLD is tagged. Exit code 3: scored, but some
    annotations could not be used (their text is not at their offsets); they are counted on stderr.

    With --relations a relation model is scored in place of that, by the protocol of a corpus (docs/evaluate.md).
    """
    if relations is not None:
        if gold is not None or data is None:
            raise click.UsageError("--relations names a corpus below --data FOLDER, and takes no GOLD")
        request = RelationRequest(relations, part, data, model, parser, from_text=mentions == "text")
        return _score_relations(request, tagging, as_json=as_json)
    if gold is None:
        raise click.UsageError("Missing argument 'GOLD'; or name a corpus with --relations.")
    names = dictionary_names(tagging["dictionaries"]) or tuple(resources.dictionaries())
    rejects: list[Reject] = []
    expected = list(_read(gold, form, _map(mapping), rejects, only))
    if not expected:
        why = f" is named in {only}" if only else f": {rejects[0].reason}" if rejects else ""
        raise InputError(f"no document in {gold}{why}")
    ignored = frozenset(filter(None, ignore.split(",")))
    annotated_types = frozenset(mention.type for annotated in expected for mention in annotated.mentions)
    scored = _scored(types, annotated_types - ignored, gold)
    scorer = Scorer(types=scored, ignored=dict.fromkeys(scored, ignored), canonical=canonical(names))
    alternatives = _alternatives(gold) if (form or golds.tell(gold)) == "bc2gm" else {}
    printed = {"surplus": 0, "missed": 0}
    for annotated, prediction in _pair(expected, predicted, form, _map(mapping), rejects, tagging):
        spans = alternatives.get(annotated.document.id, [])
        surplus, missed = scorer.add(annotated, prediction, alternatives=spans)
        for kind, wrong in (("surplus", surplus), ("missed", missed)):
            for mention in wrong[: errors - printed[kind]]:
                printed[kind] += 1
                click.echo(_in_context(kind, annotated if kind == "missed" else prediction, mention), err=True)
    scores = scorer.scores()
    _print(scores, ("type", "rule"), documents=len(expected), as_json=as_json)
    _note_strange_types(scores)
    if rejects:
        first = f"{rejects[0].position}: {rejects[0].reason}"
        click.echo(f"{counted(len(rejects), 'annotation')} not used, the first: {shown.visible(first)}", err=True)
        return DONE_WITH_REJECTS
    return 0


def _score_relations(request: RelationRequest, tagging: dict[str, Any], *, as_json: bool) -> int:
    scores, documents = score_relations(request, tagging)
    mentions = "text" if request.from_text else "gold"
    by_name = {(name, mentions): score for name, score in scores.items()}
    _print(by_name, ("relation", "mentions"), documents=documents, as_json=as_json)
    return 0


def _scored(types: str | None, annotated: frozenset[str], gold: Path) -> frozenset[str]:
    """Return the types that are scored; gold must annotate one of them, or there is nothing to score against."""
    if not annotated:
        raise InputError(f"{gold} has no annotation that counts; give annotated text, or --from if it was misread")
    type_names = frozenset(types.split(",")) if types else annotated
    if type_names.isdisjoint(annotated):
        raise NotFoundError(
            f"{gold} annotates no {' and no '.join(sorted(type_names))}; it has: {', '.join(sorted(annotated))}",
            suggestions=[near for type_ in sorted(type_names) for near in nearest(type_, annotated)],
        )
    return type_names & annotated


def _note_strange_types(scores: Mapping[tuple[str, str], Score]) -> None:
    """Print a note on each type that nothing was predicted of and no shipped dictionary has: it may need --map."""
    for (type_, rule), score in scores.items():
        if rule == "exact" and type_ not in {"all", *resources.dictionaries()} and not score.right + score.surplus:
            name = shown.visible(type_)
            message = f"no mention of type {name} was predicted; to score {name} as another type: --map {name}=disease"
            click.echo(message, err=True)


def _map(mapping: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in mapping]
    if any(not separator for _, separator, _ in pairs):
        raise SettingsError("--map takes NAME=TYPE, for example --map Tumour=disease")
    return {name: type_ for name, _, type_ in pairs}


def _read(
    path: Path, form: str | None, types: dict[str, str], rejects: list[Reject], only: Path | None
) -> Iterator[AnnotatedDocument]:
    document_ids = set(only.read_text(encoding="utf-8").split()) if only else None
    for record in golds.read(path, form=form, types=types):
        if isinstance(record, Reject):
            rejects.append(record)
        elif document_ids is None or {record.document.id, record.document.id.rpartition(":")[2]} & document_ids:
            yield record


def _pair(
    expected: list[AnnotatedDocument],
    predicted: Path | None,
    form: str | None,
    types: dict[str, str],
    rejects: list[Reject],
    tagging: dict[str, Any],
) -> Iterator[tuple[AnnotatedDocument, AnnotatedDocument]]:
    """Yield each document with gold's mentions, and with the predicted ones."""
    if predicted is None:
        documents = (annotated.document for annotated in expected)
        settings = tag_settings(**tagging)
        tagged = open_tagger(settings).tag(AnnotatedDocument(d, sentences.of_document(d)) for d in documents)
        linker = open_linker(LinkSettings(), settings.dictionaries)
        yield from zip(expected, tagged if linker is None else linker.link(tagged), strict=True)
        return
    waiting: dict[str, list[AnnotatedDocument]] = {}
    for annotated in _read(predicted, form, types, rejects, None):
        waiting.setdefault(annotated.document.id, []).append(annotated)
    unknown = waiting.keys() - {annotated.document.id for annotated in expected}
    if len(unknown) == len(waiting):
        example = min(waiting, default="none")
        raise InputError(f"{predicted} has none of the documents of gold; its ids are like {example!r}")
    for annotated in expected:
        # Documents of one id (NLM-Chem's passages) stand in the same order in both.
        theirs = waiting.get(annotated.document.id, [])
        yield annotated, theirs.pop(0) if theirs else AnnotatedDocument(annotated.document)


def _alternatives(folder: Path) -> dict[str, list[Mention]]:
    return {annotated.document.id: spans for annotated, spans in golds.read_bc2gm(folder)}


def _in_context(kind: str, annotated: AnnotatedDocument, mention: Mention) -> str:
    document = annotated.document
    concepts = "|".join(link.concept for link in dict(annotated.linked())[mention])
    before = document.text[max(0, mention.start - 40) : mention.start].replace("\n", " ")
    after = document.text[mention.end : mention.end + 40].replace("\n", " ")
    cells = kind, mention.type, document.id, f"{before}[{mention.text}]{after}", concepts
    return "\t".join(map(shown.cell, cells))


def _print(scores: Mapping[tuple[str, str], Score], heads: tuple[str, str], *, documents: int, as_json: bool) -> None:
    rows = [
        {
            **dict(zip(heads, key, strict=True)),
            "precision": round(score.precision, 4),
            "recall": round(score.recall, 4),
            "f1": round(score.f1, 4),
            "low": round(score.low, 4),
            "high": round(score.high, 4),
            "right": score.right,
            "surplus": score.surplus,
            "missed": score.missed,
        }
        for key, score in scores.items()
    ]
    if as_json:
        click.echo(shown.as_json({"documents": documents, "scores": rows}))
    elif sys.stdout.isatty():
        from bioweft.terminal import Listing, console

        table = Listing(*rows[0], title=counted(documents, "document"), header_style=None)
        for row in rows:
            table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
        console().print(table)
    else:
        click.echo("\t".join(rows[0]))
        for row in rows:
            click.echo("\t".join(shown.cell(value) for value in row.values()))
