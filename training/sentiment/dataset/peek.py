"""The first look at a dataset, before anything is started for it: no NumPy, so Lambda can do it."""

from io import BytesIO

from sentiment.dataset.columns import find_columns
from sentiment.dataset.files import (
    HEAD_BYTES,
    check_start,
    check_text,
    ending,
    lines,
    unpacked_head,
)
from sentiment.dataset.finding import find
from sentiment.dataset.lexicon import Lexicon, Review
from sentiment.dataset.records import ROWS_THAT_SHOW_COLUMNS, has_content, table

WHOLE_BYTES = 1 << 20  # a small file may be large once unpacked: too large to be looked at whole


def peek(name: str, head: bytes, size_bytes: int) -> None:
    """Raise DatasetError for what the first bytes of a file already show to be untrainable.

    Never raises for a file that `read_dataset` would take. Give it 64 KiB; where that is the whole
    file, so is the check.
    """
    kind = ending(name)
    if size_bytes and not head:
        return
    check_start(head, kind)
    start = unpacked_head(head, kind, WHOLE_BYTES)
    if len(head) >= size_bytes and len(start) < WHOLE_BYTES:
        find(name, BytesIO(head), _Forgetful())
        return
    check_text(start[:HEAD_BYTES], kind)
    seen = list(lines(iter([start[:HEAD_BYTES]])))[:-1]  # the last one may be cut off
    rows = sum(has_content(line) for line in seen)
    if rows:
        names = table(iter(seen), kind).names
        if kind.startswith(".csv") or rows >= ROWS_THAT_SHOW_COLUMNS:
            find_columns(names)


class _Forgetful:
    """Where only a refusal matters, nothing is kept."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def add(self, review: Review, group: str | None) -> None:
        pass
