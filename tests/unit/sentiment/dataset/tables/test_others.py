"""fastText; and files that are something else."""

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values

REVIEWS = reviews()
TEXTS, LABELS = [text for text, _ in REVIEWS], [label for _, label in REVIEWS]
NUMBERS = [int(label == "positive") for label in LABELS]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\xef\xbb\xbf\n", "The file is empty"),
        (b"%PDF-1.7\n", "a PDF file: save the dataset as CSV"),
        (b"SQLite format 3\x00" + bytes(100), "an SQLite database: export its table as CSV"),
        (b"ARROW1\x00\x00" + bytes(100), r"an Arrow \(Feather\) file: save .* as Parquet or CSV"),
        (b"\xff\xff\xff\xff\x10\x01\x00\x00", "an Arrow stream: save .* as Parquet or CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), r"old Microsoft.*save it as \.xlsx"),
        (b"\x80\x04\x95\x10\x00", "a pickled Python object"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"Obj\x01\x04", "an Avro file"),
        (b"Rar!\x1a\x07\x00", r"a RAR archive: pack the file as \.zip"),
        (b"7z\xbc\xaf\x27\x1c", r"a 7-Zip archive: pack the file as \.zip"),
        (b"<!DOCTYPE html>\n<html>", r"a web page \(HTML\).*download the file itself"),
        (b'\xef\xbb\xbf<html xmlns:x="urn:x">', r"a web page \(HTML\)"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', '"AccessDenied"'),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer.*pull"),
        (bytes(range(256)) * 10, "binary data, not text"),
        (b"\x00" * 5_000, "binary data, not text"),
        (b"x y " * 500_000, "first line is longer than 1 MB"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl", "x"])
def test_what_is_no_dataset_is_refused_by_its_own_name(
    content: bytes, says: str, name: str
) -> None:
    with pytest.raises(DatasetError, match=says) as refusal:
        read(content, name)

    assert str(refusal.value).isprintable()


def test_a_tab_may_stand_after_a_label_of_fasttext() -> None:
    content = "".join(f"__label__{label}\t{text}\n" for text, label in REVIEWS)

    assert values(content) == [(label, text) for text, label in REVIEWS]


def test_fasttext_is_read() -> None:
    lines = [f"__label__{number + 1} {text}\n" for text, number in zip(TEXTS, NUMBERS, strict=True)]
    content = "".join(lines) + "no label here\n__label__1 __label__2 both\n"

    found, rows = read(content, "train.ft.txt")

    assert (found.names, found.format) == (["label", "text"], "fasttext")
    assert rows[0] == Record(1, {"label": "1", "text": TEXTS[0]})
    assert [(row.line, row.reason) for row in rows if isinstance(row, LeftOut)] == [
        (61, "the line has no label"), (62, "the line has 2 labels"),
    ]  # fmt: skip
