"""How a model's network is run with ONNX Runtime: opened, fed in batches, its probabilities calibrated."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bioweft.checksums import verify_sums, write_sums
from bioweft.errors import InputError, install
from bioweft.faults import first_fault

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NETWORK, TOKENIZER = "model.onnx", "tokenizer.json"
"""Files of a model folder."""

DEVICES = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""Devices that the network can run on, and their names in ONNX Runtime."""

_OPTIMISATIONS_OFF = ["SkipLayerNormFusion"]
"""Graph optimisations to switch off. SkipLayerNormFusion makes inference slower on processors."""

_T = TypeVar("_T")
_D = TypeVar("_D", bound=BaseModel)


class Calibration(BaseModel):
    """From the probability p that a network gives to how often it is right.

    sigmoid(slope * logit(p) + shift): Platt (1999), *Probabilistic outputs for support vector machines*.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = 1.0
    shift: float = 0.0

    def calibrated(self, probability: float, evidence: float = 0.0) -> float:
        """Return how often the network is right when it gives this probability; `evidence` is added to the logit."""
        p = min(max(probability, 1e-6), 1 - 1e-6)
        return 1 / (1 + math.exp(-(self.slope * math.log(p / (1 - p)) + self.shift + evidence)))


def read_description(folder: Path, name: str, form: type[_D]) -> _D:
    """Return what a model folder says of itself in its file of that name.

    Raises:
        InputError: there is no model, or one of another form.
    """
    file = folder / name
    try:
        return form.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"no model in {folder}: it has no readable {name}") from error
    except ValidationError as error:
        where, words = first_fault(error)
        raise InputError(
            f"{file} is not of the form that this bioweft reads: {where}: {words}; train or fetch the model anew"
        ) from error


def write_description(description: BaseModel, file: Path) -> None:
    """Write what `read_description` reads, and the checksums of all files of its folder; the last file of a model."""
    file.write_text(description.model_dump_json(indent=1) + "\n", encoding="utf-8")
    write_sums(file.parent)


def open_model(folder: Path, device: str | None = None) -> tuple[Any, "Tokenizer"]:
    """Return the session and the tokenizer of a model folder; a GPU is used where there is one and none is asked for.

    Raises:
        InputError: a file of the model is missing, damaged, or of another form than its name says, or ONNX Runtime
            finds no such device.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    verify_sums(folder)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # workers are processes
    providers = _providers(device, onnxruntime.get_available_providers())
    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        try:
            session = _open_session(folder / NETWORK, providers)
        except Exception:
            if device is not None or len(providers) == 1:
                raise
            session = _open_session(folder / NETWORK, providers[-1:])  # made for GPUs, but there is none
    except Exception as error:  # both libraries raise errors of their own that share nothing else
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"the model in {folder} cannot be opened; fetch or train it anew ({why})") from error
    if device == "cuda" and not is_on_gpu(session):
        raise InputError("ONNX Runtime finds no GPU that it can use; take --device cpu")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return session, tokenizer


def is_on_gpu(session: Any) -> bool:
    """Return whether a session's network is on a GPU."""
    return DEVICES["cuda"] in session.get_providers()


def _open_session(network: Path, providers: Sequence[str]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # workers are processes
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(network), options, providers=providers, disabled_optimizers=_OPTIMISATIONS_OFF,
        enable_fallback=0,  # which would print to stdout
    )  # fmt: skip


def _providers(device: str | None, available: Sequence[str]) -> list[str]:
    """Return what is to run the network; a GPU where ONNX Runtime finds one and none is asked for."""
    if device is None:
        return [DEVICES[name] for name in ("cuda", "cpu") if DEVICES[name] in available]
    if device not in DEVICES:
        raise InputError(f"no device {device!r}; there are: {', '.join(DEVICES)}")
    if DEVICES[device] not in available:
        raise InputError(f"ONNX Runtime finds no {device}: {install('gpu')}, in the place of onnxruntime")
    return [DEVICES[device]]


def batches_of_like_length(items: Sequence[_T], length: Callable[[_T], int], most: int) -> Iterator[list[_T]]:
    """Yield items of like length together, so many that padded they are at most `most` long."""
    batch: list[_T] = []
    for item in sorted(items, key=length):
        if batch and length(item) * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch
