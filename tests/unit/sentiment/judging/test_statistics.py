"""Metrics against counts by hand, tests against SciPy, and the mixture of both parts."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binomtest

from sentiment.judging.statistics import (
    binomial_tail,
    calibration_error,
    calibration_limit,
    measure,
    reliability,
    unsure_band,
    worse_p_value,
)
from sentiment.learning.mixture import fit_mixture

RANDOM = np.random.default_rng(5)
PROBABILITIES = RANDOM.random(400).round(2)
LABELS = (RANDOM.random(400) < PROBABILITIES).astype(np.int64)


# --- Metrics ---


def test_metrics_are_what_is_counted_by_hand():
    measured = measure(PROBABILITIES, LABELS)
    tn, fp, fn, tp = (
        int(((PROBABILITIES > 0.5) == answer)[label == LABELS].sum())
        for label in (0, 1)
        for answer in (False, True)
    )
    gaps = PROBABILITIES[LABELS == 1][:, None] - PROBABILITIES[LABELS == 0]
    right = np.clip(np.where(LABELS == 1, PROBABILITIES, 1 - PROBABILITIES), 1e-12, 1)

    assert measured["confusion"] == [[tn, fp], [fn, tp]]
    assert measured["accuracy"] == pytest.approx((tp + tn) / len(LABELS))
    assert measured["f1"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
    assert measured["roc_auc"] == pytest.approx(((gaps > 0) + (gaps == 0) / 2).mean())
    assert measured["log_loss"] == pytest.approx(-np.log(right).mean())


def test_one_label_only_has_no_roc_curve_and_all_other_metrics():
    praised = measure(np.array([0.9, 0.2]), np.array([1, 1]))
    blamed = measure(np.array([0.1, 0.2]), np.array([0, 0]))

    assert (praised["roc_auc"], blamed["roc_auc"]) == (None, None)
    assert (praised["f1"], blamed["f1"]) == (pytest.approx(2 / 3), 0)
    assert praised["confusion"] == [[0, 0], [1, 1]]
    assert blamed["confusion"] == [[2, 0], [0, 0]]
    assert praised["log_loss"] == pytest.approx(-np.log([0.9, 0.2]).mean())


def test_a_mistake_that_was_certain_has_a_finite_loss():
    assert measure(np.array([0.0, 1.0]), np.array([1, 0]))["log_loss"] == pytest.approx(
        27.631, 1e-3
    )


def test_calibration_error_is_the_mean_gap_between_probability_and_share():
    probabilities = np.array([0.81, 0.83, 0.82, 0.82, 0.11, 0.11])
    labels = np.array([1, 1, 1, 0, 0, 0])

    error = calibration_error(probabilities, labels)

    assert error == pytest.approx((4 * (0.82 - 0.75) + 2 * 0.11) / 6)


def test_a_calibrated_model_is_within_the_limit_and_an_overconfident_one_is_not():
    limit = calibration_limit(PROBABILITIES, seed=1)
    logits = np.log(np.clip(PROBABILITIES, 0.01, 0.99) / (1 - np.clip(PROBABILITIES, 0.01, 0.99)))
    overconfident = expit(4 * logits)

    assert calibration_error(PROBABILITIES, LABELS) <= limit
    assert calibration_error(overconfident, LABELS) > calibration_limit(overconfident, seed=1)


def test_few_reviews_are_allowed_a_larger_calibration_error_than_many():
    assert calibration_limit(PROBABILITIES[:40], 1) > calibration_limit(PROBABILITIES, 1) > 0.05


def test_reliability_counts_every_review_once():
    bins = reliability(PROBABILITIES, LABELS)

    assert sum(one["reviews"] for one in bins) == len(LABELS)
    assert sum(one["reviews"] * one["positive"] for one in bins) == pytest.approx(LABELS.sum())


def test_p_values_are_scipys():
    ours = np.array([True] * 50 + [False] * 12 + [True] * 5)
    theirs = np.array([True] * 50 + [True] * 12 + [False] * 5)

    expected = binomtest(12, 17, 0.5, alternative="greater").pvalue
    assert worse_p_value(ours, theirs) == pytest.approx(expected)
    assert worse_p_value(ours, ours) == pytest.approx(1)
    expected = binomtest(60, 90, 0.5, alternative="greater").pvalue
    assert binomial_tail(60, 90, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("surest_wrong", "low", "high"),
    [(0.5, 0.45, 0.55), (0.58, 0.43, 0.57), (0.8, 0.35, 0.65)],
    ids=["as narrow as allowed", "as wide as needed", "as wide as allowed"],
)
def test_the_unsure_band_holds_what_the_model_gets_wrong(surest_wrong, low, high):
    wrong = np.linspace(0.501, surest_wrong, 200)
    probabilities = np.concatenate([wrong, np.full(500, 0.99)])
    labels = np.array([0] * 200 + [1] * 500)

    band = unsure_band(probabilities, labels)

    assert band["low"] == pytest.approx(low, abs=0.011)
    assert band["high"] == pytest.approx(high, abs=0.011)
    assert 0.35 <= band["low"] <= 0.45
    assert band["low"] + band["high"] == pytest.approx(1)


def test_a_band_with_nothing_outside_says_so():
    band = unsure_band(np.array([0.5, 0.5]), np.array([0, 1]))

    assert (band["accuracy_outside"], band["share_outside"]) == (None, 0.0)


# --- The mixture ---


def test_the_mixture_calibrates_and_prefers_the_better_part():
    truth = RANDOM.normal(0, 2, 4000)
    labels = (RANDOM.random(4000) < expit(truth)).astype(np.float32)

    mixture = fit_mixture(3 * truth, RANDOM.normal(0, 1, 4000), np.full(4000, 0.7), labels)

    assert mixture.recurrent == pytest.approx(1 / 3, rel=0.1)
    assert mixture.linear == pytest.approx(0, abs=0.1)
    assert mixture.intercept == pytest.approx(0, abs=0.15)
    assert mixture.bias == pytest.approx(0, abs=0.15)


def test_no_part_ever_counts_against_itself():
    truth = RANDOM.normal(0, 2, 500)
    labels = (truth > 0).astype(np.float32)

    assert fit_mixture(-truth, truth, np.ones(500), labels).recurrent == 0


def test_a_handful_of_reviews_cannot_make_the_mixture_certain():
    logits = np.array([-3.0, -2.0, 2.0, 3.0])

    mixture = fit_mixture(logits, logits, np.ones(4), np.array([0, 0, 1, 1], np.float32))

    assert abs(mixture.logits(logits, logits, np.ones(4))).max() < 5
