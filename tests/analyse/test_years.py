"""Years as people write them."""

import pytest

from bioweft.analyse.years import span


@pytest.mark.parametrize(("first", "last", "text"), [(1999, 2024, "1999–2024"), (2024, 2024, "2024"), (None, None, "")])
def test_span(first, last, text):
    assert span(first, last) == text
