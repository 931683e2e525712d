from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.dataset.peek import peek
from sentiment.dataset.reading import Dataset, read_dataset
from tests.unit.made import BAD, GOOD, PACKINGS, csv_text, json_rows, json_text, rows

Load = Callable[..., Dataset]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read a dataset of this content, after a look at it as the start_training function does."""

    def load(content: str | bytes, name: str = "reviews.csv") -> Dataset:
        content = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(content)
        dataset = read_dataset(path)
        peek(name, BytesIO(content))
        return dataset

    return load


# --- What is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".ndjson"])
def test_formats_and_packings(load: Load, kind: str, packing: str) -> None:
    content = csv_text(rows()) if kind == ".csv" else json_text(json_rows())

    dataset = load(PACKINGS[packing](content.encode()), f"Reviews{kind.upper()}{packing}")

    assert dataset.findings == {
        "format": f"{kind}{packing}"[1:],
        "encoding": "utf-8",
        "columns": {"text": "text", "label": "label", "group": None},
        "labels": {"negative": 20, "positive": 20},
        "rows_read": 40,
        "rows_kept": 40,
        "rows_left_out": 0,
        "left_out": [],
        "duplicates": 0,
        "conflicts": 0,
        "notes": [],
    }
    assert [(row.text, row.label) for row in dataset.rows] == [
        (text, int(label == GOOD)) for text, label in rows()
    ]
    assert dataset.rows[0].words == ("film", "0", "is", "positively", "made", ".")
    assert dataset.rows[0].line == (2 if kind == ".csv" else 1)


@pytest.mark.parametrize(
    "header", ["text,label", "text;label", "text\tlabel", "\ufeff Review_Text , Sentiment "]
)
def test_delimiters_and_a_byte_order_mark(load: Load, header: str) -> None:
    table = [(f'{text} "Quoted", and; more\nlines\there', label) for text, label in rows()]

    dataset = load(csv_text(table, header))

    assert [row.text for row in dataset.rows] == [text for text, _ in table]
    assert [row.line for row in list(dataset.rows)[:3]] == [2, 4, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(load: Load, end: str) -> None:
    content = csv_text(rows()).replace("\r\n", end)

    assert [row.line for row in load(content).rows] == list(range(2, 42))


def test_a_file_without_a_last_line_end_and_with_blank_lines(load: Load) -> None:
    content = "\n\n" + csv_text(rows()).replace("\r\n", "\n\n,\n").rstrip("\n,")

    dataset = load(content)

    assert dataset.findings["rows_read"] == 40
    assert dataset.rows[0].line == 6


def test_windows_1252_is_read_line_by_line_and_noted(load: Load) -> None:
    table = csv_text(rows()).encode() + "Café “noir”,negative\n".encode("cp1252")
    table += "Café “blanc”,positive\n".encode()

    dataset = load(table)

    assert [row.text for row in list(dataset.rows)[-2:]] == ["Café “noir”", "Café “blanc”"]
    assert dataset.findings["encoding"] == "utf-8 and windows-1252"
    assert dataset.findings["notes"] == ["1 line was not UTF-8 and read as Windows-1252."]


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (["id", "review", "sentiment"], ("review", "sentiment", None)),
        (["Sentence", "Class"], ("Sentence", "Class", None)),
        (["label", "title", "content"], ("content", "label", None)),
        (["reviewText", "overall", "asin", "summary"], ("reviewText", "overall", "asin")),
        (["text", "rating", "label", "movie"], ("text", "label", "movie")),
        (["text", "category", "stars"], ("text", "stars", None)),
        (["y", "comment"], ("comment", "y", None)),
        (["REVIEW BODY", "star_rating", "book-id"], ("REVIEW BODY", "star_rating", "book-id")),
    ],
)  # fmt: skip
def test_usual_column_names(
    load: Load, names: list[str], used: tuple[str, str, str | None]
) -> None:
    table = []
    for text, label in rows():
        values = dict.fromkeys(names, "7") | {used[0]: text, used[1]: "5" if label == GOOD else "1"}
        table.append(values)

    columns = load(json_text(table), "reviews.jsonl").findings["columns"]

    assert (columns["text"], columns["label"], columns["group"]) == used
    assert ("rating" in columns) == (used[1] in ("overall", "stars", "star_rating"))


def test_ratings_become_labels_and_the_middle_is_left_out(load: Load) -> None:
    table = [
        {"text": f"Film {i}, story {i}.", "stars": i % 5 + 1, "film": i % 7} for i in range(60)
    ]

    dataset = load(json_text(table), "reviews.jsonl")

    assert dataset.findings["labels"] == {"negative": 24, "positive": 24}
    assert dataset.findings["rows_left_out"] == 12
    assert dataset.findings["left_out"][0] == {
        "line": 3,
        "reason": 'the label "3" is neutral',
        "fix": "Nothing, if it is meant so.",
    }
    assert dataset.findings["columns"]["rating"] == "stars"
    assert len(dataset.findings["notes"]) == 2
    assert dataset.rows[1].group == "1"


def test_mostly_neutral_rows_are_no_reason_to_refuse(load: Load) -> None:
    table = [*rows(), *((f"So so, {i}", "neutral") for i in range(100))]

    assert load(csv_text(table)).findings["rows_left_out"] == 100


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text("aé\",;\t\n\\' .😀", max_size=20).map(str.rstrip), min_size=40, max_size=40
    ),
    header=st.sampled_from(["text,label", "text;label", "text\tlabel", None]),
    packing=st.sampled_from(list(PACKINGS)),
)
def test_any_table_comes_back_as_it_was_written(
    load: Load, texts: list[str], header: str | None, packing: str
) -> None:
    table = [
        (f"{number} {text} end", label)
        for number, (text, (_, label)) in enumerate(zip(texts, rows(), strict=True))
    ]
    if header:
        kind, content = ".csv", csv_text(table, header)
    else:
        kind = ".jsonl"
        content = json_text([{"text": text, "label": label} for text, label in table])

    dataset = load(PACKINGS[packing](content.encode()), f"a{kind}{packing}")

    assert [(row.text, row.label) for row in dataset.rows] == [
        (text, int(label == GOOD)) for text, label in table
    ]


# --- What is left out -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('"never closed,positive', "never closed"),
        ('7,"never closed', "never closed"),
        ("one, two, three,positive", "4 fields"),
        ("alone", "1 fields"),
        (",positive", "no words"),
        ("...,positive", "no words"),
        ("<br />,positive", "no words"),
        ("Good enough,", "no label"),
        ("Good enough,great", 'label "great"'),
        ("x" * 1_000_001, "longer than 1 MB"),
    ],
)
def test_a_broken_line_costs_only_itself(load: Load, broken: str, reason: str) -> None:
    lines = csv_text(rows()).splitlines()
    lines.insert(21, broken)

    dataset = load("\n".join(lines))

    assert [row.text for row in dataset.rows] == [text for text, _ in rows()]
    first = dataset.findings["left_out"][0]
    assert first["line"] == 22
    assert reason in first["reason"]
    assert first["fix"].endswith(".")
    assert dataset.findings["rows_read"] == 41


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"text": "Good", "label": "pos', "valid JSON"),
        ("[" * 100_000, "valid JSON"),
        ('{"text": 1' + "0" * 5000 + "}", "valid JSON"),
        ('["Good", "positive"]', "JSON object"),
        ('{"label": "positive"}', "isn't a text"),
        ('{"text": ["Good"], "label": "positive"}', "isn't a text"),
        ('{"text": "Good", "label": null}', "no label"),
        ('{"text": "Good", "label": NaN}', "no label"),
        ('{"text": "Good", "label": {"a": 1}}', "no label"),
        ('{"text": "\\ud800", "label": "positive"}', "no words"),
        ('{"text": "' + "x" * 1_000_000 + '"}', "longer than 1 MB"),
    ],
)
def test_a_broken_json_line_costs_only_itself(load: Load, broken: str, reason: str) -> None:
    lines = json_text(json_rows()).splitlines()
    lines.insert(5, broken)

    dataset = load("\n".join(lines), "reviews.jsonl")

    assert len(dataset.rows) == 40
    assert [row["line"] for row in dataset.findings["left_out"]] == [6]
    assert reason in dataset.findings["left_out"][0]["reason"]


def test_an_undoubled_quotation_mark_is_read_as_it_stands(load: Load) -> None:
    dataset = load(csv_text(rows()) + '"He said "well" to me",positive\n')

    assert dataset.rows[-1].words == ("he", "said", "well", "to", "me")


def test_every_line_may_hold_an_open_quotation_mark(load: Load) -> None:
    dataset = load(csv_text(rows(600)) + 'a,"\n' * 1001)

    assert dataset.findings["rows_read"] == 1200 + 501
    assert len(dataset.rows) == 1200


def test_repeats_are_kept_once_and_contradictions_not_at_all(load: Load) -> None:
    table = [
        *rows(),
        ("FILM 0 is <b>positively</b> made.", GOOD),
        ("Film 1 is positively made.", BAD),
    ]

    dataset = load(csv_text([*table, ("One more", GOOD), ("Another", GOOD)]))

    assert dataset.findings["duplicates"] == 1
    assert dataset.findings["conflicts"] == 2
    assert dataset.findings["labels"] == {"negative": 20, "positive": 21}
    assert [(row["line"], row["reason"]) for row in dataset.findings["left_out"]] == [
        (4, "the same review, first on line 4, has both labels"),
        (42, "the same review stands on line 2"),
        (43, "the same review, first on line 4, has both labels"),
    ]
    assert len({row.fingerprint for row in dataset.rows}) == len(dataset.rows)


def test_the_first_hundred_rows_left_out_are_listed_in_order(load: Load) -> None:
    table = [(text, label) for row in rows(200) for text, label in (row, ("", GOOD))][:-1]

    findings = load(csv_text([*table, *rows(1)])).findings

    assert findings["rows_left_out"] == 399 + 2
    assert [row["line"] for row in findings["left_out"]] == list(range(3, 203, 2))
