import random

import numpy as np

from sentiment.dataset.rows import Row, Rows
from sentiment.judging.baseline import baseline
from sentiment.judging.statistics import BASELINE
from tests.unit.made import as_rows


def made(*reviews: tuple[str, int]) -> Rows:
    return as_rows(
        [
            Row(text, tuple(text.split()), label, None, line, line)
            for line, (text, label) in enumerate(reviews)
        ]
    )


def test_it_learns_words_and_pairs():
    train = made(*[("good film", 1), ("bad film", 0), ("not good", 0), ("not bad", 1)] * 5)

    name, answers = baseline(train, made(("not bad", 1), ("not good", 0)), seed=1)

    assert answers[0] > 0.5 > answers[1]
    assert name == BASELINE


def test_from_many_reviews_it_learns_a_sample_and_says_so():
    chance = random.Random(1)
    labels = [number % 2 for number in range(300)]
    train = made(*((f"{chance.choice(['x', 'y', 'z'])} {('bad', 'good')[i]}", i) for i in labels))
    test = made(("bad x", 0), ("good x", 1))

    name, answers = baseline(train, test, seed=1, most=100)

    assert name == f"{BASELINE}, learnt from 100 of the reviews"
    assert answers[0] < 0.5 < answers[1]
    again, other = (baseline(train, test, seed, most=100).probabilities for seed in (1, 2))
    assert np.array_equal(again, answers)
    assert not np.array_equal(other, answers)
