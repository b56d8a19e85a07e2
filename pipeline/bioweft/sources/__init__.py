"""Sources: each module turns one kind of input into a stream of documents."""

from typing import Annotated

from pydantic import Field

from bioweft.sources.base import Input, Source
from bioweft.sources.bioc import BioCSource
from bioweft.sources.brat import BratSource
from bioweft.sources.cord19 import Cord19
from bioweft.sources.eutils import PubMedQuery
from bioweft.sources.jats import JatsSource
from bioweft.sources.jsonl import JsonlSource
from bioweft.sources.medline import MedlineSource
from bioweft.sources.mirror import PubMedMirror
from bioweft.sources.pubmed import PubMedFiles
from bioweft.sources.pubtator import PubTatorSource
from bioweft.sources.ris import RisSource
from bioweft.sources.table import TableSource
from bioweft.sources.text import TextSource

AnySource = Annotated[
    BioCSource
    | BratSource
    | Cord19
    | JatsSource
    | JsonlSource
    | MedlineSource
    | PubMedFiles
    | PubMedMirror
    | PubMedQuery
    | PubTatorSource
    | RisSource
    | TableSource
    | TextSource,
    Field(discriminator="kind"),
]
"""Every source there is, told apart by its `kind`."""

__all__ = [
    "AnySource",
    "BioCSource",
    "BratSource",
    "Cord19",
    "Input",
    "JatsSource",
    "JsonlSource",
    "MedlineSource",
    "PubMedFiles",
    "PubMedMirror",
    "PubMedQuery",
    "PubTatorSource",
    "RisSource",
    "Source",
    "TableSource",
    "TextSource",
]
