"""PubMed by query or by PMID, through NCBI's E-utilities.

After each fetch the folder holds exactly the records that the search finds, or that the list names, in their newest
form: new ones are fetched, revised ones fetched again, those that it finds no more dropped. How records lie there is
the business of `ledger`, how a server is asked that of `entrez`.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, HttpUrl, PositiveInt, SecretStr, model_validator

from bioweft.errors import FetchError, InputError
from bioweft.paths import PathSetting
from bioweft.records import Record, Reject
from bioweft.sources.base import Input, Source
from bioweft.sources.entrez import (
    BAD_ATTEMPTS,
    EARLIEST,
    LATEST,
    MOST_LISTED,
    NCBI,
    BadAnswerError,
    Entrez,
    SearchResult,
    Window,
    search_all,
)
from bioweft.sources.ledger import Ledger, Plan
from bioweft.sources.pubmed import PubMedFiles
from bioweft.sources.transport import PassingError

LAG = timedelta(days=2)
"""How long before the last fetch a record may have been revised without its having shown then: clocks and indexing."""

_ASKED = 3
"""How often a record is asked for that an answer lacks."""

_MOST_BAD = 20
"""Bad answers in a row after which the server, not a record, is to blame."""

_MOST_DROPPED = 100
"""So many records, and half of all, may vanish from one search to the next before that is taken for a fault."""

_PMID = re.compile(r"(?:pmid:?\s*)?0*([1-9]\d{0,7})", re.IGNORECASE)
_log = logging.getLogger(__name__)


class PubMedQuery(Source):
    """What a PubMed search finds, or the records of a list of PMIDs: give one of `query`, `ids` and `ids_file`.

    `since` and `until` hold a search to dates (both included) of the kind `datetype`: `edat` when a record entered
    PubMed, `crdt` when it was made, `pdat` when the article was published, `mdat` when the record was revised.
    `ids_file` has a PMID a line. `email` and `api_key` default to NCBI_EMAIL and NCBI_API_KEY in the environment;
    `per_second` is how many requests NCBI grants, if not 3 or with a key 10.
    """

    kind: Literal["pubmed-query"] = "pubmed-query"
    query: str | None = Field(default=None, min_length=1)
    ids: tuple[PositiveInt, ...] | None = None
    ids_file: PathSetting | None = None
    since: date | None = None
    until: date | None = None
    datetype: Literal["edat", "crdt", "pdat", "mdat"] = "edat"
    other_abstract: bool = False
    base_url: HttpUrl = HttpUrl(NCBI)
    email: SecretStr | None = None
    api_key: SecretStr | None = None
    per_second: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=200, ge=1, le=MOST_LISTED)

    version: ClassVar[int] = 2
    reading: ClassVar[tuple[str, ...]] = ("other_abstract",)
    many_inputs: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_way(self) -> "PubMedQuery":
        if [self.query, self.ids, self.ids_file].count(None) != 2:
            raise ValueError("give one of `query`, `ids` and `ids_file`")
        if self.query is None and (self.since or self.until):
            raise ValueError("`since` and `until` go with `query`, not with a list of PMIDs")
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"`since` {self.since} is later than `until` {self.until}")
        return self

    @property
    def remote(self) -> bool:
        """Say that it has to be fetched."""
        return True

    def fetch(self, folder: Path) -> list[Reject]:
        """Bring the folder up to what the search finds now, going on with what was begun."""
        ledger = Ledger(folder)
        ids, notes = self._ids_in_settings()
        digest = self._digest(ids)
        today = datetime.now(UTC).date().isoformat()
        try:
            with Entrez(str(self.base_url), email=self.email, key=self.api_key, per_second=self.per_second) as entrez:
                plan = ledger.plan()
                # Of damage the plan says nothing; a new one makes good for it, and what this one has brought stays.
                if plan is not None and plan.digest == digest and not ledger.doubtful:
                    rejects = self._carry_out(plan, ledger, entrez)
                    if plan.made == today:
                        return rejects
                plan = self._plan(ids, notes, digest, today, ledger, entrez)
                ledger.begin(plan)
                return self._carry_out(plan, ledger, entrez)
        except PassingError as error:
            raise FetchError(
                f"{self.base_url} did not answer fully in several attempts (last error: {error})"
            ) from error

    def inputs(self, folder: Path) -> list[Input]:
        """List the files of records in the order in which they were fetched."""
        ledger = Ledger(folder)
        files = ledger.files()
        if ledger.doubtful:
            raise InputError(f"files in {folder} are damaged or missing; start the workflow again to fetch them anew")
        if not files and ledger.state() is None:
            raise InputError(f"nothing has been fetched into {folder} yet")
        return [Input(name, file) for name, file in files.items()]

    def read(self, item: Input) -> Iterator[Record]:
        """Stream the records of one file."""
        return PubMedFiles(path=str(item.path), other_abstract=self.other_abstract).read(item)

    @property
    def _name(self) -> str:
        return f"{self.kind}: {self.query or self.ids_file or 'ids'}"

    def _ids_in_settings(self) -> tuple[frozenset[int] | None, list[tuple[str, str]]]:
        """Return the PMIDs that the settings list, if they do, and the lines that are none."""
        if self.ids_file is None:
            return (None if self.ids is None else frozenset(self.ids)), []
        try:
            lines = Path(self.ids_file).expanduser().read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"the list of PMIDs {self.ids_file} cannot be read: {error}") from error
        pmids, notes = set(), []
        for number, line in enumerate(lines, start=1):
            text = line.partition("#")[0].strip()
            if match := _PMID.fullmatch(text):
                pmids.add(int(match[1]))
            elif text:
                notes.append((f"line {number}", f"no PMID: {text[:80]!r}"))
        return frozenset(pmids), notes

    def _digest(self, ids: frozenset[int] | None) -> str:
        """Return a digest of what decides which records there are to be."""
        sorted_ids = sorted(ids) if ids is not None else None
        deciding = [str(self.base_url), self.query, sorted_ids, str(self.since), str(self.until), self.datetype]
        return hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:16]

    def _plan(
        self,
        ids: frozenset[int] | None,
        notes: list[tuple[str, str]],
        digest: str,
        today: str,
        ledger: Ledger,
        entrez: Entrez,
    ) -> Plan:
        """Compare what is to be there with what is."""
        pmids, is_whole = ids, True
        if pmids is None:
            answer = search_all(entrez, str(self.query), self._window)
            pmids, is_whole, notes = answer.pmids, not answer.lacking, _notes(answer)
        held, state, unfinished = ledger.held.keys(), ledger.state(), ledger.plan()
        # What PubMed finds and does not list may be among them.
        dropped = held - pmids if is_whole else set()
        if state and state["digest"] == digest and len(dropped) > max(_MOST_DROPPED, len(held) // 2):
            raise FetchError(
                f"{self._name} finds {len(pmids):,} records, and {len(dropped):,} of the {len(held):,} that it found "
                f"before no more: that looks like a fault of the server. If it is right, remove {ledger.folder}"
            )
        revised: frozenset[int] = frozenset()
        made = today
        if unchanged := held & pmids:
            # All that is there is as it was on that day or later; where nobody knows, every record is revised.
            day = date.fromisoformat(state["made"] if state else unfinished.made if unfinished else str(EARLIEST + LAG))
            answer = self._revised(entrez, sorted(unchanged), Window("mdat", day - LAG, LATEST))
            revised = answer.pmids & unchanged
            if answer.lacking:
                made = day.isoformat()  # the next fetch asks again what was revised since then
                notes = [*notes, ("search", f"{_shortage(answer)}; they may be revised records")]
        return Plan(
            digest=digest,
            made=made,
            first=ledger.next_part(),
            size=self.batch_size,
            pmids=tuple(sorted((pmids - held) | revised | (ledger.doubtful & pmids))),
            dropped=tuple(sorted(dropped)),
            notes=tuple(notes),
        )

    @property
    def _window(self) -> Window | None:
        if self.since is None and self.until is None:
            return None
        return Window(self.datetype, self.since or EARLIEST, self.until or LATEST)

    def _revised(self, entrez: Entrez, pmids: Sequence[int], window: Window) -> SearchResult:
        """Return the records that have been revised within `window`, among them all such of `pmids`."""
        if self.query is not None:
            return search_all(entrez, self.query, window)
        answers = [
            search_all(entrez, " OR ".join(f"{pmid}[uid]" for pmid in pmids[start : start + self.batch_size]), window)
            for start in range(0, len(pmids), self.batch_size)
        ]
        revised = frozenset[int]().union(*(answer.pmids for answer in answers))
        return SearchResult(len(revised), revised, lacking=sum(answer.lacking for answer in answers))

    def _carry_out(self, plan: Plan, ledger: Ledger, entrez: Entrez) -> list[Reject]:
        """Do what is left to do of a plan; return what could not be had of all of it."""
        problems = list(plan.notes)
        ledger.drop(plan.dropped)
        for number, pmids in plan.parts():
            if not ledger.is_there(number):
                ledger.add(number, *_gather(entrez, pmids))
                _log.info("%s: records up to PMID %d of %d are there", self._name, pmids[-1], plan.pmids[-1])
            problems += [(f"PMID {pmid}", reason) for pmid, reason in ledger.missing(number).items()]
        ledger.finish(plan)
        return [Reject(self._name, where, why) for where, why in problems]


def _notes(answer: SearchResult) -> list[tuple[str, str]]:
    """Return position and reason of what a search left out."""
    reasons = [f"PubMed knows no {phrase!r} and left it out of the search" for phrase in answer.ignored]
    if answer.lacking:
        reasons.append(f"{_shortage(answer)}; what was fetched before is kept")
    elif not answer.pmids:
        reasons.append("it finds nothing in PubMed")
    return [("search", reason) for reason in reasons]


def _shortage(answer: SearchResult) -> str:
    count = len(answer.pmids)
    return f"PubMed says that it finds {count + answer.lacking:,} records and lists {count:,}: {answer.lacking:,} lack"


def _gather(entrez: Entrez, pmids: Sequence[int]) -> tuple[dict[int, bytes], dict[int, str]]:
    """Return the records that could be had, and of the others why not.

    Of an answer with a fault the records before it are taken, and the first of the others is asked for alone: it is the
    one with the fault if the answer keeps to the order of the question. What has no good answer at all is halved until
    the record that spoils it is there alone.
    """
    records: dict[int, bytes] = {}
    missing: dict[int, str] = {}
    waiting = [(list(pmids), 1)]
    bad = 0
    while waiting:
        group, turn = waiting.pop()
        is_alone = len(group) == 1
        try:
            # All at once and a record alone are asked for several times, as most faults pass; what lies between is not.
            answer = entrez.records(group, attempts=BAD_ATTEMPTS if is_alone or (not records and not bad) else 1)
        except BadAnswerError as error:
            bad = 0 if error.records else bad + 1
            if bad > _MOST_BAD:
                raise
            records |= error.records
            lacking = [pmid for pmid in group if pmid not in error.records]
            if is_alone and lacking:
                missing[group[0]] = f"efetch gave no record: {error}"
            elif lacking:
                middle = 1 if error.records else len(lacking) // 2
                waiting += [(part, turn) for part in (lacking[middle:], lacking[:middle]) if part]
            continue
        bad = 0
        records |= answer
        lacking = [pmid for pmid in group if pmid not in answer]
        if lacking and turn < _ASKED:
            waiting.append((lacking, turn + 1))
        else:
            missing |= dict.fromkeys(lacking, "not returned by efetch")
    return records, missing
