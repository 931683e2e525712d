"""The linear part: what it learns from soft labels, and how it reads long reviews."""

import numpy as np
import pytest

from sentiment.dataset.encoded import Encoded
from sentiment.learning.linear import fades, fit_linear, linear_logits
from sentiment.model.network import ModelConfig

CONFIG = ModelConfig(words=6, embedding=4, hidden=3, buckets=64)
GOOD, BAD, FILM = 2, 3, 4


def encoded(reviews: list[list[int]], labels: list[float]) -> Encoded:
    return Encoded.of([np.array(review) for review in reviews], labels)


def test_a_label_that_is_certain_counts_more_than_a_guess():
    reviews = [[GOOD, FILM]] * 10 + [[BAD, FILM]] * 10
    certain = fit_linear(encoded(reviews, [1.0] * 10 + [0.0] * 10), CONFIG, 1)
    guessed = fit_linear(encoded(reviews, [0.8] * 10 + [0.2] * 10), CONFIG, 1)

    assert certain.unigram[GOOD] > 2 * guessed.unigram[GOOD] > 0
    assert certain.unigram[BAD] < 2 * guessed.unigram[BAD] < 0


def test_a_guess_of_one_half_says_little():
    known = [[GOOD, FILM]] * 10 + [[BAD, FILM]] * 10
    labels = [1.0] * 10 + [0.0] * 10

    without = fit_linear(encoded(known, labels), CONFIG, 1)
    with_half = fit_linear(encoded([*known, *[[GOOD, FILM]] * 5], [*labels, *[0.5] * 5]), CONFIG, 1)

    assert np.sign(without.unigram[[GOOD, BAD]]).tolist() == [1, -1]
    assert with_half.unigram[GOOD] > without.unigram[GOOD] / 2


def test_a_long_review_is_the_mean_of_its_windows():
    linear = fit_linear(
        encoded([[GOOD, FILM]] * 10 + [[BAD, FILM]] * 10, [1] * 10 + [0] * 10), CONFIG, 1
    )
    whole = encoded([[GOOD, FILM, BAD, FILM, FILM, FILM]], [1])
    halves = encoded([[GOOD, FILM, BAD], [FILM, FILM, FILM]], [1, 1])

    assert fades(whole, 3) == pytest.approx([9 / 10_009])
    assert fades(halves, 3) == pytest.approx([9 / 10_009] * 2)
    assert linear_logits(linear, whole, CONFIG, 3) == pytest.approx(
        [linear_logits(linear, halves, CONFIG, 3).mean()]
    )
