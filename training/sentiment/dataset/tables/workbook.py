"""The cells of an Excel workbook, read from its XML as it streams by.

A first look takes the beginning of a sheet and of the texts that it shares, and no more of them.
"""

import re
import zipfile
from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from sentiment.dataset.files import MAXIMUM_LINE_BYTES, DatasetError
from sentiment.dataset.tables.archives import DAMAGE
from sentiment.dataset.tables.packing import Scratch, is_damage

PIECE_BYTES = 64 << 10
MOST_COLUMNS = 1_000
LONGEST_TAG = 4 << 20  # bytes that are read before it ends
MOST_ELEMENTS = 100_000  # of what tells of the sheets
LONGEST_RECENT = 10_000  # characters of a text that is held, as many cells may share it
MAXIMUM_XML_BYTES = 8 << 30
DAMAGED = "The Excel workbook is damaged: open it, save it again as .xlsx or CSV and upload that."
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

Cell = str | float | bool | None
SheetRow = tuple[int, list[Cell] | None]


class Workbook:
    """The visible sheets of a workbook, and the texts that their cells share.

    Raises DatasetError where it is damaged or encrypted, also while rows are read.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().lstrip("/"): name for name in archive.namelist()}
        self._texts: _Texts | None = None

    def sheets(self) -> list[tuple[str, str]]:
        """Name and place of each visible sheet, in their order."""
        targets = {
            attributes.get("Id", ""): attributes.get("Target", "")
            for name, attributes in self._elements("xl/_rels/workbook.xml.rels")
            if name == "Relationship"
        }
        return [
            (attributes.get("name", ""), _place(targets.get(_relation(attributes), "")))
            for name, attributes in self._elements("xl/workbook.xml")
            if name == "sheet" and attributes.get("state", "visible") == "visible"
        ]

    def rows(self, place: str) -> Iterator[SheetRow]:
        """Each row of a sheet: its number as Excel shows it, and its cells from column A on.

        None stands for the cells of a row that is too long.
        """
        self._texts = self._texts or _Texts(self._pieces("xl/sharedstrings.xml"))
        yield from _Rows(self._pieces(place.lower()), self._texts)

    def _elements(self, place: str) -> list[tuple[str, dict[str, str]]]:
        found: list[tuple[str, dict[str, str]]] = []
        parser = _Parser(lambda name, told: found.append((name.rpartition(":")[2], told)))
        for piece in self._pieces(place):
            parser.parse(piece)
            if len(found) > MOST_ELEMENTS:
                raise DatasetError(DAMAGED)
        return found

    def _pieces(self, place: str) -> Iterator[bytes]:
        name = self._names.get(place)
        if name is None:
            return
        total = 0
        try:
            with self._archive.open(name) as stream:
                while piece := stream.read(PIECE_BYTES):
                    total += len(piece)
                    if total > MAXIMUM_XML_BYTES:
                        raise DatasetError(
                            f"A part of the workbook has more than {MAXIMUM_XML_BYTES:,} bytes"
                            " once unpacked: upload a part of it."
                        )
                    yield piece
        except (RuntimeError, NotImplementedError) as error:
            raise DatasetError(
                "The Excel workbook is encrypted: save it without a password."
            ) from error
        except Exception as error:
            if isinstance(error, DatasetError) or not (
                is_damage(error) or isinstance(error, DAMAGE)
            ):
                raise
            raise DatasetError(DAMAGED) from error


def _relation(attributes: dict[str, str]) -> str:
    """The id of what a sheet refers to; its prefix is what the writer chose, mostly r."""
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


def _place(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _Parser:
    """Tells of XML as it comes; raises DatasetError where it is damaged, or a tag has no end."""

    def __init__(self, start: Any, end: Any = None, characters: Any = None) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._forbid
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._parser.CharacterDataHandler = characters
        self._fed = 0

    def parse(self, piece: bytes) -> None:
        """Read the next bytes."""
        try:
            self._parser.Parse(piece, False)
        except (expat.ExpatError, ValueError) as error:
            raise DatasetError(DAMAGED) from error
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > LONGEST_TAG:
            raise DatasetError(DAMAGED)

    @staticmethod
    def _forbid(*_: Any) -> None:
        raise DatasetError(DAMAGED)  # no workbook has one, and entities may grow without end


class _Texts:
    """Shared texts by number, on disk as far as they have been asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._ends = array("q", [0])
        self._file = Scratch()
        self._parser = _Parser(self._start, self._end, self._characters)
        self._text: list[str] = []
        self._size = 0  # characters of the text; of one that is too long, no more are kept
        self.too_long = set[int]()
        self._is_text = False
        self._phonetic = 0
        self._recent: dict[int, str] = {}

    def __getitem__(self, number: int) -> str | None:
        if (known := self._recent.get(number)) is not None:
            return known
        while number >= len(self._ends) - 1 and (piece := next(self._pieces, None)):
            self._parser.parse(piece)
        if not 0 <= number < len(self._ends) - 1:
            return None
        self._file.seek(self._ends[number])
        text = self._file.read(self._ends[number + 1] - self._ends[number]).decode("utf-8")
        if len(self._recent) > 1_000:
            self._recent.clear()
        if len(text) <= LONGEST_RECENT:
            self._recent[number] = text
        return text

    def _start(self, name: str, _: Any) -> None:
        name = name.rpartition(":")[2]
        if name == "si":
            self._text, self._size = [], 0
        elif name == "rPh":
            self._phonetic += 1
        self._is_text = name == "t" and not self._phonetic

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._is_text = False
        if name == "rPh":
            self._phonetic -= 1
        elif name == "si":
            raw = unescaped("".join(self._text)).encode("utf-8", "replace")
            if self._size > MAXIMUM_LINE_BYTES or len(raw) > MAXIMUM_LINE_BYTES:
                self.too_long.add(len(self._ends) - 1)
                raw = b""
            self._file.seek(self._ends[-1])
            self._file.write(raw)
            self._ends.append(self._ends[-1] + len(raw))

    def _characters(self, text: str) -> None:
        if self._is_text:
            self._size += len(text)
            if self._size <= MAXIMUM_LINE_BYTES:
                self._text.append(text)


def unescaped(text: str) -> str:
    """Take back how Excel writes characters that XML has no room for."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\r\n", "\n")


class _Rows:
    """The rows of one sheet."""

    def __init__(self, pieces: Iterator[bytes], texts: _Texts) -> None:
        self._pieces, self._texts = pieces, texts
        self._ready = deque[SheetRow]()
        self._row: list[Cell] = []
        self._size = 0  # characters that were written in the row; of too many, no more are kept
        self._is_too_long = False
        self._number = self._column = 0
        self._kind, self._text = "n", list[str]()
        self._is_value = False
        self._phonetic = 0

    def __iter__(self) -> Iterator[SheetRow]:
        parser = _Parser(self._start, self._end, self._characters)
        for piece in self._pieces:
            parser.parse(piece)
            while self._ready:
                yield self._ready.popleft()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdecimal() else self._number + 1
            self._row, self._column = [], 0
            self._size, self._is_too_long = 0, False
        elif name == "c":
            self._column = _column(attributes.get("r", "")) or self._column + 1
            self._kind, self._text = attributes.get("t", "n"), []
        elif name == "rPh":
            self._phonetic += 1
        self._is_value = name == "v" or (name == "t" and not self._phonetic)

    def _characters(self, text: str) -> None:
        if self._is_value:
            self._size += len(text)
            if self._size <= MAXIMUM_LINE_BYTES:
                self._text.append(text)
            else:
                self._is_too_long = True

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._is_value = False
        if name == "rPh":
            self._phonetic -= 1
        elif name == "c" and self._text and self._column <= MOST_COLUMNS:
            self._row.extend([None] * (self._column - 1 - len(self._row)))
            self._row[self._column - 1 :] = [self._cell("".join(self._text))]
        elif name == "row" and self._is_too_long:
            self._ready.append((self._number, None))
        elif name == "row" and any(cell is not None for cell in self._row):
            self._ready.append((self._number, self._row))

    def _cell(self, text: str) -> Cell:
        if self._kind == "s":
            return self._shared(int(text)) if text.strip().isdecimal() else None
        if self._kind == "b":
            return text.strip() == "1"
        if self._kind == "e":
            return None
        if self._kind != "n":
            return unescaped(text)
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number

    def _shared(self, number: int) -> str | None:
        text = self._texts[number]
        self._size += len(text or "")
        self._is_too_long |= number in self._texts.too_long or self._size > MAXIMUM_LINE_BYTES
        return None if self._is_too_long else text


def _column(reference: str) -> int:
    """The column of a reference such as AB12, from 1 on; 0 where there is none."""
    number = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z" or number > MOST_COLUMNS:
            break
        number = number * 26 + ord(letter) - 64
    return number
