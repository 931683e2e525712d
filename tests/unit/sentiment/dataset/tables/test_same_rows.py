"""The same reviews in every format are the same dataset; docs/datasets.md has every format."""

import gzip
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sentiment.dataset.reading import read_dataset
from sentiment.dataset.split import split
from sentiment.dataset.tables.table import table
from tests.templates import ROOT
from tests.unit.sentiment.dataset.tables.packs import PACKINGS, parquet, tarred, workbook, zipped
from tests.unit.sentiment.dataset.tables.reviews import reviews, written

REVIEWS = reviews(2_000)
NAMED = [("text", "label"), *REVIEWS]
OBJECTS = [{"text": text, "label": label} for text, label in REVIEWS]
FOLDERS = [(f"all/train/{label[:3]}/{i}.txt", text) for i, (text, label) in enumerate(REVIEWS)]
TASKS = [
    {"data": {"text": text}, "annotations": [
        {"result": [{"from_name": "label", "value": {"choices": [label]}}]}]}
    for text, label in REVIEWS
]  # fmt: skip
EXPORTS = "exports of Label Studio, spaCy, Elasticsearch, DynamoDB, GraphQL, dataset viewers, …"
FORMS: dict[str, tuple[str, str, str, Callable[[], str | bytes]]] = {
    # name of the file, format, row of the table in docs/datasets.md
    "csv": ("a.csv", "csv", "CSV and other delimited text", lambda: written(NAMED)),
    "tsv": ("a.txt", "tsv", "CSV and other delimited text",
            lambda: written(NAMED, delimiter="\t")),
    "no header": ("a", "csv", "CSV and other delimited text",
                  lambda: "text;label\n" + written(REVIEWS, delimiter=";", quoting=1)),
    "jsonl": ("a.json", "jsonl", "JSON lines",
              lambda: "".join(json.dumps(row) + "\n" for row in OBJECTS)),
    "array": ("a.json", "json", "JSON", lambda: json.dumps(OBJECTS)),
    "data": ("a.json", "json", "JSON", lambda: json.dumps({"data": OBJECTS}, indent=1)),
    "by key": ("a.json", "json", "JSON", lambda: json.dumps(
        {"hits": {"total": 1, "hits": {f"r{i}": row for i, row in enumerate(OBJECTS)}}})),
    "label studio": ("a.json", "json", EXPORTS,
                     lambda: json.dumps(TASKS)),
    "parquet": ("a.parquet", "parquet", "Parquet", lambda: parquet(
        {"text": [text for text, _ in REVIEWS], "label": [label for _, label in REVIEWS]})),
    "xlsx": ("a.xlsx", "xlsx", "Excel (`.xlsx`)", lambda: workbook(NAMED)),
    "fasttext": ("train.ft.txt", "fasttext", "fastText", lambda: "".join(
        f"__label__{1 + (label == 'positive')} {text}\n" for text, label in REVIEWS)),
    "zip": ("archive.zip", "csv", "CSV and other delimited text",
            lambda: zipped([("a.csv", written(NAMED[:900])),
                            ("b.csv", written([NAMED[0], *NAMED[900:]]))])),
    "aclImdb": ("aclImdb.tar.gz", "folders", "folders by label, as in aclImdb",
                lambda: gzip.compress(tarred(FOLDERS))),
    "named folders": ("a.zip", "folders", "other names that say a label", lambda: zipped(
        [(f"{label} ones/{i}.txt", text) for i, (text, label) in enumerate(REVIEWS)])),
    "named tables": ("a.zip", "csv", "tables by label", lambda: zipped([
        (f"{part}.csv", written([["text"], *([text] for text, label in REVIEWS if label == part)]))
        for part in ("negative", "positive")])),
    "rt-polarity": ("rt.zip", "folders", "files by label, as rt-polarity", lambda: zipped([
        (f"rt-polarity.{part}",
         "".join(f"{text}\n" for text, label in REVIEWS if label[:3] == part))
        for part in ("neg", "pos")])),
    **{ending: (f"a.csv{ending}", "csv", "CSV and other delimited text",
                lambda pack=pack: pack(written(NAMED).encode()))
       for ending, pack in PACKINGS.items()},
}  # fmt: skip


@cache
def parts_of(folder: Path, form: str) -> tuple[str, frozenset[tuple[str, int]], list[set[str]]]:
    """The format that was found, the rows that are kept, and the texts of each part."""
    name, _, _, made = FORMS[form]
    content = made()
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    dataset = read_dataset(path)
    parts = split(dataset.rows, 1)
    return (
        dataset.findings["format"],
        frozenset((row.text, row.label) for row in dataset.rows),
        [{dataset.rows.text(index) for index in part} for part in parts[:3]],
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_same_reviews_are_the_same_dataset(tmp_path: Path, form: str) -> None:
    found, rows, parts = parts_of(tmp_path, form)

    assert found == FORMS[form][1]
    assert rows == {(text, int(label == "positive")) for text, label in REVIEWS}
    assert parts == parts_of(tmp_path, "csv")[2]


def test_the_page_on_datasets_has_every_format() -> None:
    page = (ROOT / "docs/datasets.md").read_text(encoding="utf-8").split("\n\n**Encodings")[0]
    told = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)[1:]

    assert set(told) == {row for _, _, row, _ in FORMS.values()}


# --- A first look ------------------------------------------------------------------------------


class Ranges(io.RawIOBase):
    """A file of which no more than so many bytes may be read, as a first look at S3 does."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__()
        self._content, self._left, self._at = content, most, 0

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place + (0, self._at, len(self._content))[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._content[self._at :][: size if size >= 0 else None]
        self._at += len(piece)
        self._left -= len(piece)
        if self._left < 0:
            raise TooMuch
        return piece


class TooMuch(Exception):
    """More was read than there was leave to."""


@pytest.mark.parametrize("form", [*FORMS])
def test_a_first_look_takes_little_and_is_ended_by_who_gives_the_bytes(form: str) -> None:
    name, _, _, made = FORMS[form]
    content = made()
    content = content.encode() if isinstance(content, str) else content

    found = table(name, Ranges(content, 400_000))
    assert next(found.records)
    with pytest.raises(TooMuch):
        list(table(name, Ranges(content, 2_000)).records)
