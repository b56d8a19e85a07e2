"""Negation and speculation: which relations of a sentence a cue denies or supposes, and which it does not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.records import AnnotatedDocument, Document, Mention, Passage, Span
from bioweft.relate.negation import _CUES, find_cues, polarity
from bioweft.relate.parser import Parse, open_parser

ParseText = Callable[..., Parse]


@pytest.fixture(scope="module")
def parse_text() -> ParseText:
    parser = open_parser()

    def parse(text: str, *names: str, offset: int = 0) -> Parse:
        """Return the parse of a text as one sentence, `offset` characters after the start of its document."""
        document = Document("file:a", (Passage("paragraph", " " * offset + text),))
        spans = [place(text, name) for name in names]
        mentions = tuple(
            Mention(offset + s, offset + e, name, "gene") for (s, e), name in sorted(zip(spans, names, strict=True))
        )
        sentence = AnnotatedDocument(document, ((offset, offset + len(text)),), mentions)
        ((tree,),) = parser.parse([(sentence, [0])])
        return tree

    return parse


def place(text: str, name: str) -> Span:
    start = text.index(name)
    return start, start + len(name)


def flags(parse_text: ParseText, text: str, subject: str, object_: str) -> str:
    """Return `n` and `s` for negated and speculative."""
    parse = parse_text(text, subject, object_)
    negated, speculative, _ = polarity(find_cues(text, parse), place(text, subject), place(text, object_), parse)
    return "n" * negated + "s" * speculative


SENTENCES = [
    # plain statements
    ("Aspirin inhibits COX-1.", "Aspirin", "COX-1", ""),
    ("Aspirin inhibits COX-1, which is not expressed in neurons.", "Aspirin", "COX-1", ""),
    # verbs
    ("Aspirin did not inhibit COX-2.", "Aspirin", "COX-2", "n"),
    ("Aspirin doesn't inhibit COX-2.", "Aspirin", "COX-2", "n"),
    ("Aspirin cannot inhibit COX-2.", "Aspirin", "COX-2", "n"),
    ("COX-2 was not inhibited by aspirin.", "aspirin", "COX-2", "n"),
    ("Obesity was not associated with FTO.", "Obesity", "FTO", "n"),
    ("Metformin failed to reduce TNF levels.", "Metformin", "TNF", "n"),
    ("Metformin was unable to reduce TNF levels.", "Metformin", "TNF", "n"),
    ("TNF was no longer reduced by metformin.", "metformin", "TNF", "n"),
    ("Metformin failed to prevent fibrosis.", "Metformin", "fibrosis", "n"),
    ("Metformin did not cause inhibition of TNF.", "Metformin", "TNF", "n"),
    # nouns
    ("Aspirin had no effect on COX-2.", "Aspirin", "COX-2", "n"),
    ("There was no evidence for an effect of aspirin on COX-2.", "aspirin", "COX-2", "n"),
    ("No significant association between FTO and obesity was found.", "FTO", "obesity", "n"),
    ("Inhibition of COX-2 by aspirin was not observed.", "aspirin", "COX-2", "n"),
    ("We report a lack of inhibition of COX-2 by aspirin.", "aspirin", "COX-2", "n"),
    ("Neither aspirin nor ibuprofen inhibited COX-3.", "aspirin", "COX-3", "n"),
    ("Neither aspirin nor ibuprofen inhibited COX-3.", "ibuprofen", "COX-3", "n"),
    ("None of the statins had an effect on COX-2.", "statins", "COX-2", "n"),
    # but, rather than, without: what is denied, and what is not
    ("Aspirin inhibits COX-1 but not COX-2.", "Aspirin", "COX-1", ""),
    ("Aspirin inhibits COX-1 but not COX-2.", "Aspirin", "COX-2", "n"),
    ("Aspirin, but not ibuprofen, inhibits COX-1.", "Aspirin", "COX-1", ""),
    ("Aspirin, but not ibuprofen, inhibits COX-1.", "ibuprofen", "COX-1", "n"),
    ("Aspirin did not affect TNF but reduced IL6.", "Aspirin", "TNF", "n"),
    ("Aspirin did not affect TNF but reduced IL6.", "Aspirin", "IL6", ""),
    ("Aspirin reduced IL6 but did not affect TNF.", "Aspirin", "IL6", ""),
    ("Aspirin reduced IL6 but did not affect TNF.", "Aspirin", "TNF", "n"),
    ("Aspirin reduced IL6 without affecting TNF.", "Aspirin", "IL6", ""),
    ("Aspirin reduced IL6 without affecting TNF.", "Aspirin", "TNF", "n"),
    ("Aspirin reduced IL6, whereas ibuprofen did not.", "Aspirin", "IL6", ""),
    ("Aspirin reduced IL6, whereas ibuprofen did not.", "ibuprofen", "IL6", "n"),
    ("Aspirin reduced IL6, whereas ibuprofen had no effect.", "ibuprofen", "IL6", "n"),
    ("Although aspirin did not affect TNF, it reduced IL6.", "aspirin", "TNF", "n"),
    ("Although aspirin did not affect TNF, ibuprofen reduced IL6.", "ibuprofen", "IL6", ""),
    ("Aspirin inhibited COX-1 rather than COX-2.", "Aspirin", "COX-1", ""),
    ("Aspirin inhibited COX-1 rather than COX-2.", "Aspirin", "COX-2", "n"),
    ("Aspirin did not reduce IL6 or TNF.", "Aspirin", "TNF", "n"),
    # what is presupposed is not denied
    ("Ibuprofen did not affect LPS-induced expression of TNF.", "LPS", "TNF", ""),
    ("Ibuprofen did not affect LPS-induced expression of TNF.", "Ibuprofen", "TNF", "n"),
    ("Unlike ibuprofen, aspirin did not inhibit COX-3.", "ibuprofen", "COX-3", ""),
    # traps
    ("Aspirin inhibits not only COX-1 but also COX-2.", "Aspirin", "COX-1", ""),
    ("Aspirin inhibits not only COX-1 but also COX-2.", "Aspirin", "COX-2", ""),
    ("There is no doubt that aspirin inhibits COX-1.", "aspirin", "COX-1", ""),
    ("Aspirin did not fail to inhibit COX-1.", "Aspirin", "COX-1", ""),
    ("In the absence of insulin, aspirin inhibited COX-1.", "aspirin", "COX-1", ""),
    ("In the absence of insulin, aspirin inhibited COX-1.", "insulin", "COX-1", ""),
    ("Leptin was increased in MC4R-deficient mice.", "Leptin", "MC4R", ""),
    ("NO activates guanylate cyclase.", "NO", "guanylate cyclase", ""),
    ("Non-steroidal drugs inhibit COX-1.", "drugs", "COX-1", ""),
    ("Aspirin inhibited COX-1 with or without insulin.", "Aspirin", "COX-1", ""),
    # words for no effect
    ("TNF was unaffected by aspirin.", "aspirin", "TNF", "n"),
    ("The mutant BRAF is resistant to vemurafenib.", "vemurafenib", "BRAF", "n"),
    ("The channel TREK-1 was insensitive to quinine, a blocker of TWIK-1.", "quinine", "TREK-1", "n"),
    ("The channel TREK-1 was insensitive to quinine, a blocker of TWIK-1.", "quinine", "TWIK-1", ""),
    ("Aspirin acted independently of COX-1.", "Aspirin", "COX-1", "n"),
    # speculation
    ("Aspirin may inhibit COX-2.", "Aspirin", "COX-2", "s"),
    ("Aspirin might possibly inhibit COX-2.", "Aspirin", "COX-2", "s"),
    ("Aspirin is a potential inhibitor of COX-2.", "Aspirin", "COX-2", "s"),
    ("Aspirin appears to inhibit COX-2.", "Aspirin", "COX-2", "s"),
    ("It is likely that aspirin inhibits COX-2.", "aspirin", "COX-2", "s"),
    ("We hypothesized that aspirin inhibits COX-2.", "aspirin", "COX-2", "s"),
    ("We investigated whether aspirin inhibits COX-2.", "aspirin", "COX-2", "s"),
    ("It is unclear whether aspirin inhibits COX-2.", "aspirin", "COX-2", "s"),
    ("An inhibition of COX-2 by aspirin could not be excluded.", "aspirin", "COX-2", "s"),
    ("Aspirin may not inhibit COX-2.", "Aspirin", "COX-2", "ns"),
    ("Aspirin inhibits COX-1 and may inhibit COX-2.", "Aspirin", "COX-1", ""),
    ("Aspirin inhibits COX-1 and may inhibit COX-2.", "Aspirin", "COX-2", "s"),
]


@pytest.mark.parametrize(("text", "subject", "object_", "expected"), SENTENCES)
def test_a_sentence(parse_text: ParseText, text: str, subject: str, object_: str, expected: str) -> None:
    assert flags(parse_text, text, subject, object_) == expected
