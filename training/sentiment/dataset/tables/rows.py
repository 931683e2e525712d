"""Lines of delimited text become rows of fields, whatever its quotation marks mean.

A broken line never spoils the rest: a quoted field that spans lines has to pay for itself, which is
to make a whole row of lines that were none; else its first line is left out and the next is read.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from sentiment.dataset.files import MAXIMUM_LINE_BYTES
from sentiment.dataset.records import LeftOut
from sentiment.dataset.tables.lines import Line
from sentiment.dataset.tables.shapes import Shape, merged

MAXIMUM_ROW_LINES = 10_000
Row = tuple[int, list[str]]  # its first line, and its fields


class Dialect(NamedTuple):
    """How fields are parted; `quote` is "" where quotation marks mean nothing."""

    delimiter: str
    quote: str = '"'
    escape: str = ""
    skips_blanks: bool = False

    def reader(self, source: Iterator[str]) -> Iterator[list[str]]:
        """Python's reader, which raises csv.Error for what isn't written this way."""
        csv.field_size_limit(MAXIMUM_LINE_BYTES + 1)
        return csv.reader(
            source,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=self.skips_blanks,
            strict=True,
        )


class Mended:
    """Counts rows that were read though they weren't written well."""

    def __init__(self) -> None:
        self.merged = self.short = 0


class Feed:
    """Lines one after the other, and once more those that turned out not to belong together."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source, self._again = source, deque[Line]()
        self.taken: list[Line] = []
        self._size = 0

    def __iter__(self) -> Iterator[Line]:
        while True:
            while self._again:
                yield self._again.popleft()
            for line in self._source:
                yield line
                if self._again:
                    break
            else:
                return

    def row(self, first: Line) -> Iterator[str]:
        """The texts of a line and of those after it, for as long as they are asked for."""
        self.taken, self._size = [first], len(first[1] or "")
        yield (first[1] or "") + "\n"
        while len(self.taken) < MAXIMUM_ROW_LINES and self._size <= MAXIMUM_LINE_BYTES:
            line = self._again.popleft() if self._again else next(self._source, None)
            if line is None:
                return
            self.taken.append(line)
            if line[1] is None:
                return
            self._size += len(line[1]) + 1
            yield line[1] + "\n"

    def give_back(self) -> None:
        """All lines but the first are read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def rows(feed: Feed, dialect: Dialect, shape: Shape, mended: Mended) -> Iterator[Row | LeftOut]:
    """Every row of so many fields; blank lines are passed over."""
    delimiter, width = dialect.delimiter, shape.width
    special, escape = dialect.quote or dialect.escape, dialect.escape
    blank = " \t\r\v\f" + delimiter
    waiting: list[str] = []
    reader = dialect.reader(iter(waiting.pop, None))
    for line in feed:
        number, text = line
        if text is None:
            yield too_long(number)
            continue
        if not text.strip(blank):
            continue
        row: list[str] | LeftOut | None
        if not special or (special not in text and not (escape and escape in text)):
            row = text.split(delimiter)
            if len(row) != width:
                row = _plain(text, dialect, shape, mended)
            elif dialect.skips_blanks:
                row = [field.lstrip(" ") for field in row]
        else:
            waiting.append(text)
            try:
                row = next(reader)
            except (csv.Error, IndexError):  # the latter asks for a further line
                reader = dialect.reader(iter(waiting.pop, None))
                row = _special(line, feed, dialect, shape, mended)
            else:
                if len(row) > width and _is_beside(text, dialect, shape):
                    row = _other_width(number, len(row), shape)
                elif len(row) > width and not escape:  # as it stands, marks and all
                    row = _plain(text, dialect, shape, mended) or _fitted(
                        row, dialect, shape, mended
                    )
                elif len(row) != width:
                    row = _fitted(row, dialect, shape, mended)
        if row is None:
            yield _other_width(number, len(text.split(delimiter)), shape)
        elif isinstance(row, LeftOut):
            yield row
        elif any(row):
            yield number, row


def too_long(line: int) -> LeftOut:
    """A row that is longer than what is kept of one."""
    return LeftOut(line, "the row is longer than 1 MB", "Shorten the review or split it.")


def _other_width(number: int, width: int, shape: Shape) -> LeftOut:
    fields = "1 field" if width == 1 else f"{width} fields"
    return LeftOut(
        number,
        f"the row has {fields} where the {shape.measure} {shape.width}",
        "Put quotation marks around a text that holds the delimiter, and fill every column.",
    )


def _special(
    line: Line, feed: Feed, dialect: Dialect, shape: Shape, mended: Mended
) -> list[str] | LeftOut | None:
    """Read a row with quotation marks or escapes, from as many lines as it rightly takes."""
    try:
        fields: list[str] = next(dialect.reader(feed.row(line)))
    except csv.Error:
        is_open = len(feed.taken) > 1 or not _is_closed(line, dialect)
        feed.give_back()
        return _stray(line, is_open, dialect, shape, mended)
    fitted = _fitted(fields, dialect, shape, mended)
    if fitted is not None and not _is_apart(feed.taken, fitted, dialect, shape):
        return fitted
    feed.give_back()
    return _stray(line, True, dialect, shape, mended)


