"""What a review's peers, the other reviews of the same film, say of it.

Most reviews of one film are of one mind: of labelled films, the label that most peers of a review
have is right for six of seven. So where a review's own words leave a doubt, its peers settle it,
and a model that labels reviews for itself to learn from labels them better than it knows.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sentiment.arrays import Floats

SMOOTHING = 0.5  # reviews of no opinion added to each group
SUREST = 12.0  # logit
MOST_STEPS, SMALLEST_STEP = 50, 1e-6


def logits_with_peers(logits: Floats, groups: NDArray[np.int32]) -> Floats:
    """logit(label | words, peers) = logit(label | words) + logit(label | peers) - logit(label).

    That is Bayes' rule where a review's words, given its label, tell nothing of what its peers say.
    Takes the first and gives the result, both calibrated and (reviews,); `groups` (reviews,) has
    the number of what each review is about, -1 for nothing.

    The second is learnt without a label: by logistic regression of each review's own probability on
    the mean of its peers'. Where peers tell nothing, nothing changes.
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
    """Weights (inputs,) of a logistic regression on inputs (reviews, inputs), Newton's method."""
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
