"""Reviews made by hand for the tests of formats: their texts hold commas and other signs."""

import csv
import io
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.table import table

GOOD = (
    "A fine evening out, and the music stays with you",
    "Warm and funny from the first scene, never loud",
    "We laughed all the way home",
    "It has kept up very well, after two years of daily use",
    "Great value; the battery lasts for days",
)
BAD = (
    "The plot falls apart, and nobody seems to care",
    "It broke within a week, then the shop went silent",
    "Two hours that feel like five",
    "Cold soup, slow service, and a bill to match",
    "Too loud; the hinges came off on day one",
)


def reviews(number: int = 60) -> list[tuple[str, str]]:
    """So many texts, all different, with their labels."""
    return [
        (f"{(BAD, GOOD)[i % 2][i // 2 % 5]}, take {i}.", ("negative", "positive")[i % 2])
        for i in range(number)
    ]


def written(rows: Sequence[Sequence[Any]], **dialect: Any) -> str:
    """Rows as Python's csv writes them."""
    text = io.StringIO()
    csv.writer(text, **{"lineterminator": "\n", **dialect}).writerows(rows)
    return text.getvalue()


def read(content: str | bytes, name: str = "reviews.csv") -> tuple[Table, list[Record | LeftOut]]:
    """The table of such a file, and all that comes of its records."""
    content = content.encode() if isinstance(content, str) else content
    found = table(name, BytesIO(content))
    return found, list(found.records)


def values(content: str | bytes, name: str = "reviews.csv") -> list[tuple[Any, ...]]:
    """The values of all records; none may be left out."""
    _, rows = read(content, name)
    assert [row for row in rows if isinstance(row, LeftOut)] == []
    return [tuple(row.values.values()) for row in rows if isinstance(row, Record)]
