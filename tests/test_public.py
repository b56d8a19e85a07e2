"""The public face: every name is there, documented, and cheap to import."""

import subprocess
import sys
from importlib.metadata import version

import pytest

import bioweft


@pytest.mark.parametrize("name", bioweft.__all__)
def test_every_name_is_there_and_documented(name):
    thing = getattr(bioweft, name)
    assert isinstance(thing, str) or thing.__doc__


def test_the_version_is_that_of_the_package():
    assert bioweft.__version__ == version("bioweft")


def test_nothing_else_is_public():
    modules = {name for name, thing in vars(bioweft).items() if type(thing).__name__ == "module"}
    public = {name for name in vars(bioweft) if not name.startswith("_")} - modules - {"TYPE_CHECKING"}
    assert public == set(bioweft.__all__) - {"__version__"}


def test_importing_it_loads_nothing_heavy():
    code = "import sys, bioweft; sys.exit(str({'duckdb', 'pandas', 'pyarrow', 'luigi', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"
