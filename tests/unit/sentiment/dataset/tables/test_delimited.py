"""Delimited text as people write it: what becomes of each form's rows."""

import time

import pytest

from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.headers import names_of
from tests.unit.sentiment.dataset.tables.reviews import read, reviews, values, written

REVIEWS = reviews()
NUMBER = {"negative": 0, "positive": 1}
NUMBERED = [(text, str(NUMBER[label])) for text, label in REVIEWS]
WHEN, NOBODY = "Mon Apr 06 22:19:45 PDT 2009", "NO_QUERY"


def bare(rows: list[tuple[str, ...]], delimiter: str) -> str:
    """Rows as written by who knows no quotation marks."""
    return "".join(delimiter.join(row) + "\n" for row in rows)


# --- Delimiters and headers -------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["reviews.csv", "reviews.txt", "reviews.csv (1)", "reviews.jsonl"])
def test_the_delimiter_is_told_by_the_content(delimiter: str, name: str) -> None:
    found, rows = read(written([("review", "sentiment"), *REVIEWS], delimiter=delimiter), name)

    assert found.names == ["review", "sentiment"]
    assert found.format == ("tsv" if delimiter == "\t" else "csv")
    assert [tuple(row.values.values()) for row in rows if isinstance(row, Record)] == REVIEWS
    assert [row.line for row in rows] == list(range(2, 62))


@pytest.mark.parametrize(
    ("rows", "dialect"),
    [
        (NUMBERED, {"delimiter": "\t", "quoting": 3, "quotechar": None}),
        ([(label, text) for text, label in REVIEWS], {}),
        ([(str(i), label, text) for i, (text, label) in enumerate(REVIEWS)], {"delimiter": "\t"}),
        ([(label, "Broken", text) for text, label in NUMBERED], {"quoting": 1}),
        ([(label, str(i), WHEN, NOBODY, "user", text) for i, (text, label) in enumerate(NUMBERED)],
         {"quoting": 1}),
        ([("0", str(i), WHEN, NOBODY, "user", text) for i, (text, _) in enumerate(NUMBERED)],
         {"quoting": 1}),
        ([("good" if label == "1" else "bad", "text") for _, label in NUMBERED], {}),
    ],
)  # fmt: skip
def test_without_a_header_columns_are_numbered_and_no_row_is_lost(
    rows: list[tuple[str, ...]], dialect: dict[str, object]
) -> None:
    found, records = read(written(rows, **dialect))

    assert found.names == [f"column {place}" for place in range(1, len(rows[0]) + 1)]
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
    assert "names no columns" in found.notes[0]


@pytest.mark.parametrize(
    ("above", "names", "first_line"),
    [
        ("sep=;\nreview;sentiment\n", ["review", "sentiment"], 3),
        ("# exported\n# by me\nreview;sentiment\n", ["review", "sentiment"], 4),
        ("Survey of 2024\n\nreview;sentiment\n", ["review", "sentiment"], 4),
        ("\n\nreview;sentiment\n", ["review", "sentiment"], 4),
        ("\ufeff Review Text ;\u200bSentiment\n", ["Review Text", "Sentiment"], 2),
        ('"How was\nit? (review)";sentiment\n', ["How was it? (review)", "sentiment"], 3),
        ("Fließtext;Urteil\n", ["Fließtext", "Urteil"], 2),
        ("review;review\n", ["review", "review (2)"], 2),
        (";sentiment\n", ["column 1", "sentiment"], 2),
        ("review;sentiment;\n", ["review", "sentiment", "column 3"], 2),
    ],
)  # fmt: skip
def test_the_header_is_found_and_cleaned(above: str, names: list[str], first_line: int) -> None:
    rows = [(*row, "")[: len(names)] for row in REVIEWS]

    found, records = read(above + written(rows, delimiter=";"))

    assert found.names == names
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows
    assert records[0].line == first_line


