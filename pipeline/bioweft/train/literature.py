"""Literature that nobody has annotated, for an encoder to read and for trained taggers to teach from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bioweft.records import Document
from bioweft.sources.pubmed import PubMedFiles
from bioweft.train import corpora


def documents(data: Path) -> Iterator[Document]:
    """Yield what the PubMed files hold, but for what may not be learnt from.

    That is a document that the lists of exclusions name, and one with a sentence of a reported test part.
    """
    refused, tested = frozenset[str]().union(*corpora.exclusions(data).values()), corpora.tested(data)
    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "*.xml"))
    for item in source.inputs(Path()):
        for record in source.read(item):
            if isinstance(record, Document) and record.id.partition(":")[2] not in refused:
                found = (s for passage in record.passages for s in corpora.sentences_of(passage.text))
                if tested.isdisjoint(map(corpora.key, found)):
                    yield record


def abstracts(data: Path, count: int, *, seed: int) -> list[Document]:
    """Return documents that have more than a title, drawn at random: so many, or all where there are fewer."""
    found = [document for document in documents(data) if len(document.passages) > 1]
    chosen = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[i] for i in chosen]
