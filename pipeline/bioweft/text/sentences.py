"""Sentence splitting by rules for scientific English, offsets kept.

A candidate is a full stop, question or exclamation mark or ellipsis, with closing quotes, brackets and citation marks
behind it, before white space; it ends a sentence unless what stands before it is an abbreviation or what follows cannot
begin one. The rules were chosen on the training and development parts of GENIA and CRAFT (benchmarks/sentences.py).
"""

import re

from bioweft.records import Document, Span

_CANDIDATE = re.compile(
    r"""[.!?…](?:["'”’»)\]]|\s?<[^<>]{1,20}>)*
      (?P<citation>
          [\[(] \d{1,3} (?:\s?[,;–—-]\s?\d{1,3})* [\])]     # children.[1,2] and children.(4)
          (?:\s?[,;–—-]\s?[\[(]\d{1,3}[\])])*               # children.[1]–[3]
        | \d{1,3} (?:[,–—-]\s?\d{1,3})*                    # children.1-3
        | [*†‡§]{1,3}                                       # children.†
        | [⁰¹²³⁴-⁹]+ (?:[,–—⁻-][⁰¹²³⁴-⁹]+)*                 # children.¹
      )?
      (?P<space>\s+)(?=\S)
    | \n\s*\n\s*""",
    re.VERBOSE,
)

_BLANK_LINE = re.compile(r"[^\S\n]*\n[^\S\n]*\n")

_NEVER = frozenset(
    """al approx ca cf ch chap co corp dept dr drs ed eds e.g eg eq eqs etc. esp est ex exp ext fig figs fl gen i.e
    ie inc jr lit ltd max med min misc mr mrs ms mt c.f nr nos obs op p.o pp prof ref refs resp sect sen sr st
    suppl tab univ v var viz vol vols vs i.v i.p i.m s.c s.l s.s i.c.v i.d i.n p.i b.i.d q.d t.i.d u.s u.k e.u
    a.m p.m subsp spp sp ssp cv biovar serovar str bv pv f.sp ph.d m.d d.sc st.dev s.d s.e.m""".split()
)
"""Words before a full stop that does not end a sentence, lower case."""

_SOMETIMES = frozenset(
    "al etc sp spp cv u.s u.k a.m p.m ph.d m.d inc ltd corp co jr sr st s.d s.e.m max min ext".split()
)
"""Abbreviations that may also end a sentence: they do where a word follows that can only begin one."""

_UNITS = frozenset("h d s v g l m min max sec hr wk mo yr ml mg kg".split())
"""Words that after a number are units, not abbreviations."""

_BEFORE = re.compile(r"[^\s(\[{/,;:=–—]*$")
_INITIAL = re.compile(r"^(?:[A-Z]|[A-Z]\.[A-Z]|[a-z])$")
_QUANTITY = re.compile(r"\d\s*$")
_PLAIN_WORD = re.compile(r"\b(?!thank|from|with)[a-zα-ω]{4,}\s$")
"""Before a capital letter: "strain F.", "kappa B." rather than "by J. Smith"."""

_NUMBER_WORDS = frozenset("no nos fig figs eq eqs ref refs vol vols pp p tab table sect ch chap nr".split())
_NUMBERED = _NUMBER_WORDS | frozenset("chr table figure box step section scheme supp suppl ver v version rev".split())
"""Words whose full stop a number may follow without a blank: "Table.2 The"."""

_CAPITAL_STARTER = re.compile(r"""["'“‘«(\[]*(?:[A-Z\u0370-\u03ff\u00c0-\u00de]|[a-z]{1,3}[A-Z\d][\w-])""")
_STARTER = re.compile(
    r"""["'“‘«(\[]*(?:
      [A-Z\d\u0370-\u03ff\u00c0-\u00de]                  # capital, digit, Greek
      | [a-z]{1,3}[A-Z\d][\w/-]*                         # mRNA, p53, siRNA, cAMP
      | [a-z]-[A-Z] | [cv]-[a-z]{3}\b                    # c-Myc, c-jun, v-src
      | [^\w\s.,;:!?)\]}%]                               # a sign
    )""",
    re.VERBOSE,
)
_COMMON_STARTER = re.compile(
    r"(?:The|This|These|Those|We|In|It|Its|A|An|However|Our|To|For|Here|Although|Thus|Therefore|Moreover|Furthermore|"
    r"When|While|As|After|Both|All|No|There|They|From|By|With|On|At|Two|Three|One|Results?|Conclusions?|Methods?)\b"
)


def of_document(document: Document) -> tuple[Span, ...]:
    """Return the sentences of a document as offsets into its text; none spans two passages."""
    return tuple(
        (offset + start, offset + end)
        for offset, passage in zip(document.starts, document.passages, strict=True)
        for start, end in split(passage.text)
    )


