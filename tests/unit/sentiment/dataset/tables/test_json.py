"""JSON in the forms that tools and people write, each by its records."""

import json
import tracemalloc
from io import BytesIO
from typing import Any

import pytest

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.table import table
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values

REVIEWS = reviews()
ROWS = [{"text": text, "label": label} for text, label in REVIEWS]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a"])
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (LINES, "jsonl"),
        ("\ufeff" + LINES, "jsonl"),
        (LINES.replace("\n", "\r\n"), "jsonl"),
        ("\n\n" + LINES, "jsonl"),
        ("".join(f"{row}\n" for row in ROWS), "jsonl"),
        (json.dumps(ROWS), "json"),
        (json.dumps(ROWS, indent=2), "json"),
        ("[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]", "json"),
        (json.dumps({"data": ROWS}), "json"),
        (json.dumps({"count": 60, "meta": {"a": [1]}, "reviews": ROWS, "z": 1}, indent=1), "json"),
        (json.dumps({"schema": {"fields": [{"name": "text"}]}, "data": ROWS}), "json"),
        ("".join(json.dumps(row, indent=1) + "\n" for row in ROWS), "json"),
        (json.dumps([["text", "label"], *REVIEWS]), "json"),
        (json.dumps({"columns": ["text", "label"], "index": [0], "data": REVIEWS}), "json"),
    ],
)  # fmt: skip
def test_objects_are_found_in_every_form(content: str, form: str, name: str) -> None:
    found, rows = read(content, name)

    assert (found.names, found.format) == (["text", "label"], form)
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == REVIEWS
    assert not [row for row in rows if isinstance(row, LeftOut)]


def test_lines_are_as_an_editor_shows_them_and_rows_are_counted_where_there_is_one_line() -> None:
    _, lines = read(json.dumps(ROWS, indent=2))
    _, rows = read(json.dumps(ROWS))

    assert [row.line for row in lines] == list(range(2, 2 + 4 * 60, 4))
    assert [row.line for row in rows] == list(range(1, 61))


def test_arrays_on_lines_have_numbered_columns() -> None:
    found, _ = read("".join(json.dumps(row) + "\n" for row in REVIEWS))

    assert found.names == ["column 1", "column 2"]
    assert values("".join(json.dumps(row) + "\n" for row in REVIEWS)) == REVIEWS


def test_objects_whose_keys_vary_are_known_by_all_of_them() -> None:
    rows = [{"id": i} for i in range(50)] + ROWS

    found, records = read("".join(json.dumps(row) + "\n" for row in rows))

    assert found.names == ["id", "text", "label"]
    assert len(records) == 110


@pytest.mark.parametrize("indent", [None, 1])
def test_label_studio_spacy_and_others_become_flat(indent: int | None) -> None:
    tasks = [
        {
            "id": i,
            "annotations": [
                {"was_cancelled": True, "result": []},
                {"result": [{"value": {"choices": [label]}, "from_name": "sentiment",
                             "to_name": "text", "type": "choices"}]},
            ],
            "data": {"text": text},
            "meta": {},
        }
        for i, (text, label) in enumerate(REVIEWS)
    ]  # fmt: skip
    cats = [
        {"text": text, "cats": {"POSITIVE": float(label == "positive"), "NEGATIVE": 0.5}}
        for text, label in REVIEWS
    ]
    viewer = {"rows": [{"row_idx": i, "row": row} for i, row in enumerate(ROWS)]}
    hits = [{"_index": "a", "_source": row} for row in ROWS]

    assert values(json.dumps(tasks, indent=indent)) == REVIEWS
    assert values("".join(json.dumps(task) + "\n" for task in tasks)) == REVIEWS
    assert [
        (text, label.lower()) for text, _, label in values(json.dumps(cats, indent=indent))
    ] == (REVIEWS)
    assert values(json.dumps(viewer, indent=indent)) == REVIEWS
    assert values(json.dumps(hits, indent=indent)) == REVIEWS


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"text": {"0": "a", "1": "b"}, "label": {"0": 1, "1": 0}}),
        json.dumps({"text": {str(i): "word " * 20 for i in range(20_000)}, "label": {}}),
        json.dumps({"text": ["a", "b"], "label": [1, 0]}),
        json.dumps({"text": ["word " * 20] * 20_000, "label": [1]}, indent=1),
    ],
)
def test_columns_instead_of_rows_are_refused_with_what_to_do(content: str) -> None:
    with pytest.raises(DatasetError, match=r'holds columns instead of rows: .*orient="records"'):
        read(content, "train.json")


