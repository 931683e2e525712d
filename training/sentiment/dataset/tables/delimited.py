"""Delimited text becomes a table: comma, semicolon, tab or bar, with or without a header."""

import re
from collections.abc import Iterator
from itertools import chain

from sentiment.dataset.files import EMPTY, DatasetError, listed
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.dialects import dialect_of, is_quoted
from sentiment.dataset.tables.headers import (
    LONGEST_NAME,
    PREAMBLE_ROWS,
    cleaned,
    crowded,
    is_header,
    is_only_names,
    looks_like_name,
    names_of,
    numbered_names,
)
from sentiment.dataset.tables.lines import Line, Text
from sentiment.dataset.tables.odd import STANDS_IN, odd_delimiter, replaced
from sentiment.dataset.tables.rows import Dialect, Feed, Mended, Row, rows
from sentiment.dataset.tables.shapes import Shape, learnt, shape_of
from sentiment.dataset.tables.totals import no_total

SAMPLE_LINES, SAMPLE_CHARACTERS = 500, 60_000
PARTED = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # as Excel is told that a cell holds a text
SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t]*$', re.IGNORECASE)


def delimited(text: Text, lines: Iterator[Line]) -> Table:
    """Read delimited text; `lines` are those of `text`, the first of them with content.

    Raises DatasetError where the first line is longer than is kept of one.
    """
    sample = _sample(lines)
    if sample[0][1] is None and not any(line for _, line in sample):
        raise DatasetError("The first line is longer than 1 MB: write the column names there.")
    above: list[Line] = []
    said = SEPARATOR.match(sample[0][1] or "")
    if said:
        above.append(sample.pop(0))
    comments = _comments(sample)
    above, sample = above + sample[:comments], sample[comments:]
    notes: list[str] = []
    plan = _Plan(sample, notes)
    if (odd := odd_delimiter(sample)) is not None:
        told: list[str] = []
        other = _Plan(list(replaced(sample, odd)), told)
        if other.dialect.delimiter == STANDS_IN:
            plan, notes = other, [*told, f"Columns are separated by {odd}."]
            plan.odd = odd
            sample, lines = list(replaced(sample, odd)), replaced(lines, odd)
    if said is None and above:
        notes.append(f"{_lines(len(above))} passed over above the header, which begin with #.")
    records = _records(chain(sample, lines), plan, text, notes)
    kind = "tsv" if plan.dialect.delimiter == "\t" else "csv"
    return Table(plan.names, records, kind, notes, text.encoding)


def _comments(sample: list[Line]) -> int:
    """Count the first lines that are comments: they begin with # and aren't header or row.

    They are no header if there is one below them, else no row if they part into other fields.
    """
    count = next((at for at, (_, line) in enumerate(sample) if not _is_marked(line)), 0)
    below = sample[count:]
    if not count or not any(line and line.strip() for _, line in below):
        return 0
    plan = _Plan(below, [])
    if len(plan.names) < 2 or (plan.again and len(below) > 1):
        return count
    for at, line in enumerate(sample[:count]):
        mended = Mended()
        row = next(rows(Feed(iter([line])), plan.dialect, plan.shape, mended), None)
        if row is not None and not isinstance(row, LeftOut) and not mended.short:
            return at
    return count


def _is_marked(line: str | None) -> bool:
    return (line or "").startswith("#")


def _lines(count: int) -> str:
    return "1 line was" if count == 1 else f"{count:,} lines were"


def _sample(lines: Iterator[Line]) -> list[Line]:
    sample, size = list[Line](), 0
    for line in lines:
        sample.append(line)
        size += len(line[1] or "")
        if len(sample) >= SAMPLE_LINES or size >= SAMPLE_CHARACTERS:
            break
    return sample


