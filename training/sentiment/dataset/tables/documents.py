"""A JSON document becomes its objects one after the other, however long it is.

Python's own decoder reads each object from the text around it, so that memory holds one of them and
its line is known; a streaming parser would have to be asked for every value, and ends where one
object is broken.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from sentiment.dataset.files import MAXIMUM_LINE_BYTES, DatasetError, listed

BLANK = re.compile(r"[ \t\r\n]*")
NEXT = re.compile(r"\}\s*,\s*(?=\{)|\n\s*(?=\{)")
NEAR = 8  # characters from the end where a value may be cut off
# Arrays of objects that belong to one object, and aren't the rows.
PARTS = ("annotations", "predictions", "completions", "entities", "spans", "tokens", "schema")
HOLDERS = ("data", "records", "rows", "reviews", "items", "results", "documents", "examples")
NO_VALUE = "there is no JSON here"
AS_LINES = (
    "The JSON holds columns instead of rows: write an object for each row, with pandas"
    ' df.to_json("reviews.jsonl", orient="records", lines=True), and upload that.'
)


class Document:
    """A JSON text that is read from its beginning; `columns` names the values of rows in arrays."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text, self._at, self._line = "", 0, 1
        self._is_ended = False
        self._decoder = json.JSONDecoder()
        self.columns: list[str] | None = None

    def rows(self) -> Iterator[tuple[int, Any]]:
        """Every row with its line: an object or an array; Ellipsis where it can't be read.

        Raises DatasetError for a document of columns.
        """
        while sign := self._next():
            if sign == "[":
                yield from self._array()
            elif sign == "{":
                yield from self._object()
            elif sign in ",;":
                self._at += 1
            else:
                yield self._line, ...
                if not self._skip():
                    return

    # --- Where it is ------------------------------------------------------------------------

    def _more(self, least: int = 0) -> bool:
        if self._at:
            self._line += self._text.count("\n", 0, self._at)
            self._text, self._at = self._text[self._at :], 0
        grown, pieces = 0, [self._text]
        while grown <= least:
            piece = next(self._pieces, None)
            if piece is None:
                self._is_ended = True
                break
            pieces.append(piece)
            grown += len(piece)
        self._text = "".join(pieces)
        return grown > 0

    def _next(self) -> str:
        """The next sign that isn't blank, "" at the end."""
        while True:
            match = BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _where(self) -> int:
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :], 0
        return self._line

    def _value(self) -> Any:
        """The value that begins here; raises ValueError where there is none within a megabyte."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - NEAR
            except (RecursionError, ValueError) as error:
                raise ValueError from error
            else:
                if end < len(self._text) or self._is_ended:
                    self._at = end
                    return value
                is_cut = True
            held = len(self._text) - self._at
            if not is_cut or held > MAXIMUM_LINE_BYTES or not self._more(held):
                raise ValueError(NO_VALUE)

    def _skip(self) -> bool:
        """Go to where the next object may begin."""
        while True:
            match = NEXT.search(self._text, self._at)
            if match and match.end() < len(self._text):
                self._at = match.end()
                return True
            self._at = max(self._at, len(self._text) - 100)
            if not self._more():
                self._at = len(self._text)
                return False

    # --- What it holds ----------------------------------------------------------------------

    def _array(self) -> Iterator[tuple[int, Any]]:
        self._at += 1
        while (sign := self._next()) and sign != "]":
            if sign == ",":
                self._at += 1
                continue
            line = self._where()
            try:
                value = self._value()
            except ValueError:
                yield line, ...
                if not self._skip():
                    return
                continue
            yield line, value
        self._at += 1

    def _object(self) -> Iterator[tuple[int, Any]]:
        """The rows in an object, or else the object as a row."""
        line = self._where()
        self._at += 1
        members: dict[str, Any] = {}
        has_rows = False
        try:
            while (sign := self._next()) and sign != "}":
                if sign == ",":
                    self._at += 1
                    continue
                key = self._value()
                if not isinstance(key, str) or self._next() != ":":
                    raise ValueError(NO_VALUE)
                self._at += 1
                if self._has_rows(key, members):
                    columns = members.get("columns")
                    self.columns = columns if isinstance(columns, list) else None
                    yield from self._array()
                    has_rows = True
                    continue
                members[key] = self._member(key)
        except ValueError:
            yield line, ...
            if not self._skip():
                self._at = len(self._text)
            return
        if not sign:
            yield line, ...
            return
        self._at += 1
        if has_rows:
            return
        if _are_columns(members):
            raise DatasetError(AS_LINES)
        yield line, members

    def _has_rows(self, key: str, members: dict[str, Any]) -> bool:
        """Whether here begins an array of objects, or of arrays with a name for each value."""
        is_part = any(isinstance(value, str) for value in members.values()) and key not in HOLDERS
        if self._next() != "[" or key in PARTS or is_part:
            return False
        while len(self._text) - self._at < 100 and self._more(100):
            pass
        first = self._text[self._at + 1 : self._at + 100].lstrip()[:1]
        return first == "{" or (first == "[" and "columns" in members)

    def _member(self, key: str) -> Any:
        sign = self._next()
        try:
            return self._value()
        except ValueError:
            if sign in ("[", "{") and len(self._text) - self._at > MAXIMUM_LINE_BYTES:
                raise DatasetError(
                    f"Member {listed([key])} of the JSON document is longer than 1 MB. {AS_LINES}"
                ) from None
            raise


def _are_columns(members: dict[str, Any]) -> bool:
    """Whether an object has all texts in one member and all labels in another."""
    values = [value for value in members.values() if isinstance(value, (list, dict))]
    if len(values) < 2 or len(values) < len(members):
        return False
    if all(isinstance(value, dict) for value in values):
        return all(value and all(map(str.isdigit, value)) for value in values)
    return len({len(value) for value in values}) == 1 and len(values[0]) > 1
