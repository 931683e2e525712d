"""Examine the exported model folder, as it will be served, on reviews that it hasn't seen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.arrays import Floats
from sentiment.dataset.account import Findings
from sentiment.dataset.lexicon import processors
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import Split
from sentiment.evaluation import Examination, Words
from sentiment.judging.baseline import baseline
from sentiment.judging.behaviour import behave
from sentiment.judging.champion import compare
from sentiment.judging.judge import Evidence, judge, majority
from sentiment.judging.statistics import measure, reliability
from sentiment.serving.predictor import Answer, Predictor
from sentiment.settings import Settings

INDICATIVE_WORDS = 20
REVIEWS_AT_ONCE = 1_000
MOST_TEXTS = 1_000  # that the behaviour checks choose from


class IndicativeWords:
    """Words that moved answers most: summed contributions over the root of their frequency."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count: Counter[str] = Counter()
        self._reviews = 0

    def count(self, review: Sequence[str], answer: Answer) -> None:
        """Take one review and its answer into account."""
        self._reviews += 1
        used = review[slice(*answer.used)]
        self._count.update(used)
        for word, part in zip(used, answer.contributions.tolist(), strict=True):
            self._sums[word] = self._sums.get(word, 0.0) + part

    def found(self) -> Words:
        """The first of either kind."""
        fewest = max(2, self._reviews // 500)
        weights = sorted(
            (total / self._count[word] ** 0.5, word)
            for word, total in self._sums.items()
            if self._count[word] >= fewest and word[0].isalpha()
        )
        last = weights[: -INDICATIVE_WORDS - 1 : -1]
        return {
            "negative": [word for weight, word in weights[:INDICATIVE_WORDS] if weight < 0],
            "positive": [word for weight, word in last if weight > 0],
        }


@dataclass(frozen=True)
class Examined:
    """The rows the model learnt from and those it is examined on."""

    train: Rows
    test: Rows


def examine(
    settings: Settings, rows: Examined, findings: Findings, parts: Split, work: Path
) -> tuple[Examination, Floats]:
    """All of evaluation.json but what only the training knows; and the logits of the test rows."""
    predictor = Predictor(settings.model_dir, processors())
    labels = rows.test.labels
    words = IndicativeWords()
    answers = np.array(list(_answers(predictor, rows.test, words)), np.float64)
    probabilities, logits = answers.T
    right = (probabilities > 0.5) == (labels == 1)
    bag = baseline(rows.train, rows.test, settings.seed)
    bag_right = (bag.probabilities > 0.5) == (labels == 1)
    champion = None
    if settings.champion is not None:
        champion = compare(settings.champion, work, rows.test, right)
    behaviour = behave(
        lambda reviews: [(one.probability, one.known) for one in predictor.answer(reviews)],
        _some_texts(rows.test, settings.seed),
        predictor.unsure,
        settings.seed,
    )
    evidence = Evidence(
        probabilities, labels, bag_right, behaviour, champion, settings.seed, bag.name
    )
    evaluation: Examination = {
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
        "baseline": {"name": bag.name, "accuracy": float(bag_right.mean())},
        "champion": champion.summary() if champion else None,
        "behaviour": behaviour,
        "decision": judge(evidence),
        "reliability": reliability(probabilities, labels),
        "unsure": predictor.unsure,
        "words": words.found(),
    }
    return evaluation, logits


def _answers(
    predictor: Predictor, test: Rows, words: IndicativeWords
) -> Iterator[tuple[float, float]]:
    """Probability and logit of each review."""
    for part in test.parts(REVIEWS_AT_ONCE):
        reviews = [part.words(index) for index in range(len(part))]
        for review, answer in zip(reviews, predictor.answer(reviews), strict=True):
            words.count(review, answer)
            yield answer.probability, answer.logit


def _some_texts(rows: Rows, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    chosen = random.choice(len(rows), min(len(rows), MOST_TEXTS), replace=False)
    return [rows.text(index) for index in chosen.tolist()]
