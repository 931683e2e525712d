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
from sentiment.dataset.tables.holders import (
    HOLDERS,
    PARTS,
    SHOWN,
    are_alike,
    place_of,
)

BLANKS = " \t\r\n"
BLANK = re.compile(r"[ \t\r\n]*")
OF_OBJECTS = re.compile(r'\{\s*"(?:[^"\\]|\\.){1,200}"\s*:\s*\{')
NEXT_BY_KEY = re.compile(r'\}\s*,\s*(?="(?:[^"\\]|\\.){1,200}"\s*:\s*\{)')
NEXT = re.compile(r"\}\s*,\s*(?=\{)|\n\s*(?=\{)")
NEAR = 8  # characters from the end where a value may be cut off
MOST_BEGUN = 20  # objects by key, before they are known to be rows
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
        self._is_ended = self._is_begun = False
        self._is_one = True  # object that the document is, as far as can be seen
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
                yield from self._object(self._way())
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

    def _skip(self, next_: re.Pattern[str] = NEXT) -> bool:
        """Go to where the next object may begin."""
        while True:
            match = next_.search(self._text, self._at)
            if match and match.end() < len(self._text):
                self._at = match.end()
                return True
            self._at = max(self._at, len(self._text) - 300)
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

    def _way(self) -> tuple[str, ...] | None:
        """The keys that lead to the rows of an object, if it is all there is and can be seen."""
        self._is_one = not self._is_begun
        if self._is_begun:
            return None
        self._is_begun = True
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (RecursionError, ValueError):
                value, end = None, len(self._text)
            self._is_one = not self._text[end:].strip(BLANKS)
            if not self._is_one or self._is_ended:
                return place_of(value) if self._is_one and value is not None else None
            held = len(self._text) - self._at
            if held > MAXIMUM_LINE_BYTES:
                return None
            self._more(held)

    def _object(self, way: tuple[str, ...] | None, name: str = "") -> Iterator[tuple[int, Any]]:
        """The rows in an object, or else the object as a row.

        `way` are the keys that lead to its rows, none of them where they stand in it by key. An
        object within one has a name, and is no row itself.
        """
        line = self._where()
        self._at += 1
        if way == ():
            yield from self._by_key([])
            return
        members: dict[str, Any] = {}
        objects: list[tuple[int, Any]] = []
        has_rows = False
        sign = ""
        try:
            while (sign := self._next()) and sign != "}":
                if sign == ",":
                    self._at += 1
                    continue
                key, sign = self._key()
                if way is not None and key != way[0]:
                    self._value()
                    continue
                if (way and sign == "[") or self._has_rows(key, members):
                    columns = members.get("columns")
                    self.columns = columns if isinstance(columns, list) else None
                    yield from self._array()
                    has_rows = True
                    continue
                if way and sign == "{":
                    yield from self._object(way[1:], key)
                    has_rows = True
                    continue
                begun = self._line + self._text.count("\n", 0, self._at) if sign == "{" else 0
                try:
                    members[key] = self._value()
                except ValueError:
                    is_long = len(self._text) - self._at > MAXIMUM_LINE_BYTES
                    if sign == "[" and is_long:
                        raise DatasetError(_too_long(key)) from None
                    if is_long or (self._is_one and OF_OBJECTS.match(self._text, self._at)):
                        yield from self._object(None, key)
                        has_rows = True
                        continue
                    if sign != "{" or not self._is_one or not self._skip(NEXT_BY_KEY):
                        raise
                    members[key] = ...
                if sign == "{" and len(objects) < MOST_BEGUN and self._is_one:
                    objects.append((begun, members[key]))
                    whole = [value for _, value in objects if value is not ...]
                    if len(objects) == len(members) and are_alike(whole):
                        yield from self._by_key(objects)
                        return
                if name and len(members) > SHOWN and not objects:
                    raise DatasetError(_too_long(name))
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
        if name and not objects:
            raise DatasetError(_too_long(name))
        if ... in members.values():
            yield line, ...
            return
        if _are_columns(members):
            raise DatasetError(AS_LINES)
        yield line, members

    def _by_key(self, begun: list[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """The values of an object, each of them a row."""
        yield from begun
        while (sign := self._next()) and sign != "}":
            if sign == ",":
                self._at += 1
                continue
            line = self._where()
            try:
                self._key()
                value = self._value()
            except ValueError:
                yield line, ...
                if not self._skip(NEXT_BY_KEY):
                    return
                continue
            yield line, value
        if not sign:
            yield self._line, ...  # it breaks off
        self._at += 1

    def _key(self) -> tuple[str, str]:
        """The name of a member, and the sign that its value begins with.

        Raises ValueError where there is none.
        """
        key = self._value()
        if not isinstance(key, str) or self._next() != ":":
            raise ValueError(NO_VALUE)
        self._at += 1
        return key, self._next()

    def _has_rows(self, key: str, members: dict[str, Any]) -> bool:
        """Whether here begins an array of objects, or of arrays with a name for each value."""
        is_part = any(isinstance(value, str) for value in members.values()) and key not in HOLDERS
        if self._next() != "[" or key in PARTS or is_part:
            return False
        while len(self._text) - self._at < 100 and self._more(100):
            pass
        first = self._text[self._at + 1 : self._at + 100].lstrip()[:1]
        return first == "{" or (first == "[" and "columns" in members)


def _too_long(name: str) -> str:
    return f"Member {listed([name])} of the JSON document is longer than 1 MB. {AS_LINES}"


def _are_columns(members: dict[str, Any]) -> bool:
    """Whether an object has all texts in one member and all labels in another."""
    values = [value for value in members.values() if isinstance(value, (list, dict))]
    if len(values) < 2 or len(values) < len(members):
        return False
    if all(isinstance(value, dict) for value in values):
        return all(value and all(map(str.isdigit, value)) for value in values)
    return len({len(value) for value in values}) == 1 and len(values[0]) > 1
