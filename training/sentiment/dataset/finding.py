"""Which rows of a dataset file are learnt from, and an account of what was found in it.

Whatever can't be used is left out with its line number, a reason and what to do about it; only what
makes training pointless raises DatasetError, with one sentence for the dataset's owner. It runs in
the start_training function too, so it needs no more than the text code does; memory stays flat, for
texts and words go to whoever keeps them.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO, Protocol

from sentiment.dataset.account import Account, Findings, Listener
from sentiment.dataset.columns import Columns, find_columns, find_group
from sentiment.dataset.files import (
    HEAD_BYTES,
    DatasetError,
    check_start,
    chunks,
    ending,
    lines,
    listed,
    shown,
)
from sentiment.dataset.labels import FIX, NEGATIVE, NEUTRAL, POSITIVE, canonical, meaning
from sentiment.dataset.lexicon import Lexicon, Review, numbered
from sentiment.dataset.records import LeftOut, Record, table
from sentiment.dataset.said import Said

DELIMITERS = {";": "semicolons", "\t": "tabs"}
ROWS_AT_ONCE = 250_000  # that are compared with each other: bounds the memory it takes


class Keeper(Protocol):
    """Keeps what rows say, and gives a number to every word in them."""

    lexicon: Lexicon

    def add(self, review: Review, group: str | None) -> None:
        """Take the next row."""


def meant(names: Sequence[str], said: Said) -> Columns:
    """The columns that the uploader names, and by their names those that nobody speaks of."""
    told = {"text": said.text_column, "label": said.label_column, "group": said.group_column}
    for what, name in told.items():
        if name and name not in names:
            raise DatasetError(
                f"There is no column {shown(name)}, which {what}-column names, among"
                f" {listed(names)}: name one of them."
            )
    if said.text_column and said.label_column:
        group = said.group_column or find_group(names)
        return Columns(said.text_column, said.label_column, group, False)
    found = find_columns(names)
    return found._replace(
        text=said.text_column or found.text,
        label=said.label_column or found.label,
        group=said.group_column or found.group,
    )


class Found:
    """What is needed of each row to tell which are learnt from: a few bytes."""

    def __init__(self) -> None:
        self.lines, self.fingerprints = array("q"), array("Q")
        self.values, self.labels = array("I"), array("b")  # of the label column, and what they mean
        self.kept = array("q")  # indices of the rows to learn from

    def counts(self) -> tuple[int, int]:
        """How many rows to learn from are negative and positive."""
        positive = sum(self.labels[row] for row in self.kept)
        return len(self.kept) - positive, positive


def find(
    name: str,
    stream: IO[bytes],
    keeper: Keeper,
    said: Said = Said(),
    processes: int = 1,
    listener: Listener | None = None,
) -> tuple[Found, Findings]:
    """Read a whole dataset and tell which rows are learnt from; what they say goes to the keeper.

    Raises DatasetError where it can't be trained on.
    """
    kind = ending(name)
    check_start(stream.read(HEAD_BYTES), kind)
    stream.seek(0)
    account = Account(listener)
    content = table(account.decoded(lines(chunks(stream, kind))), kind)
    columns = meant(content.names, said)
    source = ((row, _text(row, columns)) for row in content.records)
    with closing(numbered(source, keeper.lexicon, processes)) as reviews:
        found, values = _read_rows(reviews, columns, account, keeper)
    if not values:
        account.check(0, 0)  # says why there are none
    _tell_labels(found, values, columns, account, said)
    _leave_out_repeats(found, account)
    negative, positive = found.counts()
    account.check(negative, positive)
    if content.delimiter not in ("", ","):
        account.notes.append(f"Columns are separated by {DELIMITERS[content.delimiter]}.")
    return found, account.findings(kind, columns, negative, positive)


# --- Rows -------------------------------------------------------------------------------------


def _text(row: Record | LeftOut, columns: Columns) -> str:
    text = row.values.get(columns.text) if isinstance(row, Record) else None
    return text if isinstance(text, str) else ""


def _read_rows(
    reviews: Iterator[tuple[Record | LeftOut, Review]],
    columns: Columns,
    account: Account,
    keeper: Keeper,
) -> tuple[Found, list[str]]:
    """Read every row, and the values of the label column: their meaning shows at the end only."""
    found, values = Found(), dict[str, int]()
    for record, review in reviews:
        account.rows_read += 1
        if isinstance(record, LeftOut):
            account.leave_out(record)
        elif fault := _fault(record, review, columns):
            account.remember(record)
            account.leave_out(fault)
        else:
            account.remember(record)
            value = canonical(record.values.get(columns.label))
            found.values.append(values.setdefault(value, len(values)))
            found.lines.append(record.line)
            found.fingerprints.append(review.fingerprint)
            keeper.add(review, record.group(columns.group))
    return found, list(values)


def _fault(record: Record, review: Review, columns: Columns) -> LeftOut | None:
    if not isinstance(record.values.get(columns.text), str):
        return LeftOut(record.line, "the review is missing or isn't a text", "Write a text there.")
    if not review.numbers:
        return LeftOut(record.line, "there are no words in the review", "Write a text there.")
    if not canonical(record.values.get(columns.label)):
        return LeftOut(record.line, "there is no label", FIX)
    return None


def _tell_labels(
    found: Found, values: list[str], columns: Columns, account: Account, said: Said
) -> None:
    counts = Counter({values[number]: count for number, count in Counter(found.values).items()})
    labels: dict[str, int] = {canonical(value): POSITIVE for value in said.positive}
    labels |= {canonical(value): NEGATIVE for value in said.negative}
    note = None
    if not labels:
        labels, note = meaning(counts, columns.label, columns.is_rating)
    if note:
        account.notes.append(note)
    for line, number in zip(found.lines, found.values, strict=True):
        label = labels.get(values[number])
        if label is None:
            reason = f"the label {shown(values[number])} is neither negative nor positive"
            account.leave_out(LeftOut(line, reason, FIX))
        elif label == NEUTRAL:
            reason = f"the label {shown(values[number])} is neutral"
            account.leave_out(LeftOut(line, reason, "Nothing, if it is meant so."), "neutral")
        found.labels.append(NEUTRAL if label is None else label)


def _leave_out_repeats(found: Found, account: Account) -> None:
    """Keep the first of equal reviews with equal labels, and none where labels contradict."""
    labelled = array("q", (row for row, label in enumerate(found.labels) if label != NEUTRAL))
    firsts = _firsts(labelled, found.fingerprints)
    contradicted = {
        first
        for row, first in zip(labelled, firsts, strict=True)
        if found.labels[row] != found.labels[first]
    }
    for row, first in zip(labelled, firsts, strict=True):
        line = found.lines[first]
        if first in contradicted:
            reason = f"the same review, first on line {line}, has both labels"
            fault = LeftOut(found.lines[row], reason, "Keep the right one.")
            account.leave_out(fault, "conflict")
        elif row != first:
            reason = f"the same review stands on line {line}"
            fault = LeftOut(found.lines[row], reason, "Nothing: one is enough.")
            account.leave_out(fault, "duplicate")
        else:
            found.kept.append(row)


def _firsts(rows: "array[int]", fingerprints: "array[int]") -> "array[int]":
    """The first row with the same words as each row."""
    firsts = array("q", rows)
    passes = 1 + len(rows) // ROWS_AT_ONCE
    for part in range(passes):
        seen: dict[int, int] = {}
        for index, row in enumerate(rows):
            if fingerprints[row] % passes == part:
                firsts[index] = seen.setdefault(fingerprints[row], row)
    return firsts
