"""Lines of TSV."""

from bioweft.analyse import tsv


def test_a_line():
    assert tsv.line(["a", None, 3, 0.1234567, 1e-9]) == "a\t\t3\t0.123457\t1e-09\n"


def test_what_would_break_a_line_becomes_a_space():
    assert tsv.line(["a\tb\nc\r\nd\u2028e", "f"]) == "a b c d e\tf\n"
