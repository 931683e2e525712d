"""Where the model errs more: held-out reviews by their length, and by what they are about."""

import numpy as np

from sentiment.arrays import Truths
from sentiment.dataset.rows import Rows
from sentiment.evaluation import Slice

SLICES = 5  # of equally many reviews
FEWEST_REVIEWS = 20  # of a slice: fewer tell nothing
MOST_GROUPS = 10  # the largest ones


def by_length(test: Rows, right: Truths, baseline_right: Truths) -> list[Slice]:
    """Accuracy in up to five slices of about equally many reviews, the shortest first."""
    lengths = test.lengths(np.arange(len(test)))
    slices = max(1, min(SLICES, len(test) // FEWEST_REVIEWS))
    cuts = np.unique(np.quantile(lengths, np.arange(1, slices) / slices, method="lower"))
    slice_of = np.searchsorted(cuts, lengths)  # a cut is the longest of its slice
    found = []
    for number in np.unique(slice_of):
        of = slice_of == number
        low, high = int(lengths[of].min()), int(lengths[of].max())
        what = f"{low:,} words" if low == high else f"{low:,} to {high:,} words"
        found.append(_slice(what, of, right, baseline_right))
    return found


def by_group(test: Rows, right: Truths, baseline_right: Truths) -> list[Slice]:
    """Accuracy in the largest groups, the worst first; none where groups are small."""
    groups = test.groups
    sizes = np.bincount(groups[groups >= 0], minlength=len(test.names))
    largest = np.argsort(-sizes, kind="stable")[:MOST_GROUPS]
    found = [
        _slice(test.names[group], groups == group, right, baseline_right)
        for group in largest.tolist()
        if sizes[group] >= FEWEST_REVIEWS
    ]
    return sorted(found, key=lambda one: one["accuracy"])


def _slice(what: str, of: Truths, right: Truths, baseline_right: Truths) -> Slice:
    return {
        "what": what,
        "reviews": int(of.sum()),
        "accuracy": float(right[of].mean()),
        "baseline_accuracy": float(baseline_right[of].mean()),
    }
