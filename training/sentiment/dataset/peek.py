"""The first look at a dataset, before anything is started for it: no NumPy, so Lambda can do it."""

from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from sentiment.dataset.account import Findings
from sentiment.dataset.finding import FirstRows, find
from sentiment.dataset.lexicon import Lexicon, Review
from sentiment.dataset.records import Unread
from sentiment.dataset.said import Said
from sentiment.dataset.tables.table import table

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 8 << 10
SCRATCH_BYTES = 256 << 20  # of a function's disk, for what has to be unpacked to be looked at


class Seen(NamedTuple):
    """What a first look shows; `findings` where it could look at the whole file."""

    columns: dict[str, str | None]
    format: str
    encoding: str
    rows: int | None  # about so many, if all are as long as the first; None where nobody can tell
    notes: list[str]
    findings: Findings | None = None


def peek(name: str, stream: BinaryIO, said: Said | None = None) -> Seen:
    """Look at the first rows of a file, and at a small file whole.

    Raises DatasetError for what they already show to be untrainable; never for a file that
    `read_dataset` would take. Of a format that can't be read here nothing but its name is told.
    """
    try:
        return _look(name, stream, said or Said())
    except Unread as error:
        return Seen({}, error.format, "utf-8", None, [])


def _look(name: str, stream: BinaryIO, said: Said) -> Seen:
    counted = _Counted(stream)
    content = table(name, BufferedReader(counted, BLOCK_BYTES), SCRATCH_BYTES)
    begun = FirstRows(content, said)
    if begun.is_whole:
        stream.seek(0)
        _, findings = find(name, stream, Forgetful(), said)
        return Seen(
            findings["columns"],
            findings["format"],
            findings["encoding"],
            findings["rows_read"],
            findings["notes"],
            findings,
        )
    notes = [*content.notes, *begun.notes]
    size = stream.seek(0, 2)
    rows = round(len(begun.first) * size / min(max(counted.bytes_read, 1), size))
    return Seen(begun.columns.used(), content.format, content.encoding, rows, notes)


class _Counted(RawIOBase):
    """Knows how much is read of a stream, from wherever in it; what is read again counts once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._blocks = stream, set[int]()

    @property
    def bytes_read(self) -> int:
        return BLOCK_BYTES * len(self._blocks)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        at = self._stream.tell()
        found = self._stream.read(len(view))
        view[: len(found)] = found
        self._blocks.update(range(at // BLOCK_BYTES, -(-(at + len(found)) // BLOCK_BYTES)))
        return len(found)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


class Forgetful:
    """Where only a refusal matters, nothing is kept."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def add(self, review: Review, group: str | None) -> None:
        pass
