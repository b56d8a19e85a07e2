"""The default tagger against five passes of a BERT-base: abstracts a second on one core, from raw text to mentions.

    python benchmarks/tagging.py [--data ../data] [--abstracts 600] [--rounds 10]

Ours goes from documents to mentions with all that belongs to it (sentences, dictionaries, network, consistency,
concepts). The yardstick is what tagging with one model a type costs: a BERT-base token classifier of random weights
(they do not alter its speed), in ONNX Runtime too, on the word pieces of the sentences of every tenth abstract, sorted
by length; the time of one pass is taken five times, and in proportion to the word pieces. Each side has a process of
its own and works only while the other rests: they take turns, a share of the abstracts a round, so that a machine that
is slow for a while is slow for both. The ratio is of the sums; beside it stand those of the slowest and of the fastest
round. Needs the extra `train`.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document
from bioweft.sources.pubmed import PubMedFiles
from bioweft.tag.features import Words, features
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences

_BATCH = 8
"""Sentences; sorted by length, so that few as they are they need little padding."""
_TYPES = 5
_EVERY = 10
"""The yardstick reads one abstract in so many."""


def abstracts(data: Path, count: int) -> list[Document]:
    """Return the first records with an abstract of a real PubMed file."""
    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "pubmed21n1298.xml"))
    records = source.read(source.inputs(Path())[0])
    return list(islice((r for r in records if isinstance(r, Document) and r.has_abstract), count))


def ours() -> Callable[[list[Document]], float]:
    """Return what tags with the default settings and returns the seconds that it took."""
    tagger = open_tagger(TagSettings(device="cpu"))
    linker = open_linker(LinkSettings())
    assert linker is not None
    for tool in (tagger, linker):
        tool.load()

    def timed(documents: list[Document]) -> float:
        began = time.perf_counter()
        for _ in linker.link(tagger.tag(AnnotatedDocument(d, sentences.of_document(d)) for d in documents)):
            pass
        return time.perf_counter() - began

    return timed


def yardstick() -> Callable[[list[Document]], float]:
    """Return what runs a BERT-base token classifier over some abstracts and returns the seconds of five on all."""
    import onnxruntime
    import torch
    from transformers import BertConfig, BertForTokenClassification

    from bioweft.train.tagger import encoder_folder, load_tokenizer

    words = Words(load_tokenizer(encoder_folder()))
    network = BertForTokenClassification(BertConfig(num_labels=3, attn_implementation="eager")).eval()
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

    def pieces(documents: list[Document]) -> list[NDArray[np.int32]]:
        texts = [d.text[start:end] for d in documents for start, end in sentences.of_document(d)]
        return sorted((of.pieces for of in features(texts, words)), key=len)

    def timed(documents: list[Document]) -> float:
        chosen = pieces(documents[::_EVERY])
        began = time.perf_counter()
        for first in range(0, len(chosen), _BATCH):
            some = chosen[first : first + _BATCH]
            ids = np.zeros((len(some), max(map(len, some))), np.int64)
            mask = np.zeros_like(ids)
            for row, one in enumerate(some):
                ids[row, : len(one)], mask[row, : len(one)] = one, 1
            session.run(None, {"input_ids": ids, "attention_mask": mask})
        seconds = time.perf_counter() - began
        return _TYPES * seconds * sum(map(len, pieces(documents))) / sum(map(len, chosen))

    return timed


def work(pipe: Connection, side: Callable[[], Callable[[list[Document]], float]], data: Path, count: int) -> None:
    """Send the seconds of each share of the abstracts that is asked for, and at the end the most memory, in MiB."""
    documents = abstracts(data, count)
    timed = side()
    timed(documents[:_EVERY])
    while (share := pipe.recv()) is not None:
        pipe.send(timed(documents[share]))
    pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--abstracts", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    count, rounds = arguments.abstracts, arguments.rounds
    if count < _EVERY * rounds:
        parser.error(f"{rounds} rounds need at least {_EVERY * rounds} abstracts")
    os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    spawning = multiprocessing.get_context("spawn")
    pipes = []
    for side in (ours, yardstick):
        pipe, other = spawning.Pipe()
        spawning.Process(target=work, args=(other, side, arguments.data, count), daemon=True).start()
        other.close()  # so that an end of the process is not waited for
        pipes.append(pipe)

    def ask(pipe: Connection, share: slice | None) -> float:
        pipe.send(share)
        answer: float = pipe.recv()
        return answer

    seconds = []
    for number in range(rounds):
        share = slice(number * count // rounds, (number + 1) * count // rounds)
        seconds.append([ask(pipe, share) for pipe in pipes])
    memory = [ask(pipe, None) for pipe in pipes]
    mine, others = map(sum, zip(*seconds, strict=True))
    ratios = sorted(other / own for own, other in seconds)
    Console(width=120).print(
        f"ours: {count / mine:.1f} abstracts/s, {memory[0]:.0f} MiB\n"
        f"{_TYPES} passes of BERT-base: {count / others:.2f} abstracts/s, {memory[1]:.0f} MiB\n"
        f"ratio: {others / mine:.0f} (rounds {ratios[0]:.0f} to {ratios[-1]:.0f})"
    )


if __name__ == "__main__":
    main()
