"""Fit both parts of the model, and where there are reviews without labels fit them twice.

The first model gives those reviews its own probabilities as labels, and the second learns from all.
It has several times as much to learn from, and ends up better than the first ("self-training":
Yarowsky 1995; with soft labels as in Hinton et al. 2015, "Distilling the Knowledge in a Neural
Network").
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sentiment.budget import Budget
from sentiment.dataset.encoded import Encoded
from sentiment.dataset.split import order_of_both
from sentiment.dataset.unlabelled import read_unlabelled
from sentiment.learning.groups import logits_with_peers
from sentiment.learning.initial import Initial
from sentiment.learning.learner import Learner, Worker
from sentiment.learning.lessons import lessons
from sentiment.learning.linear import Linear, fades, fit_linear, linear_logits
from sentiment.learning.logits import LogitsWorker, save_for_workers
from sentiment.learning.mixture import fit_mixture
from sentiment.learning.parallel import World, hosts_of, workers, world_of
from sentiment.learning.plan import Plan, plan_for
from sentiment.model.network import ModelConfig
from sentiment.processors import processors
from sentiment.settings import Settings
from sentiment.vocabulary import Vocabulary

MOST_PROCESSES = 8
WORDS_WORTH_A_PROCESS = 1_000_000  # one takes seconds to start; less is learnt sooner alone
MOST_LINEAR_WORDS = 16_000_000  # that the linear part is fitted on: they are held in memory
# Where time is limited, its share of it, and how fast a slow and busy core fits it.
LINEAR_SHARE, LINEAR_WORDS_A_SECOND, FEWEST_LINEAR_WORDS = 0.2, 200_000, 200_000
FIRST_ROUND_SHARE = 0.4  # of the time for learning, where there are reviews without labels


@dataclass(frozen=True)
class Material:
    """What is learnt from: both parts in ids of one vocabulary."""

    vocabulary: Vocabulary
    train: Encoded
    validation: Encoded
    fingerprints: NDArray[np.uint64]  # (rows,): of all rows of the dataset, the test part's too


@dataclass(frozen=True)
class Unlabelled:
    """Reviews without a label, and what each is about."""

    reviews: Encoded  # their labels are 0.5
    groups: NDArray[np.int32]  # (reviews,): equal for reviews of one film, -1 for none


@dataclass(frozen=True)
class Fitted:
    """Both parts, and how many reviews without a label they have learnt from."""

    learner: Learner
    linear: Linear
    linear_rows: int  # that the linear part has learnt from
    unlabelled: int = 0


def fit(
    settings: Settings, initial: Initial, material: Material, work: Path, budget: Budget
) -> Fitted:
    """Fit both parts on the labelled reviews, and then on those without labels as well, if any."""
    if settings.unlabelled is None:
        left = budget.for_learning
        return _fit(settings, initial, material, work / "labelled", settings.epochs, left)
    later = (1 - FIRST_ROUND_SHARE) * budget.for_learning() if budget.is_limited else 0.0
    fitted = _fit(
        *(settings, initial, material, work / "labelled", settings.epochs),
        lambda: budget.for_learning() - later,
    )
    unlabelled = unlabelled_reviews(settings.unlabelled, material, work / "unlabelled")
    labels = _pseudo_labels(
        settings, fitted, material.validation, unlabelled, work / "pseudo-labels"
    )
    more = Encoded(unlabelled.reviews.ids, unlabelled.reviews.starts, labels)
    more = material.train.joined(more, work / "more.npy")
    start = initial._replace(weights=fitted.learner.best)
    both = replace(material, train=more)
    fitted = _fit(
        *(settings, start, both, work / "both", settings.more_epochs), budget.for_learning
    )
    return replace(fitted, unlabelled=len(unlabelled.reviews))


def _fit(
    settings: Settings,
    initial: Initial,
    material: Material,
    work: Path,
    epochs: float,
    seconds_left: Callable[[], float],
) -> Fitted:
    """Fit both parts, the recurrent one in further processes where the data is worth it.

    The linear part comes first, so that it is known how much time is left for the other.
    """
    work.mkdir()
    train, taught = material.train, lessons_for(settings, material)
    plan = plan_for(
        settings,
        epochs,
        material.vocabulary,
        len(train),
        len(taught),
        is_fine_tuning=bool(initial.weights),
    )
    config = config_for(settings, initial, len(material.vocabulary))
    is_limited = seconds_left() < math.inf
    some = linear_part(train, seconds_left(), settings.seed)
    linear = fit_linear(some, config, settings.linear_strength)
    world, further = _world(settings, train, plan, work)
    train = train.joined(taught, work / "words.npy")
    if further:
        train.save(work, "train")
        material.validation.save(work, "validation")
    checkpoints = settings.checkpoint_dir / work.name
    learner = Learner(
        *(config, plan, train, material.validation, world, checkpoints, initial.weights),
        seconds_left=seconds_left if is_limited else None,
    )
    with workers(world, further, Worker(config, plan, checkpoints, is_limited), work):
        learner.run()
    return Fitted(learner, linear, len(some))


def linear_part(train: Encoded, seconds: float, seed: int) -> Encoded:
    """As many reviews, by chance, as there is memory for, and time in so many seconds."""
    most = float(MOST_LINEAR_WORDS)
    if seconds < math.inf:
        in_time = max(LINEAR_SHARE * seconds * LINEAR_WORDS_A_SECOND, FEWEST_LINEAR_WORDS)
        most = min(most, in_time)
    if len(train.ids) <= most:
        return train
    order = order_of_both(train.labels > 0.5, seed)
    enough = int(np.searchsorted(np.cumsum(train.lengths[order]), most, "right"))
    return train.select(np.sort(order[: max(2, enough)]))


def unlabelled_reviews(source: Path, material: Material, work: Path) -> Unlabelled:
    """The reviews without labels that aren't in the dataset as well."""
    files = sorted(path for path in source.rglob("*") if path.is_file()) or [source]
    rows = read_unlabelled(files, work)
    new = np.flatnonzero(~np.isin(rows.fingerprints, material.fingerprints))
    table = material.vocabulary.encode(rows.lexicon).astype(np.int32)
    ids, starts = rows.encoded(new, table, work / "words.npy")
    reviews = Encoded(ids, starts, np.full(len(new), 0.5, np.float32))
    return Unlabelled(reviews, rows.groups[new])


