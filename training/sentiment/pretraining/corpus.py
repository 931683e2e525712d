"""Reviews without labels as word ids on disk, and the pieces that a language model learns from.

Memory stays flat however many reviews there are: ids are written as they come and mapped when they
are read; only the dictionary of all different words is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.dataset.unlabelled import read_unlabelled
from sentiment.vocabulary import Vocabulary

SHORTEST = 8  # words of a review that there is something to learn from
JITTER = 0.15  # of a piece's words: the cuts between pieces move from pass to pass
MOST_PIECES = 160  # of one batch


@dataclass(frozen=True)
class Corpus:
    """Review i is ids[starts[i] : starts[i + 1]]; no two reviews have the same words."""

    ids: NDArray[np.uint32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def pieces(
        self, reviews: Sequence[int] | NDArray[np.int64], words: int, random: np.random.Generator
    ) -> list[tuple[int, int]]:
        """(start, end) in `ids` of pieces of about `words` words; long reviews are cut evenly."""
        found: list[tuple[int, int]] = []
        jitter = int(JITTER * words)
        for review in reviews:
            start, end = int(self.starts[review]), int(self.starts[review + 1])
            if end - start < SHORTEST:
                continue
            cuts = np.linspace(start, end, -(-(end - start) // words) + 1).astype(np.int64)
            cuts[1:-1] += random.integers(-jitter, jitter + 1, len(cuts) - 2)
            found += [(int(a), int(b)) for a, b in pairwise(cuts) if b - a > 1]
        return found

    def batches(
        self,
        reviews: Sequence[int] | NDArray[np.int64],
        words: int,
        batch_words: int,
        random: np.random.Generator,
    ) -> list[list[tuple[int, int]]]:
        """All pieces once, in random order, in batches of pieces of about equal length.

        A batch has at most `batch_words` words, padding included, or is one piece.
        """
        pieces = self.pieces(reviews, words, random)
        noise = random.random(len(pieces)) * 12
        order = np.argsort([b - a for a, b in pieces] + noise, kind="stable")
        batches: list[list[tuple[int, int]]] = [[]]
        longest = 0
        for piece in (pieces[index] for index in order):
            longest = max(longest, piece[1] - piece[0])
            if len(batches[-1]) == MOST_PIECES or (len(batches[-1]) + 1) * longest > batch_words:
                batches.append([])
                longest = piece[1] - piece[0]
            batches[-1].append(piece)
        batches = [batch for batch in batches if batch]
        return [batches[index] for index in random.permutation(len(batches))]


def build(files: Sequence[Path], folder: Path, vocabulary_size: int) -> tuple[Corpus, Vocabulary]:
    """Read files and write ids into a folder; raises DatasetError where a file can't be used."""
    rows = read_unlabelled(files, folder)
    everything = np.arange(len(rows))
    counts = dict(zip(rows.lexicon, rows.counts(everything).tolist(), strict=True))
    vocabulary = Vocabulary.most_frequent(counts, vocabulary_size)
    number = vocabulary.encode(rows.lexicon).astype(np.uint32)
    _, starts = rows.encoded(everything, number, folder / "ids.npy")
    np.save(folder / "starts.npy", starts)
    return load(folder), vocabulary


def load(folder: Path) -> Corpus:
    """Map what `build` wrote."""
    return Corpus(np.load(folder / "ids.npy", mmap_mode="r"), np.load(folder / "starts.npy"))
