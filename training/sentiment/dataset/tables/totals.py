"""A last line that sums up the others is no review."""

import re
from collections.abc import Iterable, Iterator

from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.shapes import is_number

TOTAL = re.compile(
    r"(?:(?:grand|sub|overall)[ -]?)?(?:totals?|sum|average|mean|avg\.?|count|summe|gesamt\w*"
    r"|anzahl|durchschnitt|mittelwert|moyenne|somme|promedio|suma|media|totale?)"
    r"(?: (?:of )?(?:ratings?|stars?|scores?|reviews?|rows?|count))?\s*:?",
    re.IGNORECASE,
)


def without_total(records: Iterable[Record | LeftOut]) -> Iterator[Record | LeftOut]:
    """The same rows; the last one is left out where a word for a sum has numbers beside it."""
    held: Record | LeftOut | None = None
    for record in records:
        if held is not None:
            yield held
        held = record
    if held is not None:
        yield no_total(held)


def no_total(last: Record | LeftOut) -> Record | LeftOut:
    """The last row, or that it is left out."""
    if isinstance(last, Record) and _is_total(last):
        reason, fix = "the last line sums up the others", "Nothing: it isn't a review."
        return LeftOut(last.line, reason, fix, last.file)
    return last


def _is_total(record: Record) -> bool:
    cells = [str(value).strip() for value in record.values.values() if value is not None]
    words = [cell for cell in cells if cell and not is_number(cell)]
    return len(cells) > 1 and len(words) == 1 and TOTAL.fullmatch(words[0]) is not None