def _pseudo_labels(
    settings: Settings, fitted: Fitted, validation: Encoded, unlabelled: Unlabelled, work: Path
) -> NDArray[np.float32]:
    """How probably each review without a label is positive, (reviews,), its peers heard."""
    learner, linear = fitted.learner, fitted.linear
    config, longest = learner.config, learner.plan.longest
    mixture = fit_mixture(
        learner.logits.numpy().astype(np.float64),
        linear_logits(linear, validation, config, longest),
        fades(validation, longest),
        validation.labels,
    )
    work.mkdir()
    save_for_workers(work, learner.best, unlabelled.reviews)
    worker = LogitsWorker(config, learner.plan)
    world, further = _world(settings, unlabelled.reviews, learner.plan, work)
    with workers(world, further, worker, work):
        logits = worker.logits(world, work)
    logits = mixture.logits(
        logits,
        linear_logits(linear, unlabelled.reviews, config, longest),
        fades(unlabelled.reviews, longest),
    )
    logits = logits_with_peers(logits, unlabelled.groups)
    return np.asarray(expit(logits), np.float32)


def _world(settings: Settings, encoded: Encoded, plan: Plan, work: Path) -> tuple[World, int]:
    """Where the processes meet, and how many this one has to start."""
    processes = settings.processes or suitable_processes(encoded, plan)
    if "WORLD_SIZE" in os.environ:  # torchrun has started them all
        processes = 1
    return world_of(processes, hosts_of(settings.base_dir), work), processes - 1


def config_for(settings: Settings, initial: Initial, words: int) -> ModelConfig:
    """The sizes: what is started from decides them."""
    embedding, hidden = settings.embedding, settings.hidden
    if initial.weights:
        embedding = initial.weights["embedding.weight"].shape[1]
        hidden = initial.weights["forwards.weight_hh_l0"].shape[1]
    return ModelConfig(words, embedding, hidden, settings.buckets, settings.dropout)


def lessons_for(settings: Settings, material: Material) -> Encoded:
    """Sentences that teach negation and contrast; none in a language that they aren't in."""
    known = material.vocabulary
    found = lessons(known.__contains__, settings.seed) if settings.lessons else []
    words = [known.encode(lesson.words) for lesson in found]
    return Encoded.of(words, [lesson.label for lesson in found])


def suitable_processes(train: Encoded, plan: Plan) -> int:
    """One per processor that this process may use, as far as the data keeps them busy; one GPU."""
    if plan.device != "cpu":
        return 1
    words = int(np.minimum(train.lengths, plan.maximum_words).sum() * plan.epochs)
    return max(1, min(MOST_PROCESSES, processors(), words // WORDS_WORTH_A_PROCESS))