@pytest.mark.parametrize("broken", ['{"text": "x", "label": "pos}', '{"text" "x"}', "[" * 100_000])
@pytest.mark.parametrize("place", [0, 20, 60])
def test_what_is_no_json_costs_only_itself(broken: str, place: int) -> None:
    parts = [json.dumps(row) for row in ROWS]
    parts.insert(place, broken)

    _, lines = read("\n".join(parts) + "\n", "a.jsonl")
    _, array = read("[\n" + ",\n".join(parts) + "\n]", "a.json")

    for rows, first in ((lines, 1), (array, 2)):
        assert [row.line for row in rows if isinstance(row, LeftOut)] == [place + first]
        assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == REVIEWS


def test_a_document_that_breaks_off_keeps_what_is_whole() -> None:
    _, rows = read(json.dumps(ROWS)[:-50])

    assert [type(row) for row in rows] == [Record] * 59 + [LeftOut]


def test_numbers_and_other_values_stay_what_they_are() -> None:
    row = {"text": "a", "label": 1, "score": 0.5, "ok": True, "none": None, "list": ["x"], "d": {}}

    assert values(json.dumps([row, row])) == [tuple(row.values())] * 2


@pytest.mark.parametrize("content", ["[]", "[[]]", "[{]", "{"])
def test_json_without_objects_is_refused(content: str) -> None:
    with pytest.raises(DatasetError, match=r"isn't a JSON object|empty"):
        read(content)


LARGE = [{"text": f"{text} {'and on ' * 20}{i}", "label": label}
         for i, (text, label) in enumerate(reviews(6_000))]  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "wrapped",
    [
        {"took": 3, "hits": {"total": {"value": 9}, "hits": LARGE}, "z": 1},
        {"data": {"reviews": {"edges": [{"node": row} for row in LARGE]}}},
        {f"r{i}": row for i, row in enumerate(LARGE)},
        {"users": {f"u{i}": {"id": i} for i in range(9)},
         "reviews": {f"r{i}": row for i, row in enumerate(LARGE)}},
    ],
)  # fmt: skip
def test_rows_are_found_in_documents_that_are_not_held_whole(
    wrapped: dict[str, Any], indent: int | None
) -> None:
    content = json.dumps(wrapped, indent=indent).encode()

    tracemalloc.start()
    found = table("a.json", BytesIO(content))
    rows = sum(isinstance(row, Record) and row.values in LARGE[i : i + 1]
               for i, row in enumerate(found.records))  # fmt: skip
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rows == len(LARGE)
    assert peak < 12_000_000


@pytest.mark.parametrize("is_wrapped", [False, True])
@pytest.mark.parametrize("place", [0, 3, 7, 59])
@pytest.mark.parametrize("broken", ['{"text": "x", "label": "pos}', '{"text" "x"}'])
def test_a_broken_object_by_key_costs_only_itself(
    broken: str, place: int, is_wrapped: bool
) -> None:
    parts = [f'"r{i}": {json.dumps(row)}' for i, row in enumerate(ROWS)]
    parts.insert(place, f'"broken": {broken}')
    content = "{\n" + ",\n".join(parts) + "\n}"

    _, rows = read(f'{{"reviews": {content}}}' if is_wrapped else content, "a.json")

    assert [row.line for row in rows if isinstance(row, LeftOut)] == [place + 2]
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == REVIEWS


def test_what_a_product_tells_is_shared_by_its_reviews_but_for_its_rating() -> None:
    product = {"product": "p1", "rating": 4.5, "tags": ["x"], "reviews": ROWS}

    _, rows = read(json.dumps([product, {"reviews": [], "product": "p2"}]))

    assert [row.values for row in rows[:60] if isinstance(row, Record)] == [
        {"product": "p1", **row} for row in ROWS
    ]
    assert len(rows) == 61


@pytest.mark.parametrize("name", ["reviews", "items"])
def test_a_row_with_a_list_of_things_stays_a_row(name: str) -> None:
    rows = [{**row, name: [{"note": "one of many things"}]} for row in ROWS]

    assert values("".join(json.dumps(row) + "\n" for row in rows)) == [
        (*row.values(),) for row in rows
    ]
