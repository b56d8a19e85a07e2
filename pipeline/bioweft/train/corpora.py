"""The corpora that taggers learn from and are measured on: where each lies, what it annotates, what must stay out.

A corpus that does not annotate a type says nothing about it, so every example carries the types that it does annotate.
The corpora are those of `docs/corpora.md`, unpacked below one folder. What stands in the lists of documents that also
are in a test part, or are held out for an independent check, is refused here, before anything can learn from it.
"""

import csv
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal

from bioweft.errors import InputError
from bioweft.evaluate import gold
from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources import brat, iob, pubtator
from bioweft.sources.annotations import checked
from bioweft.sources.annotations import gold as annotation
from bioweft.tag.base import Tagger
from bioweft.text import sentences
from bioweft.train.examples import FAMILY, Example, Span

Part = Literal["train", "dev", "test"]

_EXCLUDED = "ner/exclude_train.tsv"
_EXCLUDED_BIORED = "ner/exclude_biored.txt"


_Reader = Callable[[Path], Iterator[AnnotatedDocument | Reject]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """One corpus: `files` are below the folder of all data, by part.

    `unsure` says for which label stretches of a type are neither right nor wrong; types that are neither there nor in
    `types` are passed over. `scored` says that its test part is reported, so that nothing of it may be learnt; the
    test parts of the others are further training material.
    """

    name: str
    types: tuple[str, ...]
    files: Mapping[Part, tuple[str, ...]]
    read: _Reader
    unsure: Mapping[str, str] = field(default_factory=dict)
    scored: bool = False
    in_sentences: bool = False
    """Whether each document is a sentence already."""
    in_tokens: bool = False
    """Whether spaces stand around punctuation marks; what is learnt from comes without them."""


def _chemprot(entities: Path) -> Iterator[AnnotatedDocument | Reject]:
    """Read the entities and the abstracts beside them; offsets are into title, one character, abstract."""
    texts = entities.with_name(entities.name.replace("entities", "abstracts"))
    marked = _entities(entities)
    for pmid, title, abstract in _rows(texts, 3):
        document = _abstract(pmid, title, abstract)
        yield from checked(document, (annotation(*mention) for mention in marked[pmid]), str(entities))


def _drugprot_train(texts: Path) -> Iterator[AnnotatedDocument | Reject]:
    """Read the abstracts whose titles are not known; those with titles are ChemProt's."""
    marked = _entities(texts.with_name("drugprot_training_entities.tsv"))
    for pmid, kind, _, length, _, abstract in _rows(texts, 6):
        if kind == "abstract":
            moved = int(length) + 1
            mentions = (annotation(a - moved, b - moved, text, type_) for a, b, text, type_ in marked[pmid])
            document = Document(f"pmid:{pmid}", (Passage("abstract", abstract),))
            yield from checked(document, (m for m in mentions if m[0].start >= 0), str(texts))


def _entities(path: Path) -> defaultdict[str, list[tuple[int, int, str, str]]]:
    marked = defaultdict(list)
    for pmid, _, type_, start, end, text in _rows(path, 6):
        marked[pmid].append((int(start), int(end), text, "chemical" if type_ == "CHEMICAL" else "gene"))
    return marked


def _abstract(pmid: str, title: str, abstract: str) -> Document:
    return Document(f"pmid:{pmid}", (Passage("title", title), Passage("abstract", abstract)))


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for line in stream:
            row = line.rstrip("\r\n").split("\t")
            if len(row) != columns:
                raise InputError(f"{path}: a line of {len(row)} columns where {columns} are expected: {line[:60]!r}")
            yield row


def _s1000(split: Path) -> Iterator[AnnotatedDocument | Reject]:
    """Read the documents that a split lists; the first 800 and the 200 of the extension lie apart."""
    standoff = {"split": "revised-standoff", "extended-split": "extended-standoff"}[split.parent.name]
    for name in sorted(split.read_text(encoding="utf-8").split()):
        yield from brat.read_annotated(split.parent.parent / standoff / f"{name}.ann")


def _bc2gm(folder: Path) -> Iterator[AnnotatedDocument | Reject]:
    return (annotated for annotated, _ in gold.read_bc2gm(folder))


_IN_S1000 = ("Genus", "Family", "Order", "Class", "Phylum", "Kingdom", "Strain", "Out-of-scope")
_TSV: Mapping[Part, str] = {"train": "train.tsv", "dev": "devel.tsv", "test": "test.tsv"}
_ALL: tuple[Part, ...] = ("train", "dev", "test")
_HUNER: Mapping[str, Mapping[str, tuple[Part, ...]]] = {
    "BioInfer": {"gene": _ALL},
    "CHEBI": {"chemical": _ALL, "gene": _ALL, "species": _ALL},
    "CHEMDNER": {"chemical": ("dev",)},
    "CLL": {"cell_line": _ALL},
    "CellFinder": {"cell_line": _ALL, "gene": _ALL, "species": _ALL},
    "DECA": {"gene": ("train", "dev")},
    "FSU-PRGE": {"gene": ("dev", "test")},
    "Gellus": {"cell_line": ("train", "dev")},
    "IEPA": {"gene": _ALL},
    "LocText": {"gene": _ALL, "species": _ALL},
    "OSIRIS": {"gene": _ALL},
    "SCAI": {"chemical": _ALL, "disease": _ALL},
    "Variome": {"disease": ("train", "dev"), "gene": ("train", "dev"), "species": ("train", "dev")},
    "miRNA": {"disease": _ALL, "gene": _ALL, "species": _ALL},
}

_IN_TOKENS = ("BioInfer", "CHEBI", "CLL", "FSU-PRGE", "Gellus", "SCAI")


def _corpora() -> Iterator[Corpus]:
    yield Corpus(
        "BC5CDR",
        ("disease", "chemical"),
        {
            "train": ("relations/BC5CDR/BC5CDR/CDR_TrainingSet.PubTator.txt",),
            "dev": ("relations/BC5CDR/BC5CDR/CDR_DevelopmentSet.PubTator.txt",),
            "test": ("relations/BC5CDR/BC5CDR/CDR_TestSet.PubTator.txt",),
        },
        pubtator.read_annotated,
        scored=True,
    )
    yield Corpus(
        "BioRED",
        ("disease", "chemical", "gene", "species", "cell_line"),
        {"train": ("relations/BioRED/BioRED/Train.PubTator",), "dev": ("relations/BioRED/BioRED/Dev.PubTator",)},
        pubtator.read_annotated,
    )
    yield Corpus(
        "ChemProt",
        ("chemical", "gene"),
        {
            "train": ("relations/ChemProt/ChemProt/chemprot_training_entities.tsv",),
            "dev": ("relations/ChemProt/ChemProt/chemprot_development_entities.tsv",),
            "test": ("relations/ChemProt/ChemProt/chemprot_test_entities_gs.tsv",),
        },
        _chemprot,
        scored=True,
    )
    yield Corpus(
        "DrugProt",
        ("chemical", "gene"),
        {"train": ("relations/DrugProt/DrugProt/training_text_partial.tsv",)},
        _drugprot_train,
    )
    yield Corpus(
        "NCBI-disease",
        ("disease",),
        {
            "train": ("ner/NCBI-disease/NCBI-disease/train/NCBItrainset_corpus.txt",),
            "dev": ("ner/NCBI-disease/NCBI-disease/devel/NCBIdevelopset_corpus.txt",),
            "test": ("ner/NCBI-disease/NCBI-disease/test/NCBItestset_corpus.txt",),
        },
        pubtator.read_annotated,
        scored=True,
    )
    yield Corpus(
        "BC2GM",
        ("gene",),
        {
            "train": ("ner/BC2GM/BC2GM/devel-split/train",),
            "dev": ("ner/BC2GM/BC2GM/devel-split/devel",),
            "test": ("ner/BC2GM/BC2GM/test",),
        },
        _bc2gm,
        scored=True,
        in_sentences=True,
    )
    for name, file in (("GNormPlus", "GNormPlus"), ("NLM-Gene", "NLMgene")):
        yield Corpus(
            name,
            ("gene", FAMILY),
            {
                "train": (f"ner/{name}/{name}/{file}_Train.PubTator",),
                "test": (f"ner/{name}/{name}/{file}_Test.PubTator",),
            },
            partial(pubtator.read_annotated, types={"FamilyName": FAMILY}),
            scored=True,
        )
    yield Corpus(
        "JNLPBA",
        ("gene", "cell_line", "cell_type"),
        {"train": ("ner/JNLPBA/JNLPBA/standoff/train",), "test": ("ner/JNLPBA/JNLPBA/standoff/test",)},
        brat.read_annotated,
        unsure={"DNA": "gene", "RNA": "gene"},
        scored=True,
    )
    yield Corpus(
        "Linnaeus",
        ("species",),
        {
            "train": ("ner/Linnaeus/Linnaeus/Linnaeus_Train.PubTator",),
            "test": ("ner/Linnaeus/Linnaeus/Linnaeus_Test.PubTator",),
        },
        pubtator.read_annotated,
        scored=True,
    )
    root = "ner/S1000/S1000"
    yield Corpus(
        "S1000",
        ("species",),
        {
            "train": (f"{root}/split/train.txt", f"{root}/extended-split/train.txt"),
            "dev": (f"{root}/split/devel.txt", f"{root}/extended-split/devel.txt"),
            "test": (f"{root}/split/test.txt", f"{root}/extended-split/test.txt"),
        },
        _s1000,
        unsure=dict.fromkeys(_IN_S1000, "species"),
        scored=True,
    )
    yield Corpus(
        "BioID",
        ("cell_line",),
        {
            "train": ("ner/BioID/BioID/BioID_Train_revision.PubTator",),
            "test": ("ner/BioID/BioID/BioID_Test_revision.PubTator",),
        },
        pubtator.read_annotated,
        scored=True,
    )
    for name, types in (
        ("BioNLP09", ("gene",)),
        ("BioNLP11EPI", ("gene",)),
        ("BioNLP11ID", ("gene", "species", "chemical")),
        ("BioNLP13GE", ("gene",)),
        ("BioNLP13PC", ("gene", "chemical")),
        ("Ex-PTM", ("gene",)),
    ):
        files: dict[Part, tuple[str, ...]] = {part: (f"ner/{name}/{name}/{file}",) for part, file in _TSV.items()}
        unsure = {"Regulon-operon": "gene", "Complex": "gene"}
        yield Corpus(name, types, files, iob.read_annotated, unsure=unsure, in_sentences=True, in_tokens=True)
    for name, of_type in _HUNER.items():
        for type_, parts in of_type.items():
            huner: dict[Part, tuple[str, ...]] = {p: (f"ner/{name}/{name}/{type_}.{p}.conll",) for p in parts}
            yield Corpus(
                f"{name}:{type_}", (type_,), huner, iob.read_annotated, in_sentences=True, in_tokens=name in _IN_TOKENS
            )


CORPORA: Mapping[str, Corpus] = {corpus.name: corpus for corpus in _corpora()}
"""By name. Left out: AnatEM (its cells are types and lines in one), DDI (names drugs only, so that other chemicals are
neither right nor wrong), S800 and the other split of Linnaeus (the same documents again), NLM-Chem (a measure only)."""


def parts(corpus: Corpus) -> tuple[Part, ...]:
    """Return the parts that a corpus has: a scored one without a development part has the last fifth of training."""
    return (*corpus.files, "dev") if _divided(corpus) else tuple(corpus.files)


def documents(corpus: Corpus, part: Part, data: Path, *, all_of_them: bool = False) -> Iterator[AnnotatedDocument]:
    """Yield the documents of a part with their mentions; `all_of_them` is for scoring, never for learning.

    Otherwise excluded documents are left out, and documents of which an annotation was dropped because it is not at
    its offsets: its words would be taken for no mention.

    Raises:
        InputError: the part does not exist, its files or the lists of exclusions do not, or it is the test part of a
            corpus that is scored and not all documents were asked for.
    """
    if part not in parts(corpus):
        raise InputError(f"{corpus.name} has no part {part!r}; it has: {', '.join(parts(corpus))}")
    if corpus.scored and part == "test" and not all_of_them:
        raise InputError(f"the test part of {corpus.name} is reported: nothing may learn from it")
    source = part if part in corpus.files else "train"
    excluded = frozenset() if all_of_them else exclusions(data).get((corpus.name, source), frozenset())
    for file in corpus.files[source]:
        records = list(_read(corpus, data / file))
        learnt = len(records) - (len(records) // 5 if _divided(corpus) and source == "train" else 0)
        chosen = range(learnt) if part == source else range(learnt, len(records))
        for number in chosen:
            damaged, annotated = records[number]
            if all_of_them or not (damaged or excluded & {f"#{number}", annotated.document.id.partition(":")[2]}):
                yield annotated


def _divided(corpus: Corpus) -> bool:
    return corpus.scored and "train" in corpus.files and "dev" not in corpus.files


def _read(corpus: Corpus, path: Path) -> Iterator[tuple[bool, AnnotatedDocument]]:
    """Yield each document, and whether an annotation of it was dropped."""
    if not path.exists():
        raise InputError(f"no {path}: unpack the corpora first (docs/corpora.md)")
    dropped = False
    for record in corpus.read(path):
        if isinstance(record, Reject):
            dropped = True
        else:
            yield dropped, record
            dropped = False


def examples(corpus: Corpus, part: Part, data: Path, dictionaries: Tagger | None = None) -> Iterator[Example]:
    """Yield the sentences of a part to learn from; a sentence ends where no mention is cut.

    A family of genes is a gene too: most corpora do not tell them apart.

    Raises:
        InputError: as `documents`.
    """
    guideline, _, _ = corpus.name.partition(":")
    labels = frozenset(corpus.types)
    gold_documents = list(documents(corpus, part, data))
    if corpus.in_tokens:
        gold_documents = [_as_written(annotated) for annotated in gold_documents]
    unannotated = (AnnotatedDocument(annotated.document) for annotated in gold_documents)
    tagged_documents = dictionaries.tag(gold_documents) if dictionaries else unannotated
    for annotated, tagged in zip(gold_documents, tagged_documents, strict=True):
        document, mentions = annotated.document, annotated.mentions
        spans = [Span(m.start, m.end, m.type) for m in mentions if m.type in labels]
        spans += [replace(span, label="gene") for span in spans if span.label == FAMILY]
        terms = [Span(m.start, m.end, m.type) for m in tagged.mentions]
        unsure = [Span(m.start, m.end, corpus.unsure[m.type]) for m in mentions if m.type in corpus.unsure]
        whole = [(0, len(document.text))]
        for start, end in whole if corpus.in_sentences else _whole(document, [*spans, *unsure]):
            yield Example(
                guideline,
                document.text[start:end],
                tuple(_within(spans, start, end)),
                labels,
                tuple(_within(unsure, start, end)),
                tuple(_within(terms, start, end)),
            )


_NOT_WRITTEN = re.compile(
    r"""[ ](?=[,;:.)\]](?:[ ]|$))      # before a mark that closes
    | (?<=[ ][(\[])[ ] | (?<=^[(\[])[ ]  # after a bracket that opens
    | (?<=\w)[ ](?=[-/][ ]\w) | (?<=\w[ ][-/])[ ](?=\w)  # around a hyphen or stroke between words""",
    re.VERBOSE,
)


def _as_written(annotated: AnnotatedDocument) -> AnnotatedDocument:
    """Take out the spaces that only tell tokens apart; the document is one passage."""
    document, text = annotated.document, annotated.document.text
    gone = [match.start() for match in _NOT_WRITTEN.finditer(text)]
    written = _NOT_WRITTEN.sub("", text)
    moved = []
    for mention in annotated.mentions:
        start, end = (place - bisect_left(gone, place) for place in (mention.start, mention.end))
        moved.append(replace(mention, start=start, end=end, text=written[start:end]))
    document = replace(document, passages=(replace(document.passages[0], text=written),))
    return AnnotatedDocument(document, mentions=tuple(moved), links=annotated.links)


def merged(sentences: Iterable[Example]) -> list[Example]:
    """Join the examples of one guideline that are the same sentence, as where each type has a file of its own."""
    by_text: dict[tuple[str, str], Example] = {}
    for example in sentences:
        key = example.corpus, example.text
        other = by_text.get(key)
        if other is None:
            by_text[key] = example
        elif not other.labels & example.labels:
            by_text[key] = replace(
                other,
                spans=(*other.spans, *example.spans),
                labels=other.labels | example.labels,
                unsure=(*other.unsure, *example.unsure),
            )
    return list(by_text.values())


def training(
    data: Path,
    *,
    without: frozenset[str] = frozenset(),
    dictionaries: Tagger | None = None,
) -> list[Example]:
    """Return the sentences to learn from, of all corpora but those named in `without` (guidelines: `CHEBI`, `BC5CDR`).

    Those of scored corpora are of the training parts; those of the others are of all parts. A sentence that also stands
    in the test part of a scored corpus is left out whatever its corpus. `dictionaries` says what each text is shown
    with.
    """
    wanted = (
        (corpus, part)
        for corpus in CORPORA.values()
        if corpus.name.partition(":")[0] not in without
        for part in parts(corpus)
        if part == "train" or not corpus.scored
    )
    return _learnable(wanted, data, dictionaries)


def development(
    data: Path, *, without: frozenset[str] = frozenset(), dictionaries: Tagger | None = None
) -> list[Example]:
    """Return the sentences of the development parts of the scored corpora, chosen as those of `training`."""
    wanted = (
        (corpus, part)
        for corpus in CORPORA.values()
        if corpus.scored and corpus.name.partition(":")[0] not in without
        for part in parts(corpus)
        if part == "dev"
    )
    return _learnable(wanted, data, dictionaries)


def _learnable(wanted: Iterable[tuple[Corpus, Part]], data: Path, dictionaries: Tagger | None) -> list[Example]:
    read = (example for corpus, part in wanted for example in examples(corpus, part, data, dictionaries))
    refused = tested(data)
    return [
        example
        for example in merged(read)
        if refused.isdisjoint(map(sentences.key, (example.text, *sentences_of(example.text))))
    ]


@cache
def exclusions(data: Path) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return, by corpus and part, the ids or sentence numbers (`#17`) of what may not be learnt from.

    Raises:
        InputError: a list is missing, so that nothing may be learnt at all.
    """
    excluded: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name in (_EXCLUDED, _EXCLUDED_BIORED):
        if not (data / name).exists():
            raise InputError(f"no {data / name}: without the list of exclusions nothing may be learnt from the corpora")
    with (data / _EXCLUDED).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            split = row["split"]
            type_, dot, part = split.partition(".")
            excluded[(f"{row['corpus']}:{type_}", part) if dot else (row["corpus"], split)].add(row["unit"])
    biored = (data / _EXCLUDED_BIORED).read_text(encoding="utf-8").split()
    for part in ("train", "dev"):
        excluded["BioRED", part].update(biored)
    return {key: frozenset(units) for key, units in excluded.items()}


@cache
def tested(data: Path) -> frozenset[str]:
    """Return the keys of the sentences in the test parts of the corpora that are scored."""
    return frozenset(
        sentences.key(document.text[start:end])
        for corpus in CORPORA.values()
        if corpus.scored
        for document in (annotated.document for annotated in documents(corpus, "test", data, all_of_them=True))
        for start, end in _whole(document, ())
        if end - start > _TELLING
    )


def sentences_of(text: str) -> Iterator[str]:
    """Yield the sentences of a text."""
    return (text[start:end] for start, end in sentences.split(text))


_TELLING = 40
"""Characters of a sentence that is unlikely to stand in two texts by chance."""


def _whole(document: Document, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a document, joined where a span goes over their end."""
    parts = [
        (start + low, start + high)
        for start, passage in zip(document.starts, document.passages, strict=True)
        for low, high in sentences.split(passage.text)
    ]
    joined: list[tuple[int, int]] = []
    for start, end in parts:
        if joined and any(span.start < joined[-1][1] < span.end for span in spans):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    yield from joined


def _within(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    return (Span(s.start - start, s.end - start, s.label) for s in spans if start <= s.start and s.end <= end)
