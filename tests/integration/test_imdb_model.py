"""The first live model as it is committed: right on short reviews, well-behaved, honest."""

import csv
import random

import numpy as np
import pytest

from benchmarks.short import answers, short_reviews
from sentiment.judging.behaviour import behave, overall
from sentiment.serving.predictor import Predictor
from sentiment.text import read
from tests.needs import ROOT

REMOVED = 3  # words


@pytest.fixture(scope="module")
def predictor():
    return Predictor(ROOT / "models/imdb")


@pytest.fixture(scope="module")
def texts():
    with (ROOT / "examples/reviews.csv").open(encoding="utf-8", newline="") as file:
        return [row["review"] for row in csv.DictReader(file)]


def logit_without(predictor: Predictor, words: list[str], removed: set[int]) -> float:
    kept = [word for place, word in enumerate(words) if place not in removed]
    return float(predictor.answer([kept])[0].logit)


def test_it_is_right_on_reviews_of_a_line_or_two(predictor):
    reviews = short_reviews()

    found = answers(predictor, [review.text for review in reviews])

    right = [
        (one > 0.5) == review.positive for (one, _), review in zip(found, reviews, strict=True)
    ]
    assert np.mean(right) >= 0.85


def test_it_behaves(predictor, texts):
    suite = behave(
        lambda asked: [(one.probability, one.known) for one in predictor.answer(asked)],
        texts,
        predictor.unsure,
        1,
    )

    assert overall(suite) >= 0.95
    assert min(check["rate"] for check in suite.values()) >= 0.9


def test_the_words_it_names_are_those_that_it_answers_by(predictor, texts):
    """Without its most important words an answer moves further than without any others."""
    chance = random.Random(1)
    named, others = [], []
    for text in chance.sample(texts, 100):
        words = [token.word for token in read(text).tokens]
        answer = predictor.answer([words])[0]
        towards = np.sign(answer.logit) * answer.contributions
        most = set(np.argsort(-towards)[:REMOVED].tolist())
        drawn = set(chance.sample(range(len(words)), REMOVED))
        for removed, moved in ((most, named), (drawn, others)):
            moved.append(abs(logit_without(predictor, words, removed) - answer.logit))

    assert np.mean(named) > 2 * np.mean(others)
    assert np.mean([one > other for one, other in zip(named, others, strict=True)]) > 0.8
