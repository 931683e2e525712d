"""The first look at a dataset, before anything is started for it: no NumPy, so Lambda can do it."""

from typing import BinaryIO, NamedTuple

from sentiment.dataset.account import Findings
from sentiment.dataset.files import (
    HEAD_BYTES,
    check_start,
    check_text,
    ending,
    lines,
    unpacked_head,
)
from sentiment.dataset.finding import find, meant
from sentiment.dataset.lexicon import Lexicon, Review
from sentiment.dataset.records import ROWS_THAT_SHOW_COLUMNS, has_content, table
from sentiment.dataset.said import Said

WHOLE_BYTES = 1 << 20  # a small file may be large once unpacked: too large to be looked at whole


class Seen(NamedTuple):
    """What a first look sees of a dataset."""

    columns: dict[str, str | None]  # those taken, as in the findings
    format: str
    encoding: str
    rows: int | None  # about so many; None where nobody can tell
    notes: list[str]
    findings: Findings | None = None  # where it could look at the whole file


def peek(name: str, stream: BinaryIO, said: Said = Said()) -> Seen:
    """Raise DatasetError for what the first bytes of a file already show to be untrainable.

    Never raises for a file that `read_dataset` would take. It takes 64 KiB; where that is the whole
    file, so is the check.
    """
    kind = ending(name)
    size_bytes = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    check_start(head, kind)
    start = unpacked_head(head, kind, WHOLE_BYTES)
    if len(head) >= size_bytes and len(start) < WHOLE_BYTES:
        stream.seek(0)
        _, found = find(name, stream, _Forgetful(), said)
        told = found["columns"], found["format"], found["encoding"], found["rows_read"]
        return Seen(*told, found["notes"], found)
    check_text(start[:HEAD_BYTES], kind)
    seen = list(lines(iter([start[:HEAD_BYTES]])))[:-1]  # the last one may be cut off
    rows = sum(has_content(line) for line in seen)
    if rows:
        names = table(iter(seen), kind).names
        if kind.startswith(".csv") or rows >= ROWS_THAT_SHOW_COLUMNS:
            columns = meant(names, said)
            used = {"text": columns.text, "label": columns.label, "group": columns.group}
            about = None if kind.endswith((".gz", ".xz")) else rows * size_bytes // len(head)
            return Seen(used, kind[1:], "utf-8", about, [])
    return Seen({}, kind[1:], "utf-8", None, [])


class _Forgetful:
    """Where only a refusal matters, nothing is kept."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def add(self, review: Review, group: str | None) -> None:
        pass
