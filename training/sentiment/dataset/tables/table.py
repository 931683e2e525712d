"""A dropped file becomes a table, whatever its format: the name proposes, the content decides."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from sentiment.dataset.files import EMPTY, MAXIMUM_BYTES, DatasetError
from sentiment.dataset.records import Table
from sentiment.dataset.tables import foreign
from sentiment.dataset.tables.archives import Member, Tar, Zip, is_tar, zip_file
from sentiment.dataset.tables.arff import is_arff, rows_of
from sentiment.dataset.tables.delimited import delimited
from sentiment.dataset.tables.excel import excel
from sentiment.dataset.tables.fasttext import fasttext, is_fasttext
from sentiment.dataset.tables.folders import check_alone
from sentiment.dataset.tables.lines import Line, Text
from sentiment.dataset.tables.objects import document, is_document, is_json, json_lines
from sentiment.dataset.tables.packed import packed
from sentiment.dataset.tables.packing import Content, opened
from sentiment.dataset.tables.parquet import MAGIC, parquet

ZIP = b"PK\x03\x04"
LINES_THAT_SHOW = 20
OFFICE = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file",
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
}


def table(name: str, stream: BinaryIO, scratch: int = MAXIMUM_BYTES) -> Table:
    """Read a dataset of any format; `stream` can be sought in, and is read as far as is needed.

    Raises DatasetError, with a sentence that says what to change, where nothing can be read; so do
    the records of the table where the file turns out to be damaged. Raises Unread where it can't be
    told in this place: what has to be sought in but is packed takes more than `scratch` bytes of
    disk, or there is no pyarrow.
    """

    def again() -> Content:
        stream.seek(0)
        return opened(name, stream, stream, scratch=scratch)

    content = again()
    head = content.head()
    if not head:
        raise DatasetError(EMPTY)
    if is_tar(head):
        return packed(Tar(content, again), _member)
    return _table(content, head, is_member=False)


def _member(member: Member) -> Table:
    """A table in an archive; raises DatasetError for a further archive."""
    head = member.content.head()
    if not head:
        raise DatasetError(EMPTY)
    if is_tar(head):
        raise DatasetError("There is an archive in the archive: pack its files into one.")
    return _table(member.content, head, is_member=True)


def _table(content: Content, head: bytes, is_member: bool) -> Table:
    foreign.check(head)
    if head.startswith((ZIP, b"PK\x05\x06")):
        return _zipped(content, is_member)
    if head.startswith(MAGIC):
        return parquet(content.file())
    return _text(content, head)


def _zipped(content: Content, is_member: bool) -> Table:
    archive = zip_file(content.file())
    names = {name.lower().lstrip("/") for name in archive.namelist()}
    if "xl/workbook.xml" in names:
        return excel(archive)
    for part, what in OFFICE.items():
        if part in names:
            raise DatasetError(f"The content is {what}: {foreign.AS_TABLE}.")
    if is_member:
        raise DatasetError("There is an archive in the archive: pack its files into one.")
    return packed(Zip(archive, content.scratch), _member)


def _text(content: Content, head: bytes) -> Table:
    text = Text(content)
    if not text.is_wide:
        foreign.check_text(head)
    start = text.start()
    if is_json(start) and is_document(start):
        return document(text)
    lines = rows_of(text.lines()) if is_arff(start) else text.lines()
    first = next((line for line in lines if line[1] is None or line[1].strip()), None)
    if first is None:
        raise DatasetError(EMPTY)
    if is_json(start):
        return json_lines(text, chain([first], lines))
    shown = [first, *_few(lines)]
    if is_fasttext(shown):
        return fasttext(text, chain(shown, lines))
    found = delimited(text, chain(shown, lines))
    if found.names[0] == "column 1" or len(found.names) == 1:
        check_alone(content.name)
    return found


def _few(lines: Iterator[Line]) -> Iterator[Line]:
    for _ in range(LINES_THAT_SHOW):
        line = next(lines, None)
        if line is None:
            return
        yield line
