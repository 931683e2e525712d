"""Reviews as word ids in one flat array, and the batches that an epoch learns from.

Everything random follows from (seed, epoch) or (seed, epoch, step), so that a restart in the
middle of an epoch, and every process of a data-parallel job, sees the same batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.model import PAD

UNKNOWN = 1
CHUNK_BATCHES = 50  # reviews of so many batches are sorted by length together


@dataclass(frozen=True)
class Encoded:
    """Reviews as ids: review i is ids[starts[i] : starts[i + 1]]; labels are 0.0 or 1.0."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    labels: NDArray[np.float32]

    @classmethod
    def of(cls, reviews: Sequence[NDArray[np.int64]], labels: Sequence[int]) -> "Encoded":
        """Join encoded reviews into one array."""
        starts = np.zeros(len(reviews) + 1, np.int64)
        np.cumsum([len(review) for review in reviews], out=starts[1:])
        ids = np.concatenate(reviews).astype(np.int32) if reviews else np.zeros(0, np.int32)
        return cls(ids, starts, np.asarray(labels, np.float32))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of words of each review."""
        return np.diff(self.starts)

    def review(self, index: int, maximum_words: int) -> NDArray[np.int32]:
        """The last `maximum_words` words of a review: people conclude at the end."""
        end = self.starts[index + 1]
        return self.ids[max(self.starts[index], end - maximum_words) : end]

    def save(self, folder: Path, name: str) -> None:
        """Write three arrays that other processes can map without a copy."""
        for part in ("ids", "starts", "labels"):
            np.save(folder / f"{name}-{part}.npy", getattr(self, part))

    @classmethod
    def load(cls, folder: Path, name: str) -> "Encoded":
        """Map what `save` wrote."""
        ids, starts, labels = (
            np.load(folder / f"{name}-{part}.npy", mmap_mode="r")
            for part in ("ids", "starts", "labels")
        )
        return cls(ids, starts, labels)


def leaning(encoded: Encoded, words: int, smoothing: float) -> NDArray[np.float32]:
    """The logarithm of how much more often a word occurs in positive than in negative reviews.

    The smoothing, in occurrences, keeps rare words near zero: what they happen to stand beside
    here says little about other reviews.
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


def epoch_batches(
    encoded: Encoded, size: int, maximum_words: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Every review once, in batches of about equal length, in random order."""
    random = np.random.default_rng([seed, epoch])
    lengths = np.minimum(encoded.lengths, maximum_words)
    order = random.permutation(len(encoded))
    batches = []
    for start in range(0, len(order), size * CHUNK_BATCHES):
        chunk = order[start : start + size * CHUNK_BATCHES]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [chunk[at : at + size] for at in range(0, len(chunk), size)]
    return [batches[index] for index in random.permutation(len(batches))]


def training_reviews(
    encoded: Encoded,
    batch: NDArray[np.int64],
    maximum_words: int,
    word_dropout: float,
    seed: list[int],
) -> list[NDArray[np.int32]]:
    """A batch's reviews as they are learnt from: a random window, some words made unknown."""
    random = np.random.default_rng(seed)
    reviews = []
    for index in batch:
        start, end = encoded.starts[index], encoded.starts[index + 1]
        start += random.integers(0, max(1, end - start - maximum_words + 1))
        review = np.array(encoded.ids[start : min(end, start + maximum_words)])
        review[random.random(len(review)) < word_dropout] = UNKNOWN
        reviews.append(review)
    return reviews


def by_length(
    encoded: Encoded, maximum_words: int, batch_words: int
) -> Iterator[NDArray[np.int64]]:
    """Every review once, shortest first, in batches of at most `batch_words` ids with padding."""
    lengths = np.minimum(encoded.lengths, maximum_words)
    batch: list[int] = []
    for index in np.argsort(lengths, kind="stable"):
        if batch and (len(batch) + 1) * lengths[index] > batch_words:
            yield np.array(batch)
            batch = []
        batch.append(int(index))
    if batch:
        yield np.array(batch)
