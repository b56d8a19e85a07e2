"""Where a name stands in a text as words of its own."""

from collections.abc import Iterator


def occurrences(text: str, name: str) -> Iterator[int]:
    """Yield where `name` begins with no letter or digit before and after it; none overlap."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        alone = not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()
        if alone:
            yield start
        start = text.find(name, end if alone else start + 1)