def test_what_is_passed_over_above_a_header_is_told() -> None:
    found, _ = read("Survey of 2024\n\nreview,sentiment\n" + written(REVIEWS))

    assert found.notes == ['1 line was passed over above the header: "Survey of 2024".']


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_header_that_begins_with_a_number_sign_is_one(delimiter: str) -> None:
    rated = [(text, "25"[label == "positive"]) for text, label in REVIEWS]
    counted = [(str(i), text, "yes", label) for i, (text, label) in enumerate(rated)]
    for header, rows in (
        (("#", "Review", "Useful", "Rating"), counted),
        (("#review", "rating"), rated),
        (("#review", "sentiment"), REVIEWS),
    ):
        for above in ("", "# exported by me\n"):
            found, records = read(above + written([header, *rows], delimiter=delimiter))

            assert found.names == list(header)
            assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == (
                list(rows)
            )


def test_comments_that_hold_commas_are_still_comments_above_a_header() -> None:
    found, records = read("# exported by me, today\nreview,sentiment\n" + written(REVIEWS))

    assert found.names == ["review", "sentiment"]
    assert found.notes == ["1 line was passed over above the header, which begin with #."]
    assert len(records) == 60


def test_tweets_that_begin_with_a_tag_are_rows() -> None:
    tweets = [
        (f"#blessed {text}" if i < 3 else text, word) for i, (text, word) in enumerate(REVIEWS)
    ]
    tagged = [(f"#blessed {text}", word) for text, word in REVIEWS]

    assert values(written(tweets)) == tweets
    assert values(written(tagged)) == tagged


@pytest.mark.parametrize("numbered", [False, True])
def test_columns_and_rows_as_pandas_numbers_them(numbered: bool) -> None:
    rows = [(str(i), *row) for i, row in enumerate(NUMBERED if numbered else REVIEWS)]

    found, records = read(",0,1\n" + written(rows))

    assert found.names == ["column 1", "0", "1"]
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows


def test_a_quoted_text_may_hold_lines_that_look_like_rows() -> None:
    listing = "What we liked:\n2, nice breakfast each day\n1, a view of the sea\n2, and the staff"
    rows = [("12"[label == "positive"], text) for text, label in REVIEWS]
    rows[30] = ("2", listing)

    _, records = read(written([("rating", "review"), *rows], quoting=1))

    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == rows


def test_a_decimal_comma_beside_a_quoted_text_is_no_part_of_it() -> None:
    lines = [f'"{text}",{"15"[label == "positive"]}\n' for text, label in REVIEWS]
    lines[7] = f'"{REVIEWS[7][0]}",2,5\n'

    found, records = read("review,rating\n" + "".join(lines))

    left_out = [row for row in records if isinstance(row, LeftOut)]
    assert [row[:2] for row in left_out] == [(9, "the row has 3 fields where the header has 2")]
    assert len(records) == 60
    assert found.notes == []


@pytest.mark.parametrize("name", ["", "x"])
def test_a_header_of_many_columns_takes_no_time(name: str) -> None:
    begun = time.process_time()

    names, _ = names_of([name] * 20_000)

    assert len(set(names)) == 20_000
    assert names[1] == ("x (2)" if name else "column 2")
    assert names[-1] == ("x (20000)" if name else "column 20000")
    assert time.process_time() - begun < 1


def test_a_header_that_comes_again_is_left_out() -> None:
    part = "\ufeffreview,sentiment\n" + written(REVIEWS)

    _, records = read(part + part)

    assert [row.line for row in records if isinstance(row, LeftOut)] == [62]
    assert len(records) == 121


def test_row_names_as_r_writes_them_are_a_column() -> None:
    rows = [(str(i), *row) for i, row in enumerate(REVIEWS, 1)]

    found, records = read("review,sentiment\n" + written(rows))

    assert found.names == ["column 1", "review", "sentiment"]
    assert records[0].values == {
        "column 1": "1", "review": REVIEWS[0][0], "sentiment": "negative"
    }  # fmt: skip


