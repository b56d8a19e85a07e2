"""Sources: each module turns one kind of input into a stream of documents."""

from typing import Annotated

from pydantic import Field

from bioweft.sources.base import Input, Source
from bioweft.sources.cord19 import Cord19
from bioweft.sources.pubmed import PubMedFiles
from bioweft.sources.table import TableSource
from bioweft.sources.text import TextSource

AnySource = Annotated[Cord19 | PubMedFiles | TableSource | TextSource, Field(discriminator="kind")]
"""Every source there is, told apart by its `kind`."""

__all__ = ["AnySource", "Cord19", "Input", "PubMedFiles", "Source", "TableSource", "TextSource"]
