"""JSON becomes a table: a line for each object, or one document that holds them."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from sentiment.dataset.files import EMPTY, DatasetError
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.documents import Document
from sentiment.dataset.tables.flat import flat, spread
from sentiment.dataset.tables.headers import crowded, looks_like_name, numbered_names
from sentiment.dataset.tables.lines import Line, Text
from sentiment.dataset.tables.rows import too_long

ROWS_THAT_SHOW_COLUMNS = 200  # objects have no header: these many together are taken for one
HOLDS_ROWS = re.compile(r'\{\s*"[^"]{1,80}"\s*:\s*(\[\s*[\[{]|\{\s*"0")')
PLAIN = (str, int, float, type(None))
LONGEST_LITERAL = 100_000
AN_OBJECT = 'such as {"text": "A fine film.", "label": "positive"}'


def is_json(start: str) -> bool:
    """Whether a text begins as JSON does, or as Python writes a dict."""
    return bool(re.match(r"\s*(\{\s*[\"'}]|\[\s*[\[{\]]|\{\s*$|\[\s*$|\[\s*\")", start[:2000]))


def is_document(start: str) -> bool:
    """Whether it is one document rather than a line for each object."""
    text = start.lstrip()
    first, end, rest = text.partition("\n")
    following = rest.lstrip()
    if text.startswith("["):
        return not (first.rstrip().endswith("]") and following.startswith("["))
    if HOLDS_ROWS.match(text) and not following.startswith("{"):
        return True
    if not end or not following:
        return True
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        if _goes_on(first.rstrip()):
            return True
        return not following.startswith("{") and not first.startswith("{'")
    return False


def _goes_on(first: str) -> bool:
    """Whether a first line is the beginning of a document, with an object on each further line."""
    if not first.endswith((",", "[")):
        return False
    try:
        json.loads(first[:-1])
    except (ValueError, RecursionError):
        return first.count("{") + first.count("[") > first.count("}") + first.count("]")
    return False


def document(text: Text) -> Table:
    """Read a JSON document; raises DatasetError where it has no rows, or columns instead."""
    notes: list[str] = []
    whole = Document(text.characters())
    is_one_line = "\n" not in text.start().strip()
    return _table(_document_records(whole, is_one_line), "json", notes, text)


def json_lines(text: Text, lines: Iterator[Line]) -> Table:
    """Read one object from each line; raises DatasetError where none is to be found."""
    notes: list[str] = []
    return _table(_line_records(lines, text, notes), "jsonl", notes, text)


def _table(records: Iterator[Record | LeftOut], kind: str, notes: list[str], text: Text) -> Table:
    first = list(islice(records, ROWS_THAT_SHOW_COLUMNS))
    known = [row.values for row in first if isinstance(row, Record)]
    if not first:
        raise DatasetError(EMPTY)
    if not known:
        raise DatasetError(
            f"Line {first[0].line} isn't a JSON object: write one object a line, {AN_OBJECT}."
        )
    names = list(dict.fromkeys(chain(*known)))
    notes.extend(crowded(names))
    return Table(names, chain(first, records), kind, notes, text.encoding)


def _line_records(
    lines: Iterator[Line], text: Text, notes: list[str]
) -> Iterator[Record | LeftOut]:
    names = _Names(None)
    literals = 0
    for number, line in lines:
        if line is None:
            yield too_long(number)
            continue
        if not line or line.isspace():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = _literal(line.strip())
            if values is None:
                remedy = "Write one whole JSON object a line."
                yield LeftOut(number, "the line isn't valid JSON", remedy)
                continue
            literals += 1
        if type(values) is dict:
            names.may_begin = False
            if _is_flat(values):
                yield Record(number, values)
            else:
                yield from (Record(number, row) for row in map(flat, spread(values)))
        elif (named := names.named(values)) is not None:
            yield Record(number, named)
        elif not names.was_header:
            yield LeftOut(number, "the line isn't a JSON object", "Write one JSON object a line.")
    if literals:
        notes.append("Objects were read as Python writes them, with apostrophes around texts.")
    notes.extend(text.notes())


def _is_flat(values: dict[str, Any]) -> bool:
    for value in values.values():
        kind = type(value)
        if kind is dict or (kind is list and value and type(value[0]) is dict):
            return False
    return True


def _literal(line: str) -> dict[str, Any] | None:
    """An object as Python writes it, with apostrophes instead of quotation marks."""
    if not line.startswith("{'") or len(line) > LONGEST_LITERAL:
        return None
    try:
        values = ast.literal_eval(line)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if not isinstance(values, dict):
        return None
    if all(isinstance(name, str) and isinstance(value, PLAIN) for name, value in values.items()):
        return values
    try:  # names that are numbers, tuples, bytes: as JSON has them
        plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    except (ValueError, TypeError, RecursionError):
        return None
    return plain


class _Names:
    """Names for the values of rows that are arrays: the first may be their header."""

    def __init__(self, columns: list[str] | None) -> None:
        self._names = [str(name) for name in columns] if columns else None
        self.was_header = False
        self.may_begin = True  # until there was an object

    def named(self, values: Any) -> dict[str, Any] | None:
        self.was_header = False
        if not isinstance(values, list) or not values:
            return None
        if self._names is None and not self.may_begin:
            return None
        if self._names is None:
            is_header = all(isinstance(value, str) and looks_like_name(value) for value in values)
            self._names = values if is_header else numbered_names(len(values))
            if is_header:
                self.was_header = True
                return None
        if len(values) != len(self._names):
            return None
        return dict(zip(self._names, values, strict=True))


def _document_records(whole: Document, is_one_line: bool) -> Iterator[Record | LeftOut]:
    names: _Names | None = None
    for number, (place, value) in enumerate(whole.rows(), 1):
        line = number if is_one_line else place
        if isinstance(value, dict):
            if _is_flat(value):
                yield Record(line, value)
            else:
                yield from (Record(line, row) for row in map(flat, spread(value)))
            continue
        names = names or _Names(whole.columns)
        if value is ...:
            yield LeftOut(line, "the object isn't valid JSON", "Mend it or leave it out.")
        elif (named := names.named(value)) is not None:
            yield Record(line, named)
        elif not names.was_header:
            yield LeftOut(line, "the value isn't a JSON object", f"Write an object, {AN_OBJECT}.")
