"""Parquet, as other libraries write it."""

import datetime
import json
import tracemalloc
from io import BytesIO

import pyarrow
import pyarrow.parquet
import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record
from tests.unit.sentiment.dataset.tables.packs import parquet
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values

REVIEWS = reviews()
TEXTS, LABELS = [text for text, _ in REVIEWS], [label for _, label in REVIEWS]
NUMBERS = [int(label == "positive") for label in LABELS]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
@pytest.mark.parametrize("name", ["train-00000-of-00001.parquet", "reviews.csv"])
def test_parquet_is_read_in_every_compression(compression: str, name: str) -> None:
    content = parquet({"text": TEXTS, "label": NUMBERS}, compression=compression)

    found, rows = read(content, name)

    assert (found.names, found.format) == (["text", "label"], "parquet")
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == list(
        zip(TEXTS, NUMBERS, strict=True)
    )
    assert [row.line for row in rows] == list(range(1, 61))


def test_values_of_parquet_are_plain() -> None:
    columns = {
        "category": pyarrow.array(LABELS).dictionary_encode(),
        "large": pyarrow.array(TEXTS, pyarrow.large_string()),
        "raw": [b"abc"] * 60,
        "day": [datetime.date(2024, 5, 1)] * 60,
        "score": [0.5] * 60,
        "list": [["positive"]] * 60,
        "flag": [True] * 60,
        "none": pyarrow.nulls(60),
    }

    assert values(parquet(columns))[0] == (
        "negative", TEXTS[0], "abc", "2024-05-01", 0.5, ["positive"], True, None
    )  # fmt: skip


@pytest.mark.parametrize("is_dictionary", [False, True])
def test_a_text_without_end_in_parquet_is_left_out_before_it_is_a_text(is_dictionary: bool) -> None:
    endless = "x" * (32 << 20)
    texts = pyarrow.array([*TEXTS[:20], endless, *TEXTS[20:]])
    content = parquet({
        "text": texts.dictionary_encode() if is_dictionary else texts,
        "label": [*NUMBERS[:20], 1, *NUMBERS[20:]],
    })  # fmt: skip

    tracemalloc.start()
    _, rows = read(content)
    most = tracemalloc.get_traced_memory()[1]  # without what pyarrow holds
    tracemalloc.stop()

    assert [(row.line, row.reason) for row in rows if isinstance(row, LeftOut)] == [
        (21, "the row is longer than 1 MB")
    ]
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == list(
        zip(TEXTS, NUMBERS, strict=True)
    )
    assert most < 16 << 20


def test_a_few_rows_of_parquet_that_fill_memory_are_refused_before_they_do() -> None:
    content = parquet({"text": [*TEXTS, "x" * (300 << 20)], "label": [*NUMBERS, 1]})

    usual = pyarrow.default_memory_pool()
    counted = pyarrow.proxy_memory_pool(usual)
    pyarrow.set_memory_pool(counted)
    try:
        with pytest.raises(DatasetError, match="longer than 1 MB: shorten the reviews"):
            read(content)
    finally:
        pyarrow.set_memory_pool(usual)

    assert counted.max_memory() < 16 << 20


def test_a_text_that_parquet_repeats_does_not_fill_memory() -> None:
    texts = pyarrow.DictionaryArray.from_arrays([0] * 100, ["x" * (8 << 20)])
    content = parquet({"text": texts, "label": [1] * 100}, store_schema=False)
    assert len(content) < 1 << 20
    before = pyarrow.default_memory_pool().max_memory()

    _, rows = read(content)

    assert [type(row) for row in rows] == [LeftOut] * 100
    assert pyarrow.default_memory_pool().max_memory() <= max(before, 400 << 20)


def test_labels_that_the_schema_names_come_as_names() -> None:
    features = {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "text": {"dtype": "x"}}
    table_ = pyarrow.table({"text": TEXTS, "label": NUMBERS})
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    packed = BytesIO()
    pyarrow.parquet.write_table(table_.replace_schema_metadata(metadata), packed)

    assert values(packed.getvalue()) == [(text, label[:3]) for text, label in REVIEWS]


def test_many_groups_of_rows_come_in_order() -> None:
    content = parquet({"number": list(range(5_000))}, row_group_size=700)

    assert values(content) == [(number,) for number in range(5_000)]


@pytest.mark.parametrize("missing", [1, 9, 300])
def test_parquet_that_breaks_off_is_refused(missing: int) -> None:
    content = parquet({"text": TEXTS, "label": NUMBERS})

    with pytest.raises(DatasetError, match="Parquet file is damaged or incomplete"):
        read(content[:-missing])
    with pytest.raises(DatasetError, match="Parquet file is damaged or incomplete"):
        read(content[:-missing] + content[-8:])
