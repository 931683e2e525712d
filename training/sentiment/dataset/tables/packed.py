"""An archive becomes one table: of its labelled folders, or of its tables with the same columns."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.archives import Archive, Member
from sentiment.dataset.tables.folders import folders, labelled
from sentiment.dataset.tables.headers import LABEL_WORDS, TEXT_WORDS, words_of

Reads = Callable[[Member], Table]
MOST_TRIED = 1_000  # members before one that is a table


class _Passed:
    """Counts members that were passed over, and knows the first of them by name."""

    def __init__(self) -> None:
        self.count = 0
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.count += 1
        if len(self.names) < 4:
            self.names.append(name)

    def notes(self) -> Iterator[str]:
        if self.count:
            were = "1 file was" if self.count == 1 else f"{self.count:,} files were"
            more = f" and {self.count - len(self.names)} more" if self.count > 4 else ""
            yield f"{were} passed over in the archive: {listed(self.names)}{more}."


class _Choice(NamedTuple):
    """What of an archive is read: folders by label, or tables with these columns."""

    names: list[str]
    is_folders: bool = False


def packed(archive: Archive, read: Reads) -> Table:
    """Read an archive; raises DatasetError where it holds no dataset, also while it is read."""
    choice = _choice(archive, read)
    passed, notes = _Passed(), list[str]()
    if choice.is_folders:
        table = folders(archive, passed, notes)
        return table._replace(records=_and_then(table.records, archive, passed, notes))
    records = _records(archive, read, choice.names, passed, notes)
    first = next(records)
    assert isinstance(first, Table)  # noqa: S101 - for the type; _choice has found one
    rows = (row for row in records if not isinstance(row, Table))
    return Table(
        first.names,
        _and_then(rows, archive, passed, notes),
        first.format,
        notes,
        first.encoding,
    )


def _and_then(
    records: Iterator[Record | LeftOut], archive: Archive, passed: _Passed, notes: list[str]
) -> Iterator[Record | LeftOut]:
    yield from records
    notes.extend(passed.notes())
    if archive.links:
        were = (
            "1 link in the archive was"
            if archive.links == 1
            else (f"{archive.links:,} links in the archive were")
        )
        notes.append(f"{were} passed over.")


def _choice(archive: Archive, read: Reads) -> _Choice:
    """The first labelled text, or the first table with a text and a label, or else any table."""
    names: list[str] | None = None
    seen: list[str] = []
    refusal: DatasetError | None = None
    for number, member in enumerate(archive.members()):
        if labelled(member.name):
            return _Choice(["text", "label"], True)
        if number >= MOST_TRIED:
            break
        seen.append(member.name)
        try:
            table = read(member)
        except DatasetError as error:
            refusal = refusal or error
            continue
        if len(table.names) > 1 and _is_promising(table.names):
            return _Choice(table.names)
        names = names or (table.names if len(table.names) > 1 else None)
    if names is not None:
        return _Choice(names)
    if refusal is not None and len(seen) == 1:
        raise refusal
    what = f"only {listed(seen)}" if seen else "no files"
    raise DatasetError(
        f"The archive holds no table of reviews, {what}: pack a CSV or JSON lines file with"
        " columns for text and label, or texts in folders named pos and neg."
    )


def _is_promising(names: list[str]) -> bool:
    words = set().union(*map(words_of, names))
    is_numbered = names[0] == "column 1"
    return is_numbered or not (words.isdisjoint(LABEL_WORDS) or words.isdisjoint(TEXT_WORDS))


def _records(
    archive: Archive, read: Reads, names: list[str], passed: _Passed, notes: list[str]
) -> Iterator[Table | Record | LeftOut]:
    """First the first table with these columns, then the records of every such table."""
    taken: list[str] = []
    for member in archive.members():
        try:
            table = read(member)
        except DatasetError:
            passed(member.name)
            continue
        if sorted(table.names) != sorted(names):
            passed(member.name)
            continue
        if not taken:
            yield table
        taken.append(member.name)
        for row in table.records:
            yield row._replace(file=row.file or member.name)
        notes.extend(note for note in table.notes if note not in notes)
    if len(taken) > 1:
        notes.append(
            f"{len(taken):,} files with the same columns were read together: {listed(taken)}."
        )
