"""The words that a model knows, and the number of each. It travels inside the model's folder."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PAD, UNKNOWN, FIRST_KNOWN = 0, 1, 2
FREQUENT = 5  # occurrences of a word that are worth learning about


class Vocabulary:
    """Words by id. Ids 0 and 1 are padding and unknown; `words[i]` has the id `i + 2`.

    `Vocabulary(other.words)` is equal to `other`, so a JSON list is all that needs saving.
    `len()` counts ids, padding and unknown among them: the rows of an embedding.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words: tuple[str, ...] = tuple(words)
        self._ids = {word: number for number, word in enumerate(self.words, start=FIRST_KNOWN)}
        if len(self._ids) != len(self.words):
            raise ValueError("a vocabulary holds each word once")

    @classmethod
    def most_frequent(
        cls, counts: Mapping[str, int], maximum_size: int = 30_000, minimum_count: int = 2
    ) -> "Vocabulary":
        """Take the words that occur most often, at most `maximum_size` ids in all.

        Words of equal frequency are taken in alphabetical order, so that the order of the reviews
        doesn't matter. Count the training part only: a word seen in the test part is a leak.
        """
        frequent = [word for word, count in counts.items() if count >= minimum_count]
        frequent.sort(key=lambda word: (-counts[word], word))
        return cls(frequent[: max(maximum_size - FIRST_KNOWN, 0)])

    def extended(self, counts: Mapping[str, int], maximum_size: int) -> "Vocabulary":
        """These words, and then the most frequent others up to at least `maximum_size` ids in all.

        An empty vocabulary is extended by words that occur twice. One that is known takes further
        words only if they are frequent enough to be learnt about.
        """
        new = {word: count for word, count in counts.items() if word not in self._ids}
        room = maximum_size - len(self) + FIRST_KNOWN
        least = FREQUENT if self.words else 2
        return Vocabulary([*self.words, *self.most_frequent(new, room, least).words])

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Give the id of each word, shape (len(words),)."""
        ids = self._ids
        return np.fromiter((ids.get(word, UNKNOWN) for word in words), np.int64, len(words))

    def __len__(self) -> int:
        return len(self.words) + FIRST_KNOWN

    def __contains__(self, word: str) -> bool:
        return word in self._ids
