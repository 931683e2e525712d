"""Fit the recurrent part: Adam on padded batches, early stopping, checkpoints to go on from."""

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sentiment.dataset.encoded import Encoded
from sentiment.learning import checkpoint
from sentiment.learning.batches import (
    Batch,
    epoch_batches,
    log_count_ratios,
    padded,
    training_reviews,
)
from sentiment.learning.logits import logits_of
from sentiment.learning.pace import STEP_WORDS, Pace, Work, pace, step_costs
from sentiment.learning.parallel import World
from sentiment.learning.plan import Plan
from sentiment.model.network import ModelConfig, Recurrent
from sentiment.stages import METRICS

WARMUP_STEPS = 30
GRADIENT_CLIP_NORM = 1.0  # a longer gradient is cut to this length
SECONDS_BETWEEN_LINES = 5.0
FEWEST_MEASURED_STEPS = 3  # before it is told how much can be learnt in the time there is


@dataclass
class Progress:
    """Where the learning stands, and the best it has reached."""

    epoch: int = 1
    step: int = 0  # of this epoch, done
    loss: float = 0.0  # summed over this epoch's reviews
    reviews: int = 0  # of this epoch
    seconds: float = 0.0  # learning in this epoch
    total_seconds: float = 0.0
    total_reviews: int = 0
    best_epoch: int = 0
    best_loss: float = math.inf
    finished: bool = False
    steps: int = 0  # of all epochs, to be done
    window: int = 0  # words of the windows that long reviews are learnt from by


