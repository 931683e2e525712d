"""How rows are kept on disk."""

import tracemalloc
from array import array
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.dataset.found import Found
from sentiment.dataset.lexicon import Review
from sentiment.dataset.reading import read_dataset
from sentiment.dataset.rows import WORDS_AT_ONCE, Rows, Writer
from tests.unit.made import BAD, GOOD, csv_text

# --- Memory -----------------------------------------------------------------------------------


def peak_of_reading(path: Path, rows: int) -> int:
    words = [f"word{number}" for number in range(200)] * 2
    texts = [f"{words[row // 200]} {' '.join(words[row % 200 :][:120])}" for row in range(rows)]
    path.write_text(csv_text([(text, (GOOD, BAD)[row % 2]) for row, text in enumerate(texts)]))
    tracemalloc.start()
    try:
        dataset = read_dataset(path, path.parent)
        assert len(dataset.rows) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_row_takes_some_bytes_of_memory_however_long_its_text_is(tmp_path: Path) -> None:
    peak_of_reading(tmp_path / "first.csv", 200)  # fills caches

    # the first 1,000 rows are held while the columns are chosen
    more = peak_of_reading(tmp_path / "b.csv", 2_200) - peak_of_reading(tmp_path / "a.csv", 1_200)

    assert more / 1_000 < 400  # its text has 800, and its words are 120 objects


# --- On disk --------------------------------------------------------------------------------


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    path = tmp_path / "a.csv"
    path.write_text(
        csv_text([(f"Film {i} is {'good ' * (i % 3)}", "01"[i % 2]) for i in range(60)])
    )
    return read_dataset(path, tmp_path).rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(st.integers(0, 59), max_size=20))
def test_counts_and_ids_of_some_rows(rows: Rows, tmp_path: Path, some: list[int]) -> None:
    words = [word for index in some for word in rows[index].words]
    table = np.arange(len(rows.lexicon), dtype=np.int32) + 100

    counts = rows.counts(some)
    ids, starts = rows.encoded(some, table)
    mapped, same_starts = rows.encoded(some, table, tmp_path / "ids.npy")

    counted = dict(zip(rows.lexicon, counts.tolist(), strict=True))
    assert {word: count for word, count in counted.items() if count} == Counter(words)
    assert [rows.lexicon[number - 100] for number in ids] == words
    assert starts.tolist() == [0, *np.cumsum([len(rows[index].words) for index in some])]
    assert starts.tolist() == same_starts.tolist()
    assert isinstance(mapped, np.memmap)
    assert mapped.dtype == np.int32
    assert mapped.tolist() == ids.tolist()


def test_a_selection_is_rows_too(rows: Rows) -> None:
    some = rows.select(np.array([7, 2, 11])).select([2, 0])

    assert list(some) == [rows[11], rows[7]]
    assert [part.labels.tolist() for part in rows.select(range(5)).parts(2)] == [
        [0, 1],
        [0, 1],
        [0],
    ]
    assert some.lengths([0, 1]).tolist() == [len(row.words) for row in some]
    assert rows.counts([]).sum() == len(rows.encoded([], np.arange(len(rows.lexicon)))[0]) == 0


def test_many_words_are_encoded_in_parts() -> None:
    found, length = Found(), WORDS_AT_ONCE // 3 + 1
    with Writer() as writer:
        for row in range(8):
            for array_, value in ((found.kept, row), (found.lines, row), (found.labels, 0)):
                array_.append(value)
            found.fingerprints.append(row)
            numbers = array("I", [writer.lexicon[str(row)]]) * (length + row)
            writer.add(Review("", numbers, row), None)
        rows = writer.rows(found)
    order = [6, 1, 0, 7, 2, 3, 4, 5]

    ids, starts = rows.encoded(order, np.arange(8, dtype=np.uint8))

    assert np.array_equal(ids, np.repeat(order, np.diff(starts)).astype(np.uint8))
    assert rows.counts(order).tolist() == [length + row for row in range(8)]
