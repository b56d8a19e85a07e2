"""Read an export with KGX itself and compare all values of the two forms of each file.

    python benchmarks/kgx_reads.py outputs/mine/export/kgx

KGX pins older versions of numpy and pandas than bioweft needs, so run this with the Python of an environment of its own
that has the packages `kgx` and `biolink-model`. Nothing is fetched: the model is read from the package.
"""

import json
import re
import sys
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import bmt.toolkit

MODEL_FOLDER = resources.files("biolink_model")
MODEL = MODEL_FOLDER / "schema" / "biolink_model.yaml"


def main() -> None:
    """Print how many nodes and edges KGX reads, and what it says of them."""
    folder = Path(sys.argv[1])
    bmt.toolkit.Toolkit.__init__.__defaults__ = (str(MODEL), {"predicate mappings": []})  # not from the network
    import kgx.config

    prefixes = json.loads((MODEL_FOLDER / "prefixmaps" / "biolink_model_prefix_map.json").read_text(encoding="utf-8"))
    kgx.config.jsonld_context_map.update(dict.fromkeys(("biolink", "monarch_context", "obo_context"), prefixes))
    from kgx.transformer import Transformer
    from kgx.validator import Validator

    graphs = {}
    for form in ("tsv", "jsonl"):
        transformer = Transformer()
        files = [str(folder / f"{name}.{form}") for name in ("nodes", "edges", "cooccurrence_edges")]
        transformer.transform(input_args={"filename": files, "format": form})
        graphs[form] = transformer.store.graph
        print(form, graphs[form].number_of_nodes(), "nodes", graphs[form].number_of_edges(), "edges")
    nodes = [dict(graph.nodes(data=True)) for graph in graphs.values()]
    edges = [{data["id"]: data for _, _, data in graph.edges(data=True)} for graph in graphs.values()]
    print("different nodes", _different(*nodes), "different edges", _different(*edges))
    validator = Validator()
    validator.validate(graphs["jsonl"])
    print("KGX says:")
    for message, count in _grouped(validator.get_errors()).most_common():
        print(f"{count:6} {message}")


def _grouped(errors: Any) -> Counter[str]:
    """Return how often KGX says something, names of nodes and edges left out."""
    messages = Counter[str]()
    for level, kinds in errors.items():
        for kind, by_message in kinds.items():
            for message, names in by_message.items():
                nameless = re.sub(r"value '[^']*'|\[[^]]*\]", "value", message)
                messages[f"{level} {kind}: {nameless}"] += len(set(names))
    return messages


def _different(tsv: dict[str, dict[str, Any]], jsonl: dict[str, dict[str, Any]]) -> int:
    """Return how many rows are not the same in both forms, by the rule of TSV."""
    return sum(_plain(tsv.get(id_, {})) != _plain(jsonl.get(id_, {})) for id_ in tsv.keys() | jsonl.keys())


def _plain(row: dict[str, Any]) -> dict[str, list[str]]:
    """Return a row as TSV has it: text without `|` and breaks, nothing that is false, lists in any order."""
    plain = {}
    for name, value in row.items():
        if name not in _OF_KGX and value is not False and value not in (None, "", []):
            values = value if isinstance(value, list) else [value]
            plain[name] = sorted({" ".join(str(item).replace("|", "¦").split()) for item in values})
    return plain


_OF_KGX = ("provided_by", "knowledge_source", "key")
"""Slots that KGX fills itself, with the names of files."""


if __name__ == "__main__":
    main()