def split(text: str) -> list[Span]:
    """Return the sentences of a passage as half-open offsets, in order, trimmed of white space.

    Every character that is not white space lies in exactly one sentence. A blank line ends a sentence, a single line
    break does not.
    """
    spans: list[Span] = []
    start = _skip_space(text, 0)
    for candidate in _CANDIDATE.finditer(text):
        space = candidate.start("space")
        ends = space < 0 or _BLANK_LINE.match(text, space) is not None or _ends(text, start, candidate)
        if candidate.end() < len(text) and ends:
            end = space if space >= 0 else candidate.start()
            if start < end:
                spans.append((start, len(text[:end].rstrip()) if text[end - 1].isspace() else end))
                start = candidate.end()
    end = len(text.rstrip())
    if start < end:
        spans.append((start, end))
    return spans


def key(text: str) -> str:
    """Return what two spellings of a sentence have in common: its letters and digits, in lower case."""
    return re.sub(r"\W+", "", text).lower()


def _skip_space(text: str, start: int) -> int:
    return len(text) - len(text[start:].lstrip())


def _ends(text: str, start: int, candidate: re.Match[str]) -> bool:
    """Say whether a candidate ends the sentence that begins at `start`."""
    following = candidate.end()
    # What follows cannot begin a sentence: "hepatitis C. virus".
    if not _STARTER.match(text, following):
        return False
    mark = candidate.start()
    if candidate["citation"] and not _may_be_cited(text, candidate):
        return False
    # A question or exclamation mark is no part of an abbreviation: "Why? The".
    if text[mark] != ".":
        return True
    closed = candidate.start("space") - mark > 1 and not candidate["citation"]
    before = _BEFORE.search(text, max(start, mark - 30), mark)
    word = before.group() if before else ""
    # The full stop stands alone: "of mice . The cells".
    if not word:
        return True
    lower = word.lower().lstrip("\"'“‘")
    # The word announces a number: "Fig. 3", "No. (3)"; "no" always does.
    if lower in _NUMBER_WORDS and (text[following].isdigit() or text[following] in "([" or lower == "no"):
        return False
    before_word = text[max(0, mark - len(word) - 30) : mark - len(word)]
    # The word numbers a point: "… of both sites. 4. It is suggested …".
    if word.isdigit() and len(word) <= 2 and (start == mark - len(word) or before_word.endswith(". ")):
        return False
    # A unit after a number ends a sentence, but not before another number: "at 4 h. The cells", "5 mg. 4 rats".
    if _QUANTITY.search(before_word) and lower in _UNITS:
        return not text[following].isdigit()
    # An abbreviation ends no sentence ("i.v. The dose"), but "et al." and its like do before a common first word. A
    # word in capitals without a full stop inside is no abbreviation: "in ED. The".
    if (lower in _NEVER or lower.rstrip(".") in _NEVER) and not (word.isupper() and "." not in word):
        return lower in _SOMETIMES and (closed or bool(_COMMON_STARTER.match(text, following)))
    if _INITIAL.match(word) and not closed:
        # A capital after a plain word ends a sentence before a capitalised word: "strain F. Rats", not "by J. Smith".
        if _PLAIN_WORD.search(before_word) and len(word) == 1 and word.isupper():
            return text[following : following + 2].istitle() or text[following : following + 2].isupper()
        # After any other initial a common first word decides: "type 1 C. The" ends, "E. coli" and "J. Smith" do not.
        return bool(_COMMON_STARTER.match(text, following)) and len(word) == 1 and mark - start > 3
    # A decimal that was torn apart: "p < 0. 05".
    return not (lower == "0" and text[following].isdigit())


def _may_be_cited(text: str, candidate: re.Match[str]) -> bool:
    """Say whether the number behind a full stop can be a citation: not in "0.5 Gy", "Fig.2 Cells" or "NM_1.2 The"."""
    mark = candidate.start()
    before = _BEFORE.search(text, max(0, mark - 30), mark)
    word = before.group().lstrip("\"'“‘").lower() if before else ""
    if word in _NUMBERED:
        return False
    if candidate["citation"][0] not in "0123456789":
        return True
    # Digits without a bracket: behind a word, and before one that begins with a capital letter.
    if not (text[mark - 1 : mark].isalpha() or text[mark - 1 : mark] in tuple(')]%"”')):
        return False
    # Behind capitals they may be part of a name, "PU.1", so a common first word decides.
    in_capitals = before is not None and before.group().isupper()
    return (_COMMON_STARTER if in_capitals else _CAPITAL_STARTER).match(text, candidate.end()) is not None
