"""The first look at a dataset, before anything is started for it: no NumPy, so Lambda can do it."""

from contextlib import suppress
from io import BytesIO

from sentiment.dataset.columns import find_columns
from sentiment.dataset.files import DatasetError
from sentiment.dataset.finding import find
from sentiment.dataset.lexicon import Lexicon, Review
from sentiment.dataset.records import Unread
from sentiment.dataset.tables import foreign
from sentiment.dataset.tables.objects import ROWS_THAT_SHOW_COLUMNS
from sentiment.dataset.tables.packing import PACKINGS, is_packed
from sentiment.dataset.tables.table import ZIP, table


def peek(name: str, head: bytes, size_bytes: int) -> None:
    """Raise DatasetError for what the first bytes of a file already show to be untrainable.

    Never raises for a file that `read_dataset` would take. Give it 64 KiB; where that is the whole
    file, so is the check.
    """
    if size_bytes and not head:
        return
    if len(head) >= size_bytes:
        with suppress(Unread):
            find(name, BytesIO(head), _Forgetful())
        return
    foreign.check(head)
    head = head[: head.rfind(b"\n") + 1]  # the last line may be cut off
    if head.startswith((ZIP, b"PAR1")) or any(is_packed(head, each) for each in PACKINGS):
        return
    names, is_delimited = list[str](), False
    with suppress(DatasetError, Unread):  # the head alone may be cut off anywhere
        found = table(name, BytesIO(head))
        names, is_delimited = found.names, found.format in ("csv", "tsv")
    rows = head.count(b"\n")
    if names and names[0] != "column 1" and (rows > ROWS_THAT_SHOW_COLUMNS or is_delimited):
        find_columns(names)


class _Forgetful:
    """Where only a refusal matters, nothing is kept."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def add(self, review: Review, group: str | None) -> None:
        pass
