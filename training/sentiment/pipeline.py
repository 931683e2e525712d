"""One dataset becomes one judged model: read, split, learn, export, examine what was exported."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.batches import Encoded
from sentiment.dataset import Dataset, DatasetError, Row, Split, read_dataset, split
from sentiment.examine import Examined, account, examine
from sentiment.folder import Description, write_evaluation, write_model
from sentiment.learn import Companion, Learner, Plan
from sentiment.linear import fit_linear
from sentiment.mixture import combine
from sentiment.model import ModelConfig
from sentiment.parallel import companions, world_of
from sentiment.settings import Settings, hosts
from sentiment.stages import Stages
from sentiment.vocabulary import Vocabulary

MOST_PROCESSES = 8
WORDS_WORTH_A_PROCESS = 1_000_000  # one takes seconds to start; less is learnt sooner alone
SMALLEST_BATCH, SMALL_DATA_STEPS = 8, 20


@dataclass(frozen=True)
class Data:
    """The dataset, its parts, and the parts as ids."""

    dataset: Dataset
    parts: Split
    vocabulary: Vocabulary
    train: Encoded
    validation: Encoded
    test: Encoded

    def rows(self, part: Sequence[int]) -> list[Row]:
        """The rows of a part."""
        return [self.dataset.rows[index] for index in part]


def train(settings: Settings, work: Path) -> None:
    """Do the whole job; of all processes only the first leaves something behind."""
    with Stages() as stages:
        stages.begin("reading")
        data = prepare(settings)
        stages.begin("learning")
        learner = learn(settings, data, work)
        if learner.world.rank != 0:
            return
        stages.begin("exporting")
        linear = fit_linear(data.train, learner.config, settings.linear_strength)
        combined = combine(learner, linear, data.validation, data.test)
        description = Description(settings.run, data.vocabulary.words, learner.plan)
        learnt_from = data.rows([*data.parts.train, *data.parts.validation])
        write_model(settings.model_dir, description, combined, learnt_from)
        stages.begin("examining")
        examined = Examined(data.rows(data.parts.train), data.rows(data.parts.test))
        evaluation = examine(settings, examined, data.dataset.findings, data.parts, work)
        evaluation["parts"] = combined.alone
        evaluation["training"] = account(learner, stages, len(data.vocabulary))
        write_evaluation([settings.model_dir, settings.output_dir], evaluation)
        print(f"decision={evaluation['decision']['status']}", flush=True)


def prepare(settings: Settings) -> Data:
    """Read the channel's one file and split it; the vocabulary knows the training part only."""
    dataset = read_dataset(dataset_file(settings.dataset))
    parts = split(dataset.rows, settings.seed)
    vocabulary = Vocabulary.build(
        (dataset.rows[index].words for index in parts.train), maximum_size=settings.vocabulary
    )

    def encoded(part: Sequence[int]) -> Encoded:
        rows = [dataset.rows[index] for index in part]
        reviews = [vocabulary.encode(row.words) for row in rows]
        return Encoded.of(reviews, [row.label for row in rows])

    train, validation, test = map(encoded, (parts.train, parts.validation, parts.test))
    return Data(dataset, parts, vocabulary, train, validation, test)


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


def learn(settings: Settings, data: Data, work: Path) -> Learner:
    """Fit the recurrent part, with further processes where the data is worth it."""
    plan = plan_for(settings, data.train)
    config = ModelConfig(
        words=len(data.vocabulary),
        embedding=settings.embedding,
        hidden=settings.hidden,
        buckets=settings.buckets,
        dropout=settings.dropout,
    )
    processes = settings.processes or suitable_processes(data.train, plan)
    if "WORLD_SIZE" in os.environ:  # torchrun has started them all
        processes = 1
    names, name = hosts(settings.base_dir)
    world = world_of(processes, names, name, work)
    if processes > 1:
        data.train.save(work, "train")
        data.validation.save(work, "validation")
    companion = Companion(config, plan, settings.checkpoint_dir)
    learner = Learner(config, plan, data.train, data.validation, world, settings.checkpoint_dir)
    with companions(world, processes - 1, companion, work):
        learner.run()
    return learner


def plan_for(settings: Settings, train: Encoded) -> Plan:
    """Few reviews make smaller batches and more epochs, so that there are steps enough."""
    batch = min(settings.batch, max(SMALLEST_BATCH, len(train) // SMALL_DATA_STEPS))
    steps = -(-len(train) // batch)
    epochs = max(settings.epochs, -(-settings.minimum_steps // steps))
    return Plan(
        epochs=epochs,
        batch=batch,
        learning_rate=settings.learning_rate,
        maximum_words=settings.maximum_words,
        longest=settings.longest,
        word_dropout=settings.word_dropout,
        smoothing=settings.smoothing,
        patience=max(settings.patience, epochs // 4),
        checkpoint_steps=settings.checkpoint_steps,
        seed=settings.seed,
    )


def suitable_processes(train: Encoded, plan: Plan) -> int:
    """One per processor that this process may use, as far as the data keeps them busy."""
    words = int(np.minimum(train.lengths, plan.maximum_words).sum()) * plan.epochs
    if sys.platform == "linux":
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    return max(1, min(MOST_PROCESSES, processors, words // WORDS_WORTH_A_PROCESS))
