"""What a practical person would use instead of an LSTM, learnt from the same reviews."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sentiment.arrays import Floats
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import order_of_both
from sentiment.judging.statistics import BASELINE

MOST_REVIEWS = 50_000  # that it learns from: its pairs of words are held in memory
REVIEWS_AT_ONCE = 5_000


class BaselineAnswers(NamedTuple):
    """Its name, which says where it learnt from fewer reviews, and its answers."""

    name: str
    probabilities: Floats


def baseline(train: Rows, test: Rows, seed: int, most: int = MOST_REVIEWS) -> BaselineAnswers:
    """Learn from the training part, or as much of it as is sensible, and answer the test part."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    name = BASELINE
    if len(train) > most:
        train = train.select(np.sort(order_of_both(train.labels == 1, seed)[:most]))
        name = f"{BASELINE}, learnt from {most:,} of the reviews"
    vectorizer = TfidfVectorizer(
        analyzer=_words_and_pairs, sublinear_tf=True, min_df=2, dtype=np.float32
    )
    model = LogisticRegression(C=10.0, solver="liblinear", random_state=0)
    model.fit(vectorizer.fit_transform(_words(train)), train.labels)
    answers = [
        model.predict_proba(vectorizer.transform(_words(part)))[:, 1]
        for part in test.parts(REVIEWS_AT_ONCE)
    ]
    return BaselineAnswers(name, np.concatenate(answers, dtype=np.float64))


def _words(rows: Rows) -> Iterator[tuple[str, ...]]:
    return map(rows.words, range(len(rows)))


def _words_and_pairs(words: Sequence[str]) -> list[str]:
    return [*words, *(f"{first} {second}" for first, second in itertools.pairwise(words))]
