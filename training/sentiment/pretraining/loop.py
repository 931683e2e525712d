"""The loop that base weights come from: both directions at once, one core each, resumable.

On a GPU each direction has a stream of its own.

Everything random follows from the seed and the step, so an interrupted pretraining ends as one that
was not.
"""

import argparse
import hashlib
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from sentiment.learning import checkpoint
from sentiment.learning.parallel import World
from sentiment.model import base
from sentiment.model.language import (
    DIRECTIONS,
    Candidates,
    Dropout,
    LanguageConfig,
    LanguageModel,
    padded_pieces,
)
from sentiment.pretraining import corpus
from sentiment.vocabulary import Vocabulary

WARMUP_STEPS = 200
GRADIENT_CLIP_NORM = 1.0
FINAL_RATE = 0.02  # of the highest learning rate, at the end


@dataclass
class PretrainingProgress:
    """Where it stands; `perplexities` has (words read, forwards, backwards) on held-out reviews."""

    step: int = 0
    words: int = 0
    seconds: float = 0.0
    perplexities: list[tuple[int, float, float]] = field(default_factory=list)


class Pretraining:
    """The loop, and everything that it needs to go on after an interruption."""

    def __init__(
        self, arguments: argparse.Namespace, data: corpus.Corpus, vocabulary: Vocabulary
    ) -> None:
        self.arguments, self.data, self.vocabulary = arguments, data, vocabulary
        self.device = torch.device(arguments.device)
        torch.set_num_threads(1)
        torch.manual_seed(arguments.seed)
        config = LanguageConfig(len(vocabulary), arguments.embedding, arguments.hidden)
        counts = np.bincount(data.ids, minlength=config.words)
        self.model = LanguageModel(config)
        self.model.start_from(counts)
        self.model.to(self.device)
        self.candidates = Candidates(counts, arguments.candidates)
        self.log_included = self.candidates.log_included.to(self.device)
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.Adam(
            self.parameters, lr=arguments.learning_rate, betas=(0.9, 0.99), fused=True
        )
        order = np.random.default_rng(arguments.seed).permutation(len(data))
        held = min(arguments.held_out, len(data) // 10)
        self.held_out, self.reviews = order[:held], order[held:]
        self.progress = PretrainingProgress()
        self.path = arguments.work / "last.pt"
        self.key = _key(config, arguments, len(data.ids))
        self.steps_a_pass = len(self._batches(0))
        self.dropout = Dropout(
            arguments.embedding_dropout, arguments.state_dropout, arguments.weight_dropout
        )
        self.pool = ThreadPoolExecutor(DIRECTIONS)  # one core each
        is_cuda = self.device.type == "cuda"
        self.streams = [_stream() if is_cuda else None for _ in range(DIRECTIONS)]

    def run(self) -> None:
        """Learn until all passes are done."""
        self._restore()
        steps = self.steps_a_pass * self.arguments.passes
        saved = time.monotonic()
        with tqdm(total=steps, initial=self.progress.step, unit="step", mininterval=5) as bar:
            for number in range(self.progress.step // self.steps_a_pass, self.arguments.passes):
                batches = self._batches(number)
                for index in range(self.progress.step - number * self.steps_a_pass, len(batches)):
                    if index >= self.steps_a_pass:
                        break  # passes differ by a batch or two
                    began = time.monotonic()
                    loss = self._step(batches[index], steps)
                    self.progress.seconds += time.monotonic() - began
                    bar.update()
                    bar.set_postfix(pass_=number + 1, loss=f"{loss:.3f}", refresh=False)
                    if time.monotonic() - saved > self.arguments.checkpoint_seconds:
                        self._save()
                        saved = time.monotonic()
                self.progress.step = (number + 1) * self.steps_a_pass
        self._save()

    def _batches(self, number: int) -> list[list[tuple[int, int]]]:
        random = np.random.default_rng([self.arguments.seed, number])
        words, batch = self.arguments.piece_words, self.arguments.batch_words
        return self.data.batches(self.reviews, words, batch, random)

    def _step(self, batch: list[tuple[int, int]], steps: int) -> float:
        """Both directions at once, each in a thread of its own; gives their mean loss."""
        seed = [self.arguments.seed, 1, self.progress.step]
        candidates = None
        if self.arguments.candidates:
            candidates = self.candidates.draw(np.random.default_rng(seed)).to(self.device)
        pieces = [self.data.ids[start:end] for start, end in batch]
        results = list(
            self.pool.map(
                lambda direction: self._gradients(direction, pieces, candidates, seed),
                range(DIRECTIONS),
            )
        )
        for parameter, *gradients in zip(
            self.parameters, *(gradients for _, gradients in results), strict=True
        ):
            parameter.grad = sum(g for g in gradients if g is not None)
        torch.nn.utils.clip_grad_norm_(self.parameters, GRADIENT_CLIP_NORM)
        for group in self.optimizer.param_groups:
            group["lr"] = self.arguments.learning_rate * _schedule(self.progress.step, steps)
        self.optimizer.step()
        self.progress.step += 1
        self.progress.words += sum(map(len, pieces))
        return sum(loss for loss, _ in results) / DIRECTIONS

    def _gradients(
        self, direction: int, pieces: list[Any], candidates: Tensor | None, seed: list[int]
    ) -> tuple[float, tuple[Tensor | None, ...]]:
        number = int(np.random.default_rng([*seed, direction]).integers(2**62))
        random = torch.Generator(self.device).manual_seed(number)
        model, stream = self.model, self.streams[direction]
        if stream:
            stream.wait_stream(torch.cuda.default_stream())  # the weights are those of this step
        with torch.cuda.stream(stream):
            with self._autocast():
                ids = padded_pieces(pieces, is_reversed=direction == 1).to(self.device)
                expected, targets = model.outputs(direction, ids, self.dropout, random)
                if candidates is None:
                    loss = model.loss(expected, targets) / len(targets)
                else:
                    loss = model.sampled_loss(expected, targets, candidates, self.log_included)
            gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True)
            return loss.item(), gradients  # read, and so waited for

    def _autocast(self) -> torch.autocast:
        """16-bit products where the processor is faster at them; weights and sums stay 32-bit."""
        is_wanted = self.arguments.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=is_wanted)

    @torch.no_grad()
    def perplexities(self) -> list[float]:
        """Of each direction on the held-out reviews, over all words."""
        random = np.random.default_rng(0)
        totals = np.zeros((DIRECTIONS, 2))
        for batch in self.data.batches(
            self.held_out, self.arguments.piece_words, self.arguments.batch_words, random
        ):
            pieces = [self.data.ids[start:end] for start, end in batch]
            for direction in range(DIRECTIONS):
                with self._autocast():
                    ids = padded_pieces(pieces, is_reversed=direction == 1).to(self.device)
                    none = torch.Generator()
                    expected, targets = self.model.outputs(direction, ids, None, none)
                    loss = self.model.loss(expected, targets)
                totals[direction] += loss.item(), len(targets)
        return [math.exp(loss / words) for loss, words in totals]

    def _save(self) -> None:
        progress = self.progress
        forwards, backwards = (round(value, 1) for value in self.perplexities())
        progress.perplexities.append((progress.words, forwards, backwards))
        tqdm.write(f"perplexity {forwards} forwards, {backwards} backwards on held-out reviews")
        state = {
            "key": self.key,
            "progress": asdict(progress),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        checkpoint.save(self.path, state)
        arguments = self.arguments
        provenance = {
            "files": [path.name for path in arguments.files],
            "reviews": len(self.reviews),
            "steps": progress.step,
            "planned_steps": self.steps_a_pass * arguments.passes,
            "words_read": progress.words,
            "seconds": round(progress.seconds),
            "perplexities": progress.perplexities,
            "arguments": {
                name: value
                for name, value in sorted(vars(arguments).items())
                if isinstance(value, (int, float, str))
            },
        }
        base.save(arguments.out, base.Base(self.model, self.vocabulary, provenance))

    def _restore(self) -> None:
        state = checkpoint.load(self.path, self.key, World())
        if state is not None:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.progress = PretrainingProgress(**state["progress"])
            print(f"going on from step {self.progress.step}", flush=True)


def _stream() -> torch.cuda.Stream:
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch has no types for it


def _schedule(step: int, steps: int) -> float:
    """What part of the highest learning rate: linear warm-up, then cosine decay."""
    down = (1 + math.cos(math.pi * min(step / steps, 1))) / 2
    return min(1, (step + 1) / WARMUP_STEPS) * (FINAL_RATE + (1 - FINAL_RATE) * down)


def _key(config: LanguageConfig, arguments: argparse.Namespace, words: int) -> str:
    """A checkpoint is gone on from by a pretraining of the same data and sizes only."""
    sizes = [config.as_dict(), arguments.seed, arguments.piece_words, words]
    return hashlib.sha256(repr(sizes).encode()).hexdigest()
