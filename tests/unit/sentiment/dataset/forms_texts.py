"""Text files and workbooks of other programs: odd delimiters, titles, totals, dumps."""

import re
from collections.abc import Sequence

from tests.unit.sentiment.dataset.forms import (
    REVIEWS,
    WORDS,
    Form,
    Refused,
    Rows,
    Taken,
    bytes_of,
    csv_of,
)
from tests.unit.sentiment.dataset.tables.packs import workbook

RATED = [(text, 4 if good else 1) for text, good in REVIEWS]
LABELLED = [(text, WORDS[good]) for text, good in REVIEWS]
TAKEN = Taken("review", "rating", 300)
NAMED = Taken("review", "sentiment", 300)


def lines(template: str, rows: Rows = RATED, above: str = "", below: str = "") -> bytes:
    """A line for each row, by a template with its number, text and label."""
    made = (template.format(i=i, text=text, label=label) for i, (text, label) in enumerate(rows, 1))
    return (above + "".join(f"{line}\n" for line in made) + below).encode()


def parted(delimiter: str, told: str, name: str) -> tuple[Form, Form]:
    """Two files with that delimiter, with and without a header."""
    template = delimiter.join(("{i}", "{text}", "{label}"))
    header = delimiter.join(("id", "review", "rating")) + "\n"
    return (
        Form(
            f"{name}.txt",
            f"{told} between columns",
            bytes_of(lines(template, above=header)),
            TAKEN._replace(notes=(re.escape(f"separated by {delimiter}."),)),
        ),
        Form(
            f"{name}_no_header.dat",
            f"{told} between columns, no header",
            bytes_of(lines(template)),
            Taken("column 2", "column 3", 300),
        ),
    )  # fmt: skip


def book(rows: Sequence[Sequence[object]], **more: Sequence[Sequence[object]]) -> bytes:
    return workbook(rows, **more)


SUMMED = TAKEN._replace(left_out=1)
ARFF = "% Reviews\n@RELATION reviews\n\n@attribute review string\n"
SQL = "CREATE TABLE reviews (review text, rating int);\n"

FORMS = [
    Form(
        "fasttext_label_last.txt",
        "fastText with the label at the end",
        bytes_of(lines("{text} __label__{label}", LABELLED)),
        Taken("text", "label", 300),
    ),
    Form(
        "formulas.csv",
        'numbers as ="4", which Excel takes for a text',
        bytes_of(lines('"{text}",="{label}"', above="review,rating\n")),
        TAKEN,
    ),
    Form(
        "formulas_quoted.csv",
        'the same, quoted: "=""4"""',
        bytes_of(lines('"=""{text}""","=""{label}"""', above="review,rating\n")),
        TAKEN,
    ),
    Form(
        "write_table.txt",
        "R's write.table: blanks, quotes, row names",
        bytes_of(lines('"{i}" "{text}" {label}', above='"review" "rating"\n')),
        TAKEN._replace(notes=("separated by blanks",)),
    ),
    Form(
        "write_table_plain.txt",
        "the same without row names and header",
        bytes_of(lines('"{text}" "{label}"', LABELLED)),
        Taken("column 1", "column 2", 300),
    ),
    *parted("::", "two colons", "movielens"),
    *parted("|||", "three bars", "bars"),
    *parted("~", "tildes", "tildes"),
    *parted("^", "carets", "carets"),
    Form(
        "ranges.csv",
        "a tilde in each row, and commas between columns",
        csv_of("price,review,rating", [("10~20", *row) for row in RATED]),
        TAKEN,
    ),
    Form(
        "title_of_two_cells.csv",
        "a title, a blank line and a header",
        bytes_of(lines('"{text}",{label}', LABELLED, "Feedback 2024,\n,\nreview,sentiment\n")),
        NAMED._replace(notes=("passed over above the header",)),
    ),
    Form(
        "title_with_comma.csv",
        "a title with a comma above the header",
        bytes_of(lines('"{text}",{label}', LABELLED, "Report: reviews, 2024\nreview,sentiment\n")),
        NAMED,
    ),
    Form(
        "short_rows_like_names.csv",
        "a short review that reads like a header, among the first",
        csv_of(
            "Kundenstimme,Punktzahl",
            [*RATED[:4], ("Great content", "5 stars"), ("Good service review", 4), *RATED[4:]],
        ),
        Taken("Kundenstimme", "Punktzahl", 302, is_of_ours=False),
    ),
    Form(
        "filters_above.csv",
        "an export's date and filter above the header",
        bytes_of(
            lines(
                '{i},"{text}",{label}', LABELLED, "On,1 May\nFilter,none\n\nid,review,sentiment\n"
            )
        ),
        NAMED,
    ),
    Form(
        "total.csv",
        "a total in the last line",
        bytes_of(lines('"{text}",{label}', above="review,rating\n", below="Total,750\n")),
        SUMMED,
    ),
    Form(
        "average.csv",
        "an average in the last line, which would be a rating",
        bytes_of(
            lines('{i},"{text}",{label}', above="id,review,rating\n", below=",Average:,4.5\n")
        ),
        SUMMED,
    ),
    Form(
        "summary_first.xlsx",
        "a workbook whose first sheet is a summary",
        lambda: book(
            [("Product", "Count", "Average rating"), ("A", 100, 4.1), ("B", 200, 3.2)],
            Data=[("review", "rating"), *RATED],
        ),
        TAKEN._replace(notes=("passed over: its columns are others",)),
    ),
    Form(
        "codebook_last.xlsx",
        "a workbook whose first sheet asks long questions, and with a codebook",
        lambda: book(
            [
                ("Review", "Rating", "How did you hear of us, and when?"),
                *[(*r, "-") for r in RATED],
            ],
            Codebook=[("text", "label"), ("how it reads", "1 to 5")],
        ),
        Taken("Review", "Rating", 300),
    ),
    Form(
        "sheets_of_years.xlsx",
        "a sheet for each year, one with its names in capitals",
        lambda: book(
            [("review", "rating"), *RATED[:100]], Y2024=[("Review", "RATING"), *RATED[100:]]
        ),
        TAKEN._replace(notes=("the same columns and was read",)),
    ),
    Form(
        "title_and_total.xlsx",
        "a workbook with titles above and a total below",
        lambda: book(
            [("Feedback", "2024"), (), ("review", "rating"), *RATED, ("Grand total", 750)]
        ),
        SUMMED,
    ),
    Form(
        "weka.arff",
        "Weka's ARFF",
        bytes_of(
            lines(
                "'{text}',{label}",
                [(text.replace("'", "\\'"), label) for text, label in LABELLED],
                ARFF + "@attribute sentiment {negative,positive}\n\n@data\n",
            )
        ),
        NAMED,
    ),
    Form(
        "weka_empty.arff",
        "ARFF without rows",
        bytes_of(ARFF),
        Refused("no line @data"),
    ),
    Form(
        "dump.sql",
        "an SQL dump",
        bytes_of(
            lines(
                "INSERT INTO reviews VALUES ('{text}', {label});",
                [(text.replace("'", "''"), label) for text, label in RATED],
                "-- Dump\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS reviews;\n" + SQL,
            )
        ),
        Refused("SQL dump.*as CSV"),
    ),
]
