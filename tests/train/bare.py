"""A Python that has the packages of a plain machine with PyTorch and no others, made without downloading anything."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOTS = ("torch", "transformers", "safetensors", "tokenizers", "numpy", "click", "pydantic")
"""What such a machine has; transformers 5 brings the last two."""


def packages() -> set[str]:
    """Return the distributions that the roots require, themselves included."""
    needed: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # of another system, or optional
            continue
        needed.add(name)
        waiting += [
            re.match(r"[\w.-]+", line)[0].lower()  # type: ignore[index]
            for line in requirements
            if "extra ==" not in line
        ]
    return needed


def environment(folder: Path) -> Path:
    """Make a virtual environment and return the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in packages():
        for file in metadata.files(name) or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / top)
    return folder / "bin"
