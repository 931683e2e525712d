"""Examine the exported model folder, as it will be served, on reviews that it hasn't seen."""

import resource
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.behaviour import behave
from sentiment.champion import compare
from sentiment.dataset import Findings, Row, Split
from sentiment.evaluate import BASELINE, Labels, baseline_probabilities, measure, reliability
from sentiment.judge import Evidence, judge, majority
from sentiment.learn import Learner
from sentiment.predictor import Answer, Predictor
from sentiment.settings import Settings
from sentiment.stages import Stages

INDICATIVE_WORDS = 20


@dataclass(frozen=True)
class Examined:
    """The rows the model learnt from and those it is examined on."""

    train: list[Row]
    test: list[Row]


def examine(
    settings: Settings, rows: Examined, findings: Findings, parts: Split, work: Path
) -> dict[str, Any]:
    """All of evaluation.json but what the training itself took."""
    predictor = Predictor(settings.model_dir)
    words = [row.words for row in rows.test]
    labels = _labels(rows.test)
    answers = predictor.answer(words)
    probabilities = np.array([answer.probability for answer in answers])
    right = (probabilities > 0.5) == (labels == 1)
    baseline = baseline_probabilities([row.words for row in rows.train], _labels(rows.train), words)
    baseline_right = (baseline > 0.5) == (labels == 1)
    champion = None
    if settings.champion is not None:
        fingerprints = [row.fingerprint for row in rows.test]
        champion = compare(settings.champion, work, words, labels, fingerprints, right)
    behaviour = behave(
        lambda reviews: [(one.probability, one.known) for one in predictor.answer(reviews)],
        [row.text for row in rows.test],
        predictor.unsure,
        settings.seed,
    )
    evidence = Evidence(probabilities, labels, baseline_right, behaviour, champion, settings.seed)
    return {
        "version": 1,
        "run": settings.run,
        "dataset": {"name": settings.name or settings.dataset.name, **findings},
        "split": {
            "train": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
            "held_out_by": parts.held_out_by,
        },
        "metrics": measure(probabilities, labels),
        "majority": {"accuracy": majority(labels)},
        "baseline": {"name": BASELINE, "accuracy": float(baseline_right.mean())},
        "champion": champion and champion.summary(),
        "behaviour": behaviour,
        "decision": judge(evidence),
        "reliability": reliability(probabilities, labels),
        "unsure": predictor.unsure,
        "words": indicative_words(words, answers),
    }


def indicative_words(
    reviews: Sequence[Sequence[str]], answers: Sequence[Answer]
) -> dict[str, list[str]]:
    """Words that moved answers most: their summed shares over the root of their frequency."""
    share: dict[str, float] = {}
    count: Counter[str] = Counter()
    for review, answer in zip(reviews, answers, strict=True):
        used = review[slice(*answer.used)]
        count.update(used)
        for word, part in zip(used, answer.contributions.tolist(), strict=True):
            share[word] = share.get(word, 0.0) + part
    fewest = max(2, len(reviews) // 500)
    weights = sorted(
        (total / count[word] ** 0.5, word)
        for word, total in share.items()
        if count[word] >= fewest and word[0].isalpha()
    )
    return {
        "negative": [word for weight, word in weights[:INDICATIVE_WORDS] if weight < 0],
        "positive": [word for weight, word in weights[: -INDICATIVE_WORDS - 1 : -1] if weight > 0],
    }


def account(learner: Learner, stages: Stages, vocabulary: int) -> dict[str, Any]:
    """What the training took."""
    place, processes = learner.place, learner.world.size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (processes - 1)
    unit = 1024 if sys.platform == "linux" else 1024**2  # macOS counts bytes
    seconds = stages.until_now()
    return {
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(sum(seconds.values()), 1),
        "seconds_by_stage": seconds,
        "epochs": place.epoch - 1,
        "best_epoch": place.best_epoch,
        "reviews_per_second": round(place.total_reviews / max(place.total_seconds, 1e-9), 1),
        "processes": processes,
        "peak_memory_mb": round(peak / unit),
        "vocabulary": vocabulary,
        "init": "random, leaning by word counts",
    }


def _labels(rows: Sequence[Row]) -> Labels:
    return np.array([row.label for row in rows], np.int64)
