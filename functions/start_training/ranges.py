"""An object in S3 as a file that is read by ranges: what nobody asks for is never fetched."""

import io
import time
from collections import OrderedDict
from typing import Any, BinaryIO, cast

BLOCK_BYTES = 256 << 10  # fetched at once: a request costs as long as so many bytes
KEPT_BLOCKS = 16
MOST_BYTES = 16 << 20
MOST_SECONDS = 2.0


class EnoughError(Exception):
    """A look has used up its bytes or its time: nobody's fault, and it is told to nobody."""


class Ranges(io.RawIOBase):
    """A raw, seekable stream over ranged GetObject calls, all of one version of the object.

    `where` names the object, `IfMatch` among it. Raises S3's ClientError, and EnoughError once it
    would take more bytes or seconds than it may; from then on it `is_spent`, and what a reader
    makes of a file that ends there says nothing about the file.
    """

    def __init__(
        self,
        s3: Any,
        where: dict[str, str],
        size_bytes: int,
        most_bytes: float = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._s3, self._where, self._size = s3, where, size_bytes
        self._most_bytes, self._until = most_bytes, time.monotonic() + most_seconds
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.bytes_read, self.requests, self.is_spent = 0, 0, False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"negative seek position {start + offset}")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, BLOCK_BYTES)
        piece = self._block(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        first = number * BLOCK_BYTES
        last = min(first + BLOCK_BYTES, self._size) - 1
        size = last + 1 - first
        if self.bytes_read + size > self._most_bytes or time.monotonic() > self._until:
            self.is_spent = True
            raise EnoughError(f"{self.bytes_read:,} bytes in {self.requests} requests")
        answer = self._s3.get_object(**self._where, Range=f"bytes={first}-{last}")
        block: bytes = answer["Body"].read()
        self._blocks[number] = block
        self.bytes_read, self.requests = self.bytes_read + len(block), self.requests + 1
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block


def buffered(ranges: Ranges) -> BinaryIO:
    """The same for readers that read few bytes at a time."""
    return cast(BinaryIO, io.BufferedReader(ranges, 64 << 10))
