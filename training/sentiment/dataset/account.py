"""What became of every row that was read, for the dataset's owner; and whether enough is left."""

import re
from collections.abc import Iterator
from typing import NotRequired, TypedDict

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut

FEWEST_OF_EACH_LABEL = 20
LISTED_KINDS = 100
LOPSIDED = 0.9
DUPLICATE, CONFLICT = "duplicate", "conflict"
VARIES = re.compile(r'\d[\d,.]*|"[^"]*"')


class LabelCounts(TypedDict):
    """Rows that are kept."""

    negative: int
    positive: int


class LeftOutRow(TypedDict):
    """The first row of a kind that isn't learnt from, why, what to do about it, and how many."""

    line: int
    file: NotRequired[str]  # where an archive holds several
    reason: str
    fix: str
    rows: int  # of this kind, this one too


class Findings(TypedDict):
    """What was found in a dataset: rows_read is rows kept, left out and neutral together."""

    format: str
    encoding: str
    columns: dict[str, str | None]  # text, label, group and, where there is one, rating
    labels: LabelCounts
    rows_read: int
    rows_kept: int
    rows_left_out: int
    rows_neutral: int  # neither negative nor positive, and meant so
    rows_at_fault: int  # of those left out, those that are no repeats
    left_out: list[LeftOutRow]  # the first of each kind
    duplicates: int
    conflicts: int
    contradictions: int  # kept rows whose two label columns disagree
    notes: list[str]


class Described(TypedDict):
    """What is known of a file before its rows are."""

    format: str
    encoding: str
    columns: dict[str, str | None]
    notes: list[str]


class Account:
    """Counts rows: those read are those kept, left out and neutral."""

    def __init__(self) -> None:
        self.rows_read = self.rows_neutral = self.contradictions = 0
        self.notes: list[str] = []
        self.labels = 0, 0  # negative and positive rows, once that is known
        self.hint = ""  # how to say what labels mean, where one label alone was found
        self._first: dict[str, LeftOut] = {}
        self._rows: dict[str, int] = {}

    @property
    def rows_left_out(self) -> int:
        """Rows that aren't learnt from and aren't neutral."""
        return sum(self._rows.values())

    @property
    def rows_at_fault(self) -> int:
        """Rows left out that their owner can mend."""
        return self.rows_left_out - self._rows.get(DUPLICATE, 0)

    def leave_out(self, row: LeftOut, kind: str | None = None) -> None:
        """Count a row with those of its kind: named, or of the same reason but for its numbers."""
        kind = kind or row.fix + VARIES.sub("", row.reason)
        if kind not in self._rows:
            if len(self._rows) >= LISTED_KINDS and kind not in (DUPLICATE, CONFLICT):
                kind = "others"
            self._first.setdefault(kind, row)
        self._rows[kind] = self._rows.get(kind, 0) + 1

    def check(self, negative: int, positive: int) -> None:
        """Raise DatasetError where what was kept can't be trained on."""
        if not self.rows_read:
            raise DatasetError("The dataset has no rows: add a row for each review.")
        self.check_faults()
        if (negative == 0) != (positive == 0):
            found, lacking = ("negative", "positive") if negative else ("positive", "negative")
            usable = negative + positive
            all_of_it = (
                f"All {usable:,} usable reviews are" if usable > 1 else "The one usable review is"
            )
            raise DatasetError(
                f"{all_of_it} {found}:"
                f" add {lacking} ones, at least {FEWEST_OF_EACH_LABEL}.{self.hint}"
            )
        if min(negative, positive) < FEWEST_OF_EACH_LABEL:
            neutral = f", {self.rows_neutral:,} are neutral" if self.rows_neutral else ""
            raise DatasetError(
                f"There are too few usable reviews, {negative} negative and {positive} positive:"
                f" add reviews until there are at least {FEWEST_OF_EACH_LABEL} of each"
                f" ({self.rows_read:,} rows were read, {self.rows_left_out:,} left out{neutral})."
            )

    def check_faults(self) -> None:
        """Raise DatasetError where more than half of the rows are left out for faults."""
        if self.rows_at_fault * 2 <= self.rows_read:
            return
        faults = {kind: rows for kind, rows in self._rows.items() if kind != DUPLICATE}
        top = max(faults, key=lambda kind: faults[kind])
        first = self._first[top]
        raise DatasetError(
            f"More than half of the rows can't be used ({self.rows_at_fault:,} of"
            f" {self.rows_read:,}), {faults[top]:,} of them like {place(first.line, first.file)}:"
            f" {first.reason}. {first.fix}"
        )

    def findings_so_far(self, described: Described) -> Findings:
        """Give the account of a file that is refused: kept are the rows without a fault until then.

        Their labels may not be known yet.
        """
        kept = self.rows_read - self.rows_left_out - self.rows_neutral
        return {**self.findings(described, *self.labels), "rows_kept": kept}

    def findings(self, described: Described, negative: int, positive: int) -> Findings:
        """Give the account as a JSON object."""
        left_out = [_listed(self._first[kind], rows) for kind, rows in self._rows.items()]
        return {
            "format": described["format"],
            "encoding": described["encoding"],
            "columns": described["columns"],
            "labels": {"negative": negative, "positive": positive},
            "rows_read": self.rows_read,
            "rows_kept": negative + positive,
            "rows_left_out": self.rows_left_out,
            "rows_neutral": self.rows_neutral,
            "rows_at_fault": self.rows_at_fault,
            "left_out": sorted(left_out, key=lambda row: (row.get("file", ""), row["line"])),
            "duplicates": self._rows.get(DUPLICATE, 0),
            "conflicts": self._rows.get(CONFLICT, 0),
            "contradictions": self.contradictions,
            "notes": [*described["notes"], *self.notes, *self._remarks(negative, positive)],
        }

    def _remarks(self, negative: int, positive: int) -> Iterator[str]:
        if count := self.rows_neutral:
            yield f"{_rows(count)} passed over because the label is neutral."
        if count := self._rows.get(DUPLICATE, 0):
            yield f"{_rows(count)} left out because the same review stands on an earlier line."
        if count := self._rows.get(CONFLICT, 0):
            yield f"{_rows(count)} left out because the same review has both labels."
        if max(negative, positive) > LOPSIDED * (negative + positive):
            rarer = "negative" if negative < positive else "positive"
            yield f"Few reviews are {rarer}: more of them would make the model better."


def place(line: int, file: str | None) -> str:
    """Say where a row is."""
    return f"line {line:,}" if file is None else f"line {line:,} of {file}"


def _listed(first: LeftOut, rows: int) -> LeftOutRow:
    listed: LeftOutRow = {
        "line": first.line,
        "reason": first.reason,
        "fix": first.fix,
        "rows": rows,
    }
    if first.file is not None:
        listed["file"] = first.file
    return listed


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count:,} rows were"
