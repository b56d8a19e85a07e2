"""Texts for an encoder to read: abstracts of the literature, without sentences of any test part that is reported."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.records import Document
from bioweft.sources.pubmed import PubMedFiles
from bioweft.text import sentences
from bioweft.train import corpora


def texts(data: Path) -> Iterator[str]:
    """Yield the passages of the PubMed files."""
    tested = corpora.tested(data)
    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "*.xml"))
    for item in source.inputs(Path()):
        for record in source.read(item):
            if isinstance(record, Document):
                for passage in record.passages:
                    if passage.text and not any(sentences.key(s) in tested for s in corpora.sentences_of(passage.text)):
                        yield passage.text
