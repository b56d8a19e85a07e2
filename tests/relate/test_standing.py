"""How concepts stand in a document, and the hierarchy that says which are wider."""

from pathlib import Path

import numpy as np
import pytest

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.relate.hierarchy import HIERARCHY, Hierarchy, read_hierarchy, write_hierarchy
from bioweft.relate.model import About
from bioweft.relate.network import probabilities
from bioweft.relate.standing import LEVELS, STANDINGS, pair_standing, standings

DISEASES = Hierarchy({"x:gout": ("x:arthritis",), "x:arthritis": ("x:joint",), "x:colic": ("x:joint",)})


def document(*names: str) -> AnnotatedDocument:
    """Return a document whose first word is its title; capitals are chemicals, all else diseases."""
    text = Document("pmid:1", (Passage("title", names[0]), Passage("abstract", " ".join(names[1:]))))
    mentions, start = [], 0
    for name in names:
        start = text.text.index(name, start)
        mentions.append(Mention(start, start + len(name), name, "chemical" if name.isupper() else "disease"))
        start += len(name)
    return AnnotatedDocument(text, mentions=tuple(mentions))


def test_a_concept_stands_beside_those_of_its_type() -> None:
    annotated = document("gout", "gout", "arthritis", "colic", "URATE")
    concepts = ["x:gout", "x:arthritis", "x:colic", "x:urate"]
    made = standings(annotated, [(0, 1), (2,), (3,), (4,)], concepts, DISEASES)
    assert made.tolist() == [
        [2, 1, 3, 0, 0, 1],  # named twice, in the title, the narrowest
        [1, 0, 3, 1, 1, 0],  # wider than gout
        [1, 0, 3, 1, 0, 0],  # its wider concept is not in the document
        [1, 0, 1, 0, 0, 0],
    ]


def test_entities_of_one_concept_stand_alike() -> None:
    annotated = document("gout", "gout", "colic")
    made = standings(annotated, [(0,), (1,), (2,), (0, 1)], ["x:gout", "x:gout", "x:colic", "x:gout"], DISEASES)
    assert made[0].tolist() == made[1].tolist() == made[3].tolist() == [2, 1, 2, 0, 0, 0]


def test_numbers_stay_below_the_levels() -> None:
    annotated = document(*["gout"] * 30)
    made = standings(annotated, [tuple(range(30))], ["x:gout"], DISEASES)
    assert made.max() == LEVELS - 1
    assert standings(annotated, [], [], DISEASES).shape == (0, STANDINGS)


def test_a_hierarchy_is_written_and_read(tmp_path: Path) -> None:
    write_hierarchy(tmp_path, DISEASES)
    assert read_hierarchy(tmp_path).wider("x:gout") == {"x:arthritis", "x:joint"}
    assert read_hierarchy(tmp_path).wider("x:unheard-of") == frozenset()
    before = (tmp_path / HIERARCHY).read_bytes()
    write_hierarchy(tmp_path, read_hierarchy(tmp_path))
    assert (tmp_path / HIERARCHY).read_bytes() == before


def test_concepts_in_a_circle_end() -> None:
    assert Hierarchy({"a": ("b",), "b": ("a",)}).wider("a") == {"a", "b"}


@pytest.mark.parametrize("content", [b"", b"no gzip", None])
def test_a_damaged_hierarchy_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        write_hierarchy(tmp_path, DISEASES)
        content = (tmp_path / HIERARCHY).read_bytes()[:-9]
    (tmp_path / HIERARCHY).write_bytes(content)
    with pytest.raises(InputError, match=HIERARCHY):
        read_hierarchy(tmp_path)


def test_a_model_without_hierarchy_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train it anew"):
        read_hierarchy(tmp_path)


def test_how_a_pair_stands_is_added_to_its_logit() -> None:
    weights = tuple([0.0] * (2 * STANDINGS - 2) + [-2.0, 0.0])  # a narrower object is there
    about = About(name="mine", labels=("CID",), corpora=("BC5CDR", "BioRED"), standing={"BC5CDR": weights})
    plain, wider = np.zeros(STANDINGS, np.uint8), np.array([0, 0, 0, 0, 1, 0], np.uint8)
    scores = np.zeros(1, np.float32)
    by_object = [
        probabilities(about, corpus, ["CID"], scores, pair_standing(plain, object_))["CID"]
        for corpus, object_ in (("BC5CDR", plain), ("BC5CDR", wider), ("BioRED", wider))
    ]
    assert by_object == pytest.approx([0.5, 1 / (1 + 2**2), 0.5])
