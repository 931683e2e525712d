"""Which rows were left out, to be told one by one: on a second reading, since labels show late."""

from array import array
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sentiment.dataset.records import LeftOut, Record

KEPT, REPEAT = 0, -1  # codes: kept or neutral; else a reason's number from 1 on, or a repeat


class Listener(Protocol):
    """Hears of every row that is left out, in the order of the file."""

    def __call__(
        self, line: int, file: str | None, reason: str, fix: str, values: dict[str, Any] | None
    ) -> None:
        """Take one row; its values are None where it couldn't be read as a record."""


class Rejected:
    """Twelve bytes for each record: why it was left out, if it was."""

    def __init__(self) -> None:
        self._codes = array("l")  # of each record
        self._firsts = array("q")  # of a repeat, the first such row; of others -1
        self._of_rows = array("q")  # the record of each row
        self._reasons: dict[tuple[str, str], int] = {}
        self._kinds: list[str] = []

    def record(self, fault: LeftOut | None) -> None:
        """Note the next record; without a fault it is the next row."""
        if fault is None:
            self._of_rows.append(len(self._codes))
        self._firsts.append(-1)
        self._codes.append(KEPT if fault is None else self._code(fault.reason, fault.fix))

    def row(self, row: int, reason: str, fix: str) -> None:
        """Note that a row is left out after all."""
        self._codes[self._of_rows[row]] = self._code(reason, fix)

    def repeat(self, row: int, first: int, kind: str) -> None:
        """Note that a row says what another one says."""
        if kind not in self._kinds:
            self._kinds.append(kind)
        record = self._of_rows[row]
        self._codes[record] = REPEAT - self._kinds.index(kind)
        self._firsts[record] = first

    def tell(
        self,
        records: Iterable[Record | LeftOut],
        repeat: Callable[[int, str], tuple[str, str]],
        listener: Listener,
    ) -> None:
        """Go through the same records again and tell of those that were left out."""
        reasons = list(self._reasons)
        for record, code, first in zip(records, self._codes, self._firsts, strict=False):
            if code == KEPT:
                continue
            if code < 0:
                reason, fix = repeat(first, self._kinds[REPEAT - code])
            else:
                reason, fix = reasons[code - 1]
            values = record.values if isinstance(record, Record) else None
            listener(record.line, record.file, reason, fix, values)

    def _code(self, reason: str, fix: str) -> int:
        return self._reasons.setdefault((reason, fix), len(self._reasons) + 1)
