"""CORD-19: the metadata table of a release, and with `full_text` its parsed articles.

A release is a folder with `metadata.csv` and `document_parses/`, on disk or fetched as the archive that was published.
Of several rows of one `cord_uid` (one paper from several sources) the first with an abstract counts, or the first.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import StringConstraints, model_validator

from bioweft.atomic import place_tree
from bioweft.errors import FetchError, InputError
from bioweft.paths import PathSetting
from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources import markup
from bioweft.sources.archive import is_archive, unpack
from bioweft.sources.base import Input, Source
from bioweft.sources.download import SCHEMES, Digest, Downloads
from bioweft.sources.files import open_binary
from bioweft.sources.fitting import fitting
from bioweft.sources.table import rows

MOST_PARSE_BYTES = 256 * 1024 * 1024
"""A parsed article above this size is refused: the longest real ones are below 10 MiB."""

_TABLES = ("metadata.csv", "metadata.csv.gz", "metadata.csv.xz")
_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
_PMID = re.compile(r"[1-9]\d*(?=(?:\.0)?$)")
_DOI = re.compile(r"10\.\S+/\S+")
_PREPRINTS = {"arxiv", "biorxiv", "medrxiv"}
"""Sources of preprints; a paper from one that also has a journal has been published since."""

_NEEDED = {"cord_uid", "title", "abstract"}
_UNKNOWN = "unk"


class Cord19(Source):
    """A CORD-19 release: `path` of its folder, archive or metadata.csv, or `url` of its archive or metadata.csv.

    What is fetched is checked against `sha256` or `md5`. The id of a document is `cord:` and its `cord_uid`. A parsed
    article that cannot be read is a reject; its title and abstract are read all the same.
    """

    kind: Literal["cord19"] = "cord19"
    path: PathSetting | None = None
    url: str | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    md5: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{32}$")] | None = None
    full_text: bool = False

    version: ClassVar[int] = 3
    reading: ClassVar[tuple[str, ...]] = ("full_text",)

    @model_validator(mode="after")
    def _one_place(self) -> "Cord19":
        if (self.path is None) == (self.url is None):
            raise ValueError("give either `path` (a release on disk) or `url` (of a release archive)")
        if self.url is not None and urlsplit(self.url).scheme not in SCHEMES:
            raise ValueError(
                f"`url` must be an address that begins with {', '.join(SCHEMES)}; a release on disk is named by `path`"
            )
        return self

    @property
    def remote(self) -> bool:
        """Say that it has to be fetched."""
        return True

    def fetch(self, folder: Path) -> list[Reject]:
        """Fetch an archive that is elsewhere and unpack it, where that has not been done."""
        release = self._release(folder)
        if release is None or release.exists():
            return []
        if self.url is None:
            archive = Path(str(self.path)).expanduser()
        else:
            archive = folder / "archive" / PurePosixPath(urlsplit(self.url).path).name
            digest: Digest | None = ("sha256", self.sha256) if self.sha256 else ("md5", self.md5) if self.md5 else None
            with Downloads() as downloads:
                downloads.fetch(self.url, archive, digest=digest)
        if archive.stat().st_size == 0:
            raise FetchError(f"{archive} is empty; remove it to fetch it again")
        if is_archive(archive):
            unpack(archive, release, is_wanted=self._wanted)
        else:
            _place_table(archive, release)
        for other in folder.glob("release-*"):
            if other != release:
                shutil.rmtree(other)
        return []

    def inputs(self, folder: Path) -> list[Input]:
        """Name the metadata table."""
        root = self._release(folder) or Path(str(self.path)).expanduser()
        if root.is_file():
            return [Input("metadata", root)]
        for depth in ("", "*/"):
            for name in _TABLES:
                if files := sorted(root.glob(depth + name)):
                    return [Input("metadata", files[-1])]
        raise InputError(f"no metadata.csv in {root}; name the folder of a CORD-19 release")

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a paper, in the order of the rows that count.

        Raises:
            InputError: the table is none of CORD-19.
        """
        with_abstract: set[str] = set()
        for _, row in _rows(item.path):
            if not isinstance(row, Reject) and row["abstract"].strip():
                with_abstract.add(row["cord_uid"].strip())
        done: set[str] = set()
        for position, row in _rows(item.path):
            if isinstance(row, Reject):
                yield row
                continue
            uid = row["cord_uid"].strip()
            if not uid:
                yield Reject(str(item.path), position, "no cord_uid")
            elif uid not in done and (uid not in with_abstract or row["abstract"].strip()):
                done.add(uid)
                body: list[Passage] = []
                if self.full_text:
                    try:
                        body = _full_text(row, item.path.parent)
                    except ValueError as error:
                        yield Reject(str(item.path), position, f"no full text of {uid}: {error}")
                try:
                    yield fitting(_document(uid, row, body))
                except ValueError as error:
                    yield Reject(str(item.path), position, str(error))

    def _release(self, folder: Path) -> Path | None:
        """Return where an archive is unpacked; nothing where the release lies on disk as it is."""
        if self.url is not None:
            origin: list[object] = [self.url, self.sha256, self.md5]
        else:
            path = Path(str(self.path)).expanduser()
            if not path.is_file() or not is_archive(path):
                return None
            origin = [str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns]
        return folder / f"release-{sha256(repr([*origin, self.full_text]).encode()).hexdigest()[:12]}"

    def _wanted(self, name: str) -> bool:
        """Say whether a member of a release archive is needed: not the embeddings, and parses only if asked for."""
        if PurePosixPath(name).name in _TABLES:
            return True
        return self.full_text and name.endswith((".json", ".tar.gz")) and "embeddings" not in name