class Learner:
    """The learning of one process; in the end it has the best weights that were reached.

    `best` has them by name, and `logits` what they make of the validation part, (reviews,).
    """

    def __init__(
        self,
        config: ModelConfig,
        plan: Plan,
        train: Encoded,
        validation: Encoded,
        world: World,
        checkpoints: Path,
        initial: dict[str, Tensor] | None = None,
        seconds_left: Callable[[], float] | None = None,
    ) -> None:
        """`seconds_left` is of learning, asked of the first process only; None: no limit."""
        self.config, self.plan, self.world = config, plan, world
        self.train, self.validation = train, validation
        self.checkpoint = checkpoints / "last.pt"
        torch.manual_seed(plan.seed)
        self.model = Recurrent(config)
        if initial:
            self.model.start_from(initial)
        else:
            ratios = log_count_ratios(train, config.words, plan.smoothing)
            self.model.start_from_ratios(torch.from_numpy(ratios))
        self.device = torch.device(plan.device)
        self.model.to(self.device)
        self.gradient = _joined_gradient(self.model)
        self.optimizer = torch.optim.Adam(
            [{"params": part, "rate": rate} for part, rate in self._rates()],
            lr=plan.learning_rate,
            betas=(0.9, 0.99),
            fused=True,
        )
        self.best = _copy(self.model)
        self.logits = torch.zeros(len(validation))
        self.key = _key(config, plan, train, self.best)
        batches = self._batches(1)
        self.steps = len(batches)  # of a whole epoch
        self.wished = Pace(math.ceil(plan.epochs * self.steps), plan.maximum_words)
        self.progress = Progress(steps=self.wished.steps, window=self.wished.window)
        cost = step_costs(train, batches, plan.lessons)
        self.work = Work(self.wished, self.steps, cost, float(validation.lengths.sum()))
        self.seconds_left = seconds_left
        self.measured = _Measured()
        self.printed = time.monotonic()

    def run(self) -> None:
        """Learn until the validation loss gets no better or the epochs are over."""
        for parameter in self.model.parameters():
            self.world.copy_from_first(parameter.data)  # others may not know what it starts from
        self._restore()
        progress = self.progress
        while not progress.finished:
            self._epoch()
            logits = logits_of(self.model, self.validation, self.plan, self.world)
            self._keep_if_best(logits)
            progress.finished = (
                self._steps_before() + progress.step >= progress.steps
                or progress.epoch - progress.best_epoch >= self.plan.patience
            )
            progress.epoch += 1
            progress.step, progress.loss, progress.reviews, progress.seconds = 0, 0.0, 0, 0.0
            self._save()

    def _rates(self) -> list[tuple[list[nn.Parameter], float]]:
        """Discriminative learning rates: what is general moves least, what is new moves most."""
        model, plan = self.model, self.plan
        heads = [model.head_maximum, model.head_mean, model.bias]
        return [
            (list(model.embedding.parameters()), plan.embedding_rate),
            ([*model.forwards.parameters(), *model.backwards.parameters()], 1.0),
            (heads, plan.head_rate),
        ]

    def _batches(self, epoch: int) -> list[Batch]:
        return epoch_batches(self.train, self.plan, [self.plan.seed, epoch])

    def _steps_before(self) -> int:
        """Steps done in the epochs before this one."""
        return (self.progress.epoch - 1) * self.steps

    def _epoch(self) -> None:
        plan, progress = self.plan, self.progress
        batches = self._batches(progress.epoch)

        def last() -> int:
            return min(len(batches), progress.steps - self._steps_before())

        self.model.train()
        while progress.step < last():
            started = time.monotonic()
            loss, words = self._step(batches[progress.step])
            progress.loss += loss
            progress.step += 1
            seconds = time.monotonic() - started
            self.measured.add(words, seconds)
            progress.seconds += seconds
            progress.total_seconds += seconds
            progress.reviews += len(batches[progress.step - 1].reviews)
            progress.total_reviews += len(batches[progress.step - 1].reviews)
            self._keep_pace()
            self._print_progress(last())
            if progress.step % plan.checkpoint_steps == 0 and progress.step < last():
                self._save()

    def _keep_pace(self) -> None:
        """Learn less where the time would not suffice; all processes do as the first one says."""
        progress, measured = self.progress, self.measured
        if self.seconds_left is None or measured.steps < FEWEST_MEASURED_STEPS:
            return
        chosen = now = Pace(progress.steps, progress.window)
        if self.world.rank == 0:
            done, left = self._steps_before() + progress.step, self.seconds_left()
            chosen = pace(self.work, now, done, left, measured.seconds_a_word())
        told = torch.tensor(chosen)
        self.world.copy_from_first(told)
        progress.steps, progress.window = told.tolist()

    def _step(self, batch: Batch) -> tuple[float, int]:
        """Learn from one batch, of which this process takes every size-th review.

        Gives the loss, in nats, summed over the whole batch, and its words with padding.
        """
        plan, progress, world = self.plan, self.progress, self.world
        seed = [plan.seed, progress.epoch, progress.step]
        reviews = training_reviews(self.train, batch, plan, seed, progress.window)
        torch.manual_seed(int(np.random.default_rng([*seed, world.rank]).integers(2**62)))
        self.gradient.zero_()
        loss = torch.zeros(1)
        mine = slice(world.rank, None, world.size)
        if reviews[mine]:
            labels = torch.from_numpy(np.asarray(self.train.labels[batch.reviews[mine]]))
            ids, lengths = (part.to(self.device) for part in padded(reviews[mine]))
            with torch.autocast(plan.device, torch.bfloat16, enabled=plan.bfloat16):
                logits = self.model(ids, lengths).cpu()
            losses = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="sum")
            # torch has no types for it
            (losses / len(reviews)).backward()  # type: ignore[no-untyped-call]
            loss += losses.detach()
        world.sum(self.gradient)
        norm = self.gradient.norm()
        self.gradient *= (GRADIENT_CLIP_NORM / (norm + 1e-6)).clamp(max=1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate() * group["rate"]
        self.optimizer.step()
        return float(world.sum(loss)), max(map(len, reviews)) * len(reviews)

    def _learning_rate(self) -> float:
        """Warm-up over the first steps, then linear decay to nothing."""
        done = self._steps_before() + self.progress.step
        return self.plan.learning_rate * min(
            (done + 1) / WARMUP_STEPS, 1 - done / self.progress.steps
        )

    def _keep_if_best(self, logits: Tensor) -> None:
        """Keep the weights if none were better; print the line that metrics are read from."""
        progress = self.progress
        labels = torch.from_numpy(np.array(self.validation.labels))
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels).item()
        accuracy = ((logits > 0) == (labels > 0.5)).float().mean().item()
        if loss < progress.best_loss:
            progress.best_loss, progress.best_epoch = loss, progress.epoch
            self.best, self.logits = _copy(self.model), logits.clone()
        figures = (
            f"{progress.epoch}",
            f"{progress.loss / progress.reviews:.4f}",
            f"{loss:.4f}",
            f"{accuracy:.4f}",
            f"{progress.reviews / max(progress.seconds, 1e-9):.0f}",
        )
        self._print(" ".join(map("=".join, zip(METRICS, figures, strict=True))))

    def _print_progress(self, steps: int) -> None:
        if time.monotonic() - self.printed >= SECONDS_BETWEEN_LINES:
            progress = self.progress
            self._print(
                f"epoch={progress.epoch} step={progress.step} steps={steps}"
                f" loss={progress.loss / progress.reviews:.4f}"
                f" speed={progress.reviews / max(progress.seconds, 1e-9):.0f}"
            )

    def _print(self, line: str) -> None:
        self.printed = time.monotonic()
        if self.world.rank == 0:
            print(line, flush=True)

    def _save(self) -> None:
        if self.world.rank == 0:
            state = {
                "key": self.key,
                "progress": asdict(self.progress),
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "best": self.best,
                "logits": self.logits,
            }
            checkpoint.save(self.checkpoint, state)

    def _restore(self) -> None:
        state = checkpoint.load(self.checkpoint, self.key, self.world)
        if state is not None:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.progress = Progress(**asdict(self.progress) | state["progress"])
            self.best, self.logits = state["best"], state["logits"]
            self._print(f"resumed_epoch={self.progress.epoch} resumed_step={self.progress.step}")


