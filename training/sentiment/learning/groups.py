"""What the other reviews of the same thing say of a review.

Most reviews of one film are of one mind: of labelled films, the label that most other reviews of a
film have is right for six of seven. So where a review's own words leave a doubt, the others settle
it, and a model that labels reviews for itself to learn from labels them better than it knows.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

SMOOTHING = 0.5  # reviews of no opinion added to each group
SUREST = 12.0  # logit
MOST_STEPS, SMALLEST_STEP = 50, 1e-6


def logits_with_peers(logits: Floats, groups: NDArray[np.int32]) -> Floats:
    """Calibrated logits (reviews,) once the others of each group, -1 for none, have been heard.

    Given its label, a review's words tell nothing of what others say, so by Bayes' rule the logit
    of its label given both is the one given its words, plus the one given the others, minus the
    one given neither.
    How much others tell is learnt without a label: by logistic regression of each review's own
    probability on the mean of the others'. Where they tell nothing, nothing changes.
    """
    logits = np.clip(logits, -SUREST, SUREST)
    own = expit(logits)
    sizes = np.bincount(groups + 1)[groups + 1] - 1
    has_peers = (groups >= 0) & (sizes > 0)
    if not has_peers.any():
        return logits
    sums = np.bincount(groups + 1, own)[groups + 1] - own
    mean = ((sums + SMOOTHING / 2) / (sizes + SMOOTHING))[has_peers]
    heard = np.column_stack([np.log(mean / (1 - mean)), np.ones(len(mean))])
    prior = own[has_peers].mean()
    weights = _regression(heard, own[has_peers])
    found = logits.copy()
    found[has_peers] += heard @ weights - np.log(prior / (1 - prior))
    return np.clip(found, -SUREST, SUREST)


def _regression(inputs: Floats, probabilities: Floats) -> Floats:
    """Weights of a logistic regression, by Newton's method."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(MOST_STEPS):
        expected = expit(inputs @ weights)
        spread = expected * (1 - expected)
        curvature = (inputs * spread[:, None]).T @ inputs + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curvature, inputs.T @ (probabilities - expected))
        weights += step
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return weights
