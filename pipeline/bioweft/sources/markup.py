"""Mark-up in texts that should have none: HTML tags, entities that were escaped twice, headings without a blank.

For texts that the sources make from fields, not for formats whose offsets count: to leave out a tag moves what follows.
"""

import re
from html import unescape

from lxml import etree

_MOST_ROUNDS = 3
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_ATTRIBUTES = r"(?:\s[^<>]*=[^<>]*)?\s*/?>"
_BLOCK_NAMES = (
    "address|article|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|h[1-6]|hr|li|ol|p|pre|section|table|tbody|td"
    "|tfoot|th|thead|tr|ul|(?:jats:)?(?:list|list-item|p|sec|title)"
)
_INLINE_NAMES = (
    "abbr|b|big|code|em|font|i|small|span|strike|strong|sub|sup|tt|u"
    "|(?:jats:)?(?:bold|italic|underline|sub|sup|sc|monospace|ext-link|xref|inline-formula)"
)
_BLOCK = re.compile(rf"</?(?:{_BLOCK_NAMES}){_ATTRIBUTES}", re.IGNORECASE)
_INLINE = re.compile(
    rf"</?(?:{_INLINE_NAMES}){_ATTRIBUTES}|<a\s[^<>]*=[^<>]*>|</a>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_HEADING = re.compile(r"<(h[1-6]|jats:title)(?:\s[^<>]*)?>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_GLUED_TAGS = re.compile(
    r"(?<=[\w.:;?!)])</(b|strong|u)><\1>(?=[A-Z])"  # <b>Age: 16</b><b>Diagnosis: gout</b>
    r"|(?<=\w{4})</(?:b|strong|u)>(?=[A-Z][a-z])"  # <b>ABSTRACT</b>Gout is
    r"|(?<=\w[.:?!])</(?:b|strong|u|i|em)>(?=[A-Z][a-z])",  # <i>Methods.</i>We
    re.IGNORECASE,
)

_BLOCK_TAGS = tuple(
    "br break caption dd div dl dt h1 h2 h3 h4 h5 h6 hr li list list-item ol p sec table td th title tr ul".split()
)

_HEAVY = frozenset({"b", "u", "bold", "underline"})
_RUNS = (*sorted(_HEAVY), "i", "italic")
_LEAST_HEADING = 4
"""A word in bold of fewer letters, glued to the next, may be a part of it: `<b>Met</b>Form`."""

_CAPITALISED = re.compile(r"[A-Z][a-z]")


def unescaped(text: str) -> str:
    """Return a text without entities: `IFN-γ` of `IFN-&amp;gamma;`; what is no entity, as `AT&T`, stays."""
    for _ in range(_MOST_ROUNDS):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
    return text


def plain(text: str, *, block: str = " ") -> str:
    """Return a text without the tags of HTML and JATS and without entities, `block` in the place of a block's tag.

    `<` and `>` that are no such tag stay: `p <0.05`. A text that has no tag keeps its white space.
    """
    text = unescaped(text)
    if "<" not in text:
        return text
    parted = _BLOCK.sub(block, _GLUED_TAGS.sub(" ", text))
    bare = _INLINE.sub("", parted)
    if bare == text:
        return text
    return re.sub(r"[^\S\n]{2,}", " ", bare).strip()


def sections(text: str) -> list[tuple[str | None, str]]:
    """Return the sections of an abstract in HTML, each its heading, if any, and its text."""
    text = unescaped(text)
    if not _HEADING.search(text):
        return [(None, plain(text))]
    before, *rest = _HEADING.split(text)
    labelled = zip(rest[1::3], rest[2::3], strict=True)
    parts = [
        (None, plain(before)),
        *((plain(heading).rstrip(":. ") or None, plain(part)) for heading, part in labelled),
    ]
    return [(label, part.strip()) for label, part in parts if part.strip()]


def part_blocks(element: etree._Element) -> None:
    """Put a blank before and behind each block within an element: `<p>`, `<li>`, `<br/>`."""
    for block in element.iterdescendants(*_BLOCK_TAGS):
        block.text = f" {block.text or ''}"
        block.tail = f" {block.tail or ''}"


def part_runs(element: etree._Element) -> None:
    """Put a blank behind each heading in bold or italics within an element that is glued to what follows it."""
    for run in element.iter(*_RUNS):
        text = "".join(map(str, run.itertext())).rstrip("\n")
        following, behind = run.tail or "", run.getnext()
        if not following and behind is not None and behind.tag == run.tag and run.tag in _HEAVY:
            is_glued = text[-1:] != " " and "".join(map(str, behind.itertext()))[:1].isupper()
        else:
            is_heading = run.tag in _HEAVY and len(text) >= _LEAST_HEADING and text[-1].isalnum()
            ends = text[-1:] in tuple(".:?!") and text[-2:-1].isalnum()
            is_glued = (is_heading or ends) and _CAPITALISED.match(following) is not None
        if is_glued:
            run.tail = f" {following}"
