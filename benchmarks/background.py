"""Make the shipped background counts from a finished run over real PubMed files: `python benchmarks/background.py RUN`.

They are dictionaries/background/pubmed.parquet: in how many documents of the run each concept is. Make them anew when
the shipped dictionaries change, from a run of all of them without a model.
"""

import argparse
from pathlib import Path

from bioweft import resources
from bioweft.analyse import background


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a finished run")
    parser.add_argument("--output", type=Path, default=resources.background(), help="the file (default: %(default)s)")
    arguments = parser.parse_args()
    concepts = background.save(arguments.run, arguments.output)
    print(f"{arguments.output}: {concepts:,} concepts, {arguments.output.stat().st_size / 1024:,.0f} KiB")


if __name__ == "__main__":
    main()
