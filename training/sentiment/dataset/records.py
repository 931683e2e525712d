"""What a dataset is once its format is read: the names of its columns and a record for each row."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Unread(Exception):
    """What can't be read in this place, for want of a library or of disk; the training can."""

    def __init__(self, format_: str) -> None:
        super().__init__(f"{format_} can't be read here")
        self.format = format_


class Record(NamedTuple):
    """The values of one row by column name; those of delimited text are strings.

    `line` counts from 1 as an editor or Excel shows it; in Parquet it is the row. `file` is the
    member of an archive.
    """

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
    """A dataset as a table; memory stays flat while its records are read, once and in order.

    `names` are the columns as the file spells them, "column 1", … where it doesn't name them; of
    two with the same name, the second ends in " (2)". `format` is a word for people: csv, tsv,
    jsonl, json, parquet, xlsx, fasttext or folders. `notes` are sentences, the last of them added
    as the records end. A label "unsup" in `folders` marks a review without one.
    """

    names: list[str]
    records: Iterator[Record | LeftOut]
    format: str
    notes: list[str]
    encoding: str = "utf-8"
