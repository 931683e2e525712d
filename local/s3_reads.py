"""What moto's answers to reads lack: large objects off the disk, and lists without what is deleted.

moto holds the whole of an object in memory for each part of it that is read.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from moto.s3.models import FakeDeleteMarker

from local.wire import Request, Response

LARGE_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20
_LENGTH = "content-length"
_FOLDER = re.compile(rb"<CommonPrefixes>\s*<Prefix>([^<]*)</Prefix>\s*</CommonPrefixes>", re.DOTALL)


def of_large(
    request: Request, version: Any, body: Path, forward: Callable[[Request], Response]
) -> Response | None:
    """GetObject by moto's answer to HEAD and the file; None if moto had better answer itself."""
    if "partNumber" in request.query or any(name.startswith("response-") for name in request.query):
        return None
    request.environ["REQUEST_METHOD"] = "HEAD"
    head = forward(request)
    request.environ["REQUEST_METHOD"] = "GET"
    if head.status not in (200, 206):
        return None  # an error in words, which HEAD hasn't
    headers = {name.lower(): value for name, value in head.headers}
    checksum = f"x-amz-checksum-{(version.checksum_algorithm or '').lower()}"
    if checksum in headers and version.checksum_type == "COMPOSITE":
        headers[checksum] = f"{version.checksum_value}-{version.checksum_parts}"
        headers["x-amz-checksum-type"] = "COMPOSITE"
    if version.version_id != "null":
        headers["x-amz-version-id"] = version.version_id
    span = re.match(r"bytes (\d+)-(\d+)/", headers.get("content-range", ""))
    first, last = (int(span[1]), int(span[2])) if span else (0, version.size - 1)
    return Response(head.status, list(headers.items()), _Part(body, first, last - first + 1))


class _Part:
    """Part of a file as a WSGI body; opened at once, as the object may be deleted meanwhile."""

    def __init__(self, path: Path, start: int, count: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = count

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(min(self._left, _CHUNK_BYTES)) if self._left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def without_deleted_folders(response: Response, bucket: Any) -> Response:
    """A list in which no folder appears whose last object was deleted and left a marker."""
    alive = [name for name, key in bucket.keys.items() if not isinstance(key, FakeDeleteMarker)]
    dead = 0

    def kept(folder: re.Match[bytes]) -> bytes:
        nonlocal dead
        prefix = unescape(folder[1].decode())
        names = (prefix, unquote(prefix))  # as it is, or as encoding-type=url has it
        if any(name.startswith(names) for name in alive):
            return folder[0]
        dead += 1
        return b""

    body = _FOLDER.sub(kept, b"".join(response.body))
    body = re.sub(rb"<KeyCount>(\d+)<", lambda m: b"<KeyCount>%d<" % (int(m[1]) - dead), body)
    headers = [(name, value) for name, value in response.headers if name.lower() != _LENGTH]
    return Response(response.status, [*headers, (_LENGTH, str(len(body)))], [body])
