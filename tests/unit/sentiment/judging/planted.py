"""Reviews whose true odds are known, and models that know them, more or less: no training.

A review has `difference` more words of praise than of blame, and is positive with the odds that
follow; so the model with the true weights is calibrated, and none can be better.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from sentiment.arrays import Labels
from sentiment.dataset.rows import Row, Rows
from sentiment.learning.mixture import Combined, Mixture
from sentiment.model.network import ModelConfig, SentimentModel, fading
from sentiment.output import Description, write_model
from sentiment.text import fingerprint
from tests.unit.made import as_rows
from tests.unit.models import PLAN

WORDS, MOST_DIFFERENCE, ODDS = 120, 8, 0.6
PRAISE = ("lovely", "superb", "charming", "splendid")
BLAME = ("dreadful", "tedious", "clumsy", "shoddy")
FILLERS = ("we", "saw", "it", "there", "that", "evening", "they", "told", "about", "house", "sea")
KNOWN = (*PRAISE, *BLAME, *FILLERS)
TRUE = ODDS * WORDS**0.5 / float(fading(torch.tensor([WORDS])))  # the weight of a word


def reviews(count: int, seed: int) -> Rows:
    """So many, about half of them positive, no two alike."""
    chance = np.random.default_rng(seed)
    rows = []
    for line in range(1, count + 1):
        difference = int(chance.integers(-MOST_DIFFERENCE, MOST_DIFFERENCE + 1))
        both = int(chance.integers(0, 4))
        praise, blame = max(difference, 0) + both, max(-difference, 0) + both
        words = [
            *chance.choice(PRAISE, praise),
            *chance.choice(BLAME, blame),
            *chance.choice(FILLERS, WORDS - praise - blame),
        ]
        chance.shuffle(words)
        positive = chance.random() < 1 / (1 + np.exp(-ODDS * difference))
        text = tuple(map(str, words))
        rows.append(Row(" ".join(text), text, int(positive), None, line, fingerprint(text)))
    return as_rows(rows)


def labelled(rows: Rows, labels: Labels) -> Rows:
    """The same reviews with other labels."""
    return as_rows([row._replace(label=int(one)) for row, one in zip(rows, labels, strict=True)])


def flipped(rows: Rows, share: float, seed: int) -> Rows:
    """The same reviews, such a share of the labels turned round."""
    turned = np.random.default_rng(seed).random(len(rows)) < share
    return labelled(rows, np.where(turned, 1 - rows.labels, rows.labels))


def true_weights(times: float = 1.0) -> dict[str, float]:
    """What every word is worth."""
    return {
        **dict.fromkeys(PRAISE, times * TRUE),
        **dict.fromkeys(BLAME, -times * TRUE),
    }


def planted(
    folder: Path,
    run: str,
    weights: Mapping[str, float],
    *,
    bias: float = 0.0,
    learnt_from: Rows | None = None,
) -> Path:
    """The folder of a model with these weights, which has learnt from these rows."""
    model = SentimentModel(ModelConfig(len(KNOWN) + 2, embedding=4, hidden=4, buckets=8)).eval()
    model.set_linear([0.0, 0.0, *(weights.get(word, 0.0) for word in KNOWN)], [0.0] * 8, 0.0)
    model.fold(0.0, 1.0, 0.0, bias)
    plan = replace(PLAN, longest=300)
    combined = Combined(
        model, Mixture(0.0, 1.0, 0.0, bias), np.array([0.01, 0.99]), np.array([0, 1])
    )
    seen = np.zeros(0, np.uint64) if learnt_from is None else learnt_from.fingerprints
    write_model(folder, Description(run, KNOWN, plan), combined, seen)
    return folder
