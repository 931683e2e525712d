"""Examine the exported model folder, as it will be served, on reviews that it hasn't seen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from sentiment.arrays import Floats, Indices
from sentiment.budget import Budget
from sentiment.dataset.account import Findings
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import Split
from sentiment.evaluation import Examination, Second, Suspects, Words
from sentiment.judging.baseline import baseline
from sentiment.judging.behaviour import behave
from sentiment.judging.champion import compare
from sentiment.judging.extent import affordable
from sentiment.judging.judge import DatasetEvidence, Evidence, judge, majority
from sentiment.judging.second_opinion import second_opinion
from sentiment.judging.slices import by_group, by_length
from sentiment.judging.statistics import measure, reliability
from sentiment.judging.suspects import MOST_WORDS, remarks, suspects
from sentiment.model_folder import learnt_from
from sentiment.processors import processors
from sentiment.serving.predictor import Answer, Predictor
from sentiment.settings import Settings

INDICATIVE_WORDS = 20
REVIEWS_AT_ONCE = 1_000
LOOKING_SHARE, LOOKING_WORDS_A_SECOND = 0.05, 200_000  # of the time for learning, for the labels


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


class Looked(NamedTuple):
    """What a look at the labels has shown, before anything has learnt from them."""

    suspects: Suspects
    second: Second | None


@dataclass(frozen=True)
class Examined:
    """The rows the model learnt from and those it is examined on, and what is known of both."""

    train: Rows
    test: Rows
    parts: Split
    findings: Findings
    looked: Looked


class Examiner(NamedTuple):
    """The examination, the test rows that it was made on, and the model's logits of these."""

    examination: Examination
    chosen: Indices
    logits: Floats


def look(settings: Settings, rows: Rows, budget: Budget) -> Looked:
    """Look at the labels themselves: are some wrong, or all of them reversed?"""
    most = float(MOST_WORDS)
    if budget.is_limited:
        most = min(most, LOOKING_SHARE * budget.for_learning() * LOOKING_WORDS_A_SECOND)
    found = suspects(rows, settings.seed, most)
    return Looked(found, second_opinion(settings.imdb, rows, settings.seed))


def examine(settings: Settings, given: Examined, work: Path, budget: Budget) -> Examiner:
    """All of evaluation.json but what only the training knows."""
    predictor = Predictor(settings.model_dir, processors())
    extent = affordable(
        predictor,
        given.test,
        budget.left(),
        settings.seed,
        has_champion=settings.champion is not None,
    )
    test = given.test.select(extent.chosen)
    labels = test.labels
    words = IndicativeWords()
    answers = np.array(list(_answers(predictor, test, words)), np.float64)
    probabilities, logits = answers.T
    right = (probabilities > 0.5) == (labels == 1)
    bag = baseline(given.train, test, settings.seed, extent.for_baseline)
    bag_right = (bag.probabilities > 0.5) == (labels == 1)
    champion = None
    if settings.champion is not None:
        champion = compare(settings.champion, work, test, right)
    behaviour = behave(
        lambda reviews: [(one.probability, one.known) for one in predictor.answer(reviews)],
        _some_texts(test, settings.seed, extent.texts),
        predictor.unsure,
        settings.seed,
    )
    findings, looked, parts = given.findings, given.looked, given.parts
    at_fault = cast(Mapping[str, Any], findings).get("rows_at_fault")
    evidence = Evidence(
        *(probabilities, labels, bag_right, behaviour, champion, settings.seed, bag.name),
        DatasetEvidence(findings["rows_read"], at_fault, *looked),
        int(np.isin(test.fingerprints, learnt_from(settings.model_dir)).sum()),
    )
    evaluation: Examination = {
        "version": 1,
        "run": settings.run,
        "dataset": {
            "name": settings.name or settings.dataset.name,
            **findings,
            "notes": [*findings["notes"], *remarks(looked.suspects)],
        },
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
        "suspects": looked.suspects,
        "second_opinion": looked.second,
        "by_length": by_length(test, right, bag_right),
        "by_group": by_group(test, right, bag_right),
    }
    return Examiner(evaluation, extent.chosen, logits)


def _answers(
    predictor: Predictor, test: Rows, words: IndicativeWords
) -> Iterator[tuple[float, float]]:
    """Probability and logit of each review."""
    for part in test.parts(REVIEWS_AT_ONCE):
        reviews = [part.words(index) for index in range(len(part))]
        for review, answer in zip(reviews, predictor.answer(reviews), strict=True):
            words.count(review, answer)
            yield answer.probability, answer.logit


def _some_texts(rows: Rows, seed: int, most: int) -> list[str]:
    random = np.random.default_rng(seed)
    chosen = random.choice(len(rows), min(len(rows), most), replace=False)
    return [rows.text(index) for index in chosen.tolist()]
