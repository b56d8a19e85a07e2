"""An export that is killed in the middle."""

import subprocess
import sys
from pathlib import Path

_EXPORT = """
import sys, time
from pathlib import Path
from bioweft.export.graph import documents, export, reading
from bioweft.store.run import RunFolder
{slowed}
export(RunFolder(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
"""


def killed_export(run: Path, name: str, folder: Path, *, slowed: str) -> int:
    """Kill the export of a run in a format when it is halfway, and return the number of its process.

    `slowed` is code that has the export print `half` there and wait.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _EXPORT.format(slowed=slowed), str(run), name, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    process.kill()
    process.wait()
    process.stdout.close()
    return process.pid
