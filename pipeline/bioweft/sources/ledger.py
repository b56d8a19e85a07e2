"""What has been fetched record by record: numbered files, what is in each, and the plan that is being carried out.

    fetch-000001.xml.gz   records, never touched again but to drop some
    fetch-000001.json     which records are in it, and which could not be had: its being there makes the file count
    plan.json             what is to be fetched and dropped; there while that is unfinished
    state.json            when the last plan was finished, and what it was for

A plan cuts its records into equal parts, each of which is one file. So a process that is killed at any moment is
followed by one that makes the same files and asks for no part again that is there.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from bioweft.atomic import atomic

_ENTRY_NAME = re.compile(r"fetch-(\d{6,})\.json")
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


class Ledger:
    """The folder of a source that is fetched record by record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Return the files in the order in which they apply."""
        files = (self._xml(number) for number in sorted(self._entries))
        return [file for file in files if file.exists()]

    @cached_property
    def held(self) -> dict[int, str]:
        """The records that are there, each with the digest of its newest form."""
        record_digests = (self._entries[number]["records"] for number in sorted(self._entries))
        return {int(pmid): digest for entry in record_digests for pmid, digest in entry.items()}

    def state(self) -> dict[str, str] | None:
        """Return `digest` and `made` of the last plan that was finished."""
        state: dict[str, str] | None = _read_json(self.folder / "state.json")
        return state

    def plan(self) -> Plan | None:
        """Return the plan that has not been finished."""
        raw = _read_json(self.folder / "plan.json")
        if raw is None:
            return None
        sequences = {"pmids": tuple(raw["pmids"]), "dropped": tuple(raw["dropped"])}
        return Plan(**{**raw, **sequences, "notes": tuple((where, why) for where, why in raw["notes"])})

    def begin(self, plan: Plan) -> None:
        """Put a plan down, in place of any other."""
        _write(self.folder / "plan.json", _json(asdict(plan)))

    def next_part(self) -> int:
        """Return the number of the part after all that are there."""
        return max(self._entries, default=0) + 1

    def is_there(self, number: int) -> bool:
        """Say whether a part is there, whole."""
        return number in self._entries

    def missing(self, number: int) -> dict[int, str]:
        """Return the records of a part that could not be had, and why."""
        return {int(pmid): reason for pmid, reason in self._entries[number]["missing"].items()}

    def add(self, number: int, records: Mapping[int, bytes], missing: Mapping[int, str]) -> None:
        """Put a part down; of `records` what is there already, byte for byte, is left out."""
        digests = {pmid: hashlib.sha256(content).hexdigest()[:16] for pmid, content in records.items()}
        new = sorted(pmid for pmid in records if self.held.get(pmid) != digests[pmid])
        if new:
            _write_records(self._xml(number), [records[pmid] for pmid in new])
        self._put(number, {pmid: digests[pmid] for pmid in new}, missing)
        self.held.update((pmid, digests[pmid]) for pmid in new)

    def drop(self, pmids: Sequence[int]) -> None:
        """Take records out of all files."""
        for number, entry in sorted(self._entries.items()):
            dropped = set(map(str, pmids)) & set(entry["records"])
            if dropped:
                file = self._xml(number)
                if file.exists():
                    _drop_records(file, dropped)
                records = {int(pmid): digest for pmid, digest in entry["records"].items() if pmid not in dropped}
                self._put(number, records, self.missing(number))
        for pmid in pmids:
            self.held.pop(pmid, None)

    def finish(self, plan: Plan) -> None:
        """Say that a plan has been carried out, and forget the parts that brought or were left with nothing."""
        _write(self.folder / "state.json", _json({"digest": plan.digest, "made": plan.made}))
        (self.folder / "plan.json").unlink()
        for number in [number for number, entry in self._entries.items() if not entry["records"]]:
            self._note(number).unlink()
            del self._entries[number]

    @cached_property
    def _entries(self) -> dict[int, dict[str, dict[str, str]]]:
        matches = (_ENTRY_NAME.fullmatch(path.name) for path in self.folder.glob("fetch-*.json"))
        entries = {int(match[1]): _read_json(self.folder / match[0]) for match in matches if match}
        return {number: entry for number, entry in entries.items() if entry is not None}

    def _xml(self, number: int) -> Path:
        return self.folder / f"fetch-{number:06}.xml.gz"

    def _note(self, number: int) -> Path:
        return self.folder / f"fetch-{number:06}.json"

    def _put(self, number: int, records: Mapping[int, str], missing: Mapping[int, str]) -> None:
        entry = {
            "records": {str(pmid): digest for pmid, digest in sorted(records.items())},
            "missing": {str(pmid): reason for pmid, reason in sorted(missing.items())},
        }
        _write(self._note(number), _json(entry))
        self._entries[number] = entry


def _write_records(file: Path, records: Sequence[bytes]) -> None:
    _write(file, gzip.compress(_OPEN + b"\n".join(records) + _CLOSE, mtime=0))


def _drop_records(file: Path, dropped: set[str]) -> None:
    """Write a file anew without some records, or remove it where none is left."""
    records = [
        etree.tostring(record, encoding="utf-8", xml_declaration=False, with_tail=False)
        for record in etree.fromstring(gzip.decompress(file.read_bytes()), _PARSER)
        if (record.findtext("MedlineCitation/PMID") or record.findtext("BookDocument/PMID")) not in dropped
    ]
    if records:
        _write_records(file, records)
    else:
        file.unlink()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _read_json(file: Path) -> Any:
    return json.loads(file.read_bytes()) if file.exists() else None


def _write(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with atomic(file) as unfinished:
        unfinished.write_bytes(content)
