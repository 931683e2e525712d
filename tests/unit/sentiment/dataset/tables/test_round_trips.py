"""Tables at random, as other programs write them, come back as they were."""

import csv
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment.dataset.records import Record
from tests.unit.sentiment.dataset.tables.packs import parquet, workbook
from tests.unit.sentiment.dataset.tables.reviews import read, values, written

SAMPLES = "good bad film, soup; “tea” it's café don't 😀 100% a/b <br /> \\o/ (no) it. was: 'twas"
WORDS = st.sampled_from(SAMPLES.split())
PLAIN = st.lists(WORDS, min_size=2, max_size=12).map(" ".join)
QUOTED = st.tuples(PLAIN, PLAIN, st.sampled_from(['"', "\n", "\t", ";", ",", "|", '""', " \n\n"]))
TEXTS = st.one_of(PLAIN, QUOTED.map(lambda parts: f"{parts[0]}{parts[2]} {parts[1]}"))
TABLES = st.lists(TEXTS, min_size=30, max_size=60)
LABELS = ("negative", "positive", "neutral")


def labelled(texts: list[str]) -> list[tuple[str, str, str]]:
    return [(str(i), f"{text} {i}", LABELS[i % 3]) for i, text in enumerate(texts)]


DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    }
)


@settings(max_examples=60, deadline=None)
@given(texts=TABLES, dialect=DIALECTS, has_header=st.booleans())
@example(["a ,", "b\n,", *["c d"] * 28], {"delimiter": "\t"}, True)
@example(['x\t\n"', *["c d"] * 30], {"delimiter": "\t"}, True)
def test_what_csv_writes_in_any_of_its_dialects(
    texts: list[str], dialect: dict[str, Any], has_header: bool
) -> None:
    rows = labelled(texts)
    header = [("id", "review", "sentiment")] if has_header else []

    assert values(written([*header, *rows], **dialect)) == rows


@settings(max_examples=30, deadline=None)
@given(texts=TABLES, delimiter=st.sampled_from(",;\t|"), all_=st.booleans())
def test_what_csv_writes_with_backslashes(texts: list[str], delimiter: str, all_: bool) -> None:
    rows = labelled(['She said "well", then left', *texts])
    dialect: dict[str, Any] = {"doublequote": False, "escapechar": "\\", "delimiter": delimiter}
    if all_:
        dialect["quoting"] = csv.QUOTE_ALL

    assert values(written([("id", "review", "sentiment"), *rows], **dialect)) == rows


@settings(max_examples=30, deadline=None)
@given(texts=TABLES, is_array=st.booleans(), indent=st.sampled_from([None, 1]))
def test_what_json_writes(texts: list[str], is_array: bool, indent: int | None) -> None:
    rows = [{"review": text, "stars": place} for place, text in enumerate(texts)]
    content = (
        json.dumps(rows, indent=indent)
        if is_array
        else "".join(json.dumps(row, indent=indent, ensure_ascii=False) + "\n" for row in rows)
    )

    assert values(content) == [tuple(row.values()) for row in rows]


@settings(max_examples=20, deadline=None)
@given(texts=TABLES)
def test_what_pyarrow_and_openpyxl_write(texts: list[str]) -> None:
    rows = labelled(texts)
    columns: dict[str, list[object]] = {
        name: [row[place] for row in rows]
        for place, name in enumerate(("id", "review", "sentiment"))
    }

    assert values(parquet(columns)) == rows
    assert values(workbook([("id", "review", "sentiment"), *rows])) == rows


@settings(max_examples=40, deadline=None)
@given(texts=TABLES, places=st.sets(st.integers(0, 29), max_size=3))
def test_a_mark_that_is_never_closed_costs_one_row_at_most(
    texts: list[str], places: set[int]
) -> None:
    rows = labelled([text.replace('"', "").replace("\n", " ") for text in texts])
    lines = written(rows, quoting=csv.QUOTE_ALL).splitlines(keepends=True)
    for place in places:
        lines[place] = f'{place},"never closed {place},positive\n'

    _, found = read("id,review,sentiment\n" + "".join(lines))

    kept = {tuple(row.values.values()) for row in found if isinstance(row, Record)}
    assert {row for place, row in enumerate(rows) if place not in places} <= kept
    assert len(found) == len(rows)
