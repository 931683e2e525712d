"""Delimiters that aren't one of the usual signs, as in MovieLens' files: `::`, `|||`, `~`."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sentiment.dataset.tables.lines import Line

STANDS_IN = "\x1e"  # for a delimiter of several signs, as Python's reader takes one
DELIMITERS = "|||", "||", "::", "@@@", "~", "^"
AGREED = 0.9  # of the lines have as many of them


def odd_delimiter(lines: Sequence[Line]) -> str | None:
    """The odd sign that nearly all lines have equally often; None where there is none."""
    texts = [text for _, text in lines if text and text.strip()]
    for delimiter in DELIMITERS:
        counts = Counter(text.count(delimiter) for text in texts)
        del counts[0]
        if not counts or counts.most_common(1)[0][1] < AGREED * len(texts):
            continue
        if delimiter[0] == "|" and any("|" in text.replace(delimiter, "") for text in texts):
            continue  # bars between fields, some of which are empty
        return delimiter
    return None


def replaced(lines: Iterator[Line] | Sequence[Line], delimiter: str) -> Iterator[Line]:
    """Lines with the stand-in for their delimiter."""
    for number, text in lines:
        yield number, text if text is None else text.replace(delimiter, STANDS_IN)
