"""Weka's files: attributes by name, then rows of delimited text."""

import re
from collections.abc import Iterator

from sentiment.dataset.files import DatasetError
from sentiment.dataset.tables.lines import Line

BEGIN = re.compile(r"(?:\s|%[^\n]*\n)*@relation\b", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"\s*@attribute\s+(?:'((?:[^'\\]|\\.)*)'|\"([^\"]*)\"|([^\s{]+))", re.IGNORECASE
)
MOST_ATTRIBUTES = 10_000


def is_arff(start: str) -> bool:
    """Whether a text begins as Weka's files do."""
    return BEGIN.match(start) is not None


def rows_of(lines: Iterator[Line]) -> Iterator[Line]:
    """The rows, below a line of the attributes' names; raises DatasetError where there are none."""
    names: list[str] = []
    for number, text in lines:
        if text is None:
            continue
        if text.strip().lower() == "@data" and names:
            yield number, ",".join(names)
            break
        if match := ATTRIBUTE.match(text):
            name = next(group for group in match.groups() if group is not None)
            names.append(re.sub(r"[,'\"\\]", " ", name).strip())
        if len(names) > MOST_ATTRIBUTES:
            break
    else:
        raise DatasetError("The ARFF file has no line @data with rows below it: add them.")
    for number, text in lines:
        if text is None or not text.startswith("%"):
            yield number, text
