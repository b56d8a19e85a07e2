"""Abbreviation definitions: ours against scispaCy's detector or the `abbreviations` package, whichever is installed.

`pip install --group bench` brings the package; scispaCy is installed by hand, as it compiles much for one figure.

    python benchmarks/abbreviation_pairs.py [--data ../data]

No corpus at hand marks definitions, so this counts pairs on the openly licensed abstracts of the demo corpus, how many
both find, the time, and prints a sample of those that only one finds.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bioweft.text.abbreviations import find

Pairs = Callable[[str], set[tuple[str, str]]]


def ours(text: str) -> set[tuple[str, str]]:
    return {(found.short, found.long) for found in find(text)}


def others() -> dict[str, Pairs]:
    """Return the other implementations that are installed."""
    made: dict[str, Pairs] = {}
    if find_spec("abbreviations"):
        from abbreviations import schwartz_hearst

        made["abbreviations"] = lambda text: set(
            schwartz_hearst.extract_abbreviation_definition_pairs(doc_text=text).items()
        )
    if find_spec("scispacy"):
        import spacy
        from scispacy.abbreviation import AbbreviationDetector  # noqa: F401 - registers the pipe

        pipeline = spacy.blank("en")
        pipeline.add_pipe("abbreviation_detector")
        made["scispaCy"] = lambda text: {(str(a), str(a._.long_form)) for a in pipeline(text)._.abbreviations}
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--sample", type=int, default=15)
    arguments = parser.parse_args()
    file = arguments.data / "literature" / "demo" / "demo_abstracts.jsonl"
    texts = [json.loads(line)["abstract"] for line in file.open(encoding="utf-8")]
    results = {}
    for name, pairs in {"bioweft": ours, **others()}.items():
        began = time.perf_counter()
        results[name] = [pairs(text) for text in texts]
        seconds = time.perf_counter() - began
        print(
            f"{name}: {sum(map(len, results[name])):,} pairs in {len(texts):,} abstracts, {len(texts) / seconds:,.0f}/s"
        )
    for name, theirs in results.items():
        if name != "bioweft":
            both = sum(len(a & b) for a, b in zip(results["bioweft"], theirs, strict=True))
            print(f"both bioweft and {name}: {both:,}")
            for side, first, second in (("bioweft", results["bioweft"], theirs), (name, theirs, results["bioweft"])):
                only = [pair for a, b in zip(first, second, strict=True) for pair in sorted(a - b)]
                print(f"only {side}: {len(only):,}, for example:")
                for short, long in only[:: max(1, len(only) // arguments.sample)][: arguments.sample]:
                    print(f"  {short} = {long}")


if __name__ == "__main__":
    main()
