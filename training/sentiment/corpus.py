"""Reviews without labels as word ids on disk, and the pieces that a language model learns from.

Memory stays flat however many reviews there are: ids are written as they come and mapped when they
are read; only the dictionary of all different words is held.
"""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.columns import find_text
from sentiment.files import DatasetError, check_start, chunks, ending, lines
from sentiment.records import Record, csv_header, csv_records, json_records
from sentiment.text import fingerprint, read
from sentiment.vocabulary import Vocabulary

SHORTEST = 8  # words of a review that there is something to learn from
JITTER = 0.15  # of a piece's words: the cuts between pieces move from pass to pass
MOST_PIECES = 160  # of one batch
ROWS_THAT_SHOW_COLUMNS = 20


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
        """Where pieces of about `words` words begin and end; long reviews are cut evenly."""
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
        """Every word once, in random batches of pieces of about equal length."""
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
    """Read files, write ids into a folder; raises DatasetError where a file can't be used."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, int] = {}
    counts: list[int] = []
    starts, seen = [0], set()
    with (folder / "words.bin").open("wb") as output:
        for words in _all_words(files):
            if not words or (key := fingerprint(words)) in seen:
                continue
            seen.add(key)
            for word in words:
                number = numbers.setdefault(word, len(numbers))
                if number == len(counts):
                    counts.append(0)
                counts[number] += 1
            np.array([numbers[word] for word in words], np.uint32).tofile(output)
            starts.append(starts[-1] + len(words))
    if starts[-1] == 0:
        raise DatasetError("There are no reviews in these files.")
    vocabulary = Vocabulary.most_frequent(dict(zip(numbers, counts, strict=True)), vocabulary_size)
    final = vocabulary.encode(list(numbers)).astype(np.uint32)
    _translate(folder, final, starts[-1])
    np.save(folder / "starts.npy", np.array(starts, np.int64))
    return load(folder), vocabulary


def load(folder: Path) -> Corpus:
    """Map what `build` wrote."""
    return Corpus(np.load(folder / "ids.npy", mmap_mode="r"), np.load(folder / "starts.npy"))


def _translate(folder: Path, final: NDArray[np.uint32], size: int) -> None:
    """From numbers in order of appearance to the vocabulary's ids, a few million at a time."""
    target = np.lib.format.open_memmap(folder / "ids.npy", "w+", np.uint32, (size,))
    source = np.memmap(folder / "words.bin", np.uint32, "r")
    for at in range(0, size, 1 << 22):
        target[at : at + (1 << 22)] = final[source[at : at + (1 << 22)]]
    target.flush()
    (folder / "words.bin").unlink()


def _all_words(files: Iterable[Path]) -> Iterator[list[str]]:
    with multiprocessing.get_context("spawn").Pool() as pool:
        for path in files:
            yield from pool.imap(_words, _texts(path), chunksize=200)


def _words(text: str) -> list[str]:
    return [token.word for token in read(text).tokens]


def _texts(path: Path) -> Iterator[str]:
    """The reviews of a CSV or JSON lines file; rows that have none are passed over."""
    kind = ending(path.name)
    with path.open("rb") as stream:
        check_start(stream.read(64), kind)
        stream.seek(0)
        source = lines(chunks(stream, kind))
        records: Iterator[Any]
        if kind.startswith(".csv"):
            names, delimiter = csv_header(next(source))
            records = csv_records(source, names, delimiter)
        else:
            rows = json_records(source)
            first = list(islice(rows, ROWS_THAT_SHOW_COLUMNS))
            names = list(chain(*(row.values for row in first if isinstance(row, Record))))
            records = chain(first, rows)
        column = find_text(names)
        for row in records:
            if isinstance(row, Record) and isinstance(text := row.values.get(column), str):
                yield text
