"""An Excel workbook becomes a table: its first sheet that is one, and others with its columns."""

import zipfile
from collections.abc import Iterator
from itertools import chain, islice

from sentiment.dataset.files import DatasetError, listed, shown
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.headers import (
    PREAMBLE_ROWS,
    is_header,
    is_only_names,
    name_a_dataset,
    names_of,
    numbered_names,
)
from sentiment.dataset.tables.rows import too_long
from sentiment.dataset.tables.shapes import shape_of
from sentiment.dataset.tables.together import places
from sentiment.dataset.tables.totals import without_total
from sentiment.dataset.tables.workbook import Cell, SheetRow, Workbook

SAMPLE_ROWS = 50


class _Sheet:
    """A sheet that is a table: names of its columns, and its rows."""

    def __init__(self, name: str, rows: Iterator[SheetRow]) -> None:
        self.name = name
        begun = list(islice(rows, SAMPLE_ROWS))
        first = [(number, row) for number, row in begun if row is not None]
        self.rows = chain(begun, rows)
        self.is_empty = not first
        self.is_too_long = bool(begun) and not first
        self.notes: list[str] = []
        self.is_named = False
        if self.is_empty:
            return
        widths = [len(row) for _, row in first]
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        texts = [[_text(cell) for cell in row] for _, row in first]
        named = (at for at, row in enumerate(texts[:PREAMBLE_ROWS]) if is_only_names(row))
        place = next(named, None) if common > 1 else None
        place = (
            place
            if place is not None
            else next(
                (
                    place
                    for place, (_, row) in enumerate(first[:PREAMBLE_ROWS])
                    if common < 2 or sum(cell is not None for cell in row) > 1
                ),
                0,
            )
        )
        below = texts[place + 1 :]
        width = max(common, len(texts[place]))
        is_text = all(isinstance(cell, (str, type(None))) for cell in first[place][1])
        shape = shape_of([row for row in below if len(row) == width], width, False, "")
        if is_text and is_header(texts[place], below, shape):
            self.names, self.notes = names_of(texts[place] + [""] * (width - len(texts[place])))
            self.is_named = True
            at = [at for at, (_, row) in enumerate(begun) if row is not None][place]
            self.rows = chain(begun[at + 1 :], rows)
            if place:
                passed = [" ".join(filter(None, row)) for row in texts[:place]]
                self.notes.append(f"Rows above the header were passed over: {listed(passed, 3)}.")
        else:
            self.names = numbered_names(width)
            self.notes.append(
                f"The first row names no columns, so that they are called {listed(self.names)}."
            )

    def records(self, names: list[str], file: str | None) -> Iterator[Record | LeftOut]:
        """Its rows under these names, which are its own in any order."""
        own = {name: name for name in names} if set(names) == set(self.names) else None
        own = own or places(names, self.names) or {}
        at = [self.names.index(own[name]) if name in own else len(self.names) for name in names]
        for number, row in self.rows:
            if row is None:
                yield too_long(number)._replace(file=file)
                continue
            if self.is_named and [_text(cell) for cell in row[: len(self.names)]] == self.names:
                yield LeftOut(
                    number, "the row is the header again", "Nothing: one is enough.", file
                )
                continue
            values = [row[place] if place < len(row) else None for place in at]
            yield Record(number, dict(zip(names, values, strict=True)), file)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def excel(archive: zipfile.ZipFile) -> Table:
    """Read a workbook; raises DatasetError where no sheet has rows, also while records are read."""
    book = Workbook(archive)
    notes: list[str] = []
    sheets = book.sheets()
    first: int | None = None
    too_long_in: str | None = None
    for at, (name, place) in enumerate(sheets):
        sheet = _Sheet(name, book.rows(place))
        if not sheet.is_empty and sheet.is_named and name_a_dataset(sheet.names):
            first = at
            break
        too_long_in = name if sheet.is_too_long else too_long_in
        is_table = not sheet.is_empty and (len(sheet.names) > 1 or at == len(sheets) - 1)
        first = at if first is None and is_table else first
    if first is None and too_long_in is not None:
        raise DatasetError(
            f"The first rows of sheet {shown(too_long_in)} are longer than 1 MB each:"
            " shorten the reviews or split them."
        )
    if first is None:
        raise DatasetError(
            "The workbook has no rows: add a row for each review to its first sheet."
        )
    for name, place in sheets[:first]:
        other = _Sheet(name, book.rows(place))
        what = "it holds no table" if other.is_empty or len(other.names) < 2 else (
            "its columns are others"
        )  # fmt: skip
        notes.append(f"Sheet {shown(name)} was passed over: {what}.")
    name, place = sheets[first]
    sheet = _Sheet(name, book.rows(place))
    notes.extend(sheet.notes)
    records = without_total(_records(book, sheet, sheets[first + 1 :], notes))
    return Table(sheet.names, records, "xlsx", notes)


def _records(
    book: Workbook, first: _Sheet, more: list[tuple[str, str]], notes: list[str]
) -> Iterator[Record | LeftOut]:
    yield from first.records(first.names, None)
    for name, place in more:
        sheet = _Sheet(name, book.rows(place))
        if sheet.is_empty:
            continue
        is_same = sorted(sheet.names) == sorted(first.names)
        if is_same or places(first.names, sheet.names) is not None:
            notes.append(f"Sheet {shown(name)} has the same columns and was read, too.")
            yield from sheet.records(first.names, f"sheet {name}")
        else:
            notes.append(f"Sheet {shown(name)} was passed over: its columns are others.")
