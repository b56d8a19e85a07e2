"""Mark-up in texts that should have none."""

import pytest
from lxml import etree

from bioweft.sources import markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Parkinson&#x2019;s disease", "Parkinson’s disease"),
        ("IFN-&gamma; (p&lt;0.05)", "IFN-γ (p<0.05)"),
        ("p &amp;lt; 0.05 &amp; more", "p < 0.05 & more"),
        ("AT&T, R&D; &nosuch; &copy", "AT&T, R&D; &nosuch; &copy"),
        ("Ca<sup>2+</sup> and H<sub>2</sub>O", "Ca2+ and H2O"),
        ("<p>Gout.</p><p>Asthma.</p>", "Gout. Asthma."),
        ('<div class="x">A<br/>B</div>', "A B"),
        ("<jats:p>Gout of <jats:italic>Mus</jats:italic></jats:p>", "Gout of Mus"),
        ("&lt;i&gt;TP53&lt;/i&gt; rose", "TP53 rose"),
        ("p <0.05, n> 3, a < b and c > d, <10::AID>", "p <0.05, n> 3, a < b and c > d, <10::AID>"),
        ("<b>ABSTRACT</b>Gout is old", "ABSTRACT Gout is old"),
        ("<b>Age: 16</b><b>Diagnosis: gout</b>", "Age: 16 Diagnosis: gout"),
        ("<b>m</b>RNA and <b>C</b>hronic <b>G</b>out", "mRNA and Chronic Gout"),
        ("two  blanks", "two  blanks"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert markup.plain(text) == expected


def test_headings_of_an_abstract_are_labels() -> None:
    text = "First. <h4>Background:</h4>Ca<sup>2+</sup> rose.<h4>Results</h4><p>It fell.</p><h4>Empty</h4>"
    assert markup.sections(text) == [(None, "First."), ("Background", "Ca2+ rose."), ("Results", "It fell.")]
    assert markup.sections("No heading") == [(None, "No heading")]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<b>Patient: Female, 16</b><b>Diagnosis: Gout</b><b>Drug: Aspirin</b>",
         "Patient: Female, 16 Diagnosis: Gout Drug: Aspirin"),
        ("<b>ABSTRACT</b>Gout is old.", "ABSTRACT Gout is old."),
        ("<i>Significance.</i>We saw it", "Significance. We saw it"),
        ("<i>t</i>Bu, <i>Vsp</i>AlyVI, <b>m</b>RNA, <i>O</i><i>C</i>", "tBu, VspAlyVI, mRNA, OC"),
        ("<b>IL</b>6 and <b>C</b>hronic <b>G</b>out", "IL6 and Chronic Gout"),
    ],
)  # fmt: skip
def test_headings_within_a_text_do_not_run_into_it(xml: str, text: str) -> None:
    element = etree.fromstring(f"<x>{xml}</x>")
    markup.part_runs(element)
    assert "".join(map(str, element.itertext())) == text
