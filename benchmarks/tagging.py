"""The default tagger against five passes of a BERT-base: abstracts a second on one core, from raw text to mentions.

    python benchmarks/tagging.py [--data ../data] [--abstracts 300] [--passes-on 10]

Each side runs in a process of its own, after loading. Ours goes from documents to mentions with all that belongs to it
(sentences, dictionaries, network, consistency). The yardstick is what tagging with one model a type costs: a BERT-base
token classifier of random weights (they do not change its speed), in ONNX Runtime too, on the word pieces of the same
sentences, sorted by length; its time for one pass over `--passes-on` of the abstracts is taken five times. Needs the
extra `train`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from rich.console import Console

_BATCH = 32
_TYPES = 5


def abstracts(data: Path, count: int) -> list[object]:
    """Return the first records with an abstract of a real PubMed file."""
    from bioweft.records import Document
    from bioweft.sources.pubmed import PubMedFiles

    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "pubmed21n1298.xml"))
    records = source.read(source.inputs(Path())[0])
    return list(islice((r for r in records if isinstance(r, Document) and r.has_abstract), count))


def ours(data: Path, count: int) -> dict[str, float]:
    """Tag with the default settings."""
    from bioweft import resources
    from bioweft.tag.registry import open_tagger

    documents = abstracts(data, count)
    began = time.perf_counter()
    tagger = open_tagger(dictionaries=tuple(resources.dictionaries()))
    tagger.load()
    started = time.perf_counter() - began
    began = time.perf_counter()
    mentions = sum(len(found) for found in tagger.tag(documents))  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": count / seconds, "start": started, "memory": memory, "mentions": mentions}


def yardstick(data: Path, count: int) -> dict[str, float]:
    """Run a BERT-base token classifier over the sentences of some abstracts."""
    import onnxruntime
    import torch
    from transformers import BertConfig, BertForTokenClassification

    from bioweft.tag.features import Words, features
    from bioweft.text import sentences
    from bioweft.train.tagger import encoder_folder, load_tokenizer

    documents = abstracts(data, count)
    texts = [p.text[a:b] for d in documents for p in d.passages for a, b in sentences.split(p.text)]  # type: ignore[attr-defined]
    pieces = sorted((of.pieces for of in features(texts, Words(load_tokenizer(encoder_folder())))), key=len)
    config = BertConfig(num_labels=3, attn_implementation="eager")
    network = BertForTokenClassification(config).eval()
    network.config.return_dict = False
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/base.onnx"
        example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
        axes = {name: {0: "b", 1: "p"} for name in ("input_ids", "attention_mask")}
        torch.onnx.export(
            network, example, file, input_names=list(axes), dynamic_axes=axes, opset_version=17, dynamo=False
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    began = time.perf_counter()
    for first in range(0, len(pieces), _BATCH):
        some = pieces[first : first + _BATCH]
        longest = max(map(len, some))
        ids = torch.zeros(len(some), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, one in enumerate(some):
            ids[row, : len(one)], mask[row, : len(one)] = torch.from_numpy(one), 1
        session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
    seconds = time.perf_counter() - began
    return {"rate": count / (_TYPES * seconds), "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--abstracts", type=int, default=300)
    parser.add_argument("--passes-on", type=int, default=10)
    parser.add_argument("--side", choices=["ours", "yardstick"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side is not None:
        side = ours if arguments.side == "ours" else yardstick
        print(json.dumps(side(arguments.data, arguments.abstracts)))
        return
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    found = {}
    for side, count in (("ours", arguments.abstracts), ("yardstick", arguments.passes_on)):
        call = [sys.executable, __file__, "--data", str(arguments.data), "--side", side, "--abstracts", str(count)]
        done = subprocess.run(call, check=True, capture_output=True, text=True, env=environment)
        found[side] = json.loads(done.stdout.splitlines()[-1])
    mine, other = found["ours"], found["yardstick"]
    Console(width=120).print(
        f"ours: {mine['rate']:.1f} abstracts/s, {mine['memory']:.0f} MiB, start {mine['start']:.1f} s, "
        f"{mine['mentions']:,} mentions in {arguments.abstracts:,} abstracts\n"
        f"{_TYPES} passes of BERT-base: {other['rate']:.2f} abstracts/s, {other['memory']:.0f} MiB\n"
        f"ratio: {mine['rate'] / other['rate']:.0f}"
    )


if __name__ == "__main__":
    main()
