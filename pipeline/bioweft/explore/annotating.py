"""Annotates pasted texts with the models of a run, in a process of its own: `python -m bioweft.explore.annotating`.

The models take several times the memory of the explorer. They are loaded at the first text, in another process. It
ends after some minutes without a text, and by a text that takes too long. That process reads lines of JSON:
first the settings of the run, then a text a line; it answers each text with a line.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import chdir, suppress
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel

from bioweft.errors import BioweftError
from bioweft.explore.document import AnnotatedPassage, DocumentRelation, NamedConcept, annotated_passages
from bioweft.explore.sentences import Mark
from bioweft.records import AnnotatedDocument

_SECONDS = 180.0
_IDLE_SECONDS = 300.0


class AnnotatorError(BioweftError):
    """The models of the run have not annotated a text."""


class AnnotatedText(BaseModel):
    """A text with its mentions, the concepts that it names, and the relations that it says."""

    passages: list[AnnotatedPassage]
    concepts: list[NamedConcept]
    relations: list[DocumentRelation]


class Annotating:
    """The process with the models of a run; it is started when it is needed."""

    def __init__(self, settings: dict[str, Any], directory: str | None, *, seconds: float = _SECONDS) -> None:
        self._first_line = json.dumps({"settings": settings, "directory": directory})
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._idle: threading.Timer | None = None

    def annotate(self, text: str) -> AnnotatedText:
        """Return a text with mentions, concepts and relations.

        Raises:
            AnnotatorError: the models cannot be loaded, or took too long.
        """
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            process = self._running()
            limit = threading.Timer(self._seconds, process.kill)
            limit.daemon = True
            limit.start()
            try:
                answer = _ask(process, text)
            finally:
                limit.cancel()
                self._idle = threading.Timer(_IDLE_SECONDS, self.close)
                self._idle.daemon = True
                self._idle.start()
        if answer is None:
            self.close()
            raise AnnotatorError(f"the models of the run gave no answer within {self._seconds:g} seconds")
        if "error" in answer:
            raise AnnotatorError(f"the models of the run cannot annotate: {answer['error']}")
        return AnnotatedText.model_validate(answer)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bioweft.explore.annotating"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            _send(self._process.stdin, self._first_line)
        return self._process


def _send(stream: IO[str] | None, line: str) -> None:
    assert stream is not None
    with suppress(OSError):  # it has ended; that shows when it is read from
        stream.write(line + "\n")
        stream.flush()


def _ask(process: "subprocess.Popen[str]", text: str) -> dict[str, Any] | None:
    _send(process.stdin, json.dumps({"text": text}))
    assert process.stdout is not None
    line = process.stdout.readline()
    answer: dict[str, Any] | None = json.loads(line) if line else None
    return answer


def _main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get among the answers
    first = json.loads(sys.stdin.readline())
    annotator: Any = None
    for line in sys.stdin:
        try:
            annotator = annotator or _load(first["settings"], first["directory"])
            answer = annotated_text(annotator(json.loads(line)["text"]), annotator.name).model_dump_json()
        except BioweftError as error:
            answer = json.dumps({"error": str(error)})
        answers.write(answer + "\n")
        answers.flush()


def _load(settings: dict[str, Any], directory: str | None) -> Any:
    """Return the annotator of a run; no setting of a run folder makes it open pickles."""
    from bioweft.annotator import Annotator
    from bioweft.faults import validated
    from bioweft.link.settings import LinkSettings
    from bioweft.relate.settings import RelateSettings
    from bioweft.tag.settings import TagSettings

    given: dict[str, Any] = {key: dict(settings.get(key) or {}) for key in ("tag", "link", "relate")}
    for key in ("tag", "link"):
        given[key]["trust"] = False
    with chdir(directory if directory and Path(directory).is_dir() else "."):
        annotator = Annotator(
            validated(TagSettings, given["tag"]),
            validated(LinkSettings, given["link"]),
            validated(RelateSettings, given["relate"]),
        )
        annotator("A text that makes it load everything.")
    return annotator


def annotated_text(annotated: AnnotatedDocument, name: Any) -> AnnotatedText:
    """Return an annotated document as a page shows it; `name` gives the name of a concept."""
    from bioweft.export import prefixes
    from bioweft.relate.predicates import canonical, phrase

    marks: list[Mark] = []
    concepts: dict[tuple[str, str], NamedConcept] = {}
    for mention, links in annotated.linked():
        first = links[0].concept if links else None
        label = name(first) if first else None
        marks.append(Mark(start=mention.start, end=mention.end, type=mention.type, concept=first, name=label))
        for link in links:
            fresh = NamedConcept(
                id=link.concept,
                name=name(link.concept) or link.concept,
                type=mention.type,
                mentions=0,
                is_in_run=False,
                link=prefixes.address(link.concept),
            )
            concepts.setdefault((link.concept, mention.type), fresh).mentions += 1
    relations = [
        DocumentRelation(
            edge=None,
            subject=r.subject,
            subject_name=name(r.subject) or r.subject,
            subject_type=annotated.mentions[r.subject_mention].type,
            phrase=phrase(r.predicate, canonical(r.qualifiers)),
            object=r.object,
            object_name=name(r.object) or r.object,
            object_type=annotated.mentions[r.object_mention].type,
            probability=r.probability,
            negated=r.negated,
            speculative=r.speculative,
            sentence=r.sentence,
        )
        for r in annotated.relations
    ]
    return AnnotatedText(
        passages=annotated_passages(annotated.document, marks),
        concepts=sorted(concepts.values(), key=lambda c: (c.type, -c.mentions, c.name)),
        relations=relations,
    )


if __name__ == "__main__":
    _main()