def _is_closed(line: Line, dialect: Dialect) -> bool:
    try:
        next(dialect.reader(iter([line[1] or ""])))
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


def _stray(
    line: Line, is_open: bool, dialect: Dialect, shape: Shape, mended: Mended
) -> list[str] | LeftOut | None:
    """A line whose quotation marks aren't in pairs, or stand where they part nothing."""
    number, text = line
    if is_open and dialect.quote and (shape.is_quoted or dialect.delimiter not in "\t|"):
        return LeftOut(
            number,
            "a quotation mark that opens on this line is never closed",
            'Close it, or write each quotation mark inside a quoted text twice ("").',
        )
    return _plain(text or "", dialect, shape, mended)


def _is_apart(taken: list[Line], joined: list[str], dialect: Dialect, shape: Shape) -> bool:
    """Whether lines that a quoted field would join are better rows each by itself."""
    apart = [(text or "").split(dialect.delimiter) for _, text in taken]
    if any(len(fields) != shape.width for fields in apart):
        before, mark, _ = (taken[-1][1] or "").rpartition(dialect.quote + dialect.delimiter)
        last = before.split(dialect.delimiter)
        if mark and len(last) == shape.width and shape.fits(last):
            return False  # a text that quotes rows, to its end
        whole = sum(len(fields) == shape.width and shape.fits(fields) for fields in apart)
        return not shape.is_quoted and len(apart) > 2 and whole > len(apart) / 2
    is_opened = any(_opens(line, dialect) for line in taken[1:])
    if shape.is_quoted and not is_opened and shape.fits(joined):
        return False  # where fields are quoted, lines without a mark that opens are no rows
    if all(map(shape.fits, apart)):
        return not shape.is_quoted or len(apart) > 2 or not shape.fits(joined)
    return not shape.fits(joined) and not shape.is_quoted


def _opens(line: Line, dialect: Dialect) -> bool:
    """Whether a field of a line begins with a quotation mark."""
    text = line[1] or ""
    return text.startswith(dialect.quote) or f"{dialect.delimiter}{dialect.quote}" in text


# --- Rows that aren't written well ------------------------------------------------------------


def _fitted(fields: list[str], dialect: Dialect, shape: Shape, mended: Mended) -> list[str] | None:
    """Bring fields to the number of columns where nothing has to be guessed."""
    width = shape.width
    while len(fields) > width and not fields[-1].strip():
        fields.pop()
    if len(fields) == width:
        return fields
    if len(fields) > width:
        place = shape.text
        if place is None:
            return None
        whole = merged(fields, width, place, dialect.delimiter)
        if not shape.fits(whole):
            return None
        mended.merged += 1
        return whole
    if len(fields) < 2 or not shape.fits(fields):
        return None
    mended.short += 1
    return fields + [""] * (width - len(fields))


def _plain(text: str, dialect: Dialect, shape: Shape, mended: Mended) -> list[str] | None:
    """Part a line at its delimiters, quoted or not, where that gives the columns."""
    pieces = text.split(dialect.delimiter)
    if not dialect.quote or dialect.quote not in text:
        return _fitted(pieces, dialect, shape, mended)
    together = _regrouped(pieces, dialect)
    if len(together) == shape.width:
        return [_unquoted(field, dialect.quote) for field in together]
    fields = _fitted(list(together), dialect, shape, mended)
    if fields is None or len(together) < shape.width:
        fields = _fitted(pieces, dialect, shape, mended) or fields
    return fields and [_unquoted(field, dialect.quote) for field in fields]


def _is_beside(text: str, dialect: Dialect, shape: Shape) -> bool:
    """Whether what is too much stands beside a text that was quoted, and closed: no part of it."""
    if not shape.is_quoted or shape.text is None:
        return False
    fields = _regrouped(text.split(dialect.delimiter), dialect)
    while len(fields) > shape.width and not fields[-1].strip():
        fields.pop()
    too_many = len(fields) - shape.width
    around = [field.strip() for field in fields[shape.text : shape.text + too_many + 1]]
    quote = dialect.quote
    return too_many > 0 and any(
        len(field) > 1 and field[0] == field[-1] == quote for field in around
    )


def _regrouped(pieces: list[str], dialect: Dialect) -> list[str]:
    """Put pieces together again from one that begins with a quotation mark to one that ends so."""
    fields: list[str] = []
    held: list[str] = []
    marks = 0
    for piece in pieces:
        if not held and not piece.lstrip().startswith(dialect.quote):
            fields.append(piece)
            continue
        held.append(piece)
        marks += piece.count(dialect.quote)
        if marks % 2 == 0 and piece.rstrip().endswith(dialect.quote):
            fields.append(dialect.delimiter.join(held))
            held, marks = [], 0
    return fields + held


def _unquoted(field: str, quote: str) -> str:
    inner = field.strip()
    if len(inner) >= 2 and inner[0] == inner[-1] == quote:
        return inner[1:-1].replace(quote * 2, quote)
    return field