class _Measured:
    """How fast this process learns, but for its first step, which is slow."""

    def __init__(self) -> None:
        self.steps, self._words, self._seconds = -1, 0.0, 0.0

    def add(self, words: int, seconds: float) -> None:
        """A step of so many words with padding is done."""
        self.steps += 1
        if self.steps:
            self._words += words + STEP_WORDS
            self._seconds += seconds

    def seconds_a_word(self) -> float:
        """Seconds for each word of those that Work counts."""
        return self._seconds / self._words


@dataclass(frozen=True)
class Worker:
    """What a further process does: the same learning, on its part of each batch."""

    config: ModelConfig
    plan: Plan
    checkpoints: Path
    is_limited: bool = False  # in time, by what the first process says

    def __call__(self, world: World, folder: Path) -> None:
        """Learn from the arrays that the first process has put into the folder."""
        parts = Encoded.load(folder, "train"), Encoded.load(folder, "validation")
        left = (lambda: 0.0) if self.is_limited else None
        Learner(self.config, self.plan, *parts, world, self.checkpoints, seconds_left=left).run()


def _joined_gradient(model: nn.Module) -> Tensor:
    """Make all gradients views of one tensor: one operation sums them over the processes."""
    parameters = list(model.parameters())
    size = sum(parameter.numel() for parameter in parameters)
    joined = torch.zeros(size, device=parameters[0].device)
    at = 0
    for parameter in parameters:
        parameter.grad = joined[at : at + parameter.numel()].view_as(parameter)
        at += parameter.numel()
    return joined


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().cpu().clone() for name, weight in model.state_dict().items()}


def _key(config: ModelConfig, plan: Plan, train: Encoded, initial: dict[str, Tensor]) -> str:
    """What a checkpoint must have been made of to be gone on from."""
    digest = hashlib.sha256(json.dumps([asdict(config), asdict(plan)], sort_keys=True).encode())
    weights = [weight.numpy() for weight in initial.values()]
    for array in (train.ids, train.starts, train.labels, *weights):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
