"""One dataset becomes one judged model: read, split, learn, export, examine what was exported."""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.budget import Budget
from sentiment.dataset.encoded import Encoded
from sentiment.dataset.files import DatasetError
from sentiment.dataset.reading import Dataset, read_dataset
from sentiment.dataset.rows import Rows
from sentiment.dataset.said import NAMES, Said
from sentiment.dataset.split import Part, Split, order_of_both, split
from sentiment.evaluation import Effort, Evaluation
from sentiment.judging.examine import Examined, Looked, examine, look
from sentiment.learning.fitting import Material, fit
from sentiment.learning.initial import Initial, choose
from sentiment.learning.learner import Learner
from sentiment.learning.mixture import accuracy_of_parts, combine
from sentiment.learning.planned import Counts, passes, planned
from sentiment.output import Description, write_evaluation, write_found, write_model
from sentiment.processors import processors
from sentiment.settings import Settings
from sentiment.stages import Stages

MOST_ROWS = 4_000_000  # that are parted and learnt from: they take memory


@dataclass(frozen=True)
class Data:
    """The dataset, the rows of it that are used, their parts, what is started from, parts as ids.

    `looked` is what their labels look like.
    """

    dataset: Dataset
    rows: Rows
    parts: Split
    initial: Initial
    material: Material
    ids: NDArray[np.int32]  # (lexicon,): the id of each word
    looked: Looked

    def part(self, part: Part) -> Rows:
        """The rows of a part."""
        return self.rows.select(part)


def train(
    settings: Settings,
    work: Path,
    budget: Budget | None = None,
    give_up: Callable[[str], None] = print,
) -> None:
    """Do the whole job; of all processes only the first leaves something behind.

    Where the time is over nevertheless, `give_up` is called with a sentence by another thread.
    """
    budget = budget or Budget()
    with Stages() as stages, budget.watched(lambda: stages.name, give_up):
        stages.begin("reading")
        data = prepare(settings, work, budget)
        stages.begin("learning")
        fitted = fit(settings, data.initial, data.material, work, budget)
        learner = fitted.learner
        if learner.world.rank != 0:
            return
        stages.begin("exporting")
        combined = combine(learner, fitted.linear, data.material.validation)
        vocabulary = data.material.vocabulary
        description = Description(settings.run, vocabulary.words, learner.plan)
        own = np.concatenate([data.parts.train, data.parts.validation])
        learnt_from = np.concatenate([data.initial.learnt_from, data.rows.fingerprints[own]])
        write_model(settings.model_dir, description, combined, learnt_from)
        stages.begin("examining")
        given = Examined(
            data.part(data.parts.train),
            data.part(data.parts.test),
            data.parts,
            data.dataset.findings,
            data.looked,
        )
        found = examine(settings, given, work, budget)
        longest = learner.plan.longest
        test = encoded(data.rows, data.parts.test[found.chosen], data.ids, work / "test.npy")
        counts = Counts(
            len(data.dataset.rows),
            len(data.rows),
            len(data.parts.train),
            fitted.linear_rows,
            len(data.parts.test),
            len(found.chosen),
        )
        evaluation: Evaluation = {
            **found.examination,
            "parts": accuracy_of_parts(combined, fitted.linear, test, longest, found.logits),
            "training": {
                **account(learner, stages, len(vocabulary)),
                "init": data.initial.as_dict(),
                "unlabelled": fitted.unlabelled,
                "plan": planned(settings.max_runtime_seconds, learner, counts),
            },
        }
        write_evaluation([settings.model_dir, settings.output_dir], evaluation)
        print(f"decision={evaluation['decision']['status']}", flush=True)


def account(learner: Learner, stages: Stages, vocabulary: int) -> Effort:
    """What the training took."""
    progress, processes = learner.progress, learner.world.size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (processes - 1)
    unit = 1024 if sys.platform == "linux" else 1024**2  # macOS counts bytes
    seconds = stages.until_now()
    return {
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(sum(seconds.values()), 1),
        "seconds_by_stage": seconds,
        "epochs": passes(learner),
        "best_epoch": progress.best_epoch,
        "reviews_per_second": round(progress.total_reviews / max(progress.total_seconds, 1e-9), 1),
        "processes": processes,
        "peak_memory_mb": round(peak / unit),
        "vocabulary": vocabulary,
    }


def prepare(settings: Settings, work: Path, budget: Budget, most: int = MOST_ROWS) -> Data:
    """Read the channel's one file and split it; the vocabulary knows the training part only."""
    dataset = read(settings, work)
    rows = dataset.rows
    if len(rows) > most:
        rows = rows.select(np.sort(order_of_both(rows.labels == 1, settings.seed)[:most]))
    parts = split(rows, settings.seed)
    initial = choose(settings.init, settings.base, settings.imdb, rows.fingerprints)
    looked = look(settings, rows, budget)
    counts = dict(zip(rows.lexicon, rows.counts(parts.train).tolist(), strict=True))
    vocabulary = initial.vocabulary.extended(counts, settings.vocabulary)
    ids = vocabulary.encode(rows.lexicon).astype(np.int32)

    train, validation = (
        encoded(rows, part, ids, work / f"{name}-words.npy")
        for part, name in ((parts.train, "train"), (parts.validation, "validation"))
    )
    material = Material(vocabulary, train, validation, rows.fingerprints)
    return Data(dataset, rows, parts, initial, material, ids, looked)


def encoded(rows: Rows, part: Part, ids: NDArray[np.int32], path: Path) -> Encoded:
    """A part as ids, mapped and not held: memory stays flat."""
    words, starts = rows.encoded(part, ids, path)
    return Encoded(words, starts, rows.labels[part].astype(np.float32))


def read(settings: Settings, work: Path) -> Dataset:
    """Read the channel's one file; what is found in it is told even where it can't be used."""
    file = dataset_file(settings.dataset)
    told = {name: str(getattr(settings, name.replace("-", "_"))) for name in NAMES}
    try:
        dataset = read_dataset(file, work, settings.processes or processors(), said=Said.of(told))
    except DatasetError as error:
        if found := getattr(error, "findings", None):
            write_found(settings.output_dir, settings.name or file.name, found)
        raise
    write_found(settings.output_dir, settings.name or file.name, dataset.findings)
    return dataset


def dataset_file(channel: Path) -> Path:
    """The one file of the dataset channel; a path to a file is taken as well."""
    if channel.is_file():
        return channel
    if not channel.is_dir():
        raise DatasetError(f"The dataset can't be read: there is no folder {channel}.")
    try:
        files = sorted(path for path in channel.rglob("*") if path.is_file())
    except OSError as error:
        raise DatasetError(f"The dataset can't be read: {error}.") from error
    if not files:
        raise DatasetError("There is no file in the dataset's folder: drop the dataset again.")
    if len(files) > 1:
        names = ", ".join(path.name for path in files[:3]) + (", …" if len(files) > 3 else "")
        raise DatasetError(
            f"There are {len(files)} files in the dataset's folder ({names}): leave exactly one."
        )
    return files[0]
