"""How good is it? Metrics, calibration, and the significance tests that the judge relies on.

Arrays (reviews,) in, numbers out: probabilities are of the positive label, labels are 0 or 1.
"""

import numpy as np

from sentiment.arrays import Floats, Labels, Truths
from sentiment.evaluation import Bin, Metrics
from sentiment.model_folder import Unsure

BASELINE = "logistic regression on TF-IDF of words and pairs of words"
BINS = 15
SMALLEST_PROBABILITY = 1e-12  # in the log loss: a sure mistake costs much, not everything
SIMULATIONS = 1_000
TOLERATED_CALIBRATION_ERROR = 0.05
NARROWEST_BAND, WIDEST_BAND = 0.05, 0.15  # half the width of the unsure band around 0.5
SURE_ACCURACY = 0.95


def measure(probabilities: Floats, labels: Labels) -> Metrics:
    """The metrics of evaluation.json; roc_auc is None where only one label occurs."""
    from sklearn import metrics  # takes a second that who only reads these names doesn't have

    answers = probabilities > 0.5
    bounded = np.clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    has_both = 0 < labels.sum() < len(labels)
    return {
        "accuracy": float(metrics.accuracy_score(labels, answers)),
        "f1": float(metrics.f1_score(labels, answers, zero_division=0)),
        "roc_auc": float(metrics.roc_auc_score(labels, probabilities)) if has_both else None,
        "log_loss": float(metrics.log_loss(labels, bounded, labels=[0, 1])),  # in nats
        "expected_calibration_error": calibration_error(probabilities, labels),
        "confusion": metrics.confusion_matrix(labels, answers, labels=[0, 1]).tolist(),
    }


def reliability(probabilities: Floats, labels: Labels) -> list[Bin]:
    """What the reviews in each of 15 equal bins were given, and how many of them are positive."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        {
            "reviews": int((bins == number).sum()),
            "probability": float(probabilities[bins == number].mean()),
            "positive": float(labels[bins == number].mean()),
        }
        for number in range(BINS)
        if (bins == number).any()
    ]


def calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Expected calibration error over 15 equal bins of the probability of positive."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - labels, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def calibration_limit(probabilities: Floats, seed: int) -> float:
    """The largest calibration error that is no evidence against the model.

    Few reviews give a large error even to a perfect model. So labels are drawn from the
    probabilities themselves many times, and 95 in 100 of such errors are below this limit
    ("consistency resampling": Bröcker & Smith 2007, "Increasing the Reliability of Reliability
    Diagrams"); an error up to 0.05 is always tolerated.
    """
    random = np.random.default_rng(seed)
    errors = [
        calibration_error(
            probabilities, (random.random(len(probabilities)) < probabilities).astype(np.int64)
        )
        for _ in range(SIMULATIONS)
    ]
    return max(TOLERATED_CALIBRATION_ERROR, float(np.quantile(errors, 0.95)))


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """The probability of at least so many successes."""
    from scipy.stats import binom

    return float(binom.sf(successes - 1, trials, chance))


def worse_p_value(ours: Truths, theirs: Truths) -> float:
    """One-sided exact McNemar test: could they win so many disagreements if neither were better?

    Both say which reviews each got right, in the same order.
    """
    they_win, we_win = int((theirs & ~ours).sum()), int((ours & ~theirs).sum())
    return binomial_tail(they_win, they_win + we_win, 0.5)


def unsure_band(probabilities: Floats, labels: Labels) -> Unsure:
    """The narrowest band around 0.5 outside of which the stated accuracy is reached, within bounds.

    Says as well what was reached outside of it, and on which share of the reviews.
    """
    right = (probabilities > 0.5) == (labels == 1)
    distance = np.abs(probabilities - 0.5)
    half = WIDEST_BAND
    for candidate in np.arange(NARROWEST_BAND, WIDEST_BAND, 0.01):
        sure = distance > candidate
        if sure.any() and right[sure].mean() >= SURE_ACCURACY:
            half = float(candidate)
            break
    sure = distance > half
    return {
        "low": round(0.5 - half, 4),
        "high": round(0.5 + half, 4),
        "accuracy_outside": float(right[sure].mean()) if sure.any() else None,
        "share_outside": float(sure.mean()),
    }
