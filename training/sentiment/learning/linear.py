"""The linear part of the model.

A weight for every word and every pair of neighbours: logistic regression on counts that are scaled
by how strongly a word speaks for one label (naive Bayes log-count ratio; Wang & Manning 2012,
"Baselines and Bigrams") and by one over the square root of the review's length. It is fitted in
seconds and knows the phrases that a young LSTM misses.
"""

from typing import Any, NamedTuple

import numpy as np
import torch

from sentiment.arrays import Floats
from sentiment.dataset.encoded import Encoded
from sentiment.model.network import ModelConfig, fading, pair_buckets
from sentiment.vocabulary import FIRST_KNOWN


class Linear(NamedTuple):
    """logit = fading(n) * (intercept + sum of weights / sqrt(n)) of a review of n words."""

    unigram: Floats  # (words,): the weight of each id
    bigram: Floats  # (buckets,): the weight of each pair of neighbours, several share one
    intercept: float


def fit_linear(train: Encoded, config: ModelConfig, strength: float) -> Linear:
    """Fit on the training part; `strength` is the inverse of the regularisation.

    A label between 0 and 1 counts the less the nearer it is to 0.5.
    """
    from sklearn.linear_model import LogisticRegression  # 1.5 s that no other process needs

    features = _scaled_counts(train, config)
    ratio = _log_count_ratio(features, train.labels.astype(np.float64))
    model = LogisticRegression(C=strength, solver="liblinear", tol=1e-3, random_state=0)
    certainty = np.abs(2 * train.labels - 1)
    model.fit(features.multiply(ratio).tocsr(), train.labels > 0.5, certainty)
    weights = model.coef_[0] * ratio
    return Linear(weights[: config.words], weights[config.words :], float(model.intercept_[0]))


def linear_logits(linear: Linear, encoded: Encoded, config: ModelConfig, longest: int) -> Floats:
    """Logits (reviews,) of the linear part alone, read in windows of at most `longest` words."""
    weights = np.concatenate([linear.unigram, linear.bigram])
    parts, owner, shares = encoded.in_windows(longest)
    sums = _scaled_counts(parts, config) @ weights
    logits = fading(parts.lengths) * (sums + linear.intercept)
    return np.bincount(owner, logits * shares, len(encoded)).astype(np.float64)


def fades(encoded: Encoded, longest: int) -> Floats:
    """fading(words) of each review (reviews,): the mean over its windows, by their shares."""
    parts, owner, shares = encoded.in_windows(longest)
    return np.bincount(owner, fading(parts.lengths) * shares, len(encoded)).astype(np.float64)


def _scaled_counts(encoded: Encoded, config: ModelConfig) -> Any:
    """Counts of known words and pairs / sqrt(length): sparse, (reviews, words + buckets)."""
    from scipy.sparse import csr_matrix

    lengths = encoded.lengths
    review = np.repeat(np.arange(len(encoded)), lengths)
    ids = np.asarray(encoded.ids, np.int64)
    known = ids >= FIRST_KNOWN
    buckets, pair_known = pair_buckets(torch.from_numpy(ids).unsqueeze(0), config.buckets)
    pairs = (pair_known[0].numpy() > 0) & (review[:-1] == review[1:])
    columns = np.concatenate([ids[known], config.words + buckets[0].numpy()[pairs]])
    rows = np.concatenate([review[known], review[:-1][pairs]])
    shape = (len(encoded), config.words + config.buckets)
    return csr_matrix((1 / np.sqrt(lengths[rows]), (rows, columns)), shape=shape)


def _log_count_ratio(features: Any, labels: Floats) -> Floats:
    """log P(feature | positive) - log P(feature | negative), (words + buckets,).

    P comes from scaled counts, those of a review with label p counting p times as positive.
    """
    # One count in a review of usual length.
    smoothing = 1 / np.sqrt(np.diff(features.indptr).mean() or 1)
    counts = [
        np.asarray(features.T @ weight).ravel() + smoothing for weight in (labels, 1 - labels)
    ]
    return np.asarray(np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum()))