def test_one_column_is_one_whatever_its_texts_hold() -> None:
    found, records = read("review\n" + bare([(text,) for text, _ in REVIEWS], ","))

    assert found.names == ["review"]
    assert [row.values["review"] for row in records if isinstance(row, Record)] == [
        text for text, _ in REVIEWS
    ]


# --- Quotation marks --------------------------------------------------------------------------


@pytest.mark.parametrize("quote_all", [True, False])
def test_marks_that_mean_nothing_are_read_as_they_stand(quote_all: bool) -> None:
    table = [
        (f'"Title" {text}' if i % 2 else f'{text} "word"', label) if quote_all or i % 9 else row
        for i, row in enumerate(reviews(300))
        for text, label in [row]
    ]

    assert values("review\tlabel\n" + bare(table, "\t")) == table


def test_a_mark_that_opens_here_and_one_that_closes_there_merge_no_rows() -> None:
    table = [
        (('"' if i % 10 == 3 else "") + text + ('"' if i % 10 == 7 else ""), label)
        for i, (text, label) in enumerate(reviews(300))
    ]

    assert values("review\tlabel\n" + bare(table, "\t")) == table
    assert values("label\treview\n" + bare([row[::-1] for row in table], "\t")) == [
        row[::-1] for row in table
    ]


