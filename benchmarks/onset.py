"""How soon after a dataset is dropped its model is good enough: train.py's steps, watched.

    PYTHONPATH=training .venv/bin/python -m benchmarks.onset imdb-train.jsonl.xz 0.847 0.913

Reads the dataset, chooses its start and learns as train.py does, and every few steps measures the
recurrent part on a sample of the held-out reviews. What measuring takes doesn't count; exporting
and examining, which come after, do not either. Prints Markdown: each accuracy asked for, and that
of a linear baseline from the same rows, with the seconds until it was reached, and stayed so.
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.budget import Budget
from sentiment.dataset.encoded import Encoded
from sentiment.judging.baseline import baseline
from sentiment.learning.batches import Batch
from sentiment.learning.fitting import config_for, lessons_for, suitable_processes
from sentiment.learning.learner import Learner, Worker
from sentiment.learning.logits import logits_of
from sentiment.learning.parallel import Hosts, workers, world_of
from sentiment.learning.plan import plan_for
from sentiment.pipeline import Data, encoded, prepare
from sentiment.settings import settings


class Enough(Exception):
    """It has learnt for as long as was wanted."""


class Watched(Learner):
    """Measures itself between steps; `course` has (seconds, accuracy) on the held-out reviews."""

    def watch(self, test: Encoded, began: float, every: int, until: float) -> None:
        """Begin to watch; `began` is when the dataset was dropped, by the monotonic clock."""
        self.test, self.began, self.every, self.until = test, began, every, until
        self.course: list[tuple[float, float]] = []
        self.taken = 0

    def _step(self, batch: Batch) -> tuple[float, int]:
        done = super()._step(batch)
        self.taken += 1
        if self.taken % self.every == 0:
            paused = time.monotonic()
            logits = logits_of(self.model, self.test, self.plan).numpy()
            accuracy = float(((logits > 0) == (self.test.labels > 0.5)).mean())
            self.course.append((paused - self.began, accuracy))
            print(f"{self.course[-1][0]:.0f} s: {accuracy:.4f}", file=sys.stderr, flush=True)
            if self.course[-1][0] > self.until:
                raise Enough
            self.model.train()
            self.began += time.monotonic() - paused
        return done


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, help="labelled reviews")
    parser.add_argument("accuracies", type=float, nargs="+", help="between 0 and 1")
    parser.add_argument("--reviews", type=int, default=2_000, help="that it is measured on")
    parser.add_argument("--every", type=int, default=25, help="steps between measurements")
    parser.add_argument("--until", type=float, default=1e9, help="seconds after the drop, no more")
    parser.add_argument("--flags", nargs=argparse.REMAINDER, default=[], help="as of train.py")
    chosen = parser.parse_args()
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        data, learner = learn(chosen, Path(folder))
    test = data.part(data.parts.test)
    linear = baseline(data.part(data.parts.train), test, 1).probabilities
    of_linear = float(((linear > 0.5) == (test.labels == 1)).mean())
    print("| accuracy on held-out reviews | first after | and from then on after |\n|---|---|---|")
    for accuracy in sorted(chosen.accuracies):
        print(f"| {accuracy:.1%} | {reached(learner.course, accuracy)} |")
    print(f"| {of_linear:.1%}, the linear baseline's | {reached(learner.course, of_linear)} |")


def learn(chosen: Any, work: Path) -> tuple[Data, Watched]:
    """Do what train.py does until both parts would be mixed."""
    began = time.monotonic()
    told = settings(["--dataset", str(chosen.file), "--checkpoint-dir", str(work), *chosen.flags])
    data = prepare(told, work, Budget())
    material, initial = data.material, data.initial
    taught = lessons_for(told, material)
    plan = plan_for(
        told,
        told.epochs,
        material.vocabulary,
        len(material.train),
        len(taught),
        is_fine_tuning=bool(initial.weights),
    )
    config = config_for(told, initial, len(material.vocabulary))
    processes = told.processes or suitable_processes(material.train, plan)
    train = material.train.joined(taught, work / "words.npy")
    train.save(work, "train")
    material.validation.save(work, "validation")
    world = world_of(processes, Hosts(["localhost"], "localhost", None), work)
    learner = Watched(config, plan, train, material.validation, world, work, initial.weights)
    test = encoded(data.rows, data.parts.test, data.ids, work / "test-words.npy")
    learner.watch(sample(test, chosen.reviews), began, chosen.every, chosen.until)
    further = workers(world, processes - 1, Worker(config, plan, work), work)
    with suppress(Enough), further:
        learner.run()
    return data, learner


def sample(test: Encoded, size: int) -> Encoded:
    """So many reviews, the same ones each time."""
    drawn = np.random.default_rng(1).permutation(len(test))[:size]
    return Encoded.of(
        [test.review(index).astype(np.int64) for index in drawn], test.labels[drawn].tolist()
    )


def reached(course: list[tuple[float, float]], accuracy: float) -> str:
    """The seconds after which it was measured first, and after which no measurement was lower."""
    enough = [seconds for seconds, found in course if found >= accuracy]
    below = max((seconds for seconds, found in course if found < accuracy), default=0.0)
    lasting = [seconds for seconds in enough if seconds > below]
    return " | ".join(
        f"{found[0]:.0f} s" if found else "not reached" for found in (enough, lasting)
    )


if __name__ == "__main__":
    main()
