"""Are the labels the wrong way round? A model that knows sentiment already reads some rows.

Nothing in a dataset alone tells which of its labels is the friendly one, so whoever learnt from it
would answer the wrong way round as well. The first model has learnt from films, and is right about
four of five reviews of other things that it is sure about; it disagrees with nearly all of them
only where 0 and 1, or the words for them, are swapped.
"""

from pathlib import Path

import numpy as np

from sentiment.dataset.rows import Rows
from sentiment.dataset.split import order_of_both
from sentiment.evaluation import Second
from sentiment.model_folder import ModelError
from sentiment.processors import processors
from sentiment.serving.predictor import Predictor
from sentiment.text import TOKENIZER

MOST_ROWS, MOST_WORDS = 200, 100  # that it reads, and the first so many words of each
FEWEST_KNOWN = 0.7  # of a review's words: another language is none that it can tell of


def second_opinion(folder: Path, rows: Rows, seed: int) -> Second | None:
    """What the model in the folder says of some rows; None where it can't be asked."""
    try:
        model = Predictor(folder, processors())
    except (ModelError, OSError):
        return None
    if model.tokenizer != TOKENIZER:
        model.close()
        return None
    some = rows.select(np.sort(order_of_both(rows.labels == 1, seed)[:MOST_ROWS]))
    answers = model.answer([some.words(index)[:MOST_WORDS] for index in range(len(some))])
    model.close()
    low, high = model.unsure
    probabilities = np.array([answer.probability for answer in answers])
    known = np.array([answer.known for answer in answers])
    sure = ((probabilities < low) | (probabilities > high)) & (known >= FEWEST_KNOWN)
    agreed = (probabilities > 0.5) == (some.labels == 1)
    return {"by": model.run, "sure": int(sure.sum()), "agreed": int((sure & agreed).sum())}
