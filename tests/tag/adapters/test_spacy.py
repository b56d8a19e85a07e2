"""Pipelines of spaCy, one of rules and one trained here."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

spacy = pytest.importorskip("spacy", reason="needs the extra `spacy`")

from bioweft.errors import FetchError, InputError
from bioweft.tag.adapters import open_tagger
from bioweft.tag.adapters.spacy import SpacyTagger, fetch
from tests.tag.adapters import contract
from tests.tag.adapters.contract import document, shown
from tests.tagging import mentions_of

RULES = [
    {"label": "DISEASE", "pattern": "breast cancer"},
    {"label": "CHEMICAL", "pattern": "sanirin"},
    {"label": "PLACE", "pattern": "Lund"},
    {"label": "TREE", "pattern": [{"LOWER": "oak"}]},
]
TEXTS = ["Sanirin: sanirin for breast cancer in Lund.", "𝛼-ﬁrst\tsanirin", "No breast cancer. A sanirin? An oak."]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "en_rules"
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(RULES)
    pipeline.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from spacy.training import Example

    folder = tmp_path_factory.mktemp("models") / "en_ner_tiny"
    spacy.util.fix_random_seed(0)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    texts = [("abc1 binds sanirin .", [(0, 4, "PROTEIN"), (11, 18, "CHEBI")]), ("the sanirin", [(4, 11, "CHEBI")])]
    examples = [Example.from_dict(pipeline.make_doc(text), {"entities": spans}) for text, spans in texts]
    optimizer = pipeline.initialize(lambda: examples)
    for _ in range(30):
        pipeline.update(examples, sgd=optimizer)
    pipeline.to_disk(folder)
    return folder


def test_entities_are_mentions_and_labels_without_a_type_left_out(rules: Path) -> None:
    tagger = SpacyTagger(rules)
    assert tagger.name == "spacy:en_rules"
    (found,) = mentions_of(tagger, [document("On breast cancer", "Sanirin and sanirin in Lund.")])
    assert shown(found) == [("breast cancer", "disease"), ("sanirin", "chemical")]
    assert [mention.score for mention in found] == [1.0, 1.0]


def test_it_keeps_to_the_contract(rules: Path, trained: Path) -> None:
    contract.check(SpacyTagger(rules), TEXTS)
    contract.check(SpacyTagger(trained), ["abc1 binds sanirin .", "the sanirin"])


def test_a_trained_recogniser(trained: Path) -> None:
    (found,) = mentions_of(SpacyTagger(trained), [document("abc1 binds sanirin .")])
    assert shown(found) == [("abc1", "gene"), ("sanirin", "chemical")]


def test_a_user_names_labels(rules: Path) -> None:
    (found,) = mentions_of(
        SpacyTagger(rules, labels={"tree": "plant", "disease": ""}), [document("Oak, breast cancer.")]
    )
    assert shown(found) == [("Oak", "plant")]
    with pytest.raises(InputError, match=r"has no label 'TREES' \(did you mean 'TREE'"):
        SpacyTagger(rules, labels={"TREES": "plant"}).load()


def test_the_score_that_a_pipeline_gives(rules: Path) -> None:
    from spacy.tokens import Span

    tagger = SpacyTagger(rules)
    Span.set_extension("score", getter=lambda span: 0.5 if span.label_ == "DISEASE" else None)
    try:
        (found,) = mentions_of(tagger, [document("sanirin, breast cancer")])
    finally:
        Span.remove_extension("score")
    assert [(mention.text, mention.score) for mention in found] == [("sanirin", 1.0), ("breast cancer", 0.5)]


def test_an_installed_package(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "en_rules_package"
    package.mkdir()
    spacy.load(rules).to_disk(package / "en_rules_package-1.0")
    (package / "meta.json").write_bytes((package / "en_rules_package-1.0" / "meta.json").read_bytes())
    (package / "__init__.py").write_text(
        "from pathlib import Path\nimport spacy\n\n"
        "def load(**options):\n    return spacy.load(Path(__file__).parent / 'en_rules_package-1.0', **options)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    # spaCy asks for the distribution; here there is only the module.
    monkeypatch.setattr("spacy.util.is_package", lambda name: name == "en_rules_package")
    tagger = open_tagger("spacy:en_rules_package")
    (found,) = mentions_of(tagger, [document("sanirin")])
    assert (tagger.name, shown(found)) == ("spacy:en_rules_package", [("sanirin", "chemical")])
    sys.modules.pop("en_rules_package", None)


def test_the_digest(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = SpacyTagger(rules).digest
    assert digest == SpacyTagger(str(rules)).digest
    changed = spacy.load(rules)
    changed.get_pipe("entity_ruler").add_patterns([{"label": "DISEASE", "pattern": "fever"}])
    changed.to_disk(tmp_path / "en_rules")
    others = [SpacyTagger(tmp_path / "en_rules"), SpacyTagger(rules, labels={"TREE": "plant"})]
    monkeypatch.setattr(SpacyTagger, "version", 0)
    others.append(SpacyTagger(rules))
    assert len({digest, *(other.digest for other in others)}) == 4


@pytest.mark.parametrize("name", ["en_ner_nothing_md", "json", "no/such/folder", "."])
def test_no_such_model(name: str) -> None:
    with pytest.raises(InputError, match=rf"no spacy model '{name}'(.|\n)*bioweft model fetch spacy:{name}"):
        SpacyTagger(name)


def test_a_pipeline_that_recognises_nothing(tmp_path: Path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.to_disk(tmp_path)
    with pytest.raises(InputError, match="recognises no entities; its parts: sentencizer"):
        SpacyTagger(tmp_path).load()


def test_a_damaged_pipeline(rules: Path, tmp_path: Path) -> None:
    spacy.load(rules).to_disk(tmp_path)
    (tmp_path / "config.cfg").write_text("[nlp\n")
    with pytest.raises(InputError, match="cannot be opened as a spacy model"):
        SpacyTagger(tmp_path).load()


@pytest.mark.parametrize(
    ("device", "message"), [("cuda", "finds no GPU; take --device cpu"), ("tpu", "no device 'tpu'")]
)
def test_no_such_device(rules: Path, device: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(number: int) -> Any:
        raise ValueError("no GPU")

    monkeypatch.setattr(spacy, "require_gpu", none)
    with pytest.raises(InputError, match=message):
        SpacyTagger(rules, device=device).load()


@pytest.mark.parametrize(
    ("name", "asked"),
    [("en_ner_bc5cdr_md", "scispacy/releases/v0.5.4/en_ner_bc5cdr_md-0.5.4.tar.gz"), ("en_x", "download en_x")],
)
def test_fetching(name: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def run(command: list[str], **options: Any) -> Any:
        ran.append(" ".join(command))
        return type("Done", (), {"returncode": 1})

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(FetchError, match=f"spacy:{name} could not be fetched.*ended with 1\n.*give its path"):
        fetch(name)
    assert asked in ran[0]


@pytest.mark.parametrize(
    ("name", "content"), [("part/model", b"\x80\x04K\x01."), ("x.pkl", b""), ("m.bin", b"PK\x03\x04")]
)
def test_a_pickle_in_a_pipeline_needs_trust(rules: Path, tmp_path: Path, name: str, content: bytes) -> None:
    folder = tmp_path / "en_rules"
    shutil.copytree(rules, folder)
    SpacyTagger(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=r"^\S+ is a pickle, which can run any code: .* add --trust \(.*\)$"):
        SpacyTagger(folder)
    SpacyTagger(folder, trust=True)