def _place_table(table: Path, release: Path) -> None:
    unfinished = release.with_name(f"{release.name}.unpacking")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    shutil.copyfile(table, unfinished / _TABLES[0])
    place_tree(unfinished, release)


def _rows(table: Path) -> Iterator[tuple[str, dict[str, str] | Reject]]:
    with open_binary(table) as stream:
        for position, row in rows(stream, table, delimiter=","):
            if not isinstance(row, Reject) and not row.keys() >= _NEEDED:
                raise InputError(
                    f"{table} is no metadata.csv of CORD-19: it lacks {', '.join(sorted(_NEEDED - row.keys()))} (the "
                    "releases before 2020-03-27 have no cord_uid)"
                )
            yield position, row


def _document(uid: str, row: Mapping[str, str], body: Sequence[Passage]) -> Document:
    values = {name: row.get(name, "").strip() for name in ("abstract", "journal", "pmcid", "license")}
    values["abstract"] = markup.plain(values["abstract"])
    pmid = _PMID.match(row.get("pubmed_id", "").strip())
    year, doi = _YEAR.search(row.get("publish_time", "")), _DOI.search(row.get("doi", ""))
    sources = {source.strip().lower() for source in row.get("source_x", "").split(";")}
    abstract = [Passage("abstract", values["abstract"])] if values["abstract"] else []
    return Document(
        id=f"cord:{uid}",
        passages=(Passage("title", markup.plain(row["title"].strip())), *abstract, *body),
        year=int(year[0]) if year else None,
        journal=values["journal"] or None,
        doi=doi[0] if doi else None,
        pmcid=values["pmcid"] or None,
        pmid=pmid[0] if pmid else None,
        authors=tuple(author.strip() for author in row.get("authors", "").split(";") if author.strip()),
        licence=values["license"] if values["license"] not in ("", _UNKNOWN) else None,
        flags=("preprint",) if sources & _PREPRINTS and values["journal"].lower() in ("", *_PREPRINTS) else (),
    )


def _full_text(row: Mapping[str, str], release: Path) -> list[Passage]:
    """Return the paragraphs of the first of a row's parses that can be read, none where it has no parse.

    Raises:
        ValueError: none of them can be.
    """
    fault = None
    for name in _parses(row, release):
        try:
            return _paragraphs(release, name)
        except ValueError as error:
            fault = fault or ValueError(f"{name}: {error}")
    if fault is not None:
        raise fault
    return []


def _parses(row: Mapping[str, str], release: Path) -> list[str]:
    """Return the files of a row's parses, those of PMC's XML before those of PDFs: they are cleaner."""
    if "pmc_json_files" in row or "pdf_json_files" in row:
        file_names = f"{row.get('pmc_json_files', '')}; {row.get('pdf_json_files', '')}"
        return [name.strip() for name in file_names.split(";") if name.strip()]
    # Before 2020-05-26 a row names a folder, and the files in it are called by sha and PMC id.
    folder = row.get("full_text_file", "").strip()
    pmc = [f"pmc_json/{row.get('pmcid', '').strip()}.xml.json"] if row.get("has_pmc_xml_parse") == "True" else []
    pdf = [f"pdf_json/{sha.strip()}.json" for sha in row.get("sha", "").split(";") if sha.strip()]
    names = [f"{folder}/{name}" for name in (*pmc, *pdf)] if folder else []
    doubled = [f"{folder}/{name}" for name in names]  # where the archive was unpacked into a folder of its name
    return [second if (release / second).exists() else first for first, second in zip(names, doubled, strict=True)]


def _paragraphs(release: Path, name: str) -> list[Passage]:
    path = (release / name).resolve()
    if not path.is_relative_to(release.resolve()):
        raise ValueError("outside of the release")
    try:
        if path.stat().st_size > MOST_PARSE_BYTES:
            raise ValueError(f"above {MOST_PARSE_BYTES:,} bytes")
        paragraphs = [
            (paragraph["text"], paragraph.get("section")) for paragraph in json.loads(path.read_bytes())["body_text"]
        ]
    except OSError as error:
        raise ValueError(error.strerror) from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no parsed article: {type(error).__name__} {error}") from error
    for text, section in paragraphs:
        if not isinstance(text, str) or not isinstance(section, str | None):
            raise ValueError("no parsed article: a paragraph without text")
        text.encode()  # JSON may escape half of a surrogate pair, which nothing can write
    return [Passage("paragraph", text, section or None) for text, section in paragraphs if text.strip()]
