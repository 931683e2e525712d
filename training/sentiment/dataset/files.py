"""A dataset file becomes lines of text, read once from beginning to end: unpacked and decoded.

Memory stays bounded whatever the file holds: unpacked size and length of a line have limits.
"""

import gzip
import lzma
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple, Protocol

from sentiment.errors import SentimentError

MAXIMUM_BYTES = 8 << 30  # unpacked: a few kilobytes of .xz can hide terabytes
MAXIMUM_LINE_BYTES = 1_000_000
HEAD_BYTES = 64 << 10
EMPTY = "The file is empty: upload one with a row for each review."
ENDINGS = tuple(
    format_ + packing for format_ in (".csv", ".jsonl", ".ndjson") for packing in ("", ".gz", ".xz")
)
GZIP, XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
OTHER_FORMATS = {
    b"PK\x03\x04": "a zip or Excel file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"BZh91AY": "a bzip2 file",
    GZIP: "compressed with gzip",
    XZ: "compressed with xz",
}


class DatasetError(SentimentError):
    """A dataset can't be trained on; the message tells its owner in one sentence what to change.

    `findings` are what was found until then, an `account.Findings`, where it was read at all.
    """

    findings: Mapping[str, Any] | None = None


class Line(NamedTuple):
    """One physical line without its end; `text` is None where the line is too long to keep."""

    number: int
    text: str | None
    is_utf8: bool = True


def ending(name: str) -> str:
    """Give the known ending of a file name, such as ".csv.gz"."""
    for known in ENDINGS:
        if name.lower().endswith(known):
            return known
    base = name.rsplit("/", 1)[-1]
    raise DatasetError(
        f"{shown(base)} has an ending that isn't supported: save the dataset as .csv or .jsonl,"
        " if you like compressed as .csv.gz, .csv.xz, .jsonl.gz or .jsonl.xz."
    )


def shown(value: str, longest: int = 40) -> str:
    """Quote a value from a dataset for a message: short, on one line, printable."""
    cleaned = "".join(c if c.isprintable() else " " for c in value[: longest + 1])
    return f'"{cleaned}"' if len(value) <= longest else f'"{cleaned[:longest]}…"'


def listed(values: Sequence[str], most: int = 8) -> str:
    """Quote values for a message, the first few of them."""
    if not values:
        return "none"
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(shown(value, 24) for value in values[:most]) + more


# --- Bytes ------------------------------------------------------------------------------------


def check_start(start: bytes, kind: str) -> None:
    """Refuse a file whose first bytes show that it isn't what its ending says."""
    if not start:
        raise DatasetError(EMPTY)
    for packing, magic, tool in ((".gz", GZIP, "gzip"), (".xz", XZ, "xz")):
        if kind.endswith(packing) and not start.startswith(magic[: len(start)]):
            raise DatasetError(
                f"The name ends in {packing} but the content isn't {tool}-compressed:"
                f" compress the file with {tool} or take {packing} off its name."
            )
        if kind.endswith(packing):
            return
        if start.startswith(magic) and not kind.endswith((".gz", ".xz")):
            raise DatasetError(
                f"The content is compressed with {tool} but the name doesn't say so:"
                f" add {packing} to the name."
            )
    check_text(start, kind)


def check_text(start: bytes, kind: str) -> None:
    """Refuse unpacked content that is plainly no text or another format."""
    what = next((text for magic, text in OTHER_FORMATS.items() if start.startswith(magic)), None)
    if what is None and b"\x00" in start:
        what = "binary data, not text"
    if what:
        base = kind.split(".")[1]
        raise DatasetError(
            f"The content is {what}: save the dataset as plain {base.upper()} text in UTF-8"
            f" and upload that as .{base}, .{base}.gz or .{base}.xz."
        )
    line = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if kind.startswith(".csv") and line.startswith(b"{"):
        raise DatasetError(
            "The name ends in .csv but the content looks like JSON lines: rename it to .jsonl."
        )


class _Content(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpacked(stream: IO[bytes], kind: str) -> _Content:
    """Open the content of a possibly compressed stream."""
    if kind.endswith(".gz"):
        return gzip.GzipFile(fileobj=stream)
    if kind.endswith(".xz"):
        return lzma.LZMAFile(stream)
    return stream


def unpacked_head(head: bytes, kind: str, most: int) -> bytes:
    """Unpack what the first bytes of a file hold, at most so many bytes of it."""
    try:
        if kind.endswith(".gz"):
            return zlib.decompressobj(wbits=31).decompress(head, most)
        if kind.endswith(".xz"):
            return lzma.LZMADecompressor(memlimit=128 << 20).decompress(head, most)
    except zlib.error as error:
        raise DatasetError(damaged(kind, 1)) from error
    except lzma.LZMAError as error:
        if "limit" in str(error):
            return b""  # a thirsty file, not a damaged one; nothing can be said about it yet
        raise DatasetError(damaged(kind, 1)) from error
    return head[:most]


def damaged(kind: str, line: int) -> str:
    """Say that a compressed file can't be read to its end."""
    return (
        f"The compressed file is damaged or incomplete around line {line}:"
        f" create the {kind} file again and upload it again."
    )


def chunks(stream: IO[bytes], kind: str, most: int = MAXIMUM_BYTES) -> Iterator[bytes]:
    """Read a stream in pieces, unpacked, up to the limit on unpacked bytes."""
    total, content = 0, unpacked(stream, kind)
    lines = 1
    while True:
        try:
            chunk = content.read(HEAD_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            raise DatasetError(damaged(kind, lines)) from error
        if not chunk:
            return
        if not total:
            check_text(chunk, kind)
        total += len(chunk)
        lines += chunk.count(b"\n")
        if total > most:
            raise DatasetError(
                f"The dataset has more than {most:,} bytes once unpacked: upload a part of it."
            )
        yield chunk


# --- Lines ------------------------------------------------------------------------------------


def lines(pieces: Iterator[bytes]) -> Iterator[Line]:
    """Cut bytes into decoded lines: UTF-8, or Windows-1252 where a line isn't UTF-8."""
    first = next(pieces, b"").removeprefix(b"\xef\xbb\xbf")
    end = b"\r" if b"\r" in first and b"\n" not in first else b"\n"
    number, rest, is_too_long = 1, b"", False
    chunk: bytes | None = first
    while chunk is not None:
        *whole, last = chunk.split(end)
        for part in whole:
            raw, rest = rest + part, b""
            is_too_long = is_too_long or len(raw) > MAXIMUM_LINE_BYTES
            yield Line(number, None) if is_too_long else _decoded(number, raw)
            number, is_too_long = number + 1, False
        rest += last
        if len(rest) > MAXIMUM_LINE_BYTES:
            rest, is_too_long = b"", True
        chunk = next(pieces, None)
    if rest or is_too_long:
        yield Line(number, None) if is_too_long else _decoded(number, rest)


def _decoded(number: int, raw: bytes) -> Line:
    raw = raw.removesuffix(b"\r").replace(b"\r", b" ").replace(b"\n", b" ")
    try:
        return Line(number, raw.decode("utf-8"))
    except UnicodeDecodeError:
        return Line(number, raw.decode("cp1252", "replace"), is_utf8=False)