def test_marks_that_are_not_doubled_are_mended() -> None:
    rows = [(f'They say "{text}", and more', label) for text, label in REVIEWS]

    assert values("review,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows)) == rows


@pytest.mark.parametrize("every", [True, False])
def test_apostrophes_may_be_the_marks(every: bool) -> None:
    content = "".join(
        f"'{text}',{label}\n" if every or "," in text else f"{text},{label}\n"
        for text, label in REVIEWS
    )

    assert values("review,sentiment\n" + content) == REVIEWS


@pytest.mark.parametrize(
    "dialect",
    [
        {"doublequote": False, "escapechar": "\\"},
        {"quoting": 3, "escapechar": "\\"},
        {"quoting": 1, "doublequote": False, "escapechar": "\\"},
        {"quotechar": "'", "quoting": 1},
        {"quotechar": "'", "doublequote": False, "escapechar": "\\", "quoting": 1},
    ],
)
def test_backslashes_and_other_marks(dialect: dict[str, object]) -> None:
    table = [
        (f'{text} "Really", it\'s true' + ("\nnext line" if i % 3 == 0 else ""), label)
        for i, (text, label) in enumerate(REVIEWS)
    ]

    assert values("review,sentiment\n" + written(table, **dialect)) == table


def test_a_text_of_many_lines_that_look_like_rows_is_one_row() -> None:
    inside = "\n".join(f"{text.replace(',', '')},{label}" for text, label in reviews(600))
    table = [*REVIEWS, (inside, "positive"), *REVIEWS]

    assert values("text,label\n" + written(table, quoting=1)) == table


def test_marks_that_are_never_closed_cost_their_own_lines() -> None:
    rows = reviews(300)
    content = "".join(
        f'"{text},{label}\n' if i % 20 == 5 else f'"{text}",{label}\n'
        for i, (text, label) in enumerate(rows)
    )

    _, records = read("review,sentiment\n" + content)

    assert [row.line for row in records if isinstance(row, LeftOut)] == list(range(7, 302, 20))
    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == [
        row for i, row in enumerate(rows) if i % 20 != 5
    ]


# --- Fields too many and too few --------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("share", [1, 4, 10])
def test_a_text_without_marks_may_hold_the_delimiter(
    delimiter: str, is_first: bool, share: int
) -> None:
    table = [
        (text.replace(",", delimiter) if i % share == 0 else text.replace(delimiter, " "), label)
        for i, (text, label) in enumerate(REVIEWS)
    ]
    names = ["review", "sentiment"]
    if not is_first:
        table, names = [row[::-1] for row in table], names[::-1]

    found, records = read(bare([tuple(names), *table], delimiter))

    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == table
    assert any('What is too much was added to "review".' in note for note in found.notes)


def test_where_two_columns_may_hold_the_delimiter_nothing_is_guessed() -> None:
    table = [(text.replace(",", ""), text.replace(",", "")[::-1], label) for text, label in REVIEWS]
    table.append(("One, two", "three", "positive"))

    _, records = read("title,review,label\n" + bare(table, ","))

    assert isinstance(records[-1], LeftOut)
    assert records[-1].reason == "the row has 4 fields where the header has 3"
    assert len(records) == 61


def test_empty_last_columns_may_be_left_off() -> None:
    found, records = read("review,sentiment,remarks\n" + written(REVIEWS))

    assert [tuple(row.values.values()) for row in records if isinstance(row, Record)] == [
        (*row, "") for row in REVIEWS
    ]
    assert found.notes == [
        "60 rows end before the last column: what is missing was taken as empty."
    ]


def test_empty_fields_too_many_are_nothing() -> None:
    table = [(*row, "", "") for row in REVIEWS]

    assert values("review,sentiment\n" + written(table)) == REVIEWS


def test_a_long_line_costs_only_itself() -> None:
    content = "text,label\n" + written(REVIEWS) + "x" * 3_000_000 + ",positive\n" + written(REVIEWS)

    _, records = read(content)

    assert [(row.line, row.reason) for row in records if isinstance(row, LeftOut)] == [
        (62, "the row is longer than 1 MB")
    ]
    assert records[-1].line == 122


# --- Signs of texts that look like signs of the format ----------------------------------------


@pytest.mark.parametrize("is_first", [True, False])
def test_quotation_marks_beside_commas_that_part_nothing_swallow_no_line(is_first: bool) -> None:
    table = [
        (f'He saw "It, the film", "{text}" and left' if i % 7 == 3
         else f'"{text}", said "Anna", "Bo" and I' if i % 7 == 5 else text, label)
        for i, (text, label) in enumerate(reviews(300))
    ]  # fmt: skip
    rows = [("review", "label"), *table] if is_first else [("label", "review"),
            *(row[::-1] for row in table)]  # fmt: skip

    _, records = read(bare(rows, ","))

    kept = [row for row in records if isinstance(row, Record)]
    assert len(records) == 300
    assert len(kept) > 250
    assert {(row.values["review"], row.values["label"]) for row in kept} <= set(table)


def test_apostrophes_stand_around_those_texts_only_that_need_them() -> None:
    table = [
        (f"It's {text}" if i % 4 == 0 else text.replace(",", ""), label)
        for i, (text, label) in enumerate(reviews(300))
    ]

    assert values("review,sentiment\n" + written(table, quotechar="'")) == table


def test_blanks_behind_delimiters_belong_to_texts_unless_marks_follow_them() -> None:
    texts = [(f' {text} "word", more', label) for text, label in REVIEWS]
    spaced = "".join(f'"{text}", "{label}"\n' for text, label in REVIEWS)

    assert values("review\tlabel\n" + bare(texts, "\t")) == texts
    assert values('"review", "label"\n' + spaced) == REVIEWS


def test_texts_with_marks_that_are_not_doubled_need_no_header() -> None:
    rows = [(f'They say "{text}", and more', label) for text, label in REVIEWS]

    assert values("".join(f'"{text}",{label}\n' for text, label in rows)) == rows


@pytest.mark.parametrize("first", ["I like this movie, really", "A fine film, well made, and long"])
def test_texts_alone_are_no_table_whatever_the_first_one_says(first: str) -> None:
    texts = [first, *(text if i % 3 else text.replace(",", "") for i, (text, _) in enumerate(
        REVIEWS))]  # fmt: skip

    found, records = read("".join(f"{text}\n" for text in texts))

    assert found.names == ["column 1"]
    assert [row.values["column 1"] for row in records if isinstance(row, Record)] == texts
