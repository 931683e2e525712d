"""The rows of a dataset on disk: their words as numbers, their texts, their labels.

Files hold what grows with the length of reviews and are mapped when they are read; they have no
name, so nothing is left of them however the job ends. In memory is a dictionary of all different
words, and about forty bytes a row.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.dataset.found import Found
from sentiment.dataset.lexicon import Lexicon, Review

WORDS_AT_ONCE = 1 << 20
Indices = Sequence[int] | NDArray[np.int64]


class Row(NamedTuple):
    """One labelled review: as read, in words, and the line it stands on."""

    text: str
    words: tuple[str, ...]
    label: int  # 0 negative, 1 positive
    group: str | None
    line: int
    fingerprint: int


@dataclass(frozen=True)
class RowArrays:
    """All rows of a file; words of row i are words[starts[i] : starts[i + 1]], texts likewise."""

    words: NDArray[np.uint32]
    texts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    text_starts: NDArray[np.int64]
    labels: NDArray[np.int8]
    groups: NDArray[np.int32]  # -1 where a row has none
    lines: NDArray[np.int64]
    fingerprints: NDArray[np.uint64]
    lexicon: list[str]
    names: list[str]


class Rows:
    """Some rows of a file in some order; a Row is made when it is asked for."""

    def __init__(self, arrays: RowArrays, indices: NDArray[np.int64]) -> None:
        self._arrays, self._indices = arrays, indices
        self.lexicon: Sequence[str] = arrays.lexicon  # words by number, of other rows too
        self.names: Sequence[str] = arrays.names  # of groups, by number

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Row:
        arrays, at = self._arrays, self._indices[index]
        group = arrays.groups[at]
        return Row(
            self.text(index),
            self.words(index),
            int(arrays.labels[at]),
            None if group < 0 else arrays.names[group],
            int(arrays.lines[at]),
            int(arrays.fingerprints[at]),
        )

    def __iter__(self) -> Iterator[Row]:
        return map(self.__getitem__, range(len(self)))

    @property
    def labels(self) -> NDArray[np.int64]:
        """0 or 1 for each row."""
        return self._arrays.labels[self._indices].astype(np.int64)

    @property
    def groups(self) -> NDArray[np.int32]:
        """The number of each row's group, -1 where it has none."""
        return self._arrays.groups[self._indices]

    @property
    def fingerprints(self) -> NDArray[np.uint64]:
        """Equal for rows with equal words only."""
        return self._arrays.fingerprints[self._indices]

    def words(self, index: int) -> tuple[str, ...]:
        """The words of one row."""
        lexicon, starts, at = self._arrays.lexicon, self._arrays.starts, self._indices[index]
        numbers = self._arrays.words[starts[at] : starts[at + 1]]
        return tuple(map(lexicon.__getitem__, numbers.tolist()))

    def text(self, index: int) -> str:
        """The text of one row as it was read."""
        starts, at = self._arrays.text_starts, self._indices[index]
        return self._arrays.texts[starts[at] : starts[at + 1]].tobytes().decode()

    def select(self, indices: Indices) -> "Rows":
        """These rows, in this order."""
        return Rows(self._arrays, self._indices[indices])

    def parts(self, size: int) -> Iterator["Rows"]:
        """All rows, so many at a time."""
        starts = range(0, len(self), size)
        return (Rows(self._arrays, self._indices[start : start + size]) for start in starts)

    def lengths(self, indices: Indices) -> NDArray[np.int64]:
        """The number of words of each of these rows, (rows,)."""
        at, starts = self._indices[indices], self._arrays.starts
        return starts[at + 1] - starts[at]

    def counts(self, indices: Indices) -> NDArray[np.int64]:
        """How often each word of the lexicon occurs in these rows, (lexicon,)."""
        counts = np.zeros(len(self.lexicon), np.int64)
        for words in self._words_of(indices):
            counts += np.bincount(words, minlength=len(counts))
        return counts

    def encoded(
        self, indices: Indices, table: NDArray[Any], path: Path | None = None
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """table[n] for every word of these rows, (words,), and where each row starts, (rows + 1,).

        A word is known by its number n in the lexicon, so `table` is as long as that. With a path
        the result is written there as .npy, and mapped instead of held.
        """
        starts = np.concatenate([[0], np.cumsum(self.lengths(indices))])
        pieces = (table[words] for words in self._words_of(indices))
        if path is None:
            return np.concatenate([np.zeros(0, table.dtype), *pieces]), starts
        with path.open("wb") as output:
            form = {"descr": table.dtype.str, "fortran_order": False, "shape": (int(starts[-1]),)}
            np.lib.format.write_array_header_1_0(output, form)
            for piece in pieces:
                piece.tofile(output)
        return np.load(path, mmap_mode="r"), starts

    def _words_of(self, indices: Indices) -> Iterator[NDArray[np.uint32]]:
        """The words of these rows one after the other, about a million at a time."""
        at = self._indices[indices]
        starts, ends = self._arrays.starts[at], self._arrays.starts[at + 1]
        turn = np.cumsum(ends - starts) // WORDS_AT_ONCE
        for part in np.split(np.arange(len(at)), np.flatnonzero(np.diff(turn)) + 1):
            lengths = ends[part] - starts[part]
            before = np.cumsum(lengths) - lengths
            within = np.arange(lengths.sum()) - np.repeat(before, lengths)
            yield self._arrays.words[np.repeat(starts[part], lengths) + within]


class Writer:
    """Takes rows as they are read; a context manager, for it writes two files meanwhile."""

    def __init__(self, folder: Path | None = None) -> None:
        self.lexicon = Lexicon()
        self._words: IO[bytes] = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._texts: IO[bytes] = TemporaryFile(dir=folder)  # noqa: SIM115 - likewise
        self._starts, self._text_starts = array("q", [0]), array("q", [0])
        self._groups = array("i")
        self._names: dict[str, int] = {}

    def add(self, review: Review, group: str | None) -> None:
        """Take the next row."""
        self._words.write(review.numbers)
        self._starts.append(self._starts[-1] + len(review.numbers))
        self._text_starts.append(self._text_starts[-1] + self._texts.write(review.text.encode()))
        number = -1 if group is None else self._names.setdefault(group, len(self._names))
        self._groups.append(number)

    def rows(self, found: Found) -> Rows:
        """The rows that were kept."""
        arrays = RowArrays(
            words=_mapped(self._words, np.uint32),
            texts=_mapped(self._texts, np.uint8),
            starts=np.array(self._starts),
            text_starts=np.array(self._text_starts),
            labels=np.array(found.labels),
            groups=np.array(self._groups),
            lines=np.array(found.lines),
            fingerprints=np.array(found.fingerprints),
            lexicon=self.lexicon.words,
            names=list(self._names),
        )
        return Rows(arrays, np.array(found.kept))

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._words.close()
        self._texts.close()


def _mapped(file: IO[bytes], dtype: type[np.generic]) -> NDArray[Any]:
    """What was written to a file; it stays mapped when the file is closed."""
    file.flush()
    return np.memmap(file, dtype, "r") if file.tell() else np.zeros(0, dtype)
