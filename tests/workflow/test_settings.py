"""Workflow files: defaults, paths, overrides, and errors that say what would be right."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bioweft import resources
from bioweft.errors import SettingsError
from bioweft.workflow.settings import EngineSettings, Workflow, load

MINIMAL = 'name = "mine"\n[[sources]]\nkind = "text"\npath = "notes"\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "w.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_four_lines_are_enough(write: Callable[[str], Path], tmp_path: Path) -> None:
    workflow = load(write(MINIMAL))
    assert workflow.output == Path("outputs/mine")
    assert workflow.sources[0].model_dump()["path"] == str(tmp_path / "notes")
    assert workflow.tag.dictionaries == tuple(resources.dictionaries())
    assert workflow.engine.workers >= 1


def test_paths_are_relative_to_the_file_and_names_are_not(write: Callable[[str], Path], tmp_path: Path) -> None:
    workflow = load(write(MINIMAL + '[tag]\ndictionaries = ["disease", "mine.tsv"]\n[results]\nbackground = "other"'))
    assert workflow.tag.dictionaries == ("disease", str(tmp_path / "mine.tsv"))
    assert workflow.results.background == tmp_path / "other"


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("./mine", "{}/mine"),
        ("models", "{}/models"),
        ("models/there.pt", "{}/models/there.pt"),
        ("theirs", "theirs"),  # an entry point
        ("flair:models/x.pt", "flair:{}/models/x.pt"),
        ("huggingface:someone/some-model", "huggingface:someone/some-model"),  # the name of one in the hub
        ("huner6", "huner6"),
    ],
)
def test_a_model_is_looked_for_beside_the_file(
    write: Callable[[str], Path], tmp_path: Path, model: str, found: str
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "x.pt").touch()
    workflow = load(write(MINIMAL + f'[tag]\nmodel = "{model}"'))
    assert workflow.tag.model == found.format(tmp_path)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('kind = "cord19"\npath = "release"', {"path": "{}/release"}),
        ('kind = "cord19"\nurl = "https://example.org/a.tar.gz"', {"url": "https://example.org/a.tar.gz"}),
        ('kind = "pubmed-query"\nids_file = "pmids.txt"', {"ids_file": "{}/pmids.txt"}),
        ('kind = "pubmed-mirror"\nbaseline = "b"', {"baseline": "{}/b"}),
        ('kind = "pubmed-mirror"\nupdates = "ftp://example.org/u"', {"updates": "ftp://example.org/u"}),
        ('kind = "jats"\npath = "/absolute/*.xml"', {"path": "/absolute/*.xml"}),
        ('kind = "table"\npath = "t.csv"\ntitle = "heading"', {"path": "{}/t.csv", "title": "heading"}),
    ],
)
def test_paths_of_every_source_are_told_by_their_type(
    write: Callable[[str], Path], tmp_path: Path, source: str, expected: dict[str, str]
) -> None:
    (loaded,) = load(write(f'name = "mine"\n[[sources]]\n{source}\n')).sources
    for key, value in expected.items():
        assert loaded.model_dump()[key] == value.format(tmp_path)


@pytest.mark.parametrize(
    ("override", "got"),
    [
        ("engine.workers=3", lambda w: w.engine.workers == 3),
        ("output=here", lambda w: w.output == Path("here")),
        ("sources.0.path=elsewhere", lambda w: w.sources[0].path == "elsewhere"),
        ('tag.dictionaries=["disease"]', lambda w: w.tag.dictionaries == ("disease",)),
        ("tag.dictionaries=disease", lambda w: w.tag.dictionaries == ("disease",)),
        ("tag.dictionaries=disease, mine.tsv", lambda w: w.tag.dictionaries == ("disease", "mine.tsv")),
        ("tag.dictionaries=none", lambda w: w.tag.dictionaries == ()),
        ("tag.dictionaries=[]", lambda w: w.tag.dictionaries == ()),
        ("link.genes=human,mouse", lambda w: w.link.genes == ("human", "mouse")),
        ("link.genes=all", lambda w: w.link.genes == "all"),
        ('tag.dictionaries=["mine.tsv"]', lambda w: w.tag.dictionaries == ("mine.tsv",)),
        ("tag.model=./mine", lambda w: w.tag.model == "./mine"),
        ("tag.device=cpu", lambda w: w.tag.device == "cpu"),
        ("results.background=other", lambda w: w.results.background == Path("other")),
        ('sources=[{kind="table", path="a.csv"}]', lambda w: w.sources[0].path == "a.csv"),
        ("sources.0.kind=jsonl", lambda w: w.sources[0].kind == "jsonl"),
        ("name=other", lambda w: w.name == "other"),
    ],
)
def test_overrides(write: Callable[[str], Path], override: str, got: Callable[[Workflow], bool]) -> None:
    assert got(load(write(MINIMAL), overrides=[override]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINIMAL + "[engine]\nworker = 2", "engine.worker: no such key (did you mean 'workers'?)"),
        (MINIMAL + "[tags]\n", "tags: no such key (did you mean 'tag'?)"),
        (MINIMAL.replace('path = "notes"', 'paths = "notes"'), "sources.0.paths: no such key (did you mean 'path'?)"),
        (MINIMAL.replace('"text"', '"texts"'), "sources.0.kind: no source 'texts' (did you mean 'text'?)"),
        (MINIMAL.replace('kind = "text"', ""), "sources.0.kind: is missing"),
        ('name = "a"', "sources: is missing"),
        (MINIMAL + "[engine]\nworkers = 0", "engine.workers: must be 1 or more, got 0"),
        (MINIMAL + '[engine]\nworkers = "x"', "engine.workers: must be a whole number, got 'x'"),
        (MINIMAL + '[engine]\nkind = "dask"', 'engine.kind: must be "local" or "ray", got \'dask\''),
        (MINIMAL + "[tag]\ndictionaries = 5", 'tag.dictionaries: must be a list, such as ["...", "..."], got 5'),
        (MINIMAL + '[export]\nformats = "kgx"', "export.formats: must be a list: [\"kgx\"], got 'kgx'"),
        (MINIMAL + '[engine]\nmemory = "lots"', 'engine.memory: must be a size such as "512MB" or "2GB", got'),
        (MINIMAL + '[tag]\npeople = "x"', "tag.people: must be true or false, got 'x'"),
        (MINIMAL + '[tag]\ndevice = "gpu"', 'tag.device: must be "cpu" or "cuda", got \'gpu\''),
        (MINIMAL + "[link]\nthreshold = 7", "link.threshold: must be 1 or less, got 7"),
        (MINIMAL + "[link]\nprefer = 5", "link.prefer: must be a table: { key = value }, got 5"),
        ('name = "a"\nsources = []', "sources: must have 1 or more entries"),
        (MINIMAL.replace('"mine"', '"a b"'), "name: must begin with a letter or digit"),
        ("name = ", "cannot be read as TOML"),
        (MINIMAL.replace('"mine"', '"../mine"'), "name: "),
    ],
)
def test_faults_are_named(write: Callable[[str], Path], text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(write(text))
    assert said in str(error.value)
    assert "Input should" not in str(error.value)
    assert "valid tuple" not in str(error.value)


def test_all_faults_at_once(write: Callable[[str], Path]) -> None:
    with pytest.raises(SettingsError) as error:
        load(write(MINIMAL + "[engine]\nworker = 2\nworkers = -1"))
    assert "engine.worker:" in str(error.value)
    assert "engine.workers:" in str(error.value)


@pytest.mark.parametrize("override", ["engine.workers", "=3", "sources.7.path=x", "name.deeper=1"])
def test_override_that_cannot_be(write: Callable[[str], Path], override: str) -> None:
    with pytest.raises(SettingsError, match="--set"):
        load(write(MINIMAL), overrides=[override])


def test_shipped_workflows_load_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(resources.workflows()) >= {"demo", "autophagy", "covid19", "pubmed"}
    for name in resources.workflows():
        assert load(name).name == name


def test_missing_file_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"shipped ones can be named without a path: .*demo"):
        load(tmp_path / "none.toml")


def test_deeply_nested_toml_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text(f"name = {'[' * 100_000}", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        load(file)
    file.write_text('name = "w"', encoding="utf-8")
    with pytest.raises(SettingsError):
        load(file, overrides=[f"name={'[' * 100_000}"])


@pytest.mark.parametrize(
    ("workers", "memory", "threads"), [(8, "1GB", 4), (2, "1GB", 2), (8, "300MB", 1), (8, "100MB", 1), (64, "16GB", 64)]
)
def test_results_take_as_many_threads_as_there_are_workers_and_memory_for(
    workers: int, memory: str, threads: int
) -> None:
    assert EngineSettings(workers=workers, memory=memory).threads == threads
