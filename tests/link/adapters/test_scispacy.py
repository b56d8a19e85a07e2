"""scispaCy's linker on a knowledge base and an index that are made here.

It runs where the extra `scispacy` is installed, which needs Python below 3.13 and numpy below 2.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bioweft.errors import InputError
from bioweft.link.adapters import open_linker
from bioweft.link.adapters.scispacy import ScispacyLinker
from tests.link.contract import annotated, check, concepts

CONCEPTS = [
    {"concept_id": "D001943", "canonical_name": "Breast Neoplasms", "aliases": ["breast cancer", "mammary cancer"]},
    {"concept_id": "D008175", "canonical_name": "Lung Neoplasms", "aliases": ["lung cancer"]},
    {"concept_id": "C0018787", "canonical_name": "Heart", "aliases": []},
    {"concept_id": "HP:0001250", "canonical_name": "Seizure", "aliases": ["epileptic seizure"]},
    {"concept_id": "12", "canonical_name": "obstructive sleep apnea", "aliases": []},
]
needs_scispacy = pytest.mark.skipif(find_spec("scispacy") is None, reason="no scispaCy: it needs numpy below 2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linker as `create_tfidf_ann_index` lays it down, which wants more names than a test has and an older scipy."""
    joblib = pytest.importorskip("joblib")
    nmslib = pytest.importorskip("nmslib")
    scipy_sparse = pytest.importorskip("scipy.sparse")
    text = pytest.importorskip("sklearn.feature_extraction.text")
    folder = tmp_path_factory.mktemp("linkers") / "Tiny"
    folder.mkdir()
    (folder / "knowledge.jsonl").write_text("".join(json.dumps(concept) + "\n" for concept in CONCEPTS))
    aliases = [name for concept in CONCEPTS for name in (concept["canonical_name"], *concept["aliases"])]
    (folder / "concept_aliases.json").write_text(json.dumps(aliases))
    vectorizer = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    vectors = vectorizer.fit_transform(aliases)
    joblib.dump(vectorizer, folder / "tfidf_vectorizer.joblib")
    scipy_sparse.save_npz(folder / "tfidf_vectors_sparse.npz", vectors)
    index = nmslib.init(method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR)
    index.addDataPointBatch(vectors)
    index.createIndex({"M": 10, "indexThreadQty": 1, "efConstruction": 100, "post": 0})
    index.saveIndex(str(folder / "nmslib_index.bin"))
    return folder


@needs_scispacy
def test_names_and_slips_and_abbreviations_are_linked(folder: Path) -> None:
    linker = open_linker(f"scispacy:{folder}", trust=True)
    names = ["Breast cancers", "seizures", "Heart", "obstructive sleep apnea", "OSA", "xyz"]
    text = "Breast cancers, seizures, the Heart and obstructive sleep apnea (OSA); OSA and xyz."
    (linked,) = check(linker, [annotated(text, *((name, "disease") for name in names))])
    assert linker.name == "scispacy:Tiny"
    expected = [["mesh:D001943"], ["hp:0001250"], ["umls:C0018787"], ["tiny:12"], ["tiny:12"], []]
    assert concepts(linked) == expected
    assert linked.links[4][0].reason == "short for obstructive sleep apnea"
    assert linked.links[0][0].score < linked.links[2][0].score == pytest.approx(1, abs=1e-3)


@needs_scispacy
def test_mentions_that_overlap_and_documents_without_any(folder: Path) -> None:
    text = "No lung cancer was seen."
    documents = [
        annotated(text, ("lung cancer", "disease"), ("cancer", "disease")),
        annotated(text),
        annotated("", id="x:2"),
        annotated("Lung  cancer\nseizure", ("Lung  cancer", "disease"), ("seizure", "disease"), id="x:3"),
    ]
    linked = check(ScispacyLinker(folder, trust=True), documents)
    assert concepts(linked[0])[0] == ["mesh:D008175"]
    assert concepts(linked[3]) == [["mesh:D008175"], ["hp:0001250"]]


@needs_scispacy
def test_the_threshold(folder: Path) -> None:
    (linked,) = ScispacyLinker(folder, threshold=0.99, trust=True).link(
        [annotated("Breast cancers", ("Breast cancers", "disease"))]
    )
    assert linked.links == ((),)


@needs_scispacy
def test_the_digest(folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "Tiny"
    changed.mkdir()
    for file in folder.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    same = ScispacyLinker(changed, trust=True).digest
    assert same == ScispacyLinker(folder, trust=True).digest
    (changed / "knowledge.jsonl").write_text(json.dumps(CONCEPTS[0]) + "\n")
    assert len({same, *(ScispacyLinker(changed, threshold=t, trust=True).digest for t in (None, 0.9))}) == 3


@needs_scispacy
def test_what_cannot_be_opened(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tfidf_vectorizer.joblib is a pickle.*\n?.*trust = true below \[link\]"):
        ScispacyLinker(folder)
    with pytest.raises(InputError, match=r"is no linker of scispaCy: .* it lacks nmslib_index.bin.* has 0 of"):
        ScispacyLinker(tmp_path, trust=True)
    with pytest.raises(InputError, match="no linker of scispaCy 'nothing': no such folder, nor is it one of umls"):
        ScispacyLinker("nothing", trust=True)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(b"")
    with pytest.raises(InputError, match="cannot be opened as a linker of scispaCy"):
        ScispacyLinker(tmp_path, trust=True).load()


@needs_scispacy
def test_its_own_linkers_come_from_its_cache(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scispacy import candidate_generation
    from scispacy.file_cache import url_to_filename

    monkeypatch.setattr("scispacy.file_cache.DATASET_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"scispaCy has not downloaded its linker mesh: https.*EntityLinker"):
        ScispacyLinker("mesh", trust=True)
    address = "https://example.org/mesh/"
    paths = candidate_generation.LinkerPaths(*(address + Path(path).name for path in _paths(folder)))
    monkeypatch.setitem(candidate_generation.DEFAULT_PATHS, "mesh", paths)

    class Mesh:
        def __init__(self, file_path: str = address + "knowledge.jsonl") -> None: ...

    monkeypatch.setitem(candidate_generation.DEFAULT_KNOWLEDGE_BASES, "mesh", Mesh)
    for file in folder.iterdir():
        (tmp_path / url_to_filename(address + file.name, '"1"')).write_bytes(file.read_bytes())
        (tmp_path / (url_to_filename(address + file.name, '"1"') + ".json")).write_text("{}")
    linker = ScispacyLinker("mesh", trust=True)
    (linked,) = linker.link([annotated("seizure", ("seizure", "disease"))])
    assert (linker.name, concepts(linked)) == ("scispacy:mesh", [["hp:0001250"]])


def _paths(folder: Path) -> tuple[str, ...]:
    from scispacy.candidate_generation import LinkerPaths

    return tuple(LinkerPaths.from_directory(folder))


@pytest.mark.skipif(find_spec("scispacy") is not None, reason="the message of a missing scispaCy needs it missing")
def test_scispacy_is_not_installed() -> None:
    with pytest.raises(InputError, match=r"pip install '.\[scispacy\]'.* Python below 3.13 and numpy below 2"):
        open_linker("scispacy:mesh")
