"""scispaCy's `EntityLinker` and its abbreviation detector: `scispacy:mesh`, `scispacy:folder/of/a/linker`.

A linker is one of scispaCy's own (`umls`, `mesh`, `go`, `hpo`, `rxnorm`), which must be in its cache, or a folder: the
files of its index, called as `create_tfidf_ann_index` calls them, and one `.jsonl` file, the knowledge base. scispaCy
takes no account of a mention's type or of its document, but for the long forms of abbreviations.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

from bioweft.errors import InputError, install
from bioweft.records import AnnotatedDocument, Link

VERSION = 1
"""Counts up whenever the same linker could give other links."""

_INDEX = ("nmslib_index.bin", "tfidf_vectorizer.joblib", "tfidf_vectors_sparse.npz", "concept_aliases.json")
_UMLS = re.compile(r"C\d{7}")
_MESH = re.compile(r"[CD]\d{6}(?:\d{3})?")
_THRESHOLD = 0.7
"""Least similarity of a link, as scispaCy has it."""


class ScispacyLinker:
    """Links mentions with scispaCy's `EntityLinker`; the score is the cosine of 3-grams, which is not calibrated.

    `trust` allows the index to be opened: a part of it is a pickle.
    """

    on_gpu = False

    def __init__(self, model: str | Path, *, threshold: float | None = None, trust: bool = False) -> None:
        if find_spec("scispacy") is None:
            raise InputError(
                f"scispacy is not installed: {install('scispacy')}, in an environment with Python below 3.13"
                " and numpy below 2, which scispaCy needs"
            )
        folder = Path(model).expanduser()
        if folder.is_dir():
            called = folder.resolve().name
            self._index, self._knowledge = _in_folder(folder)
        else:
            called = str(model)
            self._index, self._knowledge = _in_cache(called)
        if not trust:
            raise InputError(
                f"{self._index[1]} is a pickle, which can run any code: if you trust its source, write"
                " trust = true below [link] of a workflow file"
            )
        self.name: str = f"scispacy:{called}"
        self._prefix = called.lower()
        self._threshold = _THRESHOLD if threshold is None else threshold
        self._pipeline: Any = None
        self._abbreviations: Any = None
        self._linker: Any = None

    @cached_property
    def digest(self) -> str:
        """Digest of the name, the threshold, the files, the library and the code here."""
        about = [self.name, str(VERSION), str(self._threshold), metadata.version("scispacy")]
        digest = hashlib.sha256("\n".join(about).encode())
        for path in (*self._index, self._knowledge):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Open the knowledge base and its index.

        Raises:
            InputError: they cannot be opened.
        """
        if self._linker is not None:
            return
        try:
            import spacy
            from scispacy.abbreviation import AbbreviationDetector
            from scispacy.candidate_generation import CandidateGenerator, LinkerPaths
            from scispacy.linking import EntityLinker
            from scispacy.linking_utils import KnowledgeBase

            aliases, vectorizer, index = LinkerPaths(*map(str, self._index)).load()
            generator = CandidateGenerator(index, vectorizer, aliases, KnowledgeBase(str(self._knowledge)))
            self._pipeline = spacy.blank("en")
            self._pipeline.max_length = 100_000_000
            self._abbreviations = AbbreviationDetector(self._pipeline)
            linker = EntityLinker(
                candidate_generator=generator, threshold=self._threshold, filter_for_definitions=False
            )
        except ImportError as error:
            raise InputError(f"scispacy cannot be imported: {error}") from error
        except Exception as error:  # a damaged or foreign file makes a library raise whatever it stumbles upon
            reason = str(error) or type(error).__name__
            raise InputError(f"{self._knowledge.parent} cannot be opened as a linker of scispaCy: {reason}") from error
        self._linker = linker

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions."""
        self.load()
        for annotated in documents:
            with self._pipeline.memory_zone():  # forgets the words of the document, which else would be kept for ever
                links = tuple(self._links(annotated)) if annotated.mentions else ()
            yield replace(annotated, links=links)

    def _links(self, annotated: AnnotatedDocument) -> Iterator[tuple[Link, ...]]:
        """Yield the links of each mention, which is given to scispaCy as a token of its own that is an entity."""
        from spacy.tokens import Doc, Span

        read = self._abbreviations(self._pipeline.make_doc(annotated.document.text))
        long_forms = {short.text: short._.long_form.text for short in read._.abbreviations}
        names = Doc(self._pipeline.vocab, words=[mention.text for mention in annotated.mentions])
        names.ents = [Span(names, place, place + 1, label="MENTION") for place in range(len(names))]
        for entity in names.ents:
            entity._.long_form = long_forms.get(entity.text)
        for entity in self._linker(names).ents:
            reason = f"short for {entity._.long_form}" if entity._.long_form else "alias"
            curies = tuple(self._curie(concept) for concept, _ in entity._.kb_ents)
            scores = [min(1.0, max(0.0, float(score))) for _, score in entity._.kb_ents]
            yield (Link(curies[0], round(scores[0], 4), reason, curies),) if curies else ()

    def _curie(self, concept: str) -> str:
        """Return the CURIE of a concept: its identifier where that has a prefix, else with that of its vocabulary."""
        prefix, _, identifier = concept.rpartition(":")
        vocabulary = "umls" if _UMLS.fullmatch(concept) else "mesh" if _MESH.fullmatch(concept) else self._prefix
        return f"{prefix.lower() or vocabulary}:{identifier}"


def _in_folder(folder: Path) -> tuple[tuple[Path, ...], Path]:
    """Return the files of the index and of the knowledge base in a folder."""
    missing = [name for name in _INDEX if not (folder / name).is_file()]
    knowledge = sorted(folder.glob("*.jsonl"))
    if missing or len(knowledge) != 1:
        raise InputError(
            f"{folder} is no linker of scispaCy: it needs {', '.join(_INDEX)} and one .jsonl file;"
            f" it lacks {', '.join(missing) or 'none of the former'} and has {len(knowledge)} of the latter"
        )
    return tuple(folder / name for name in _INDEX), knowledge[0]


def _in_cache(name: str) -> tuple[tuple[Path, ...], Path]:
    """Return the files of one of scispaCy's own linkers in its cache; nothing is downloaded."""
    try:
        from scispacy.candidate_generation import DEFAULT_KNOWLEDGE_BASES, DEFAULT_PATHS
        from scispacy.file_cache import DATASET_CACHE
    except ImportError as error:
        raise InputError(f"scispacy cannot be imported: {error}") from error
    if name not in DEFAULT_PATHS:
        raise InputError(f"no linker of scispaCy {name!r}: no such folder, nor is it one of {', '.join(DEFAULT_PATHS)}")
    knowledge = signature(DEFAULT_KNOWLEDGE_BASES[name]).parameters["file_path"].default
    files = []
    for url in (*DEFAULT_PATHS[name], knowledge):
        # scispaCy calls a download by the hashes of its address and its version, and the end of the address.
        pattern = f"{hashlib.sha256(url.encode()).hexdigest()}.*{url.rpartition('/')[2]}"
        downloads = sorted(Path(DATASET_CACHE).glob(pattern))
        if not downloads:
            raise InputError(
                f"scispaCy has not downloaded its linker {name}: {url} is not in {DATASET_CACHE}; fetch it with"
                f" `python -c \"from scispacy.linking import EntityLinker; EntityLinker(linker_name='{name}')\"`"
            )
        files.append(downloads[-1])
    return tuple(files[:-1]), files[-1]
