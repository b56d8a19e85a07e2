"""Mentions that name several things at once."""

import pytest

from bioweft.link.composite import compositions, whole_names
from bioweft.records import Mention


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("BRCA1/2", ["BRCA1", "BRCA2"]),
        ("IL-1 and -6", ["IL-1", "IL-6"]),
        ("TGF-beta1 and -beta2", ["TGF-beta1", "TGF-beta2"]),
        ("GalNAc-T1 and -T2", ["GalNAc-T1", "GalNAc-T2"]),
        ("hHR23A and -B", ["hHR23A", "hHR23B"]),
        ("CDKN2A/B", ["CDKN2A", "CDKN2B"]),
        ("caspase-3, -8 and -9", ["caspase-3", "caspase-8", "caspase-9"]),
        ("IFN-alpha and -gamma", ["IFN-alpha", "IFN-gamma"]),
        ("TLR7-9", ["TLR7", "TLR8", "TLR9"]),
        ("breast and ovarian cancer", ["breast cancer", "ovarian cancer"]),
        ("CD4 and CD8", ["CD4", "CD8"]),
    ],
)
def test_the_likeliest_reading_comes_first(text: str, names: list[str]) -> None:
    assert next(compositions(text)) == names


@pytest.mark.parametrize("text", ["IL-12", "14-3-3", "miR17-92", "HLA-B27", "TLR9-7", "CD4 and -"])
def test_what_names_one_thing_is_not_read_as_several(text: str) -> None:
    assert list(compositions(text)) == []


def test_an_ending_that_is_a_mention_has_its_whole_name() -> None:
    def named(text: str, *names: str) -> list[str]:
        places = [text.index(name, text.index("In") + 2) for name in names[:1]]
        for name in names[1:]:
            places.append(text.index(name, places[-1] + 1))
        mentions = [Mention(a, a + len(n), n, "gene") for a, n in zip(places, names, strict=True)]
        return whole_names(text, mentions)

    assert named("In CDKN2A/B loss", "CDKN2A", "B") == ["CDKN2A", "CDKN2B"]
    assert named("In IL-4, -5 and -13", "IL-4", "-5", "-13") == ["IL-4", "IL-5", "IL-13"]
    assert named("In TP53 and 2 more", "TP53", "2") == ["TP53", "TP2"]
    assert named("In TP53 loss of B", "TP53", "B") == ["TP53", "B"]
