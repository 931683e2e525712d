"""What became of every row that was read, for the dataset's owner; and whether enough is left."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypedDict, cast

from sentiment.dataset.columns import Columns
from sentiment.dataset.files import DatasetError, Line
from sentiment.dataset.records import LeftOut, Record

FEWEST_OF_EACH_LABEL = 20
LISTED_ROWS = 100
LOPSIDED = 0.9


class LabelCounts(TypedDict):
    """Rows that are kept."""

    negative: int
    positive: int


class LeftOutRow(TypedDict):
    """A row that isn't learnt from: where it is, why, and what its owner can do about it."""

    line: int
    reason: str
    fix: str


class Findings(TypedDict):
    """What was found in a dataset: rows_read is rows_kept and rows_left_out together."""

    format: str
    encoding: str
    columns: dict[str, str | None]  # text, label, group and, where there is one, rating
    labels: LabelCounts
    rows_read: int
    rows_kept: int
    rows_left_out: int
    left_out: list[LeftOutRow]  # the first ones
    duplicates: int
    conflicts: int
    notes: list[str]


# Told of each row that is left out: line, file, reason, fix, and the row's values where it has any.
Listener = Callable[[int, str | None, str, str, dict[str, Any] | None], None]


class Account:
    """Counts rows; `rows_read` is always the rows kept and the rows left out together."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener
        self._values: dict[int, dict[str, Any]] = {}  # by line, for the listener
        self.rows_read = 0
        self.not_utf8 = 0
        self.notes: list[str] = []
        self._counts: Counter[str] = Counter()
        self._listed: dict[str, list[LeftOut]] = {}

    def decoded(self, source: Iterator[Line]) -> Iterator[Line]:
        """Pass lines on, and count those that weren't UTF-8."""
        for line in source:
            self.not_utf8 += not line.is_utf8
            yield line

    def remember(self, record: Record) -> None:
        """Keep a row's values for who listens, should it be left out later."""
        if self._listener:
            self._values[record.line] = record.values

    def leave_out(self, row: LeftOut, kind: str | None = None) -> None:
        """Count a row under its kind, else its fix; the first ones of a kind are listed."""
        kind = kind or row.fix
        self._counts[kind] += 1
        listed = self._listed.setdefault(kind, [])
        if len(listed) < LISTED_ROWS:
            listed.append(row)
        if self._listener:
            self._listener(row.line, None, row.reason, row.fix, self._values.get(row.line))

    def check(self, negative: int, positive: int) -> None:
        """Raise DatasetError where what was kept can't be trained on."""
        if not self.rows_read:
            raise DatasetError("The dataset has no rows: add a row for each review.")
        self._check_faults()
        if (negative == 0) != (positive == 0):
            found, lacking = ("negative", "positive") if negative else ("positive", "negative")
            raise DatasetError(
                f"All {negative + positive:,} usable reviews are {found}:"
                f" add {lacking} ones, at least {FEWEST_OF_EACH_LABEL}."
            )
        if min(negative, positive) < FEWEST_OF_EACH_LABEL:
            raise DatasetError(
                f"There are too few usable reviews, {negative} negative and {positive} positive:"
                f" add reviews until there are at least {FEWEST_OF_EACH_LABEL} of each"
                f" ({self.rows_read:,} rows were read, {self._counts.total():,} left out)."
            )

    def _check_faults(self) -> None:
        faults = Counter(self._counts)
        for kind in ("duplicate", "neutral"):
            del faults[kind]  # they are none
        if faults.total() * 2 > self.rows_read:
            [(top, count)] = faults.most_common(1)
            first = self._listed[top][0]
            raise DatasetError(
                f"More than half of the rows can't be used ({faults.total():,} of"
                f" {self.rows_read:,}), {count:,} of them like line {first.line}:"
                f" {first.reason}. {first.fix}"
            )

    def findings(self, kind: str, columns: Columns, negative: int, positive: int) -> Findings:
        """Give the account as a JSON object."""
        used: dict[str, str | None] = {
            "text": columns.text, "label": columns.label, "group": columns.group
        }  # fmt: skip
        if columns.is_rating:
            used["rating"] = columns.label
        listed = sorted(row for rows in self._listed.values() for row in rows)
        return {
            "format": kind.removeprefix("."),
            "encoding": "utf-8 and windows-1252" if self.not_utf8 else "utf-8",
            "columns": used,
            "labels": {"negative": negative, "positive": positive},
            "rows_read": self.rows_read,
            "rows_kept": negative + positive,
            "rows_left_out": self._counts.total(),
            "left_out": [cast(LeftOutRow, row._asdict()) for row in listed[:LISTED_ROWS]],
            "duplicates": self._counts["duplicate"],
            "conflicts": self._counts["conflict"],
            "notes": [*self.notes, *self._remarks(negative, positive)],
        }

    def _remarks(self, negative: int, positive: int) -> Iterator[str]:
        if self.not_utf8:
            yield f"{_lines(self.not_utf8)} not UTF-8 and read as Windows-1252."
        if count := self._counts["neutral"]:
            yield f"{_rows(count)} left out because the label is neutral."
        if count := self._counts["duplicate"]:
            yield f"{_rows(count)} left out because the same review stands on an earlier line."
        if count := self._counts["conflict"]:
            yield f"{_rows(count)} left out because the same review has both labels."
        if max(negative, positive) > LOPSIDED * (negative + positive):
            rarer = "negative" if negative < positive else "positive"
            yield f"Few reviews are {rarer}: more of them would make the model better."


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count:,} rows were"


def _lines(count: int) -> str:
    return "1 line was" if count == 1 else f"{count:,} lines were"
