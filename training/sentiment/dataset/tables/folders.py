"""Texts whose labels are in the names of their files or folders, as in aclImdb or rt-polarity."""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import PurePosixPath
from typing import NamedTuple

from sentiment.dataset.files import MAXIMUM_LINE_BYTES, DatasetError
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.archives import Archive, Member
from sentiment.dataset.tables.lines import Text
from sentiment.dataset.tables.naming import PARTS, Names
from sentiment.dataset.tables.rows import too_long

WORDS = (
    "pos neg positive negative neutral neu unsup unlabeled unlabelled good bad positiv negativ"
    " positivo negativo positif négatif negatif"
)
LABELS = frozenset(WORDS.split())
WITHOUT = frozenset(("unsup", "unlabeled", "unlabelled"))
COLUMNS = ["text", "label"]
RATED = re.compile(r"^\d+_(10|\d)$")
TEXTS = ("", ".txt", ".text", *(f".{label}" for label in LABELS))


class Labelled(NamedTuple):
    """What the name of a file says of the text in it."""

    label: str
    is_one_text: bool  # else there is one on each line
    rating: str | None


def labelled(name: str) -> Labelled | None:
    """The label that a folder or the file itself is named after, if one is."""
    path = PurePosixPath(name.replace("\\", "/").lower())
    if path.suffix not in TEXTS:
        return None
    folder = path.parent.name
    if folder in LABELS:
        rated = RATED.match(path.stem)
        return Labelled(_plain(folder), True, rated[1] if rated and folder not in WITHOUT else None)
    for label in (path.suffix.lstrip("."), path.stem):
        if label in LABELS:
            return Labelled(_plain(label), False, None)
    return None


def _plain(label: str) -> str:
    return "unsup" if label in WITHOUT else label


def check_alone(name: str) -> None:
    """Raise DatasetError for a file of texts that are all of the label that is its name."""
    found = labelled(PurePosixPath(name).name)
    if found is not None:
        raise DatasetError(
            f"The file holds texts of one label only, which is in its name ({found.label}): put it"
            " and the file of the other label into one .zip or .tar.gz and upload that."
        )


def is_of_text(name: str) -> bool:
    """Whether a file is called as texts are."""
    return PurePosixPath(name.lower()).suffix in TEXTS


def folders(
    archive: Archive,
    passed_over: Callable[[str], None],
    notes: list[str],
    names: Names | None = None,
) -> Table:
    """Read every text of an archive whose file or folder is named after a label.

    With `names`, those say the labels, and not the words that always do.
    """
    first: list[Record | LeftOut] = []

    def label_of(name: str) -> Labelled | None:
        if names is None:
            return labelled(name)
        told = names.of(name) if is_of_text(name) else None
        return Labelled(told.label, names.is_one_text(told), None) if told else None

    records = _records(archive, label_of, passed_over, notes)
    for record in records:
        first.append(record)
        if isinstance(record, Record):
            break
    columns = next((list(row.values) for row in first if isinstance(row, Record)), COLUMNS)
    return Table(columns, chain(first, records), "folders", notes)


def _records(
    archive: Archive,
    label_of: Callable[[str], Labelled | None],
    passed_over: Callable[[str], None],
    notes: list[str],
) -> Iterator[Record | LeftOut]:
    parts: dict[str, int] = {}
    unlabelled = 0
    for member in archive.members():
        found = label_of(member.name)
        if found is None:
            passed_over(member.name)
            continue
        part = next((each for each in PurePosixPath(member.name).parts if each in PARTS), "")
        for record in _texts(member, found, notes):
            parts[part] = parts.get(part, 0) + 1
            unlabelled += found.label == "unsup"
            yield record
    told = [f"{count:,} in {part}" for part, count in parts.items() if part]
    if len(told) > 1:
        notes.append(f"The folders were read together and split anew: {', '.join(told)}.")
    if unlabelled:
        notes.append(f"{unlabelled:,} reviews lie in a folder without a label (unsup).")


def _texts(member: Member, found: Labelled, notes: list[str]) -> Iterator[Record | LeftOut]:
    more = {} if found.rating is None else {"rating": found.rating}
    if found.is_one_text:
        yield _one_text(member, found, more)
        return
    text = Text(member.content)
    for number, line in text.lines():
        if line is None:
            yield too_long(number)._replace(file=member.name)
        elif line.strip():
            yield Record(number, {"text": line, "label": found.label} | more, member.name)
    notes.extend(text.notes())


def _one_text(member: Member, found: Labelled, more: dict[str, str]) -> Record | LeftOut:
    pieces, size = [], 0
    while piece := member.content.read():
        size += len(piece)
        if size > MAXIMUM_LINE_BYTES:
            return too_long(1)._replace(file=member.name)
        pieces.append(piece)
    values = {"text": _decoded(b"".join(pieces)), "label": found.label}
    return Record(1, values | more, member.name)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return raw.decode(encoding).replace("\x00", "").strip()
        except UnicodeDecodeError:
            break
    return raw.decode("cp1252", "replace").replace("\x00", "").strip()
