"""Lines become a table: the names of its columns, and a record for each row or JSON object.

What can't be read as a record comes out as a LeftOut and the next line is tried, so nothing is lost
without a word and a broken line never spoils the rest. Line numbers count from 1 as an editor shows
them; a header is line 1.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from sentiment.dataset.files import EMPTY, MAXIMUM_LINE_BYTES, DatasetError, Line

MAXIMUM_RECORD_LINES = 500
ROWS_THAT_SHOW_COLUMNS = 20  # JSON objects have no header: these many together are taken for one


class Unread(Exception):
    """A format that can't be read in this place: only the training can tell what is in the file."""

    def __init__(self, format_: str) -> None:
        super().__init__(f"{format_} can't be read here")
        self.format = format_


class Record(NamedTuple):
    """The values of one row by column name; CSV values are strings."""

    line: int
    values: dict[str, Any]
    file: str | None = None


class LeftOut(NamedTuple):
    """A row that can't be used: where it is, why, and what its owner can do about it."""

    line: int
    reason: str
    fix: str
    file: str | None = None


class Table(NamedTuple):
    """Column names as the file spells them; the delimiter is "" where there is none."""

    names: list[str]
    records: Iterator[Record | LeftOut]
    delimiter: str = ""


def table(source: Iterator[Line], kind: str) -> Table:
    """Read the names of the columns at the beginning of a file; raises DatasetError for no rows."""
    if kind.startswith(".csv"):
        header = next(filter(has_content, source), None)
        if header is not None and header.text is None:
            raise DatasetError("The first line is longer than 1 MB: write the column names there.")
        if header is not None:
            names, delimiter = _csv_header(header)
            return Table(names, _csv_records(source, names, delimiter), delimiter)
    else:
        records = _json_records(source)
        first = list(islice(records, ROWS_THAT_SHOW_COLUMNS))
        if first:
            known = [row.values for row in first if isinstance(row, Record)]
            return Table(list(dict.fromkeys(chain(*known))), chain(first, records))
    raise DatasetError(EMPTY)


def has_content(line: Line) -> bool:
    """Tell whether a line is more than white space."""
    return line.text is None or bool(line.text.strip())


def _too_long(line: int) -> LeftOut:
    return LeftOut(line, "the row is longer than 1 MB", "Shorten the review or split it.")


# --- JSON lines -------------------------------------------------------------------------------


def _json_records(source: Iterator[Line]) -> Iterator[Record | LeftOut]:
    """Read one JSON object from each line; the first line with content has to be one."""
    is_first = True
    for line in source:
        if not has_content(line):
            continue
        record = _too_long(line.number) if line.text is None else _parsed(line.number, line.text)
        if is_first and isinstance(record, LeftOut):
            raise DatasetError(
                f"Line {line.number} isn't a JSON object: write one object a line, such as"
                ' {"text": "A fine film.", "label": "positive"}, or rename a CSV file to .csv.'
            )
        is_first = False
        yield record


def _parsed(number: int, text: str) -> Record | LeftOut:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return LeftOut(number, "the line isn't valid JSON", "Write one whole JSON object a line.")
    if not isinstance(values, dict):
        return LeftOut(number, "the line isn't a JSON object", "Write one JSON object a line.")
    return Record(number, values)


# --- CSV --------------------------------------------------------------------------------------


def _csv_header(line: Line) -> tuple[list[str], str]:
    """Give the column names of the first line and the delimiter that gives most of them."""
    csv.field_size_limit(MAXIMUM_LINE_BYTES)
    text = line.text or ""
    by_delimiter = {
        d: next(csv.reader([text], delimiter=d, skipinitialspace=True), [])
        for d in (",", ";", "\t")
    }
    delimiter = max(by_delimiter, key=lambda d: len(by_delimiter[d]))
    return [name.strip() for name in by_delimiter[delimiter]], delimiter


def _csv_records(
    source: Iterator[Line], columns: list[str], delimiter: str
) -> Iterator[Record | LeftOut]:
    """Read the rows below the header; an unclosed quotation mark costs its own line only."""
    feed = _Feed(source)
    while (line := feed.begin()) is not None:
        if line.text is None:
            yield _too_long(line.number)
            continue
        fields = _fields(feed, delimiter)
        if isinstance(fields, LeftOut):
            yield fields
        elif any(field.strip() for field in fields):
            yield _row(line.number, fields, columns)


class _Feed:
    """Gives csv.reader the lines of one record and takes back those that aren't part of it."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source, self._again = source, deque[Line]()
        self.taken: list[Line] = []
        self.is_open = False  # a quotation mark was still open at the end of the first line
        self._size = 0

    def begin(self) -> Line | None:
        self.taken, self.is_open, self._size = [], False, 0
        line = self._again.popleft() if self._again else next(self._source, None)
        if line is not None:
            self.taken.append(line)
        return line

    def texts(self) -> Iterator[str]:
        yield self._text(self.taken[0])
        self.is_open = True
        while len(self.taken) < MAXIMUM_RECORD_LINES and self._size <= MAXIMUM_LINE_BYTES:
            line = self._again.popleft() if self._again else next(self._source, None)
            if line is None:
                return
            self.taken.append(line)
            if line.text is None:
                return
            yield self._text(line)

    def _text(self, line: Line) -> str:
        self._size += len(line.text or "")
        return (line.text or "") + "\n"

    def give_back(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _fields(feed: _Feed, delimiter: str) -> list[str] | LeftOut:
    try:
        return next(
            csv.reader(feed.texts(), delimiter=delimiter, skipinitialspace=True, strict=True)
        )
    except csv.Error:
        feed.give_back()
    first = feed.taken[0]
    if not feed.is_open:  # a quotation mark inside a quoted text, not doubled: read it as it stands
        return next(csv.reader([first.text or ""], delimiter=delimiter, skipinitialspace=True))
    return LeftOut(
        first.number,
        "a quotation mark that opens on this line is never closed",
        'Close it, or write each quotation mark inside a quoted text twice ("").',
    )


def _row(number: int, fields: list[str], columns: list[str]) -> Record | LeftOut:
    while len(fields) > len(columns) and not fields[-1].strip():
        fields.pop()
    if len(fields) != len(columns):
        return LeftOut(
            number,
            f"the row has {len(fields)} fields where the header has {len(columns)}",
            "Put quotation marks around a text that holds the delimiter, and fill every column.",
        )
    return Record(number, dict(zip(columns, fields, strict=True)))
