"""fastText's training files: each line begins with its labels, as __label__2, or ends with them."""

import re
from collections.abc import Iterator, Sequence

from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.lines import Line, Text
from sentiment.dataset.tables.rows import too_long

MARK = "__label__"
LAST = re.compile(r"(?<=\S) +__label__(\S+)$")


def is_fasttext(lines: Sequence[Line]) -> bool:
    """Whether nearly all of these lines begin or end with a label."""
    texts = [text for _, text in lines if text and text.strip()]
    marked = sum(text.lstrip().startswith(MARK) or bool(LAST.search(text)) for text in texts)
    return marked > 0 and marked >= 0.9 * len(texts)


def fasttext(text: Text, lines: Iterator[Line]) -> Table:
    """Read labels and texts."""
    notes: list[str] = []
    return Table(["label", "text"], _records(lines, text, notes), "fasttext", notes, text.encoding)


def _records(lines: Iterator[Line], text: Text, notes: list[str]) -> Iterator[Record | LeftOut]:
    for number, line in lines:
        if line is None:
            yield too_long(number)
        elif line.strip():
            yield _record(number, line.strip())
    notes.extend(text.notes())


def _record(number: int, line: str) -> Record | LeftOut:
    labels = []
    while line.startswith(MARK):
        label, *rest = line.split(maxsplit=1)  # at a blank or a tab
        labels.append(label.removeprefix(MARK).rstrip(","))
        line = rest[0] if rest else ""
    if not labels:
        while last := LAST.search(line):
            labels.append(last[1])
            line = line[: last.start()]
    if not labels:
        return LeftOut(number, "the line has no label", f"Begin each line with {MARK} and a label.")
    if len(labels) > 1:
        return LeftOut(number, f"the line has {len(labels)} labels", "Keep the one that is right.")
    return Record(number, {"label": labels[0], "text": line})
