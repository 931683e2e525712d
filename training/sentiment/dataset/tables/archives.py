"""The members of a zip or tar archive, one after the other; nothing of them is written to disk.

So paths lead nowhere, and links are passed over. What all members unpack to together is bounded.
"""

import io
import re
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from sentiment.dataset.files import MAXIMUM_BYTES, DatasetError, shown
from sentiment.dataset.tables.packing import Content, Scratch, opened

BROKEN = "The archive is damaged or incomplete: pack it again, or download it again."
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, ValueError, EOFError, OverflowError, struct.error)
MOST_MEMBERS = 2_000_000
MOST_NAMES = 20_000  # that are looked at before any content
# Files that lie beside a dataset and are none, by their names.
BESIDE = re.compile(
    r"(^|/)(__MACOSX/|\.(?!\.?/)|Thumbs\.db$|desktop\.ini$|[^/]*\b(readme|licen[cs]e|copying|changelog|notice)\b)"
    r"|\.(md|pdf|png|jpe?g|gif|svg|html?|py|ipynb|docx?|pptx?|vocab|feat|sh|ya?ml|log|bib|tex|css|js)$"
    r"|/?(sample_?submission[^/]*|dataset_infos?\.json|state\.json|metadata\.json)$",
    re.IGNORECASE,
)


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    content: Content


class Archive(Protocol):
    """What holds members; they can be gone through again from the beginning."""

    links: int

    def members(self) -> Iterator[Member]: ...

    def names(self) -> list[str]:
        """What the members are called, as far as that is known without going through them."""


def is_beside(name: str) -> bool:
    """Whether a member is plainly no part of a dataset."""
    return bool(BESIDE.search(name))


class Zip:
    """The members of a zip archive; raises DatasetError for what can't be unpacked."""

    def __init__(self, archive: zipfile.ZipFile, scratch: int = MAXIMUM_BYTES) -> None:
        self._archive, self._scratch = archive, scratch
        self.links = 0

    def names(self) -> list[str]:
        """The names of all files, if they aren't very many: a first look has no time for those."""
        entries = self._archive.infolist()
        if len(entries) > MOST_NAMES:
            return []
        names = (entry.filename for entry in entries if not entry.is_dir())
        return [name for name in names if not is_beside(name)]

    def members(self) -> Iterator[Member]:
        """Every file, in the order of the archive; its content is opened as it comes up."""
        entries = self._archive.infolist()
        if len(entries) > MOST_MEMBERS:
            raise DatasetError(f"The archive has more than {MOST_MEMBERS:,} files: pack fewer.")
        left = MAXIMUM_BYTES
        self.links = 0
        for entry in entries:
            if entry.is_dir() or is_beside(entry.filename):
                continue
            if entry.external_attr >> 28 == 0xA:
                self.links += 1
                continue
            if entry.flag_bits & 1:
                raise DatasetError(
                    f"{shown(entry.filename)} in the archive is encrypted:"
                    " pack it without a password."
                )
            try:
                stream = self._archive.open(entry)
            except (NotImplementedError, RuntimeError) as error:
                raise DatasetError(
                    f"{shown(entry.filename)} is packed in a way that can't be read:"
                    " pack the archive again as an ordinary zip file."
                ) from error
            except DAMAGE as error:
                raise DatasetError(BROKEN) from error
            with stream:
                member = opened(entry.filename, stream, None, left, self._scratch)
                yield Member(entry.filename, member)
                left -= member.read_bytes


class Tar:
    """The members of a tar archive, which is read from its beginning each time."""

    def __init__(self, content: Content, again: "Reopens") -> None:
        self._content: Content | None = content
        self._again = again
        self.links = 0

    def names(self) -> list[str]:
        """None: they stand before each file."""
        return []

    def members(self) -> Iterator[Member]:
        """Every file, in the order of the archive."""
        content = self._content or self._again()
        self._content = None
        self.links = number = 0
        left = MAXIMUM_BYTES
        try:
            with tarfile.open(fileobj=_Stream(content), mode="r|") as archive:
                for entry in archive:
                    number += 1
                    archive.members = []  # type: ignore[attr-defined]  # tarfile keeps them all
                    if number > MOST_MEMBERS:
                        raise DatasetError(
                            f"The archive has more than {MOST_MEMBERS:,} files: pack fewer."
                        )
                    self.links += entry.issym() or entry.islnk()
                    if not entry.isfile() or is_beside(entry.name):
                        continue
                    stream = archive.extractfile(entry)
                    if stream is not None:
                        member = opened(entry.name, stream, None, left, content.scratch)
                        yield Member(entry.name, member)
                        left -= member.read_bytes
        except DAMAGE as error:
            raise DatasetError(BROKEN) from error


class Reopens(Protocol):
    """Opens an archive's content from its beginning once more."""

    def __call__(self) -> Content: ...


class _Stream(io.RawIOBase):
    """A content as tarfile wants it: as many bytes as were asked for, if there are so many."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def read(self, size: int = -1) -> bytes:
        pieces = []
        while size > 0 and (piece := self._content.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def is_tar(head: bytes) -> bool:
    """Whether content begins with the header of a tar archive."""
    if len(head) < 512:
        return False
    try:
        told = int(head[148:156].strip(b" \x00") or b"-1", 8)
    except ValueError:
        return False
    counted = sum(head[:148]) + 8 * 32 + sum(head[156:512])
    return told == counted and head[0] != 0


def zip_file(file: BinaryIO | Scratch) -> zipfile.ZipFile:
    """Open a zip file; raises DatasetError where it is damaged."""
    try:
        return zipfile.ZipFile(file)
    except (*DAMAGE, NotImplementedError) as error:
        raise DatasetError(BROKEN) from error
