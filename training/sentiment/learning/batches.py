"""The batches that an epoch learns from, and what of each review is learnt from.

Everything random follows from (seed, epoch) or (seed, epoch, step), so that a restart in the
middle of an epoch, and every process of a data-parallel job, sees the same batches.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.dataset.encoded import Encoded
from sentiment.learning.plan import Plan
from sentiment.vocabulary import PAD, UNKNOWN

CHUNK_BATCHES = 50  # reviews of so many batches are sorted by length together
SENTENCE_WORDS = 40  # at most, of what is learnt from as if it were a whole review
MOST_SENTENCES = 3
SENTENCES_A_STEP = 4  # times as many as whole reviews: they are short


class Batch(NamedTuple):
    """Reviews of one step: a window of each, or one to three sentences; of a lesson all of it."""

    reviews: NDArray[np.int64]  # (batch,): their indices
    sentences: bool


def log_count_ratios(encoded: Encoded, words: int, smoothing: float) -> NDArray[np.float32]:
    """log P(word | positive) - log P(word | negative), (words,); 0 for padding and unknown.

    P comes from counts to each of which `smoothing` is added. That keeps rare words near zero: what
    they happen to stand beside here says little about other reviews.
    """
    positive = np.repeat(encoded.labels > 0.5, encoded.lengths)
    counts = [
        np.bincount(encoded.ids[of], minlength=words) + smoothing for of in (positive, ~positive)
    ]
    ratio = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    ratio[: UNKNOWN + 1] = 0
    return np.asarray(ratio, np.float32)


def padded(reviews: Sequence[NDArray[np.int32]]) -> tuple[Tensor, Tensor]:
    """Ids (batch, time) filled up with padding, and lengths (batch,)."""
    lengths = np.array([len(review) for review in reviews])
    ids = np.full((len(reviews), lengths.max()), PAD, np.int64)
    for row, review in zip(ids, reviews, strict=True):
        row[: len(review)] = review
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def epoch_batches(encoded: Encoded, plan: Plan, seed: list[int]) -> list[Batch]:
    """Every review once, in batches of about equal length; and once by a sentence, if wanted.

    The last `plan.lessons` reviews are sentences that teach; they come in batches of their own.
    """
    random = np.random.default_rng(seed)
    reviews = len(encoded) - plan.lessons
    batches = _of_equal_length(encoded, plan, random.permutation(reviews))
    if plan.sentences:
        size, order = plan.batch * SENTENCES_A_STEP, random.permutation(reviews)
        batches += [Batch(order[at : at + size], True) for at in range(0, reviews, size)]
    if plan.lessons:
        size = min(plan.batch, plan.lessons)
        for _ in range(max(1, round(plan.lesson_share * len(batches)))):
            batches.append(Batch(reviews + random.permutation(plan.lessons)[:size], True))
    return [batches[index] for index in random.permutation(len(batches))]


def _of_equal_length(encoded: Encoded, plan: Plan, order: NDArray[np.int64]) -> list[Batch]:
    """Batches of neighbours once some thousand reviews are sorted by length: little is padded."""
    lengths, size = np.minimum(encoded.lengths, plan.maximum_words), plan.batch
    batches = []
    for start in range(0, len(order), size * CHUNK_BATCHES):
        chunk = order[start : start + size * CHUNK_BATCHES]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [Batch(chunk[at : at + size], False) for at in range(0, len(chunk), size)]
    return batches


def training_reviews(
    encoded: Encoded, batch: Batch, plan: Plan, seed: list[int], window: int = 0
) -> list[NDArray[np.int32]]:
    """A batch's reviews as they are learnt from, each as ids (words,) of its own length.

    Of a long review that is a random window of `window` words, or of as many as the plan says; of a
    sentence batch one sentence or a few; a share `plan.word_dropout` of words is made unknown.
    """
    random = np.random.default_rng(seed)
    reviews = []
    first_lesson = len(encoded) - plan.lessons
    window = window or plan.maximum_words
    for index in batch.reviews:
        review = encoded.ids[encoded.starts[index] : encoded.starts[index + 1]]
        if batch.sentences and index < first_lesson:
            review = _sentence(review, plan.sentence_ends, random)
        else:
            start = random.integers(0, max(1, len(review) - window + 1))
            review = np.array(review[start : start + window])
        review[random.random(len(review)) < plan.word_dropout] = UNKNOWN
        reviews.append(review)
    return reviews


def _sentence(
    review: NDArray[np.int32], ends: Sequence[int], random: np.random.Generator
) -> NDArray[np.int32]:
    """One of a review's sentences, often with the next one or two."""
    cuts = np.flatnonzero(np.isin(review, ends)) + 1
    cuts = np.concatenate([[0], cuts[cuts < len(review)], [len(review)]])
    first = int(random.integers(0, len(cuts) - 1))
    last = min(first + int(random.integers(1, MOST_SENTENCES + 1)), len(cuts) - 1)
    start = int(cuts[first])
    return np.array(review[start : min(int(cuts[last]), start + SENTENCE_WORDS)])


def by_length(encoded: Encoded, batch_words: int) -> Iterator[NDArray[np.int64]]:
    """Indices (batch,) of reviews, each once, shortest first.

    A batch has at most `batch_words` ids, padding included, or is one review.
    """
    lengths = encoded.lengths
    batch: list[int] = []
    for index in np.argsort(lengths, kind="stable"):
        if batch and (len(batch) + 1) * lengths[index] > batch_words:
            yield np.array(batch)
            batch = []
        batch.append(int(index))
    if batch:
        yield np.array(batch)
