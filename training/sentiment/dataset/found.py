"""What is needed of each row to tell which are learnt from: a few bytes."""

from array import array
from typing import Any

from sentiment.dataset.account import place
from sentiment.dataset.values import LONGEST, canonical

MOST_VALUES = 1 << 16  # different ones that are told apart; of more, nobody could tell the meaning
OTHER = "…"


class Values:
    """A column of labels: the number of each row's value, and how the values are spelled."""

    def __init__(self) -> None:
        self.numbers = array("I")
        self.spelled: list[str] = []
        self._known: dict[str, int] = {}
        self._seen: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """Give the number of a value as a file has it."""
        if type(value) is str:
            number = self._seen.get(value)
            if number is None:
                number = self._number(canonical(value))
                if len(self._seen) < MOST_VALUES and len(value) <= LONGEST:
                    self._seen[value] = number
            return number
        return self._number(canonical(value))

    def _number(self, spelled: str) -> int:
        if spelled not in self._known and len(self._known) >= MOST_VALUES:
            spelled = OTHER
        number = self._known.setdefault(spelled, len(self._known))
        if number == len(self.spelled):
            self.spelled.append(spelled)
        return number


class Found:
    """The rows that could be read, and which of them are learnt from."""

    def __init__(self, rivals: int = 0) -> None:
        self.lines, self.fingerprints = array("q"), array("Q")
        self.files, self.file_names = array("I"), list[str | None]()  # members of an archive
        self._files: dict[str | None, int] = {}
        self._file = 0  # the number of the last row's
        self.values = [Values() for _ in range(1 + rivals)]  # of each label column
        self.labels = array("b")  # what they mean
        self.kept = array("q")  # indices of the rows to learn from

    def place(self, line: int, file: str | None) -> None:
        """Note where the next row is."""
        self.lines.append(line)
        if not self.file_names or file != self.file_names[self._file]:
            self._file = self._files.setdefault(file, len(self._files))
            if self._file == len(self.file_names):
                self.file_names.append(file)
        self.files.append(self._file)

    def file(self, row: int) -> str | None:
        """The file that a row is in, within an archive."""
        return self.file_names[self.files[row]]

    def where(self, row: int) -> str:
        """Say where a row is."""
        return place(self.lines[row], self.file(row))

    def counts(self) -> tuple[int, int]:
        """How many rows to learn from are negative and positive."""
        positive = sum(self.labels[row] for row in self.kept)
        return len(self.kept) - positive, positive
