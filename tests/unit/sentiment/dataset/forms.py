"""What a file is that people have, and what becomes of it; and how the tests write such files."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.unit.sentiment.dataset.forms_sentences import reviews


class Taken(NamedTuple):
    """A file that is read: its columns, what becomes of its rows, and what is told."""

    text: str
    label: str
    kept: int
    left_out: int = 0
    neutral: int = 0
    group: str | None = None
    notes: tuple[str, ...] = ()  # each is found in a note
    is_reversed: bool = False  # nobody can know that its labels mean the opposite
    is_of_ours: bool = True  # its texts are `reviews`, so that each label is known

    outcome = "taken"


class Refused(NamedTuple):
    """A file that can't be learnt from, and a part of the sentence that says why."""

    says: str

    outcome = "refused"


@dataclass(frozen=True)
class Form:
    """A file by name, what it is in a few words, how it is written, and what is expected."""

    name: str
    what: str
    content: Callable[[], bytes]
    expected: Taken | Refused


Rows = Sequence[Sequence[object]]
REVIEWS = reviews(300)
WORDS = {True: "positive", False: "negative"}


def csv_of(header: str, rows: Rows, delimiter: str = ",", **dialect: Any) -> Callable[[], bytes]:
    """Delimited text; the header's names are separated by commas."""

    def content() -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, **dialect)
        if header:
            writer.writerow(header.split(","))
        writer.writerows(rows)
        return text.getvalue().encode()

    return content


def jsonl_of(objects: Iterable[dict[str, Any]]) -> Callable[[], bytes]:
    """One JSON object a line."""
    return lambda: "".join(json.dumps(one) + "\n" for one in objects).encode()


def gzipped(content: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same, compressed."""
    return lambda: gzip.compress(content())


def bytes_of(text: str | bytes) -> Callable[[], bytes]:
    """A file as it stands here."""
    return lambda: text.encode() if isinstance(text, str) else text


def two(positive: object, negative: object, count: int = 300) -> list[tuple[str, object]]:
    """Reviews with one of two labels."""
    return [(text, positive if good else negative) for text, good in REVIEWS[:count]]


def scaled(good: Sequence[object], bad: Sequence[object], middle: Sequence[object] = ()) -> Rows:
    """Reviews with labels in turn; a sixth of them with those in the middle, if there are any."""
    rows: list[tuple[str, object]] = []
    for index, (text, is_good) in enumerate(REVIEWS):
        of_middle = bool(middle) and index % 6 in (4, 5)
        values = middle if of_middle else good if is_good else bad
        rows.append((text, values[index // 2 % len(values)]))
    return rows


def plain(name: str, what: str, rows: Rows, expected: Taken | Refused, header: str) -> Form:
    """A CSV file of two columns."""
    return Form(name, what, csv_of(header, rows), expected)


def labels_of(name: str, what: str, rows: Rows, column: str = "sentiment", **expected: Any) -> Form:
    """A CSV file of reviews and labels that is taken, 300 rows of it if nothing else is said."""
    taken = Taken(**{"text": "review", "label": column, "kept": 300, **expected})
    return plain(name, what, rows, taken, f"review,{column}")
