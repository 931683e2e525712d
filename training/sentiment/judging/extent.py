"""How much of a model is examined: all that is worth it, or all that there is time for."""

import math
import time
from typing import NamedTuple

import numpy as np

from sentiment.arrays import Indices
from sentiment.dataset.rows import Rows
from sentiment.dataset.split import order_of_both
from sentiment.judging.baseline import MOST_REVIEWS
from sentiment.serving.predictor import Predictor

MOST_TEXTS = 1_000  # that the behaviour checks choose from
MOST_EXAMINED = 30_000  # of the test part: accuracy to 0.2 points or better
# Where time is limited: shares of it, and how fast a slow and busy core fits a baseline.
ANSWERING_SHARE, BEHAVIOUR_SHARE, BASELINE_SHARE = 0.25, 0.3, 0.1
BASELINE_WORDS_A_SECOND = 100_000
FEWEST_EXAMINED, FEWEST_FOR_BASELINE = 200, 500  # reviews, nevertheless
MEASURED_REVIEWS = 32  # that tell how fast the model answers
SENTENCES_WORDS, TIMES_A_TEXT = 16_000, 9  # what the behaviour checks read: always, and of a text


class Extent(NamedTuple):
    """How much is examined: these test rows, a baseline of so many, behaviour by so many texts."""

    chosen: Indices
    for_baseline: int
    texts: int


def affordable(
    predictor: Predictor, test: Rows, seconds: float, seed: int, *, has_champion: bool
) -> Extent:
    """All that is worth it, and where time is limited as much as there is time for."""
    order = order_of_both(test.labels == 1, seed)
    most, for_baseline, texts = min(len(order), MOST_EXAMINED), MOST_REVIEWS, MOST_TEXTS
    if seconds < math.inf:
        few = [test.words(index) for index in order[:MEASURED_REVIEWS].tolist()]
        began = time.monotonic()
        predictor.answer(few)
        words = seconds * sum(map(len, few)) / (time.monotonic() - began)  # that could be answered
        mean = float(test.lengths(order).mean())
        answered = ANSWERING_SHARE * words / (2 if has_champion else 1) / mean
        most = min(most, max(FEWEST_EXAMINED, int(answered)))
        edited = (BEHAVIOUR_SHARE * words - SENTENCES_WORDS) / (TIMES_A_TEXT * mean)
        texts = min(texts, max(0, int(edited)))
        fitted = BASELINE_SHARE * seconds * BASELINE_WORDS_A_SECOND / mean
        for_baseline = min(for_baseline, max(FEWEST_FOR_BASELINE, int(fitted)))
    return Extent(np.sort(order[:most]), for_baseline, texts)
