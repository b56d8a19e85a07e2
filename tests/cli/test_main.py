"""The command line as a whole: how it ends."""

import pytest

from bioweft.cli import doctor, main
from bioweft.errors import InputError, SettingsError


@pytest.mark.parametrize(
    ("error", "code"), [(SettingsError("so"), 2), (InputError("so"), 1), (KeyboardInterrupt(), 130)]
)
def test_exit_codes(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(doctor, "examine", fail)
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    assert stopped.value.code == code
    assert capsys.readouterr().err.strip() == ("" if code == 130 else "error: so")


def test_the_end_of_a_file_does_not_end_us_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise EOFError("in the middle of something")

    monkeypatch.setattr(doctor, "examine", fail)
    with pytest.raises(EOFError, match="in the middle"):
        main(["doctor"])
