"""Bytes become lines of text: decoded as they come, each cut where an editor would cut it.

UTF-8, UTF-16 and UTF-32 are told by what they begin with. A line that isn't UTF-8 in a file
without such a mark is read in the encoding that a detector is sure of, else as Windows-1252.
"""

import codecs
import re
from collections.abc import Iterator

from sentiment.dataset.files import HEAD_BYTES, MAXIMUM_LINE_BYTES
from sentiment.dataset.tables.packing import Content

Line = tuple[int, str | None]  # its number, and its text without an end; None where it is too long

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
USUAL = "cp1252"
# What a detector may be sure of: for texts of other alphabets Windows-1252 gives garbage.
OTHERS = "cp1250 cp1251 koi8_r cp1253 cp1254 cp1255 cp1256 shift_jis euc_jp gb18030 big5 euc_kr"
ENOUGH_LETTERS = 30  # not ASCII, for a detector to be sure


class Text:
    """The lines of a content, and what was found about its encoding.

    `encoding` is known from the head; `notes` has the rest once the lines have been read.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        head = content.head()
        self._mark, self._wide = _marked(head)
        self.fallback = USUAL
        self.encoding = self._wide.removesuffix("-le").removesuffix("-be") or "utf-8"
        if not self._wide:
            self.fallback = fallback_of(head)
            self.encoding = _encoding_of(head, self.fallback)
        self._foreign = self._nul = 0

    @property
    def is_wide(self) -> bool:
        """Whether a character has 16 or 32 bits."""
        return bool(self._wide)

    def notes(self) -> list[str]:
        """What there is to tell of the lines that were read."""
        told = []
        if self._foreign:
            lines = "1 line was" if self._foreign == 1 else f"{self._foreign:,} lines were"
            name = pronounced(self.fallback)
            told.append(f"{lines} not UTF-8 and read as {name[0].upper()}{name[1:]}.")
        if self._nul:
            lines = "1 line" if self._nul == 1 else f"{self._nul:,} lines"
            told.append(f"NUL characters were taken out of {lines}.")
        return told

    def characters(self) -> Iterator[str]:
        """The text in pieces, where lines say nothing; what isn't of its encoding is replaced."""
        is_foreign = self.encoding == pronounced(self.fallback)
        decoder = codecs.getincrementaldecoder(self.fallback if is_foreign else "utf-8")("replace")
        for piece in self._pieces():
            yield decoder.decode(piece).replace("\x00", "")
        yield decoder.decode(b"", True)

    def start(self) -> str:
        """The first characters, which are still to be read."""
        raw = self._content.head()[len(self._mark) :]
        return raw.decode(self._wide or "utf-8", "replace")

    def lines(self) -> Iterator[Line]:
        """Cut bytes into decoded lines; memory is bounded however long a line is."""
        end = end_of_line(self._content.head()[len(self._mark) :], bool(self._wide))
        number, rest, is_too_long = 1, b"", False
        for piece in self._pieces():
            cut = piece.rfind(end) + 1
            if not cut:
                rest += piece
                if len(rest) > MAXIMUM_LINE_BYTES:
                    rest, is_too_long = b"", True
                continue
            whole, rest = rest + piece[: cut - 1], piece[cut:]
            if is_too_long:
                yield number, None
                number, is_too_long = number + 1, False
                _, found, whole = whole.partition(end)
                if not found:
                    continue
            for text in self._decoded(whole, end):
                yield number, text
                number += 1
        if is_too_long:
            yield number, None
        elif rest:
            for text in self._decoded(rest, end):
                yield number, text

    def _decoded(self, whole: bytes, end: bytes) -> Iterator[str | None]:
        """Decode several lines at once, and one by one where that fails or one is too long."""
        is_long = len(whole) > MAXIMUM_LINE_BYTES
        try:
            text = whole.decode("utf-8")
        except UnicodeDecodeError:
            is_long = True
        if not is_long:
            if "\r" in text:
                text = text.replace("\r\n", "\n") if end == b"\n" else text.replace("\n", " ")
                text = text.removesuffix("\r") if end == b"\n" else text
            lines = text.split(end.decode())
            if "\x00" in text:
                lines = [self._without_nul(line) for line in lines]
            if end == b"\n" and "\r" in text:
                lines = [line.replace("\r", " ") for line in lines]
            yield from lines
            return
        for raw in whole.split(end):
            yield None if len(raw) > MAXIMUM_LINE_BYTES else self._line(raw)

    def _line(self, raw: bytes) -> str:
        raw = raw.removesuffix(b"\r").replace(b"\r", b" ").replace(b"\n", b" ")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            if not self._foreign and self.fallback == USUAL:
                self.fallback = fallback_of(raw)
            self._foreign += 1
            text = raw.decode(self.fallback, "replace")
        return self._without_nul(text)

    def _without_nul(self, text: str) -> str:
        if "\x00" not in text:
            return text
        self._nul += 1
        return text.replace("\x00", "")

    def _pieces(self) -> Iterator[bytes]:
        """The content in UTF-8, or in whatever hasn't 16 or 32 bits a character."""
        if self._mark:
            self._content.read(len(self._mark))
        decoder = codecs.getincrementaldecoder(self._wide)("replace") if self._wide else None
        while piece := self._content.read(HEAD_BYTES):
            if decoder is None:
                yield piece
            else:
                yield decoder.decode(piece).encode("utf-8", "replace")
        if decoder is not None:
            yield decoder.decode(b"", True).encode("utf-8", "replace")


def _marked(head: bytes) -> tuple[bytes, str]:
    """The byte order mark, and the encoding where a character has 16 or 32 bits."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return mark, name if name != "utf-8" else ""
    sample = head[:2000]
    if len(sample) >= 8:  # Western text in UTF-16 without a mark has every other byte NUL
        for name, nul, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            if sample[nul::2].count(0) > len(sample) * 0.4 and not sample[letters::2].count(0):
                return b"", name
    return b"", ""


def end_of_line(head: bytes, is_wide: bool) -> bytes:
    r"""What ends a line: \r where old Macs wrote the file, else \n, also after \r."""
    if is_wide:
        head = head.replace(b"\x00", b"")
    lone = len(re.findall(rb"\r(?![\r\n])", head)) - head.endswith(b"\r")
    feeds = head.count(b"\n")
    first = re.search(rb"\r(?![\r\n])|\n", head)
    return b"\r" if lone and first and first[0] == b"\r" and lone >= feeds else b"\n"


def _foreign_lines(sample: bytes) -> tuple[list[bytes], int]:
    """Lines that aren't UTF-8, and how many are UTF-8 but not ASCII; the last may be cut off."""
    foreign, ours = [], 0
    *lines, last = re.split(rb"[\r\n]+", sample)
    for line in [*lines, last] if len(sample) < HEAD_BYTES else lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            ours += 1
        except UnicodeDecodeError:
            foreign.append(line)
    return foreign, ours


def _encoding_of(head: bytes, fallback: str) -> str:
    foreign, ours = _foreign_lines(head)
    if not foreign:
        return "utf-8"
    name = pronounced(fallback)
    return f"utf-8 and {name}" if ours or len(foreign) < 2 else name


def fallback_of(sample: bytes) -> str:
    """The encoding of lines that aren't UTF-8, where a detector is sure; else Windows-1252."""
    lines, _ = _foreign_lines(sample)
    raw = b"\n".join(lines)[: 16 << 10]
    letters = [byte for byte in raw if byte > 127]
    if not letters:
        return USUAL
    if _is_mac_roman(raw):
        return "mac_roman"
    if len(letters) < ENOUGH_LETTERS:
        return USUAL
    from charset_normalizer import from_bytes  # late, as few files need it

    matches = list(from_bytes(raw, cp_isolation=[USUAL, *OTHERS.split()], threshold=0.3))
    if not matches or USUAL in matches[0].could_be_from_charset:
        return USUAL
    best, usual = matches[0], [match for match in matches if match.encoding == USUAL]
    if best.multi_byte_usage > 0.2:  # nothing that is no text of it decodes without an error
        return best.encoding if best.chaos <= 0.05 else USUAL
    is_sure = best.coherence >= 0.2 and all(best.coherence > match.coherence for match in usual)
    return best.encoding if is_sure else USUAL


def _is_mac_roman(raw: bytes) -> bool:
    """Whether what isn't ASCII are letters in Mac Roman, and in Windows-1252 signs within words."""
    inside = re.findall(rb"(?<=[a-z])[\x80-\x9f](?=[a-z])", raw)
    apart = re.findall(rb"(?<=[a-z])[\xc0-\xff](?=[a-z])", raw)
    usual = [byte for byte in inside if byte not in b"\x91\x92\x9a\x9c\x9e"]
    return len(usual) >= 2 and len(usual) > 2 * len(apart)


def pronounced(encoding: str) -> str:
    """The name of an encoding as people know it."""
    if encoding.startswith("cp125"):
        return encoding.replace("cp", "windows-")
    return encoding.replace("_", "-")
