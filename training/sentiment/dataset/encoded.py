"""Reviews as word ids in one flat array, whole or in windows; on disk for other processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.windows import windows


@dataclass(frozen=True)
class Encoded:
    """Reviews as ids: review i is ids[starts[i] : starts[i + 1]]."""

    ids: NDArray[np.int32]  # (words of all reviews,)
    starts: NDArray[np.int64]  # (reviews + 1,)
    labels: NDArray[np.float32]  # (reviews,): the probability of positive, 0 or 1 where it is known

    @classmethod
    def of(cls, reviews: Sequence[NDArray[np.int64]], labels: Sequence[float]) -> "Encoded":
        """Join encoded reviews into one array."""
        starts = np.zeros(len(reviews) + 1, np.int64)
        np.cumsum([len(review) for review in reviews], out=starts[1:])
        ids = np.concatenate(reviews).astype(np.int32) if reviews else np.zeros(0, np.int32)
        return cls(ids, starts, np.asarray(labels, np.float32))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of words of each review, (reviews,)."""
        return np.diff(self.starts)

    def review(self, index: int) -> NDArray[np.int32]:
        """The ids of one review, (words,)."""
        return self.ids[self.starts[index] : self.starts[index + 1]]

    def select(self, indices: NDArray[np.int64]) -> "Encoded":
        """These reviews, in this order, copied."""
        lengths = self.lengths[indices]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        ids = self.ids[np.repeat(self.starts[indices], lengths) + within]
        return Encoded(ids, starts, self.labels[indices])

    def in_windows(self, longest: int) -> tuple["Encoded", NDArray[np.int64], NDArray[np.float32]]:
        """Every window of every review as a review of its own, its review's index, and its share.

        Index and share have shape (windows,); the shares of a review's windows sum to 1.
        """
        owners, cuts = [], [0]
        for index, (start, length) in enumerate(zip(self.starts, self.lengths, strict=False)):
            for _, end in windows(int(length), longest):
                owners.append(index)
                cuts.append(int(start) + end)
        owner, starts = np.array(owners, np.int64), np.array(cuts, np.int64)
        shares = np.diff(starts) / self.lengths[owner]
        return Encoded(self.ids, starts, self.labels[owner]), owner, shares.astype(np.float32)

    def joined(self, other: "Encoded", path: Path) -> "Encoded":
        """These reviews and then those, in a file that is mapped."""
        size = len(self.ids) + len(other.ids)
        ids = np.lib.format.open_memmap(path, "w+", np.int32, (size,))
        ids[: len(self.ids)], ids[len(self.ids) :] = self.ids, other.ids
        starts = np.concatenate([self.starts, other.starts[1:] + self.starts[-1]])
        return Encoded(ids, starts, np.concatenate([self.labels, other.labels]))

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
