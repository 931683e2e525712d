"""A dataset file becomes rows to learn from, and an account of what was found in it.

Whatever can't be used is left out with its line number, a reason and what to do about it; only what
makes training pointless raises DatasetError, with one sentence for the dataset's owner. It runs in
the start_training function too, so it needs no more than the text code does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from sys import intern
from typing import IO, Any, NamedTuple

from sentiment.account import Account
from sentiment.columns import Columns, find_columns
from sentiment.files import (
    HEAD_BYTES,
    DatasetError,
    Line,
    check_start,
    check_text,
    chunks,
    ending,
    lines,
    shown,
    unpacked_head,
)
from sentiment.holdout import Split, split
from sentiment.labels import FIX, NEUTRAL, canonical, meaning
from sentiment.records import LeftOut, Record, Row, csv_header, csv_records, json_records
from sentiment.text import PUNCTUATION, fingerprint, read

__all__ = [
    "Dataset",
    "DatasetError",
    "Findings",
    "Row",
    "Split",
    "ending",
    "peek",
    "read_dataset",
    "split",
]

Findings = dict[str, Any]

ROWS_THAT_SHOW_COLUMNS = 20  # JSON objects have no header: these many together are taken for one
LONGEST_GROUP = 200
EMPTY = "The file is empty: upload one with a row for each review."
DELIMITERS = {";": "semicolons", "\t": "tabs"}
WHOLE_BYTES = 1 << 20  # a small file may be large once unpacked: too large to be looked at whole


class Dataset(NamedTuple):
    """The rows to learn from, no two with the same words, and the findings as a JSON object."""

    rows: list[Row]
    findings: Findings


def read_dataset(path: Path) -> Dataset:
    """Read a whole file; raises DatasetError where it can't be trained on."""
    with path.open("rb") as stream:
        return _read(path.name, stream)


def peek(name: str, head: bytes, size_bytes: int) -> None:
    """Raise DatasetError for what the first bytes of a file already show to be untrainable.

    Never raises for a file that `read_dataset` would take. Give it 64 KiB; where that is the whole
    file, so is the check.
    """
    kind = ending(name)
    if size_bytes and not head:
        return
    check_start(head, kind)
    start = unpacked_head(head, kind, WHOLE_BYTES)
    if len(head) >= size_bytes and len(start) < WHOLE_BYTES:
        _read(name, BytesIO(head))
        return
    check_text(start[:HEAD_BYTES], kind)
    seen = list(lines(iter([start[:HEAD_BYTES]])))[:-1]  # the last one may be cut off
    rows = sum(_has_content(line) for line in seen)
    if rows:
        table = _table(iter(seen), kind)
        if kind.startswith(".csv") or rows >= ROWS_THAT_SHOW_COLUMNS:
            find_columns(table.names)


def _read(name: str, stream: IO[bytes]) -> Dataset:
    kind = ending(name)
    check_start(stream.read(HEAD_BYTES), kind)
    stream.seek(0)
    account = Account()
    table = _table(account.decoded(lines(chunks(stream, kind))), kind)
    columns = find_columns(table.names)
    rows, values = _read_rows(table.records, columns, account)
    if not values:
        account.check(0, 0)  # says why there are none
    rows = _distinct(_labelled(rows, values, columns, account), account)
    positive = sum(row.label for row in rows)
    negative = len(rows) - positive
    account.check(negative, positive)
    if table.delimiter not in ("", ","):
        account.notes.append(f"Columns are separated by {DELIMITERS[table.delimiter]}.")
    return Dataset(rows, account.findings(kind, columns, negative, positive))


# --- Rows -------------------------------------------------------------------------------------


class _Table(NamedTuple):
    names: list[str]
    records: Iterator[Record | LeftOut]
    delimiter: str = ""


def _table(source: Iterator[Line], kind: str) -> _Table:
    """Read the names of the columns at the beginning of a file."""
    if kind.startswith(".csv"):
        header = next(filter(_has_content, source), None)
        if header is not None and header.text is None:
            raise DatasetError("The first line is longer than 1 MB: write the column names there.")
        if header is not None:
            names, delimiter = csv_header(header)
            return _Table(names, csv_records(source, names, delimiter), delimiter)
    else:
        records = json_records(source)
        first = list(islice(records, ROWS_THAT_SHOW_COLUMNS))
        if first:
            known = [row.values for row in first if isinstance(row, Record)]
            return _Table(list(dict.fromkeys(chain(*known))), chain(first, records))
    raise DatasetError(EMPTY)


def _has_content(line: Line) -> bool:
    return line.text is None or bool(line.text.strip())


def _read_rows(
    records: Iterator[Record | LeftOut], columns: Columns, account: Account
) -> tuple[list[Row], list[str]]:
    """Read every row, and the value of its label beside it: its meaning shows at the end only."""
    rows: list[Row] = []
    values: list[str] = []
    for record in records:
        account.rows_read += 1
        if isinstance(record, LeftOut):
            account.leave_out(record)
            continue
        row, value = _row(record, columns), canonical(record.values.get(columns.label))
        if isinstance(row, LeftOut):
            account.leave_out(row)
        elif not value:
            account.leave_out(LeftOut(record.line, "there is no label", FIX))
        else:
            rows.append(row)
            values.append(intern(value))
    return rows, values


def _row(record: Record, columns: Columns) -> Row | LeftOut:
    review = record.values.get(columns.text)
    if not isinstance(review, str):
        return LeftOut(record.line, "the review is missing or isn't a text", "Write a text there.")
    reading = read(review)
    words = tuple(intern(token.word) for token in reading.tokens)
    if PUNCTUATION.issuperset(words):
        return LeftOut(record.line, "there are no words in the review", "Write a text there.")
    group = record.values.get(columns.group) if columns.group else None
    name = (
        intern(str(group).strip()[:LONGEST_GROUP]) if isinstance(group, (str, int, float)) else None
    )
    return Row(reading.text, words, NEUTRAL, name or None, record.line, fingerprint(words))


def _labelled(
    rows: Sequence[Row], values: Sequence[str], columns: Columns, account: Account
) -> Iterator[Row]:
    labels, note = meaning(Counter(values), columns.label, columns.is_rating)
    if note:
        account.notes.append(note)
    for row, value in zip(rows, values, strict=True):
        label = labels.get(value)
        if label is None:
            reason = f"the label {shown(value)} is neither negative nor positive"
            account.leave_out(LeftOut(row.line, reason, FIX))
        elif label == NEUTRAL:
            reason = f"the label {shown(value)} is neutral"
            account.leave_out(LeftOut(row.line, reason, "Nothing, if it is meant so."), "neutral")
        else:
            yield row._replace(label=label)


def _distinct(rows: Iterator[Row], account: Account) -> list[Row]:
    """Keep the first of equal reviews with equal labels, and none where labels contradict."""
    candidates = list(rows)
    first: dict[int, Row] = {}
    contradicted = {
        row.fingerprint
        for row in candidates
        if first.setdefault(row.fingerprint, row).label != row.label
    }
    for row in candidates:
        line = first[row.fingerprint].line
        if row.fingerprint in contradicted:
            reason = f"the same review, first on line {line}, has both labels"
            account.leave_out(LeftOut(row.line, reason, "Keep the right one."), "conflict")
        elif row.line != line:
            reason = f"the same review stands on line {line}"
            account.leave_out(LeftOut(row.line, reason, "Nothing: one is enough."), "duplicate")
    return [
        row
        for row in candidates
        if row is first[row.fingerprint] and row.fingerprint not in contradicted
    ]
