"""What has been fetched record by record: numbered files, what is in each, and the plan that is being carried out.

    fetch-000001-<digest>.xml.gz  records; dropping some makes another file
    fetch-000001.json             names its file, which records are in it, and which could not be had
    plan.json                     what is to be fetched and dropped; there while that is unfinished
    state.json                    when the last plan was finished, what it was for, and which parts there were

A file counts when its part names it, so a part and its file change at once. A plan cuts its records into equal parts.
So a process that is killed at any moment is followed by one that makes the same files and asks for no part again that
is there. What is damaged or gone is noticed by the digests and by `state.json`, and fetched again.
"""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from bioweft.atomic import atomic

_ENTRY_NAME = re.compile(r"fetch-(\d{6,})\.json")
_XML_NAME = re.compile(r"fetch-\d{6,}(?:-([0-9a-f]{16}))?\.xml\.gz")
_OPEN, _CLOSE = b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n', b"\n</PubmedArticleSet>\n"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one fetch has to do: `digest` says for which settings, `made` on which day (ISO), `first` is its first part.

    `pmids` are cut into parts of `size`.
    """

    digest: str
    made: str
    first: int
    size: int
    pmids: tuple[int, ...]
    dropped: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """Position and reason of what could not be planned."""

    def parts(self) -> list[tuple[int, tuple[int, ...]]]:
        """Return the number and the records of each part."""
        starts = range(0, len(self.pmids), self.size)
        return [(self.first + n, self.pmids[start : start + self.size]) for n, start in enumerate(starts)]


class _Entry(NamedTuple):
    """A part: the name of its file, if it has records; their digests by PMID; why others could not be had."""

    file: str | None
    records: dict[int, str]
    missing: dict[int, str]


class Ledger:
    """The folder of a source that is fetched record by record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> dict[str, Path]:
        """Return the files in the order in which they apply, each by the name of its part."""
        entries = ((number, self._entries[number].file) for number in sorted(self._entries))
        return {f"fetch-{number:06}": self.folder / file for number, file in entries if file is not None}

    @cached_property
    def held(self) -> dict[int, str]:
        """The records that are there, each with the digest of its newest form."""
        return {
            pmid: digest for number in sorted(self._entries) for pmid, digest in self._entries[number].records.items()
        }

    @cached_property
    def doubtful(self) -> frozenset[int]:
        """The records that must be fetched again, because a file that had their newest form is damaged or gone.

        They are those of a file that is not what its part says. Where a part itself is damaged or gone, nobody knows
        which records it had: then they are all that are there.
        """
        numbers = self._numbers
        expected = (self.state() or {}).get("parts", [])
        if numbers - self._all_entries.keys() or set(expected) - numbers:
            return frozenset(self.held)
        lost = (entry.records for number, entry in self._all_entries.items() if number not in self._entries)
        return frozenset().union(*lost)

    def state(self) -> dict[str, Any] | None:
        """Return `digest`, `made` and `parts` of the last plan that was finished."""
        state = _read_json(self.folder / "state.json")
        try:
            date.fromisoformat(state["made"]), state["digest"], set(state.get("parts", []))
        except (TypeError, KeyError, ValueError, AttributeError):  # there is none, or it is damaged
            return None
        return dict(state)

    def plan(self) -> Plan | None:
        """Return the plan that has not been finished."""
        raw = _read_json(self.folder / "plan.json")
        try:
            sequences = {"pmids": tuple(raw["pmids"]), "dropped": tuple(raw["dropped"])}
            return Plan(**{**raw, **sequences, "notes": tuple((where, why) for where, why in raw["notes"])})
        except (TypeError, KeyError, ValueError):  # there is none, or it is damaged
            return None

    def begin(self, plan: Plan) -> None:
        """Put a plan down, in place of any other; what is damaged is forgotten, since the plan makes good for it."""
        _write(self.folder / "plan.json", _json(asdict(plan)))
        for number in self._numbers - self._entries.keys():
            self._note(number).unlink(missing_ok=True)

    def next_part(self) -> int:
        """Return the number of the part after all that are there."""
        return max(self._numbers | self._entries.keys(), default=0) + 1

    def is_there(self, number: int) -> bool:
        """Say whether a part is there, whole."""
        return number in self._entries

    def missing(self, number: int) -> dict[int, str]:
        """Return the records of a part that could not be had, and why."""
        return self._entries[number].missing

    def add(self, number: int, records: Mapping[int, bytes], missing: Mapping[int, str]) -> None:
        """Put a part down; of `records` what is there already, byte for byte, is left out."""
        digests = {pmid: hashlib.sha256(content).hexdigest()[:16] for pmid, content in records.items()}
        new = sorted(pmid for pmid in records if self.held.get(pmid) != digests[pmid])
        file = self._write_records(number, [records[pmid] for pmid in new])
        self._put(number, _Entry(file, {pmid: digests[pmid] for pmid in new}, dict(missing)))
        self.held.update((pmid, digests[pmid]) for pmid in new)

    def drop(self, pmids: Sequence[int]) -> None:
        """Take records out of all files."""
        for number, entry in sorted(self._entries.items()):
            dropped = entry.records.keys() & set(pmids)
            if dropped and entry.file is not None:
                kept = [
                    etree.tostring(record, encoding="utf-8", xml_declaration=False, with_tail=False)
                    for record in etree.fromstring(gzip.decompress((self.folder / entry.file).read_bytes()), _PARSER)
                    if _pmid(record) not in dropped
                ]
                records = {pmid: digest for pmid, digest in entry.records.items() if pmid not in dropped}
                self._put(number, _Entry(self._write_records(number, kept), records, entry.missing))
        for pmid in pmids:
            self.held.pop(pmid, None)

    def finish(self, plan: Plan) -> None:
        """Say that a plan has been carried out; forget the parts without records, and the files that no part names."""
        empty = [number for number, entry in self._entries.items() if not entry.records]
        parts = sorted(self._entries.keys() - set(empty))
        _write(self.folder / "state.json", _json({"digest": plan.digest, "made": plan.made, "parts": parts}))
        (self.folder / "plan.json").unlink()
        for number in empty:
            self._note(number).unlink()
            del self._entries[number]
        named = {entry.file for entry in self._entries.values()}
        for path in self.folder.glob("fetch-*.xml.gz"):
            if _XML_NAME.fullmatch(path.name) and path.name not in named:
                path.unlink()

    @property
    def _numbers(self) -> set[int]:
        """The numbers of all parts, damaged ones among them."""
        matches = (_ENTRY_NAME.fullmatch(path.name) for path in self.folder.glob("fetch-*.json"))
        return {int(match[1]) for match in matches if match}

    @cached_property
    def _all_entries(self) -> dict[int, _Entry]:
        """The parts that can be read, whatever their files are."""
        entries = ((number, self._read_entry(number)) for number in self._numbers)
        return {number: entry for number, entry in entries if entry is not None}

    @cached_property
    def _entries(self) -> dict[int, _Entry]:
        """The parts whose files are as they say."""
        return {number: entry for number, entry in self._all_entries.items() if self._is_whole(entry)}

    def _read_entry(self, number: int) -> _Entry | None:
        raw = _read_json(self._note(number))
        try:
            records, missing = (
                {int(pmid): str(value) for pmid, value in raw[key].items()} for key in _Entry._fields[1:]
            )
            file = raw.get("file", f"fetch-{number:06}.xml.gz" if records else None)  # an older version had one name
        except (TypeError, KeyError, ValueError, AttributeError):
            return None
        return _Entry(file, records, missing)

    def _is_whole(self, entry: _Entry) -> bool:
        if entry.file is None:
            return not entry.records
        name = _XML_NAME.fullmatch(entry.file)
        try:
            content = (self.folder / entry.file).read_bytes()
            if name is None or name[1] is None:  # that of an older version: by the checksum of gzip
                return bool(gzip.decompress(content))
        except (OSError, EOFError, zlib.error):
            return False
        return _digest(content) == name[1]

    def _note(self, number: int) -> Path:
        return self.folder / f"fetch-{number:06}.json"

    def _put(self, number: int, entry: _Entry) -> None:
        numbered = ({str(pmid): value for pmid, value in sorted(values.items())} for values in entry[1:])
        _write(self._note(number), _json(dict(zip(_Entry._fields, (entry.file, *numbered), strict=True))))
        self._entries[number] = entry

    def _write_records(self, number: int, records: Sequence[bytes]) -> str | None:
        """Write a file of records, if there are any; return its name."""
        if not records:
            return None
        content = gzip.compress(_OPEN + b"\n".join(records) + _CLOSE, mtime=0)
        file = f"fetch-{number:06}-{_digest(content)}.xml.gz"
        _write(self.folder / file, content)
        return file


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _pmid(record: etree._Element) -> int:
    return int(record.findtext("MedlineCitation/PMID") or record.findtext("BookDocument/PMID") or 0)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _read_json(file: Path) -> Any:
    """Return the value of a file, or nothing where it is missing or damaged."""
    try:
        return json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return None


def _write(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with atomic(file) as unfinished:
        unfinished.write_bytes(content)
