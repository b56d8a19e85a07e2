"""The loop in which all is trained here: batches of like length, a running average, resumable to the same weights."""

import copy
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from bioweft.atomic import atomic
from bioweft.errors import InputError

logger = logging.getLogger(__name__)

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Length and pace of a training: a number of steps, or a time."""

    steps: int | None = None
    minutes: float | None = None
    """Time to learn for; the rates then follow the time that has passed, so that the speed need not be known."""
    batch_pieces: int = 2048
    """Word pieces of a batch, with padding."""
    encoder_rate: float = 1.5e-4
    """Of what begins pretrained."""
    rate: float = 1e-3
    """Of all else."""
    warm_up: float = 0.05
    """Share of the steps or of the time in which the rates rise; after that they fall to nothing, linearly."""
    weight_decay: float = 0.01
    average: float = 0.999
    """How much of the running average of the weights stays at each step; the average is what is kept."""
    seed: int = 1
    save_every: int = 500
    """Steps between checkpoints; one is written each minute where time is what ends the training."""

    def at(self, encoder_rate: float) -> Self:
        """Return the same with another rate of the encoder, that of all else in proportion."""
        return replace(self, encoder_rate=encoder_rate, rate=self.rate * encoder_rate / self.encoder_rate)


def plan(
    lengths: NDArray[np.int64], passes: NDArray[np.float64], most: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return one epoch in any order: batches of examples of like length, each of at most `most` pieces with padding.

    `passes` says how often each example is in an epoch on average, shape (n,).
    """
    times = np.floor(passes + generator.random(len(passes))).astype(int)
    order = np.repeat(np.arange(len(lengths)), times)
    drawn = lengths[order]
    order = order[np.lexsort((generator.random(len(drawn)), drawn + generator.integers(0, 4, len(drawn))))]
    batches, begin = [], 0
    longest = 0
    for i, example in enumerate(order):
        longest = max(longest, int(lengths[example]))
        if longest * (i + 1 - begin) > most and i > begin:
            batches.append(order[begin:i])
            begin, longest = i, int(lengths[example])
    if begin < len(order):
        batches.append(order[begin:])
    generator.shuffle(batches)
    return batches


def run(
    network: N,
    lengths: Sequence[int],
    loss: Callable[[N, NDArray[np.int64], np.random.Generator], Tensor],
    settings: LoopSettings,
    folder: Path,
    *,
    passes: Sequence[float] | None = None,
) -> N:
    """Train for `settings.steps` steps or `settings.minutes` and return the network with the average of its weights.

    Now and then a checkpoint is written into `folder`, from which the same call resumes. With a number of steps the
    outcome is that of an unbroken run, byte by byte on the same processor. A GPU is used where PyTorch finds one.

    Args:
        network: what is trained; what begins pretrained is its attribute `encoder`.
        lengths: word pieces of each example.
        loss: of the network, the numbers of the examples of a batch, and a source of chance that is the batch's own;
            the network is where `device` says.
        settings: how long and how fast.
        folder: of the checkpoint.
        passes: how often each example is learnt from in an epoch, on average; by default once.

    Raises:
        InputError: there is nothing to learn from, or a checkpoint of other settings, of other examples, or of a
            training with another start, or neither steps nor minutes are given.
    """
    if (settings.steps is None) == (settings.minutes is None):
        raise InputError("a training takes either a number of steps or a number of minutes")
    often = np.ones(len(lengths)) if passes is None else np.array(passes)
    if settings.steps != 0 and not often.any():
        raise InputError("there is nothing to learn from: no example is gone through at all")
    folder.mkdir(parents=True, exist_ok=True)
    state = _State(network, settings, _digest(network, lengths, passes))
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        state.load(checkpoint)
        logger.info("goes on after step %d", state.step)
    network.train()
    short = computes_in_bfloat16()
    logger.info("computes in %s on %s", "bfloat16" if short else "32 bits", device())
    log = _Log()
    for step, chosen in _from(state.step, np.array(lengths, np.int64), often, settings):
        if settings.minutes is not None and state.seconds >= 60 * settings.minutes:
            break
        generator = np.random.default_rng((settings.seed, step))
        torch.manual_seed(settings.seed * 1_000_003 + step)
        with torch.autocast(device().type, torch.bfloat16, enabled=short):
            step_loss = loss(network, chosen, generator)
        state.learn(step_loss)
        log.add(step_loss, sum(lengths[i] for i in chosen), f"step {state.step}{state.left()}")
        if state.is_due():
            state.save(checkpoint)
    if settings.minutes is not None:
        state.save(checkpoint)
    return state.averaged()


_SECONDS_BETWEEN_CHECKPOINTS = 60


class _Log:
    """Says now and then how it goes: reading a loss waits for the GPU, so it is read seldom."""

    def __init__(self) -> None:
        self._losses: list[Tensor] = []
        self._pieces = 0
        self._clock = time.monotonic()

    def add(self, loss: Tensor, pieces: int, place: str) -> None:
        """Take a step's loss and word pieces; `place` says which step it is."""
        self._losses.append(loss.detach())
        self._pieces += pieces
        if len(self._losses) == 50:
            mean, passed = float(torch.stack(self._losses).mean()), time.monotonic() - self._clock
            logger.info("%s: loss %.4f, %d pieces a second", place, mean, self._pieces / passed)
            self._losses, self._pieces, self._clock = [], 0, time.monotonic()