class _Plan:
    """What the first lines tell of all of them: dialect, header, names and shape."""

    def __init__(self, sample: list[Line], notes: list[str]) -> None:
        known = dialect_of(sample)
        self.dialect: Dialect = known.dialect
        self.quoted = is_quoted([line for line in sample if line[1]], known.dialect)
        found = [row for row in known.rows if any(field.strip() for field in row[1])]
        if not found:
            raise DatasetError(EMPTY)
        self.start = 0  # the line of the first row
        self.odd: str | None = None  # what STANDS_IN stands for
        self.has_formulas = any('="' in (text or "") for _, text in sample)
        self.names: list[str]
        self.again: list[str] | None = None  # the header, should it come again
        place = self._first(found, known.width)
        first, below = found[place], [fields for _, fields in found[place + 1 :]]
        shape = shape_of(below, known.width, False, "")
        if is_header(_trimmed(first[1]), below, shape):
            self._take_header(first[1], known.width, notes)
            self.start = known.ends[first[0]] + 1
            if passed := found[:place]:
                notes.append(
                    f"{_lines(len(passed))} passed over above the header: {_shown(passed)}."
                )
            width, measure = len(self.names), "header has"
        else:
            width, measure = known.width, "other rows have"
            self.names = numbered_names(width)
            notes.append(
                f"The first line names no columns, so that they are called {listed(self.names)}."
            )
        self.shape: Shape = learnt(below, width, self.quoted, measure)
        notes.extend(crowded(self.names))
        if self.dialect.delimiter in PARTED:
            notes.append(f"Columns are separated by {PARTED[self.dialect.delimiter]}.")
        if self.dialect.quote == "'":
            notes.append("Apostrophes were read as the quotation marks around a text.")
        if self.dialect.escape:
            notes.append("A backslash was read as what takes its meaning from the sign after it.")

    def plain(self, field: str) -> str:
        """What a field says, without what Excel or an odd delimiter made of it."""
        if self.odd:
            field = field.replace(STANDS_IN, self.odd)
        match = FORMULA.fullmatch(field) if field[:2] == '="' else None
        return match[1] if match else field

    @staticmethod
    def _first(found: list[Row], width: int) -> int:
        """The row that may be the header: the first that has more than one field, if rows do.

        Where titles have several fields, too, it is the first that names a text and a label.
        """
        if width > 1:
            for place, (_, fields) in enumerate(found[:PREAMBLE_ROWS]):
                if len(_trimmed(fields)) == width and is_only_names(fields):
                    if place:
                        return place
                    break
            for place, (_, fields) in enumerate(found[:PREAMBLE_ROWS]):
                filled = [field for field in fields if field.strip()]
                if len(filled) > 1 or (len(fields) == width and any(map(looks_like_name, filled))):
                    return place
        return 0

    def _take_header(self, fields: list[str], width: int, notes: list[str]) -> None:
        if len(fields) == width - 1:
            fields = ["", *fields]  # as R writes row names, above which there is nothing
        self.names, doubled = names_of(fields if len(fields) <= width else _trimmed(fields))
        self.again = [cleaned(field) for field in _trimmed(fields)]
        notes.extend(doubled)


def _shown(passed: list[Row]) -> str:
    return listed([" ".join(filter(None, map(str.strip, fields))) for _, fields in passed], 3)


def _trimmed(fields: list[str]) -> list[str]:
    end = len(fields)
    while end > 1 and not fields[end - 1].strip():
        end -= 1
    return fields[:end]


def _records(
    lines: Iterator[Line], plan: _Plan, text: Text, notes: list[str]
) -> Iterator[Record | LeftOut]:
    """The rows below the header, and last what there is to tell of them."""
    mended, names, again = Mended(), plan.names, plan.again
    head = again[0] if again else None
    is_odd = plan.has_formulas or plan.odd is not None
    below = (line for line in lines if line[0] >= plan.start) if plan.start else lines
    held: Record | LeftOut | None = None  # until it is known not to be the last
    for row in rows(Feed(below), plan.dialect, plan.shape, mended):
        if held is not None:
            yield held
        if isinstance(row, LeftOut):
            held = row
            continue
        line, fields = row
        if head is not None and fields[0].strip("\ufeff ") == head and _is(fields, again):
            held = LeftOut(line, "the line is the header again", "Nothing: one is enough.")
            continue
        if is_odd:
            fields = [plan.plain(field) for field in fields]
        held = Record(line, dict(zip(names, fields, strict=True)))
    if held is not None:
        yield no_total(held)
    notes.extend(_told(mended, plan))
    notes.extend(text.notes())


def _is(fields: list[str], header: list[str] | None) -> bool:
    return [cleaned(field) for field in _trimmed(fields)] == header


def _told(mended: Mended, plan: _Plan) -> Iterator[str]:
    if mended.merged:
        rows_ = "1 row has" if mended.merged == 1 else f"{mended.merged:,} rows have"
        column = plan.names[plan.shape.text or 0][:LONGEST_NAME]
        yield (
            f"{rows_} more fields than there are columns: a text without quotation marks around"
            f' it holds the sign that separates columns. What is too much was added to "{column}".'
        )
    if mended.short:
        rows_ = "1 row ends" if mended.short == 1 else f"{mended.short:,} rows end"
        yield f"{rows_} before the last column: what is missing was taken as empty."
