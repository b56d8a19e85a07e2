"""Counts in words, the same in all commands."""


def counted(number: int, what: str) -> str:
    """Return a number with its noun: `1 record`, `2,000 records`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
