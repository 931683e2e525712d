"""How a delimited text parts its fields, told by what makes its first lines a table."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sentiment.dataset.tables.headers import are_names
from sentiment.dataset.tables.lines import Line
from sentiment.dataset.tables.odd import STANDS_IN
from sentiment.dataset.tables.rows import Dialect, Feed
from sentiment.dataset.tables.shapes import learnt

DELIMITERS = f",;\t|{STANDS_IN}"
BLANK = " "
QUOTED_BETWEEN_BLANKS = re.compile(
    r'(?:"(?:[^"\\]|\\.|"")*"|[^\s"]+)(?: (?:"(?:[^"\\]|\\.|"")*"|[^\s"]+))+ *'
)
BARE = "\t|"  # often written without quotation marks around texts
STRAY = 0.1  # of the lines, before they aren't taken for faults of a format that has them
DOUBLED = r"\w ?%s%s|[^,;\t|]%s%s\w"  # as only a format writes a mark within a text
NONE = "\x1f"  # where there is one column
NAMED = 0.5  # counts as much as half of the lines that look alike
MENDED = 0.5  # of a row with more fields than columns, of which one is free text
AGREED = 0.8  # of the lines have to look alike, where the first one names no columns
MOSTLY, CLOSE = 0.5, 0.02
NARROW = (2, 3)
SPACED = 0.3
COMMON = 0.3  # if a column has few values, or one alone is text


class Sample(NamedTuple):
    """The first lines, read in one dialect."""

    dialect: Dialect
    rows: list[tuple[int, list[str]]]
    width: int  # that most rows have
    score: float  # share of the lines that are in rows which look like the others
    ends: dict[int, int]  # the last line of a row by its first


def dialect_of(lines: Sequence[Line]) -> Sample:
    """Read the first lines in every likely dialect, and choose the one in which they agree."""
    lines = [line for line in lines if line[1] and line[1].strip()]
    text = "\n".join(line[1] or "" for line in lines)
    samples = [
        best
        for delimiter in (DELIMITERS + BLANK if _is_blank_parted(lines) else DELIMITERS)
        if delimiter in text and (best := _best(lines, text, delimiter))
    ]
    if not samples:
        return _sampled(lines, Dialect(NONE))
    return max(samples, key=lambda sample: (_likeliness(sample), sample.width))


def _is_blank_parted(lines: Sequence[Line]) -> bool:
    """Whether blanks stand between fields, of which texts are quoted, as R writes a table."""
    below = [text or "" for _, text in lines[1:]]
    whole = sum(QUOTED_BETWEEN_BLANKS.fullmatch(text) is not None for text in below)
    quoted = sum('"' in text for text in below)
    return bool(below) and min(whole, quoted) >= 0.9 * len(below)


def _likeliness(sample: Sample) -> float:
    """How likely a dialect is: lines look alike in it, and the first of them names columns."""
    first = sample.rows[0][1]
    is_named = len(first) > 1 and are_names(first)
    return round(sample.score, 2) + (NAMED if is_named else 0)


def _best(lines: Sequence[Line], text: str, delimiter: str) -> Sample | None:
    """The best reading with one delimiter, None where it parts nothing."""
    skips = _is_spaced(lines, delimiter, '"')
    best = _sampled(lines, Dialect(delimiter, skips_blanks=skips))
    if '"' in text and _is_stray(lines, delimiter):
        bare = _sampled(lines, Dialect(delimiter, quote=""))
        is_better = bare.score > best.score or (delimiter in BARE and bare.score == best.score)
        best = bare if bare.width > 1 and is_better else best
    if "\\" in text and (best.score < 1 or '\\"' in text):
        escaped = [
            _sampled(lines, Dialect(delimiter, quote, "\\", skips)) for quote in ('"', "'", "")
        ]
        known = [*escaped, best] if '\\"' in text else [best, *escaped]  # where equal, the first
        best = max(known, key=lambda sample: round(sample.score, 2))
    if "'" in text and best.dialect.quote == '"':
        both, one = _wrapped(lines, delimiter, "'")
        if both + one > STRAY:
            single = _sampled(
                lines, Dialect(delimiter, "'", skips_blanks=_is_spaced(lines, delimiter, "'"))
            )
            if "\\'" in text:
                marked = Dialect(delimiter, "'", "\\", single.dialect.skips_blanks)
                single = max(single, _sampled(lines, marked), key=lambda sample: sample.score)
            is_seen = both > MOSTLY or (both > one and bool(re.search(r"\w''\w", text)))
            least = best.score - CLOSE if is_seen else best.score + STRAY
            is_better = single.score >= least
            best = single if is_better else best
    return best if best.width > 1 and _is_table(best) else None


def _is_table(sample: Sample) -> bool:
    """Whether there are columns: they are named, lines agree, or one of them has few values."""
    first = sample.rows[0][1]
    if are_names(first):
        return len(first) > 1 or sample.score >= AGREED
    shape = learnt([fields for _, fields in sample.rows], sample.width, False, "")
    has_labels = any(isinstance(kind, frozenset) for kind in shape.kinds)
    has_text = shape.text is not None and shape.kinds.count("text") == 1
    return sample.score >= (COMMON if has_labels or has_text else AGREED)


def _wrapped(lines: Sequence[Line], delimiter: str, quote: str) -> tuple[float, float]:
    """Shares of lines where fields begin and end with a mark, and where they only do one."""
    both = one = 0
    for _, text in lines:
        if text and quote in text:
            opens = text.startswith(quote) or delimiter + quote in text
            closes = text.rstrip().endswith(quote) or quote + delimiter in text
            is_sure = (opens and closes) or (opens and re.search(DOUBLED % ((quote,) * 4), text))
            both += bool(is_sure)
            one += opens is not closes and not is_sure
    return both / len(lines), one / len(lines)


def _is_spaced(lines: Sequence[Line], delimiter: str, quote: str) -> bool:
    """Whether blanks stand between delimiters and the marks around fields."""
    field = re.compile(
        f"{re.escape(delimiter)} +{quote}[^{quote}]*{quote} *({re.escape(delimiter)}|$)"
    )
    return sum(bool(text and field.search(text)) for _, text in lines) > SPACED * len(lines)


def _is_stray(lines: Sequence[Line], delimiter: str) -> bool:
    """Whether quotation marks rather belong to the texts than to the format."""
    both, one = _wrapped(lines, delimiter, '"')
    return one > both and (delimiter in BARE or one >= STRAY)


def is_quoted(lines: Sequence[Line], dialect: Dialect) -> bool:
    """Whether fields are mostly seen to stand between quotation marks."""
    if not lines or not dialect.quote:
        return False
    both, one = _wrapped(lines, dialect.delimiter, dialect.quote)
    return both > one


def _sampled(lines: Sequence[Line], dialect: Dialect) -> Sample:
    """Read lines in a dialect, and measure how many of them look alike."""
    found = list(_loose(lines, dialect))
    weights = Counter[int]()
    for _, fields, size, *_ in found:
        weights[len(fields)] += size
    rows = [(number, fields) for number, fields, *_ in found]
    ends = {number: last for number, _, _, _, last in found}
    width = _width(rows, weights)
    if width == 1:
        return Sample(dialect, rows, 1, 0.0, ends)
    score = _score(found, width) / max(1, len(lines))
    if score < MOSTLY and not are_names(rows[0][1]):
        for narrow in NARROW:  # if texts hold the delimiter, most rows are wider than the table
            if len(rows) - sum(len(fields) < narrow for _, fields in rows) >= 0.95 * len(rows):
                better = _score(found, narrow) / max(1, len(lines))
                score, width = (better, narrow) if better > score else (score, width)
    return Sample(dialect, rows, width, score, ends)


def _score(found: Sequence[tuple[int, list[str], int, bool, int]], width: int) -> float:
    """How many lines are in rows of so many columns which look like the others."""
    shape = learnt([fields for _, fields, *_ in found], width, False, "")
    score = 0.0
    for _, fields, size, is_clean, _ in found:
        length = _length(fields, width)
        if is_clean and length == width and shape.fits(fields):
            score += size
        elif length > width and shape.text is not None:
            score += size * MENDED
    return score


def _width(rows: Sequence[tuple[int, list[str]]], weights: Counter[int]) -> int:
    """The number of columns: what the first row names, else what most rows have."""
    wide = [(weight, -width) for width, weight in weights.items() if width > 1]
    first = len(rows[0][1])
    if not wide or (first == 1 and 2 * max(wide)[0] < weights[1]):
        return 1
    common = -max(wide)[1]
    if first == 1 or not are_names(rows[0][1]):
        return common
    total = weights.total()
    if weights[first + 1] >= 0.98 * (total - 1) and total > 2 and _are_numbered(rows[1:]):
        return first + 1  # as R writes row names, above which there is nothing
    fewer = sum(weight for width, weight in weights.items() if width < first)
    return first if fewer <= 0.1 * total else common


def _are_numbered(rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether the first column counts the rows."""
    cells = [fields[0] for _, fields in rows]
    return all(cell.isdigit() for cell in cells) and len(set(cells)) == len(cells)


def _length(fields: list[str], width: int) -> int:
    length = len(fields)
    while length > width and not fields[length - 1].strip():
        length -= 1
    return length


def _loose(
    lines: Sequence[Line], dialect: Dialect
) -> Iterator[tuple[int, list[str], int, bool, int]]:
    """Rows of every width: line, fields, number of lines, whether well written, last line."""
    feed = Feed(iter(lines))
    special = [mark for mark in (dialect.quote, dialect.escape) if mark]
    for line in feed:
        number, text = line[0], line[1] or ""
        if not any(mark in text for mark in special):
            yield number, text.split(dialect.delimiter), 1, True, number
            continue
        try:
            fields: list[str] = next(dialect.reader(feed.row(line)))
            yield number, fields, len(feed.taken), True, feed.taken[-1][0]
        except csv.Error:
            feed.give_back()
            yield number, text.split(dialect.delimiter), 1, False, number
