"""CORD-19: the metadata table of a release, and with `full_text` its parsed articles.

A release is a folder with `metadata.csv` and `document_parses/`, on disk or fetched as the archive that was published.
Of several rows of one `cord_uid` (one paper from several sources) the first with an abstract counts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from bioweft.errors import InputError
from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources.base import Input, Source
from bioweft.sources.download import download, unpack
from bioweft.sources.files import open_binary
from bioweft.sources.table import rows


class Cord19(Source):
    """A CORD-19 release: `path` of its folder or of its metadata.csv, or `url` of its archive (`sha256` is checked)."""

    kind: Literal["cord19"] = "cord19"
    path: str | None = None
    url: str | None = None
    sha256: str | None = None
    full_text: bool = False

    remote: ClassVar[bool] = True
    reading: ClassVar[tuple[str, ...]] = ("full_text",)

    @model_validator(mode="after")
    def _one_place(self) -> "Cord19":
        if (self.path is None) == (self.url is None):
            raise ValueError("give either `path` (a release on disk) or `url` (of a release archive)")
        return self

    def fetch(self, folder: Path) -> list[Reject]:
        """Fetch the archive and unpack it, where `url` is given and that has not been done."""
        if self.url is not None:
            archive = download(self.url, folder, sha256=self.sha256)
            unpack(archive, folder / "release")
        return []

    def inputs(self, folder: Path) -> list[Input]:
        """Name the metadata table."""
        root = Path(self.path).expanduser() if self.path else folder / "release"
        if root.is_file():
            return [Input("metadata", root)]
        found = sorted(root.rglob("metadata.csv*"))
        if not found:
            raise InputError(f"no metadata.csv in {root}; name the folder of a CORD-19 release")
        return [Input("metadata", found[0])]

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a paper, in the order of the table."""
        waiting: dict[str, Document] = {}
        """Papers of which no row with an abstract has been seen: they come at the end."""
        done: set[str] = set()
        with open_binary(item.path) as stream:
            for position, row in rows(stream, item.path, delimiter=","):
                if isinstance(row, Reject):
                    yield row
                    continue
                uid = row.get("cord_uid", "").strip()
                if not uid:
                    yield Reject(str(item.path), position, "no cord_uid")
                elif uid not in done:
                    passages, problem = self._passages(row, item.path.parent)
                    if problem:
                        yield Reject(str(item.path), position, problem)
                    document = _document(uid, row, passages)
                    if document.has_abstract:
                        done.add(uid)
                        waiting.pop(uid, None)
                        yield document
                    else:
                        waiting.setdefault(uid, document)
        yield from waiting.values()

    def _passages(self, row: dict[str, Any], release: Path) -> tuple[list[Passage], str | None]:
        """Return title, abstract and, where asked for and there, the full text; and what was wrong with that."""
        passages = [Passage("title", row.get("title", "").strip())]
        if abstract := row.get("abstract", "").strip():
            passages.append(Passage("abstract", abstract))
        if self.full_text:
            # The parse from PMC's XML is cleaner than that from the PDF.
            files = (row.get("pmc_json_files") or row.get("pdf_json_files") or "").split("; ")
            if files[0]:
                try:
                    parsed = json.loads((release / files[0]).read_text(encoding="utf-8"))
                    for paragraph in parsed["body_text"]:
                        passages.append(Passage("paragraph", paragraph["text"], paragraph.get("section") or None))
                except (OSError, ValueError, KeyError, TypeError) as error:
                    return passages, f"no full text: {files[0]}: {error}"
        return passages, None


def _document(uid: str, row: dict[str, Any], passages: list[Passage]) -> Document:
    year = row.get("publish_time", "")[:4]
    source = row.get("source_x", "").lower()
    return Document(
        id=f"cord:{uid}",
        passages=tuple(passages),
        year=int(year) if year.isdecimal() else None,
        journal=row.get("journal", "").strip() or None,
        doi=row.get("doi", "").strip() or None,
        pmcid=row.get("pmcid", "").strip() or None,
        licence=row.get("license", "").strip() or None,
        flags=("preprint",) if any(name in source for name in ("biorxiv", "medrxiv", "arxiv")) else (),
    )
