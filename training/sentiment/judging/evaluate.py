"""How good is it? Metrics, the baseline to beat, and the tests that the judge relies on.

Arrays in, numbers out: probabilities are of the positive label, labels are 0 or 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Truths = NDArray[np.bool_]

BASELINE = "logistic regression on TF-IDF of words and pairs of words"
BINS = 15
SIMULATIONS = 1_000
TOLERATED_CALIBRATION_ERROR = 0.05
NARROWEST_BAND, WIDEST_BAND = 0.05, 0.15  # half the width of the unsure band around 0.5
SURE_ACCURACY = 0.95


def measure(probabilities: Floats, labels: Labels) -> dict[str, Any]:
    """The metrics of evaluation.json; roc_auc is None where only one label occurs."""
    positive = probabilities > 0.5
    tp, fp = int((positive & (labels == 1)).sum()), int((positive & (labels == 0)).sum())
    fn, tn = int((~positive & (labels == 1)).sum()), int((~positive & (labels == 0)).sum())
    return {
        "accuracy": (tp + tn) / len(labels),
        "f1": 2 * tp / max(1, 2 * tp + fp + fn),
        "roc_auc": roc_auc(probabilities, labels),
        "log_loss": log_loss(probabilities, labels),
        "expected_calibration_error": calibration_error(probabilities, labels),
        "confusion": [[tn, fp], [fn, tp]],
    }


def roc_auc(probabilities: Floats, labels: Labels) -> float | None:
    """The chance that a positive review is ranked above a negative one, ties counting half."""
    from scipy.stats import rankdata

    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    ranks = rankdata(probabilities)[labels == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def log_loss(probabilities: Floats, labels: Labels) -> float:
    """Mean negative log-likelihood in nats."""
    clipped = np.clip(np.where(labels == 1, probabilities, 1 - probabilities), 1e-12, 1)
    return float(-np.log(clipped).mean())


def reliability(probabilities: Floats, labels: Labels) -> list[dict[str, float]]:
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


def unsure_band(probabilities: Floats, labels: Labels) -> dict[str, float | None]:
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
