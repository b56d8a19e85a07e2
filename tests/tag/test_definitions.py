"""Short forms have the type of what they stand for."""

from bioweft.records import Mention
from bioweft.tag.definitions import as_defined


def tagged(text: str, *names: tuple[str, str]) -> list[tuple[str, str, int]]:
    """Return names, types and places once each name is tagged as its type wherever it stands, and then as defined."""
    mentions = []
    for name, type_ in names:
        start = text.find(name)
        while start >= 0:
            mentions.append(Mention(start, start + len(name), name, type_, "net", 0.9))
            start = text.find(name, start + 1)
    mentions.sort(key=lambda m: (m.start, m.end))
    return [(m.text, m.type, m.start) for m in as_defined(text, mentions)]


def test_each_definition_holds_up_to_the_next() -> None:
    text = "Mass spectrometry (MS) was used. In multiple sclerosis (MS) it helps, and MS is common."
    names = ("multiple sclerosis", "disease"), ("MS", "disease")
    assert [name for name, _, start in tagged(text, *names) if start < 30] == []
    assert [name for name, *_ in tagged(text, *names)] == ["multiple sclerosis", "MS", "MS"]


def test_another_name_in_brackets_has_the_type_of_the_name_before_it() -> None:
    text = "Cisplatin (DDP) was given. DDP was toxic."
    names = ("Cisplatin", "chemical"), ("DDP", "chemical"), ("DDP", "gene")
    assert {type_ for _, type_, _ in tagged(text, *names)} == {"chemical"}
    assert len(tagged("DDP and Cisplatin (given)", *names)) == 3


def test_the_type_is_that_of_the_long_form() -> None:
    text = "Polysialic acid (PSA) was measured. PSA rose."
    assert {type_ for _, type_, _ in tagged(text, ("Polysialic acid", "chemical"), ("PSA", "gene"))} == {"chemical"}


def test_a_gene_named_after_a_disease_stays_a_gene() -> None:
    text = "The polyposis coli (PC) gene and PC protein."
    assert ("PC", "gene", 20) in tagged(text, ("polyposis coli", "disease"), ("PC", "gene"))


def test_a_long_form_that_only_ends_with_a_mention_tells_nothing() -> None:
    text = "Nuclear factor of activated T cells (NFAT) acts."
    assert ("NFAT", "gene", 37) in tagged(text, ("T cells", "cell_type"), ("NFAT", "gene"))


def test_without_a_mention_of_the_long_form_nothing_changes() -> None:
    text = "The odd protein (OP) and OP again."
    assert len(tagged(text, ("OP", "gene"))) == 2
