"""A file's bytes, unpacked as they are read: gzip, bzip2, xz and Zstandard, told by content.

What a few bytes unpack to is bounded at every step, and so is what a file unpacks to as a whole.
"""

import bz2
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, Protocol

from sentiment.dataset.files import HEAD_BYTES, MAXIMUM_BYTES, DatasetError
from sentiment.dataset.records import Unread

MOST_PACKINGS = 3  # one in the other
XZ_MEMORY = 256 << 20
ZSTANDARD_WINDOW = 128 << 20
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, ValueError)  # the last of zipfile


class Packing(NamedTuple):
    """A way to compress; `step` bytes of it never unpack to more than some tens of megabytes."""

    magic: bytes
    endings: tuple[str, ...]
    start: Callable[[], Any]
    step: int


def _zstandard() -> Any:
    import zstandard  # late, as it is large and few files need it

    return zstandard.ZstdDecompressor(max_window_size=ZSTANDARD_WINDOW).decompressobj()


PACKINGS = (
    Packing(b"\x1f\x8b", (".gz", ".gzip", ".tgz"), lambda: zlib.decompressobj(wbits=31), 32 << 10),
    Packing(b"BZh", (".bz2", ".bz", ".tbz2", ".tbz"), bz2.BZ2Decompressor, 2 << 10),
    Packing(
        b"\xfd7zXZ\x00",
        (".xz", ".txz"),
        lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY),
        4 << 10,
    ),
    Packing(b"\x28\xb5\x2f\xfd", (".zst", ".zstd", ".tzst"), _zstandard, 1 << 10),
)


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class Content:
    """The content of a file or of an archive's member: looked at first, then read once.

    Reading raises DatasetError where it is damaged or unpacks to more than `most` bytes.
    """

    def __init__(
        self, name: str, stream: Readable, file: BinaryIO | None, most: int, scratch: int
    ) -> None:
        self.name, self.most, self.scratch = name, most, scratch
        self._stream, self._file = stream, file
        self._ahead = io.BytesIO()
        self._total = self._lines = 0

    @property
    def read_bytes(self) -> int:
        """How many bytes were taken so far."""
        return self._total

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """The first bytes, which are still to be read."""
        held = self._ahead.getvalue()[self._ahead.tell() :]
        pieces = [held]
        missing = size - len(held)
        while missing > 0 and (piece := self._next(missing)):
            pieces.append(piece)
            missing -= len(piece)
        held = b"".join(pieces)
        self._ahead = io.BytesIO(held)
        return held[:size]

    def read(self, size: int = HEAD_BYTES, /) -> bytes:
        """The next bytes, b"" at the end."""
        return self._ahead.read(size) or (self._next(size) if size > 0 else b"")

    def _next(self, size: int) -> bytes:
        try:
            piece = self._stream.read(size)
        except DatasetError:
            raise
        except Exception as error:
            if not is_damage(error):
                raise
            raise DatasetError(damaged(self._lines + 1)) from error
        self._total += len(piece)
        self._lines += piece.count(b"\n")
        if self._total > self.most:
            raise DatasetError(
                f"The dataset has more than {self.most:,} bytes once unpacked: upload a part of it."
            )
        return piece

    def file(self) -> "BinaryIO | Scratch":
        """The whole content as a file to seek in; unpacked to disk where it is compressed.

        Raises Unread where that takes more than `scratch` bytes.
        """
        if self._file is not None:
            self._file.seek(0)
            return self._file
        unpacked = Scratch()
        try:
            while piece := self.read(1 << 20):
                unpacked.write(piece)
                if unpacked.tell() > self.scratch:
                    raise Unread("packed")
        except BaseException:
            unpacked.close()
            raise
        unpacked.seek(0)
        return unpacked


class Scratch(io.RawIOBase):
    """A file on disk for as long as anybody holds it."""

    def __init__(self) -> None:
        super().__init__()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def write(self, raw: Any) -> int:
        return self._file.write(raw)

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


def opened(
    name: str,
    stream: Readable,
    file: BinaryIO | None = None,
    most: int = MAXIMUM_BYTES,
    scratch: int = MAXIMUM_BYTES,
) -> Content:
    """Open a file, and unpack it by its content; its name loses the endings of packings.

    `file` is what the bytes can be sought in, if they can. Raises DatasetError for damage.
    """
    content = Content(name, stream, file, most, scratch)
    for _ in range(MOST_PACKINGS):
        head = content.head(16)
        packing = next((each for each in PACKINGS if is_packed(head, each)), None)
        if packing is None:
            return content
        name = plain(content.name, packing)
        content = Content(name, Unpacked(content, packing), None, most, scratch)
    raise DatasetError(
        f"The file is compressed more than {MOST_PACKINGS} times over: compress it once."
    )


def is_packed(head: bytes, packing: Packing) -> bool:
    """Tell from the first bytes; a text may begin with BZh, but no block of bzip2 does."""
    if packing.magic == b"BZh":
        return head[4:10] in (b"1AY&SY", b"\x17rE8P\x90") and head.startswith(b"BZh")
    return head.startswith(packing.magic)


def plain(name: str, packing: Packing) -> str:
    """A name without the ending of its packing."""
    for ending in packing.endings:
        if name.lower().endswith(ending):
            return name[: -len(ending)] + (".tar" if ending.startswith(".t") else "")
    return name


class Unpacked:
    """Unpacks a stream a small step at a time; raises EOFError where it breaks off."""

    def __init__(self, stream: Readable, packing: Packing) -> None:
        self._stream, self._packing = stream, packing
        self._machine: Any = None
        self._out = io.BytesIO()
        self._rest = b""
        self._is_padded = False  # NULs may follow the end

    def read(self, size: int, /) -> bytes:
        """The next bytes, b"" at the end."""
        if not size:
            return b""
        while not (piece := self._out.read(size)):
            packed = self._rest or self._stream.read(self._packing.step)
            self._rest = b""
            if self._machine is None:
                if not packed:
                    return b""
                packed = packed.lstrip(b"\x00") if self._is_padded else packed
                if not packed:
                    continue
                self._machine = self._packing.start()
            elif not packed:
                raise EOFError("it breaks off")
            self._out = io.BytesIO(self._machine.decompress(packed))
            if self._machine.eof:
                self._rest, self._machine = self._machine.unused_data, None
                self._is_padded = True
        return piece


def is_damage(error: Exception) -> bool:
    """Whether reading failed for what the file holds, not for how it is come by."""
    from tarfile import TarError
    from zipfile import BadZipFile

    known = (*DAMAGED, TarError, BadZipFile)
    foreign = type(error).__module__.startswith("zstandard") or type(error).__name__ == "ZstdError"
    return isinstance(error, known) or foreign or (isinstance(error, OSError) and not error.errno)


def damaged(line: int) -> str:
    """Say that a compressed file can't be read to its end."""
    return (
        f"The compressed file is damaged or incomplete around line {line}:"
        " compress it again, or download it again, and upload it anew."
    )
