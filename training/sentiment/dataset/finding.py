"""Which rows of a dataset file are learnt from, and an account of what was found in it.

Whatever can't be used is left out with its line number, a reason and what to do about it; only what
makes training pointless raises DatasetError, with one sentence for the dataset's owner. It runs in
the start_training function too, so it needs no more than the text code does; memory stays flat, for
texts and words go to whoever keeps them.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import chain
from typing import BinaryIO, Protocol

from sentiment.dataset.account import Account, Described, Findings
from sentiment.dataset.choosing import Columns, choose
from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.found import Found
from sentiment.dataset.label_words import NEGATIVE, POSITIVE
from sentiment.dataset.labelling import (
    compare_rivals,
    leave_out_repeats,
    repeat,
    tell_labels,
)
from sentiment.dataset.labels import FIX
from sentiment.dataset.lexicon import Lexicon, Review, numbered
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.rejected import Listener, Rejected
from sentiment.dataset.said import Said
from sentiment.dataset.sample import Column, first_rows
from sentiment.dataset.tables.table import table
from sentiment.dataset.texts import check_texts
from sentiment.dataset.values import MISSING

FEWEST_GROUPS = 10  # of fewer no whole ones are held out
LONGEST_GROUP = 200
LONGEST_MISSING = max(map(len, MISSING))
NAMES = (str, int, float)  # what may name a group


class Keeper(Protocol):
    """Keeps what rows say, and gives a number to every word in them."""

    lexicon: Lexicon

    def add(self, review: Review, group: str | None) -> None:
        """Take the next row."""


class FirstRows:
    """The first rows of a file, and which columns they show; raises DatasetError for the hopeless.

    The first look and the training begin alike, so that neither refuses what the other takes.
    """

    def __init__(self, content: Table, said: Said, account: Account | None = None) -> None:
        self.content = content
        first, self.is_whole = first_rows(content.records)
        self.first = deque(first)
        records = [row for row in self.first if isinstance(row, Record)]
        if not records and self.is_whole:
            account = account or Account()
            for row in self.first:
                account.rows_read += 1
                if isinstance(row, LeftOut):
                    account.leave_out(row)
            account.check(0, 0)  # says why there are none
        self.columns: Columns = choose(content.names, records, said)
        texts = [text_of(row, self.columns.text) for row in records]
        self.notes = [*self.columns.notes, *check_texts(texts, self.columns.text.name)]

    def rows(self) -> Iterator[Record | LeftOut]:
        """All rows, the first ones again; those that were given are no longer held."""
        return chain(_drained(self.first), self.content.records)


def _drained(rows: "deque[Record | LeftOut]") -> Iterator[Record | LeftOut]:
    while rows:
        yield rows.popleft()


def find(
    name: str,
    stream: BinaryIO,
    keeper: Keeper,
    said: Said | None = None,
    processes: int = 1,
    listener: Listener | None = None,
) -> tuple[Found, Findings]:
    """Read a whole dataset and tell which rows are learnt from; what they say goes to the keeper.

    The listener hears of every row that is left out. Raises DatasetError where the dataset can't be
    trained on; it carries what was found until then.
    """
    account, described = Account(), _unknown()
    try:
        return _find(name, stream, keeper, said or Said(), processes, listener, account, described)
    except DatasetError as error:
        error.findings = account.findings_so_far(described)
        raise


def _unknown() -> Described:
    nothing: dict[str, str | None] = {"text": None, "label": None, "group": None}
    return {"format": "unknown", "encoding": "unknown", "columns": nothing, "notes": []}


def _find(
    name: str,
    stream: BinaryIO,
    keeper: Keeper,
    said: Said,
    processes: int,
    listener: Listener | None,
    account: Account,
    described: Described,
) -> tuple[Found, Findings]:
    content = table(name, stream)
    described["format"], described["encoding"] = content.format, content.encoding
    begun = FirstRows(content, said, account)
    columns, account.notes = begun.columns, list(begun.notes)
    described["columns"], described["notes"] = columns.used(), content.notes
    rejected = Rejected() if listener else None
    source = ((row, text_of(row, columns.text)) for row in begun.rows())
    with closing(numbered(source, keeper.lexicon, processes)) as reviews:
        found = _read_rows(reviews, columns, account, keeper, rejected)
    described["encoding"] = content.encoding
    tell_labels(found, columns, said, account, rejected)
    account.labels = found.labels.count(NEGATIVE), found.labels.count(POSITIVE)
    compare_rivals(found, columns, account)
    leave_out_repeats(found, account, rejected)
    if rejected and listener:
        stream.seek(0)
        again = table(name, stream).records
        rejected.tell(again, partial(repeat, found), listener)
    account.labels = found.counts()
    account.check(*account.labels)
    return found, account.findings(described, *account.labels)


# --- Rows -------------------------------------------------------------------------------------


def text_of(row: Record | LeftOut, column: Column) -> str:
    """The review of a record, "" where there is none."""
    text = column.of(row.values) if isinstance(row, Record) else None
    if not isinstance(text, str):
        return ""
    if len(text) <= LONGEST_MISSING and text.strip().casefold() in MISSING:
        return ""
    return text


def group_of(row: Record, column: Column | None) -> str | None:
    """What a record is about, by the column that names it."""
    name = column.of(row.values) if column else None
    return str(name).strip()[:LONGEST_GROUP] or None if isinstance(name, NAMES) else None


def _read_rows(
    reviews: Iterator[tuple[Record | LeftOut, Review]],
    columns: Columns,
    account: Account,
    keeper: Keeper,
    rejected: Rejected | None,
) -> Found:
    """Read every row, and the values of label columns: their meaning shows at the end only."""
    label, *rivals = labels = [columns.label, *(column for column, _ in columns.labels.rivals)]
    found, groups = Found(len(rivals)), set[str]()
    number, empty = found.values[0].number, found.values[0].number("")
    for record, review in reviews:
        account.rows_read += 1
        fault: LeftOut | None = None
        value = empty
        if isinstance(record, LeftOut):
            fault = record
        else:
            value = number(label.of(record.values))
            fault = _fault(record, review, columns, is_labelled=value != empty)
        if rejected:
            rejected.record(fault)
        if fault:
            account.leave_out(fault)
            continue
        assert isinstance(record, Record)  # noqa: S101 - what else has no fault
        found.place(record.line, record.file)
        found.values[0].numbers.append(value)
        for values, column in zip(found.values[1:], labels[1:], strict=True):
            values.numbers.append(values.number(column.of(record.values)))
        found.fingerprints.append(review.fingerprint)
        group = group_of(record, columns.group)
        if group is not None and len(groups) < FEWEST_GROUPS:
            groups.add(group)
        keeper.add(review, group)
    if not found.lines:
        account.check(0, 0)  # says why there are none
    if columns.group and len(groups) < FEWEST_GROUPS:
        account.notes.append(
            f"Column {listed([columns.group.name])} names {len(groups)} different things only, so"
            " single reviews are held out and not whole groups."
        )
    return found


def _fault(
    record: Record, review: Review, columns: Columns, *, is_labelled: bool
) -> LeftOut | None:
    line, file = record.line, record.file
    if not review.numbers:
        text = columns.text.of(record.values)
        if not isinstance(text, str) or text.strip().casefold() in MISSING - {""}:
            reason = "the review is missing or isn't a text"
        else:
            reason = "there are no words in the review"
        return LeftOut(line, reason, "Write a text there.", file)
    return None if is_labelled else LeftOut(line, "there is no label", FIX, file)
