"""Faults of settings and files, in words for whoever wrote these, not for whoever wrote the program."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bioweft.errors import SettingsError

_Settings = TypeVar("_Settings", bound=BaseModel)

_KINDS = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": 'must be text between quotes: "..."',
    "tuple": 'must be a list, such as ["...", "..."]',
    "list": 'must be a list, such as ["...", "..."]',
    "dict": "must be a table: { key = value }",
    "model": "must be a table: { key = value }",
    "dataclass": "must be an object: { key: value }",
    "path": "must be a path between quotes",
    "date": 'must be a date: "2024-01-31"',
}
"""By the first part of the name that pydantic has for a fault: `int_parsing`, `int_type`."""

_BOUNDS = {
    "greater_than_equal": ("ge", "must be {} or more"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be {} or less"),
    "less_than": ("lt", "must be less than {}"),
    "too_short": ("min_length", "must have {} or more entries"),
    "string_too_short": ("min_length", "must have {} or more characters"),
}
_NAME = "^[A-Za-z0-9]"
_SIZE = "(MB|GB)$"


def validated(settings: type[_Settings], values: Mapping[str, Any], *, called: Mapping[str, str] = {}) -> _Settings:
    """Return settings of plain values; `called` has the names under which a caller was given some of them.

    Raises:
        SettingsError: a value is wrong.
    """
    try:
        return settings.model_validate(values)
    except ValidationError as error:
        key, words = first_fault(error)
        raise SettingsError(f"{called.get(key, key)}: {words}") from error


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the key that pydantic complains of first, `it` where that is the whole value, and the fault in words."""
    fault = error.errors()[0]
    # Pydantic also names the alternatives of a union and its own functions: `genes.tuple[str, ...]`.
    steps = [str(step) for step in fault["loc"] if isinstance(step, int) or step.isidentifier()]
    return ".".join(steps) or "it", fault_in_words(fault)


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """Return what a value must be, of a fault that pydantic found: `must be a whole number`."""
    kind, context = str(fault["type"]), fault.get("ctx", {})
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return words.format(f"{context[key]:g}")
    if kind == "missing":
        return "is missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return "no such key"
    if kind == "literal_error":
        return f"must be {str(context['expected']).replace(chr(39), chr(34))}"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        if pattern.startswith(_NAME):
            return "must begin with a letter or digit, and have only letters, digits, _, . and -"
        if pattern.endswith(_SIZE):
            return 'must be a size such as "512MB" or "2GB"'
        return f"must look like {pattern}"
    if kind.startswith(("date_", "datetime_")):
        return _KINDS["date"]
    if kind in ("tuple_type", "list_type") and isinstance(value := fault.get("input"), str) and len(value) < 40:
        return f'must be a list: ["{value}"]'
    if (first := kind.partition("_")[0]) in _KINDS:
        return _KINDS[first]
    return str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
