"""A file becomes a table: its columns and, one by one, its records."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from sentiment.dataset.files import HEAD_BYTES, Line, check_start, chunks, ending, lines
from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.records import table as records_of

DELIMITERS = {";": "semicolons", "\t": "tabs"}


@dataclass
class Table:
    """Names of columns, records in order, and what is told of the file; notes grow meanwhile."""

    names: list[str]
    records: Iterator[Record | LeftOut]
    format: str
    notes: list[str] = field(default_factory=list)
    encoding: str = "utf-8"


def table(name: str, stream: BinaryIO) -> Table:
    """Read the beginning of a file; raises DatasetError where it is none that can be read."""
    kind = ending(name)
    check_start(stream.read(HEAD_BYTES), kind)
    stream.seek(0)
    not_utf8 = [0]
    content = records_of(_counted(lines(chunks(stream, kind)), not_utf8), kind)
    made = Table(content.names, iter(()), kind.removeprefix("."))
    if content.delimiter in DELIMITERS:
        made.notes.append(f"Columns are separated by {DELIMITERS[content.delimiter]}.")
    made.records = _told(content.records, made, not_utf8)
    return made


def _counted(source: Iterator[Line], not_utf8: list[int]) -> Iterator[Line]:
    for line in source:
        not_utf8[0] += not line.is_utf8
        yield line


def _told(
    records: Iterator[Record | LeftOut], made: Table, not_utf8: list[int]
) -> Iterator[Record | LeftOut]:
    yield from records
    if not_utf8[0]:
        were = "1 line was" if not_utf8[0] == 1 else f"{not_utf8[0]:,} lines were"
        made.notes.append(f"{were} not UTF-8 and read as Windows-1252.")
        made.encoding = "utf-8 and windows-1252"
