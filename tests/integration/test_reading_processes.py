"""Reading by several processes, which leave nothing behind."""

import multiprocessing
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from sentiment.dataset.lexicon import READ_ALONE, Lexicon, numbered
from sentiment.dataset.reading import read_dataset
from sentiment.dataset.rows import Rows
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
    for index in range(50, len(lines), 211):
        lines[index] += random.Random(index).choice(['"', ",,,", '\n"never closed', "\n\n\n"])
    return "\n".join(lines)


def messy_json(table: list[tuple[str, str, str]]) -> str:
    lines = json_text(
        [{"text": text, "label": label, "movie": movie} for text, label, movie in table]
    ).split("\n")
    for index in range(50, len(lines), 211):
        lines[index] = random.Random(index).choice(["", "[1]", '{"text": 7}', lines[index][:-3]])
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
