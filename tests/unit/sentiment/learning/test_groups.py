"""What the other reviews of the same thing add to what a review's own words say."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from sentiment.learning.groups import logits_with_peers


def opinions(films: int, reviews: int, noise: float, agreement: float):
    """Logits of reviews whose labels mostly agree within a film, the labels, and the films."""
    random = np.random.default_rng(1)
    film = np.repeat(np.arange(films, dtype=np.int32), reviews)
    is_good = (random.random(films) < 0.5)[film]
    labels = np.where(random.random(len(film)) < agreement, is_good, ~is_good)
    # Two normal distributions whose log odds are the logit itself.
    mean = 2 / noise**2
    logits = np.where(labels, mean, -mean) + 2 / noise * random.normal(size=len(film))
    return logits, labels, film


def accuracy(logits, labels) -> float:
    return float(((logits > 0) == labels).mean())


def test_where_reviews_of_a_film_agree_the_others_settle_a_doubt():
    logits, labels, films = opinions(300, 12, noise=1.0, agreement=0.9)

    heard = logits_with_peers(logits, films)

    assert accuracy(logits, labels) == pytest.approx(0.84, abs=0.02)
    assert accuracy(heard, labels) > accuracy(logits, labels) + 0.05
    probability = expit(heard)
    sure = np.abs(probability - 0.5) > 0.4
    expected = np.maximum(probability, 1 - probability)[sure].mean()
    assert accuracy(heard[sure], labels[sure]) == pytest.approx(expected, abs=0.02)


def test_where_they_do_not_agree_hardly_anything_changes():
    logits, _, films = opinions(300, 12, noise=1.0, agreement=0.5)

    assert np.abs(logits_with_peers(logits, films) - logits).mean() < 0.1


@pytest.mark.parametrize("films", [np.full(50, -1, np.int32), np.arange(50, dtype=np.int32)])
def test_a_review_without_peers_keeps_its_logit(films):
    logits, *_ = opinions(10, 5, noise=1.0, agreement=0.9)

    np.testing.assert_array_equal(logits_with_peers(logits, films), logits)


def test_reviews_without_a_group_are_no_peers_of_each_other():
    logits, _, films = opinions(20, 10, noise=1.0, agreement=0.9)
    films[films == 3] = -1

    heard = logits_with_peers(logits, films)

    np.testing.assert_array_equal(heard[films < 0], logits[films < 0])
    assert np.abs(heard - logits)[films >= 0].mean() > 0.5


@pytest.mark.parametrize(
    ("films", "reviews", "noise", "agreement"), [(8, 5, 1, 0.9), (2, 5, 0.8, 1), (20, 2, 1, 0.9)]
)
def test_peers_are_heard_as_a_logistic_regression_on_their_mean_has_them(
    films, reviews, noise, agreement
):
    """scikit-learn's regression: each review is positive and negative, by its probability."""
    logits, _, films = opinions(films, reviews, noise, agreement)
    own = expit(logits)
    others = [np.delete(own[films == film], place % reviews) for place, film in enumerate(films)]
    means = np.array([(other.sum() + 0.25) / (len(other) + 0.5) for other in others])
    heard = np.log(means / (1 - means))[:, None]
    model = LogisticRegression(C=1e9, tol=1e-9, solver="newton-cholesky")
    model.fit(np.tile(heard, (2, 1)), np.repeat([1, 0], len(own)), np.concatenate([own, 1 - own]))
    prior = np.log(own.mean() / (1 - own.mean()))

    found = logits_with_peers(logits, films)

    assert np.abs(found - (logits + model.decision_function(heard) - prior)).max() < 1e-6


def test_nobody_is_surer_than_one_in_160_000():
    alone = logits_with_peers(np.array([80.0, -80.0]), np.array([-1, -1], np.int32))
    agreed = logits_with_peers(np.array([11.0] * 9 + [-1.0] * 9), np.repeat([0, 1], 9))

    assert alone.tolist() == [12, -12]
    assert agreed.max() == 12


def test_extreme_logits_stay_finite():
    heard = logits_with_peers(np.array([80.0, 90.0, -80.0]), np.zeros(3, np.int32))

    assert np.isfinite(heard).all()
    assert heard[0] > heard[2]
