"""Passwords and keys are neither printed nor stored."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from luigi.rpc import RemoteScheduler

from bioweft.errors import FetchError, RunError, SettingsError
from bioweft.shown import without_secrets
from bioweft.sources import PubMedMirror
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load, parse
from tests.sources.fake_files import FileServer
from tests.sources.test_mirror import put


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ftp://me:hunter2@mirror.org/pub", "ftp://***@mirror.org/pub"),
        ("no file in 'HTTPS://me:p@ss:w@mirror.org:8080/x'", "no file in 'HTTPS://***@mirror.org:8080/x'"),
        ("http://me:hun/ter2@mirror.org", "http://***@mirror.org"),
        ("http://x.org/a?db=1&api_key=5f3&b=2", "http://x.org/a?db=1&api_key=***&b=2"),
        ("no background http:/me:hunter2@x.org/y", "no background http:/***@x.org/y"),
        ("http://x.org/a@b?x=1", "http://x.org/a@b?x=1"),
        ("C:/notes/a@b.txt, x:/y", "C:/notes/a@b.txt, x:/y"),
        ("write to a@b.org, or see http://x.org/", "write to a@b.org, or see http://x.org/"),
    ],
)
def test_addresses(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert without_secrets({"a": [text, 1, None]}) == {"a": [shown, 1, None]}
    assert str(FetchError(text)) == shown


@pytest.mark.parametrize("key", ["api_key", "email"])
def test_a_key_given_as_a_number_is_not_printed(key: str) -> None:
    source = {"kind": "pubmed-query", "query": "x", key: 987654321}
    with pytest.raises(SettingsError, match=f"sources.0.{key}.*write it between quotes") as caught:
        parse({"name": "n", "sources": [source]}, origin="w.toml")
    assert "987654321" not in f"{caught.value} {caught.value.__cause__}"


def test_other_faults_print_no_secret(tmp_path: Path) -> None:
    source = {"kind": "pubmed-mirror", "baseline": "gopher://me:hunter2@mirror.org/"}
    with pytest.raises(SettingsError, match=r"\*\*\*@mirror.org") as caught:
        parse({"name": "n", "sources": [source]}, origin="w.toml")
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"
    (tmp_path / "w.toml").write_text("name = 'n'", encoding="utf-8")
    with pytest.raises(SettingsError, match="takes key=value") as caught:
        load(tmp_path / "w.toml", overrides=["sources.0.api_key hunter2"])
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("setting", ['keep="s3://me:hunter2@bucket/x"', 'sources.0.path="s3://me:hunter2@bucket/x"'])
def test_the_address_of_a_store_holds_no_password(make_workflow: Callable[..., Path], setting: str) -> None:
    with pytest.raises(SettingsError, match=r"s3://\*\*\*@bucket/x' holds a password") as caught:
        load(make_workflow(1), overrides=[setting])
    assert "hunter2" not in str(caught.value)


def test_a_scheduler_that_gives_no_answer_is_told_without_its_password(
    make_workflow: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RemoteScheduler, "_get_retryer", lambda _: lambda fetch, *arguments: fetch(*arguments))
    settings = load(make_workflow(1), overrides=['engine.scheduler="http://me:hunter2@127.0.0.1:9"'])
    with pytest.raises(RunError, match=r"no answer of the scheduler http://\*\*\*@127.0.0.1:9") as caught:
        run(settings, quiet=True)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(SettingsError) as refused:
        load(make_workflow(1), overrides=['engine.scheduler="gopher://me:hunter2@127.0.0.1"'])
    assert "hunter2" not in str(refused.value)


def test_a_run_stores_no_secret(make_workflow: Callable[..., Path], tmp_path: Path) -> None:
    put(tmp_path / "pubmed", 1, 1, 2)
    with FileServer(tmp_path / "pubmed") as server:
        address = server.url.replace("://", "://me:hunter2@")
        settings = load(make_workflow(1))
        source = PubMedMirror(baseline=address)
        summary = run(settings.model_copy(update={"sources": (source,)}), quiet=True)
        assert summary.manifest["counts"]["records"] == 2
        assert "***@" in summary.manifest["settings"]["sources"][0]["baseline"]
        files = [path for path in summary.folder.path.rglob("*") if path.is_file()]
        assert not [path for path in files if b"hunter2" in path.read_bytes()]
        requests = len(server.asked())
        assert not run(settings.model_copy(update={"sources": (source,)}), quiet=True).new
        assert not [name for name in server.asked()[requests:] if name.endswith(".gz")]
        wrong = PubMedMirror(baseline=f"{address}/missing")
        with pytest.raises(RunError, match="missing") as caught:
            run(settings.model_copy(update={"sources": (wrong,)}), quiet=True)
        assert "hunter2" not in str(caught.value)
