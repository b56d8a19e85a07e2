"""What is wrong with a setting, in words for whoever wrote it, not for whoever wrote the program."""

from collections.abc import Mapping
from typing import Any

_KINDS = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": 'must be text between quotes: "..."',
    "tuple": "must be a list: [..., ...]",
    "list": "must be a list: [..., ...]",
    "dict": "must be a table: { key = value }",
    "model": "must be a table: { key = value }",
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


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """Return what a value must be, of a fault that pydantic found: `must be a whole number`."""
    kind, context = str(fault["type"]), fault.get("ctx", {})
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return words.format(f"{context[key]:g}")
    if kind == "literal_error":
        return f"must be {str(context['expected']).replace(chr(39), chr(34))}"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        if pattern.startswith(_NAME):
            return "must begin with a letter or digit, and have only letters, digits, _, . and -"
        return f"must look like {pattern}"
    if kind.startswith(("date_", "datetime_")):
        return _KINDS["date"]
    if (first := kind.partition("_")[0]) in _KINDS:
        return _KINDS[first]
    return str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
