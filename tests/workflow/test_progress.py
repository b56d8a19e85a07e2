"""What a person sees while a run is at work: bars on a terminal, lines elsewhere, nothing when quiet."""

import io

import pytest
from rich.console import Console

from bioweft.workflow import progress
from bioweft.workflow.progress import ProgressReport


def events(report: ProgressReport) -> None:
    with report:
        for stage, times in (("read", 3), ("sentences", 3), ("tag", 2), ("results", 1)):
            for _ in range(times):
                report.take({"event": "shard", "stage": stage, "seconds": 0.5})
        report.take({"event": "failure", "message": "it broke"})


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    seen = io.StringIO()
    return Console(file=seen, force_terminal=terminal, width=100), seen


def test_bars_on_a_terminal() -> None:
    made, seen = console(terminal=True)
    report = ProgressReport(made, quiet=False)
    events(report)
    assert "tagging" in seen.getvalue()
    assert "2/3" in seen.getvalue()
    assert report.shards["tag"] == 2
    assert report.seconds["tag"] == 1.0
    assert report.failures == ["it broke"]


def test_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    made, seen = console(terminal=False)
    events(ProgressReport(made, quiet=False))
    assert seen.getvalue().splitlines()[-1] == ("shards done: reading 3, splitting sentences 3, tagging 2, ranking 1")


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_when_quiet(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    made, seen = console(terminal=terminal)
    events(ProgressReport(made, quiet=True))
    assert seen.getvalue() == ""
