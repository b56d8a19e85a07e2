"""Years as people write them."""


def span(first: int | None, last: int | None) -> str:
    """Return `1999–2024`, `2024`, or nothing where no year is known."""
    if first is None or last is None:
        return ""
    return str(first) if first == last else f"{first}–{last}"
