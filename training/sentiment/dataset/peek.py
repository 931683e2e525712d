"""The first look at a dataset, before anything is started for it: no NumPy, so Lambda can do it."""

from typing import BinaryIO, NamedTuple

from sentiment.dataset.account import Findings
from sentiment.dataset.finding import Beginning, find
from sentiment.dataset.lexicon import Lexicon, Review
from sentiment.dataset.opened import Table, table
from sentiment.dataset.records import Unread
from sentiment.dataset.said import Said

FEWEST_BYTES = 1 << 10  # that were read of a file, for an estimate to be made of them


class Seen(NamedTuple):
    """What a first look shows; `findings` where it could look at the whole file."""

    columns: dict[str, str | None]
    format: str
    encoding: str
    rows: int | None  # an estimate, None where there is none
    notes: list[str]
    findings: Findings | None = None


def peek(name: str, stream: BinaryIO, said: Said | None = None) -> Seen:
    """Look at the first rows of a file, and at a small file whole.

    Raises DatasetError for what they already show to be untrainable; never for a file that
    `read_dataset` would take. Of a format that can't be read here nothing but its name is told.
    """
    said = said or Said()
    try:
        content = table(name, stream)
    except Unread as error:
        return Seen({}, error.format, "utf-8", None, [])
    begun = Beginning(content, said)
    if begun.is_whole:
        stream.seek(0)
        _, findings = find(name, stream, Forgetful(), said)
        return Seen(
            findings["columns"],
            findings["format"],
            findings["encoding"],
            findings["rows_read"],
            findings["notes"],
            findings,
        )
    notes = [*content.notes, *begun.notes]
    rows = _estimated(content, len(begun.first), stream)
    return Seen(begun.columns.used(), content.format, content.encoding, rows, notes)


def _estimated(content: Table, rows: int, stream: BinaryIO) -> int | None:
    """So many rows as the file has, if all are as long as the first ones."""
    told: int | None = getattr(content, "rows", None)
    if told is not None:
        return told
    read = stream.tell()
    size = stream.seek(0, 2)
    return round(rows * size / read) if FEWEST_BYTES <= read <= size else None


class Forgetful:
    """Where only a refusal matters, nothing is kept."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def add(self, review: Review, group: str | None) -> None:
        pass
