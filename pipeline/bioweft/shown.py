"""Text that comes from outside, made fit to be shown: on a terminal, in a table, in JSON, in XML.

Names, ids, sentences, paths and messages may hold anything: escape sequences that paint a terminal or move its cursor,
marks that turn the direction of writing, characters that XML cannot hold, formulas that a spreadsheet carries out.
"""

import json
import re
from typing import Any

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_UNSEEN = re.compile(rf"[{_CONTROLS}\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that act on a terminal, or have no form there; tabs and line breaks are not among them."""

_BLANK = re.compile(r"[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_NO_XML = re.compile(rf"[{_CONTROLS}]")

_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)(?:[^\s'\"<>/?#]*|[^\s'\"<>/@]+:[^\s'\"<>@]*)@", re.IGNORECASE)
"""User and password in an address; the second form is of a password with a `/`, which no address may have."""

_PARAMETER = re.compile(
    r"([?&][^=&\s'\"]*(?:key|token|secret|passw|pwd|sig|auth|cred)[^=&\s'\"]*=)[^&#\s'\"]+", re.IGNORECASE
)

_FORMULA = re.compile(r"[=+\-@]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?")


def visible(text: object) -> str:
    r"""Return text for a terminal: what would act on it is written as its number, an escape as `\x1b`."""
    return _UNSEEN.sub(_number, str(text))


def _number(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def cell(text: object) -> str:
    """Return text for a cell of a table, on one line; what a spreadsheet takes for a formula is text after a `'`."""
    shown = visible(" ".join(str(text).split()))
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown


def one_for_one(text: str) -> str:
    """Return text that XML can hold, as long as it was, so that no offset moves.

    Breaks of pages and lines that XML does not have become blanks, all else that it cannot hold U+FFFD.
    """
    return _NO_XML.sub("\ufffd", _BLANK.sub(" ", text).replace("\r", " "))


def as_json(value: Any, *, indent: int | None = 1) -> str:
    """Return a value as JSON that a person can read; what acts on a terminal is escaped, so nothing is lost."""
    return escaped_json(json.dumps(value, indent=indent, ensure_ascii=False, default=str))


def escaped_json(text: str) -> str:
    """Return JSON in which what acts on a terminal is escaped."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def counted(number: int, what: str) -> str:
    """Return a number with its noun: `1 record`, `2,000 records`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def without_secrets(value: Any) -> Any:
    """Return text, or a value that JSON can write, without the passwords and keys that addresses in it hold.

    `ftp://me:word@mirror.org/x?token=1` becomes `ftp://***@mirror.org/x?token=***`.
    """
    if isinstance(value, str):
        return _PARAMETER.sub(r"\1***", _USER.sub(r"\1***@", value))
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value
