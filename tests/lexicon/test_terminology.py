import lzma
from pathlib import Path

import pytest

from bioweft.errors import DictionaryError
from bioweft.lexicon.terminology import Row, Synonym, below, rows

HEADER = "id\tname\tsynonyms\tsynonym_scopes\txrefs\tparents\tobsolete\tsynonym_types\trank\n"
LINES = (
    'x:1\t"quoted"\ta|b\texact|broad\tm:1|n:2\tx:2\t\tfirst|second\tspecies\n'
    "x:3\tgone\t\t\t\t\ttrue\t\t\nx:4\t\t\t\t\t\t\t\t\n"
)


@pytest.mark.parametrize("packed", [False, True])
def test_live_named_rows_are_read_plain_or_packed(tmp_path: Path, packed: bool) -> None:
    if packed:
        (tmp_path / "t.tsv.xz").write_bytes(lzma.compress((HEADER + LINES).encode()))
    else:
        (tmp_path / "t.tsv").write_text(HEADER + LINES)
    assert list(rows(tmp_path, "t")) == [
        Row(
            id="x:1",
            name='"quoted"',
            synonyms=(Synonym("a", "exact", "first"), Synonym("b", "broad", "second")),
            xrefs=("m:1", "n:2"),
            parents=("x:2",),
            extra={"synonym_types": "first|second", "rank": "species"},
        )
    ]


def test_a_missing_table_names_the_files_that_would_do(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"expected t\.tsv or t\.tsv\.xz"):
        list(rows(tmp_path, "t"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("id\tname\n")
    with pytest.raises(DictionaryError, match="synonyms, synonym_scopes"):
        list(rows(tmp_path, "t"))


def test_below_finds_all_descendants_and_survives_a_cycle(tmp_path: Path) -> None:
    def row(id: str, *parents: str) -> Row:
        return Row(id, id, (), (), parents, {})

    table = [row("a", "c"), row("b", "a"), row("c", "b"), row("d", "b"), row("e")]
    assert below(table, ["b"]) == {"a", "b", "c", "d"}
