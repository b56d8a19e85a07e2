"""`bioweft check`: whether the files of a run are as they were written."""

import click

from bioweft import shown
from bioweft.analyse.reading import find
from bioweft.cli.exits import DONE_WITH_REJECTS, FAILED
from bioweft.cli.wording import counted
from bioweft.errors import RunError
from bioweft.store.check import Fault, faults


@click.command(epilog="Example: bioweft check outputs/mine --mend")
@click.argument("run")
@click.option("--mend", is_flag=True, help="Rebuild damaged files, without fetching anything.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: str, mend: bool, as_json: bool) -> int:
    """Verify every file of a run by its size and checksum: tables, results, index, markers, what was fetched.

    Exit code 1: a file is missing or not as it was written, and was not mended.
    """
    folder = find(run)
    folder.require_disk()
    folder.require_folder()
    folder.require_format()
    with folder.without_writer():
        damage = list(faults(folder, deep=True))
    if not as_json:
        for fault in damage:
            click.echo(shown.visible(f"{fault.file}: {fault.reason}"))
    rejects = 0
    if damage and mend:
        from bioweft.workflow import engine

        rejects = engine.mend(folder, quiet=True).rejects
        if left := list(faults(find(run), deep=True)):
            raise RunError(f"{left[0].file} {left[0].reason}, also after it was made again")
    is_mended = bool(damage) and mend
    if as_json:
        click.echo(shown.as_json({"damaged": [_as_json(fault) for fault in damage], "mended": is_mended}))
    elif not damage:
        click.echo(shown.visible(f"All files of {folder.path} are as they were written."))
    elif is_mended:
        click.echo(f"{counted(len(damage), 'file')} made again.")
    else:
        click.echo(shown.visible(f"bioweft check {run} --mend makes them again"), err=True)
    if damage and not mend:
        return FAILED
    return DONE_WITH_REJECTS if rejects else 0


def _as_json(fault: Fault) -> dict[str, str]:
    return {"file": str(fault.file), "fault": fault.reason}
