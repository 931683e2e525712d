"""An archive becomes one table: of its labelled folders, or of its tables with the same columns."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sentiment.dataset.files import DatasetError, listed
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.archives import Archive, Member
from sentiment.dataset.tables.folders import COLUMNS, folders, is_of_text, labelled
from sentiment.dataset.tables.headers import LABEL_WORDS, TEXT_WORDS, words_of
from sentiment.dataset.tables.naming import Names
from sentiment.dataset.tables.together import fitted

Reads = Callable[[Member], Table]
MOST_TRIED = 1_000  # members before one that is a table
OF_FILE = "label of the file"  # the column for labels that names of files say


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
    """What of an archive is read: folders by label, or tables with these columns.

    `told` are the names of files that say labels besides.
    """

    names: list[str]
    is_folders: bool = False
    told: Names | None = None


def packed(archive: Archive, read: Reads) -> Table:
    """Read an archive; raises DatasetError where it holds no dataset, also while it is read."""
    choice = _choice(archive, read)
    passed, notes = _Passed(), list[str]()
    if choice.told:
        notes.append(f"Labels were read in the names of files: {listed(choice.told.parts())}.")
    if choice.is_folders:
        table = folders(archive, passed, notes, choice.told)
        return table._replace(records=_and_then(table.records, archive, passed, notes))
    records = _records(archive, read, choice, passed, notes)
    first = next(records)
    assert isinstance(first, Table)  # noqa: S101 - for the type; _choice has found one
    rows = (row for row in records if not isinstance(row, Table))
    return Table(
        [*choice.names, OF_FILE] if choice.told else first.names,
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


class _Tried:
    """The members that were looked at until the choice is made."""

    def __init__(self, known: list[str]) -> None:
        self.told = Names()
        self.seen: list[str] = []
        self.any: list[str] | None = None  # columns of a table, whatever they are
        self.promising: list[str] | None = None  # of the first with a text and a label
        self.of_names: list[tuple[str, list[str]]] = []  # whose names may say labels
        self.refusal: DatasetError | None = None
        self._is_known = bool(known)
        for name in known:
            self.told.add(name)
        # Names decide at once where nothing else is there that may be a table.
        self._is_sure = bool(self.told.parts()) and not any(
            self.told.of(name) is None and not is_of_text(name) for name in known
        )

    def take(self, member: Member, read: Reads) -> bool:
        """Read a member as a table; tells whether what is known is enough to choose."""
        told = self.told
        may_say = told.of(member.name) is not None if self._is_known else told.add(member.name)
        if len(self.seen) >= MOST_TRIED:
            return not told.may_tell()
        self.seen.append(member.name)
        try:
            names = read(member).names
        except DatasetError as error:
            self.refusal = self.refusal or error
            return self._is_sure and may_say and is_of_text(member.name)
        if may_say:
            self.of_names.append((member.name, names))
        if len(names) > 1 and _is_promising(names):
            self.promising = self.promising or names
            return not may_say or self._is_sure
        self.any = self.any or (names if len(names) > 1 else None)
        return self._is_sure and may_say

    def is_of_lines(self, name: str) -> bool:
        """Whether a text in a folder is one of so few that each of its lines is one."""
        told = self.told.of(name) if self._is_known else None
        return told is not None and not self.told.is_one_text(told)

    def by_names(self) -> _Choice | None:
        """What names say, if they do: of tables, else of texts."""
        if not self.told.parts():
            return None
        for name, columns in self.of_names:
            is_table = _is_promising(columns) and columns[0] != "column 1"
            told = self.told.of(name)
            if told and (is_table or not is_of_text(name)):
                is_part = told.is_bare and _is_promising(columns)  # of labelled rows
                is_free = OF_FILE not in columns and not is_part
                return _Choice(columns, told=self.told) if is_free else None
        is_of_texts = any(is_of_text(name) and self.told.of(name) for name in self.seen)
        return _Choice(COLUMNS, is_folders=True, told=self.told) if is_of_texts else None


def _choice(archive: Archive, read: Reads) -> _Choice:
    """The first labelled text, or the first table with a text and a label, or else any table."""
    tried = _Tried(archive.names())
    for member in archive.members():
        if found_label := labelled(member.name):
            is_of_lines = found_label.is_one_text and tried.is_of_lines(member.name)
            return _Choice(COLUMNS, is_folders=True, told=tried.told if is_of_lines else None)
        if tried.take(member, read):
            break
    if tried.promising and not any(tried.promising is columns for _, columns in tried.of_names):
        return _Choice(tried.promising)
    if found := tried.by_names():
        return found
    names = tried.promising or tried.any
    if names is not None:
        return _Choice(names)
    if tried.refusal is not None and len(tried.seen) == 1:
        raise tried.refusal
    what = f"only {listed(tried.seen)}" if tried.seen else "no files"
    raise DatasetError(
        f"The archive holds no table of reviews, {what}: pack a CSV or JSON lines file with"
        " columns for text and label, or texts in folders named pos and neg."
    )


def _is_promising(names: list[str]) -> bool:
    words = set().union(*map(words_of, names))
    is_numbered = names[0] == "column 1"
    return is_numbered or not (words.isdisjoint(LABEL_WORDS) or words.isdisjoint(TEXT_WORDS))


def _records(
    archive: Archive, read: Reads, choice: _Choice, passed: _Passed, notes: list[str]
) -> Iterator[Table | Record | LeftOut]:
    """First the first table with these columns, then the records of every such table."""
    taken: list[str] = []
    for member in archive.members():
        told = choice.told.of(member.name) if choice.told else None
        label = {OF_FILE: told.label} if told else {}
        if choice.told and not told and not _is_promising(choice.names):
            passed(member.name)
            continue
        try:
            table = read(member)
        except DatasetError:
            passed(member.name)
            continue
        fit = fitted(choice.names, table, is_labelled=told is not None)
        if fit is None:
            passed(member.name)
            continue
        if not taken:
            yield fit
        taken.append(member.name)
        for row in fit.records:
            row = row._replace(file=row.file or member.name)
            yield row._replace(values=row.values | label) if isinstance(row, Record) else row
        notes.extend(note for note in fit.notes if note not in notes)
    if len(taken) > 1:
        notes.append(
            f"{len(taken):,} files with the same columns were read together: {listed(taken)}."
        )
