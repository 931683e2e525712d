"""Reading by several processes, and the store that rows are kept in."""

import multiprocessing
import random
import tracemalloc
from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from sentiment.dataset import Found, read_dataset
from sentiment.rows import WORDS_AT_ONCE, Rows, Writer
from sentiment.tokenizing import READ_ALONE, Lexicon, Review, numbered
from tests.unit.made import BAD, GOOD, csv_text, json_text

ROWS, SPACES = 2_500, " " * (READ_ALONE // 1_500)  # more characters than are read alone
LABELS = [GOOD, BAD] * 5 + ["neutral", "great", ""]
PIECES = ["not", "Good", "<br /><br />", "film", "don’t", "&amp;", "😀", "...", "7/10", "Straße"]


def messy(chance: random.Random) -> list[tuple[str, str, str]]:
    """Texts, labels and groups; with repeats, contradictions and rows that say nothing."""
    table = []
    for number in range(ROWS):
        text = f"{' '.join(chance.choices(PIECES, k=6))} {number}{SPACES}x"
        if chance.random() < 0.02:
            text = chance.choice(["", "...", "<br />", "\x07", "long " * 20_000])
        elif number and chance.random() < 0.1:
            text = chance.choice(table)[0]
        table.append((text, chance.choice(LABELS), f"film {number % 40 or ''}"))
    return table


def messy_csv(table: list[tuple[str, str, str]]) -> str:
    lines = csv_text(table, "review,sentiment,movie").split("\r\n")
    for place in range(50, len(lines), 211):
        lines[place] += random.Random(place).choice(['"', ",,,", '\n"never closed', "\n\n\n"])
    return "\n".join(lines)


def messy_json(table: list[tuple[str, str, str]]) -> str:
    lines = json_text(
        [{"text": text, "label": label, "movie": movie} for text, label, movie in table]
    ).split("\n")
    for place in range(50, len(lines), 211):
        lines[place] = random.Random(place).choice(["", "[1]", '{"text": 7}', lines[place][:-3]])
    return "\n".join(lines)


def contents(rows: Rows) -> tuple[object, ...]:
    return list(rows), rows.lexicon, rows.names, rows.labels.tolist(), rows.groups.tolist()


@pytest.mark.parametrize(("name", "write"), [("a.csv", messy_csv), ("a.jsonl", messy_json)])
def test_several_processes_read_what_one_does(tmp_path: Path, name: str, write) -> None:
    path = tmp_path / name
    path.write_text(write(messy(random.Random(name))))

    alone, together = read_dataset(path), read_dataset(path, tmp_path, 2)

    assert alone.findings == together.findings
    assert contents(alone.rows) == contents(together.rows)
    assert min(alone.findings[kind] for kind in ("duplicates", "conflicts", "rows_left_out")) > 30
    assert {row["reason"] for row in alone.findings["left_out"]} > {
        "there are no words in the review",
        "there is no label",
    }
    assert [child.name for child in tmp_path.iterdir()] == [name]


# --- Processes --------------------------------------------------------------------------------


SPACE = " " * 10_000
ALONE = READ_ALONE // len(SPACE)


def pairs(count: int = 3 * ALONE) -> Iterator[tuple[int, str]]:
    return ((number, f"film{SPACE}{number}") for number in range(count))


def test_few_reviews_are_read_without_further_processes() -> None:
    with_children = [
        bool(multiprocessing.active_children())
        for _ in numbered(pairs(ALONE), Lexicon(), processes=4)
    ]

    assert with_children == [False] * ALONE


def test_whoever_stops_reading_leaves_no_process() -> None:
    reviews = numbered(pairs(), Lexicon(), processes=2)
    assert [number for number, _ in islice(reviews, ALONE + 60)][-1] == ALONE + 59
    assert len(multiprocessing.active_children()) == 2

    reviews.close()

    assert not multiprocessing.active_children()


def test_a_broken_source_leaves_no_process() -> None:
    def broken() -> Iterator[tuple[int, str]]:
        yield from pairs()
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(numbered(broken(), Lexicon(), processes=2))

    assert not multiprocessing.active_children()


def test_the_loss_of_a_process_is_told() -> None:
    reviews = numbered(pairs(), Lexicon(), processes=2)
    list(islice(reviews, ALONE + 60))
    for child in multiprocessing.active_children():
        child.kill()

    with pytest.raises(ChildProcessError, match="ended with code -9; where memory is short"):
        list(reviews)

    assert not multiprocessing.active_children()


# --- Memory -----------------------------------------------------------------------------------


def peak_of_reading(path: Path, rows: int) -> int:
    chance = random.Random(1)
    words = [f"word{number}" for number in range(200)]
    path.write_text(
        csv_text(
            [(" ".join(chance.choices(words, k=120)), (GOOD, BAD)[i % 2]) for i in range(rows)]
        )
    )
    tracemalloc.start()
    try:
        dataset = read_dataset(path, path.parent)
        assert len(dataset.rows) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_row_takes_some_bytes_of_memory_however_long_its_text_is(tmp_path: Path) -> None:
    peak_of_reading(tmp_path / "first.csv", 200)  # fills caches

    more = peak_of_reading(tmp_path / "b.csv", 1_800) - peak_of_reading(tmp_path / "a.csv", 600)

    assert more / 1_200 < 400  # its text has 800, and its words are 120 objects


# --- The store --------------------------------------------------------------------------------


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    path = tmp_path / "a.csv"
    path.write_text(
        csv_text([(f"Film {i} is {'good ' * (i % 3)}", "01"[i % 2]) for i in range(60)])
    )
    return read_dataset(path, tmp_path).rows


def test_counts_and_ids_of_some_rows(rows: Rows, tmp_path: Path) -> None:
    some = [5, 3, 58]
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
