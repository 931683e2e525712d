import gzip
import json

import numpy as np
import pytest

from sentiment.dataset.files import DatasetError
from sentiment.pretraining import corpus
from sentiment.pretraining.corpus import Corpus

LONG_AS_READ = " ".join(["?"] * 50)
LONG = " ".join(f"word{number}" for number in range(50))


@pytest.fixture
def files(tmp_path):
    csv = tmp_path / "a.csv"
    csv.write_text('review,stars\n"The film, the film!",5\nThe film the FILM!,1\n,3\n')
    packed = tmp_path / "b.jsonl.gz"
    rows = [{"text": "A play about a film."}, {"text": LONG}, {"text": None}]
    packed.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return [csv, packed]


def made(*lengths: int) -> Corpus:
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Corpus(np.arange(starts[-1], dtype=np.uint32), starts)


def test_files_become_ids_and_equal_reviews_are_taken_once(files, tmp_path):
    data, vocabulary = corpus.build(files, tmp_path / "work", 30_000)

    words = ["", "?", *vocabulary.words]
    texts = [
        " ".join(words[i] for i in data.ids[a:b])
        for a, b in zip(data.starts, data.starts[1:], strict=False)
    ]
    assert texts == [
        *("the film ? the film !", "the film the film !", "a ? ? a film ?", LONG_AS_READ),
    ]
    assert isinstance(data.ids, np.memmap)
    again = corpus.load(tmp_path / "work")
    assert np.array_equal(again.ids, data.ids)
    assert not (tmp_path / "work/words.bin").exists()


def test_a_file_without_reviews_says_so(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(DatasetError, match="no column with the reviews"):
        corpus.build([path], tmp_path / "work", 100)


def test_pieces_cover_every_review_once_and_cuts_move():
    data = made(500, 5, 90)

    first = data.pieces([0, 1, 2], 100, np.random.default_rng(1))
    second = data.pieces([0, 1, 2], 100, np.random.default_rng(2))

    for pieces in (first, second):
        covered = np.concatenate([np.arange(*piece) for piece in pieces])
        assert np.array_equal(covered, [*range(500), *range(505, 595)])  # five words are too few
        assert max(end - start for start, end in pieces) <= 130
    assert first != second


def test_batches_hold_every_piece_once_and_are_bounded():
    data = made(*range(8, 300))
    reviews = np.arange(len(data))

    batches = data.batches(reviews, 100, 1_000, np.random.default_rng(1))

    sizes = [len(batch) * max(end - start for start, end in batch) for batch in batches]
    covered = np.sort(np.concatenate([np.arange(*piece) for batch in batches for piece in batch]))
    assert max(sizes) <= 1_000
    assert np.array_equal(covered, np.arange(data.starts[-1]))
    lengths = [max(end - start for start, end in batch) for batch in batches]
    assert lengths != sorted(lengths)
