"""A dataset file as a table: the names of its columns, and its records one after the other."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from sentiment.dataset.files import DatasetError, Line
from sentiment.dataset.records import LeftOut, Record, csv_header, csv_records, json_records

ROWS_THAT_SHOW_COLUMNS = 20  # JSON objects have no header: these many together are taken for one
EMPTY = "The file is empty: upload one with a row for each review."


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
            names, delimiter = csv_header(header)
            return Table(names, csv_records(source, names, delimiter), delimiter)
    else:
        records = json_records(source)
        first = list(islice(records, ROWS_THAT_SHOW_COLUMNS))
        if first:
            known = [row.values for row in first if isinstance(row, Record)]
            return Table(list(dict.fromkeys(chain(*known))), chain(first, records))
    raise DatasetError(EMPTY)


def has_content(line: Line) -> bool:
    """Tell whether a line is more than white space."""
    return line.text is None or bool(line.text.strip())