def _digest(network: nn.Module, lengths: Sequence[int], passes: Sequence[float] | None) -> str:
    digest = hashlib.sha256(np.array(lengths, np.int64).tobytes())
    digest.update(np.array(() if passes is None else passes, np.float64).tobytes())
    for value in network.state_dict().values():
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()


def device() -> torch.device:
    """Return what is computed on."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def computes_in_bfloat16() -> bool:
    """Return whether the device multiplies in bfloat16; where it is but imitated, 32 bits are many times faster."""
    if device().type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _from(
    step: int, lengths: NDArray[np.int64], passes: NDArray[np.float64], settings: LoopSettings
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield the number of each step that is left and its examples, without end where time is what ends it."""
    done, epoch = 0, 0
    last = np.inf if settings.steps is None else settings.steps
    while done < last:
        batches = plan(lengths, passes, settings.batch_pieces, np.random.default_rng((settings.seed, 0, epoch)))
        for chosen in batches:
            if step <= done < last:
                yield done, chosen
            done += 1
        epoch += 1


class _State(Generic[N]):
    """The network, its optimiser and the average of its weights."""

    def __init__(self, network: N, settings: LoopSettings, begun: str) -> None:
        self.network = network.to(device())
        self.settings = settings
        self.begun = begun
        """Changes with the network as it was at first, and with what it learns from."""
        self.step = 0
        self._started = self._saved = time.monotonic()
        self._seconds_before = 0.0
        groups = _groups(network, settings)
        self._rates = [group["lr"] for group in groups]
        self.optimizer = torch.optim.AdamW(groups, fused=True)
        self.average = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @property
    def seconds(self) -> float:
        """Seconds of learning, the runs before included."""
        return self._seconds_before + time.monotonic() - self._started

    def is_due(self) -> bool:
        """Return whether it is time for a checkpoint."""
        if self.settings.minutes is not None:
            return time.monotonic() - self._saved >= _SECONDS_BETWEEN_CHECKPOINTS
        return self.step % self.settings.save_every == 0 or self.step == self.settings.steps

    def left(self) -> str:
        """Return how far this is, for the log."""
        if self.settings.minutes is None:
            return f" of {self.settings.steps}"
        return f", {self.seconds:.0f} of {60 * self.settings.minutes:.0f} s"

    def _factor(self) -> float:
        """Return what the rates are multiplied by: they rise from nothing and then fall to nothing, linearly."""
        warm = self.settings.warm_up
        if self.settings.minutes is not None:
            passed = self.seconds / (60 * self.settings.minutes)
            return max(0.0, min(passed / warm if warm else 1.0, (1 - passed) / (1 - warm)))
        assert self.settings.steps is not None
        steps, warm_steps = self.settings.steps, max(1, int(warm * self.settings.steps))
        return min((self.step + 1) / warm_steps, (steps - self.step) / max(1, steps - warm_steps))

    def learn(self, loss: Tensor) -> None:
        """Take one step."""
        factor = self._factor()
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        keep = min(self.settings.average, self.step / (self.step + 10))
        values = self.network.state_dict()
        learnt = [name for name, value in values.items() if value.is_floating_point()]
        # All tensors in one go: a hundred small operations would cost a GPU more than the step.
        average = get_ema_multi_avg_fn(keep)  # type: ignore[no-untyped-call]
        average([self.average[name] for name in learnt], [values[name] for name in learnt], 0)

    def averaged(self) -> N:
        """Return a network with the average of the weights, on the processor."""
        other = copy.deepcopy(self.network)
        other.load_state_dict(self.average)
        return other.eval().cpu()

    def save(self, path: Path) -> None:
        """Write a checkpoint beside its place and move it there."""
        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "seconds": self.seconds,
            "settings": json.dumps(asdict(self.settings)),
            "begun": self.begun,
        }
        with atomic(path) as unfinished:
            torch.save(state, unfinished)
        self._saved = time.monotonic()

    def load(self, path: Path) -> None:
        kept = torch.load(path, map_location=device(), weights_only=True)
        if json.loads(kept["settings"]) != asdict(self.settings):
            raise InputError(f"{path} was made with other settings: {kept['settings']}; remove it, or use those")
        if kept.get("begun") != self.begun:
            raise InputError(f"{path} began with another network or other examples; remove it, or use those")
        self.network.load_state_dict(kept["network"])
        self.average = kept["average"]
        self.optimizer.load_state_dict(kept["optimizer"])
        self._seconds_before = kept["seconds"]
        self.step = kept["step"]


def _groups(network: nn.Module, settings: LoopSettings) -> list[dict[str, Any]]:
    """Return parameters with their rates; biases and norms do not decay."""
    groups: list[dict[str, Any]] = []
    for encoder, rate in ((True, settings.encoder_rate), (False, settings.rate)):
        for decays in (True, False):
            chosen = [
                value
                for name, value in network.named_parameters()
                if value.requires_grad and name.startswith("encoder.") == encoder and (value.ndim > 1) == decays
            ]
            groups.append({"params": chosen, "lr": rate, "weight_decay": settings.weight_decay if decays else 0.0})
    return groups
