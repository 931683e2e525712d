"""The first rows of a dataset, column by column: what stands in each.

So many rows tell which columns are meant, to the training as to the first look at a file; the same
rows, so that both decide alike.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from sentiment.dataset.records import LeftOut, Record
from sentiment.dataset.tables.headers import MOST_COLUMNS
from sentiment.dataset.values import LONGEST, MISSING, canonical, is_of_shares

ROWS = 1_000
CHARACTERS = 1 << 20
MOST_LABELS = 500  # different ones: of more, so many tell enough
DEEPEST = 3  # objects within objects
MOST_INSIDE = 50
LOOKED_AT = 400  # characters of a cell

NO_LETTERS = re.compile(r"[\W\d_]*")
WORD = re.compile(r"[^\W\d_][^\d\s_]*")
EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
ADDRESS = re.compile(r"(?:https?:|www\.|[\w.+-]+@[\w-]+\.)\S*$", re.IGNORECASE)
# Scripts that put no blanks between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


class Column(NamedTuple):
    """A column by its name for people, and the way to it: several names where objects hold it."""

    name: str
    path: tuple[str, ...]

    def of(self, values: Mapping[str, Any]) -> Any:
        """What stands there in a record, None where nothing does."""
        if len(self.path) == 1:
            return values.get(self.path[0])
        found: Any = values
        for name in self.path:
            found = found.get(name) if isinstance(found, dict) else None
        return found


class Profile(NamedTuple):
    """What stands in a column: shares of the rows, counts of its values as labels are spelled."""

    column: Column
    rows: int
    filled: int
    lettered: int  # rows that hold letters or emoji
    texts: int  # of them those that read as words
    words: float  # of a text, on average
    distinct: int
    labels: Counter[str]

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    def is_filled(self) -> bool:
        """Whether half of the rows have something there."""
        return self.filled > 0 and 2 * self.filled >= self.rows

    def is_text(self) -> bool:
        """Whether it reads as something that people wrote, and not the same again and again."""
        is_varied = self.distinct >= min(50, self.filled / 10) and self.distinct > 1
        return self.may_be_text() and self.words >= 1.5 and is_varied

    def may_be_text(self) -> bool:
        """Whether it holds words at all."""
        return self.filled > 0 and 2 * self.texts >= self.filled

    def has_letters(self) -> bool:
        """Whether it isn't numbers."""
        return self.filled > 0 and 2 * self.lettered >= self.filled

    def examples(self) -> list[str]:
        """Some of its values."""
        return [value for value, _ in self.labels.most_common(4) if value]


def first_rows(
    records: Iterator[Record | LeftOut],
) -> tuple[list[Record | LeftOut], bool]:
    """Take the first rows, and tell whether they are all."""
    taken: list[Record | LeftOut] = []
    characters = 0
    for record in islice(records, ROWS):
        taken.append(record)
        if isinstance(record, Record):
            characters += sum(len(v) for v in record.values.values() if isinstance(v, str))
        if characters >= CHARACTERS:
            return taken, False
    return taken, len(taken) < ROWS


def columns_of(names: Sequence[str], rows: Sequence[Record]) -> list[Column]:
    """List every column, and what objects in them hold as columns of their own.

    Of more than `MOST_COLUMNS`, those that most rows fill.
    """
    all_names = _fullest(dict.fromkeys(chain(names, *(row.values for row in rows))), rows)
    found: dict[tuple[str, ...], None] = dict.fromkeys((name,) for name in all_names)
    for name in all_names:
        for row in rows[:50]:
            if isinstance(inside := row.values.get(name), dict) and not is_of_shares(inside):
                found |= dict.fromkeys(islice(_paths(inside, (name,)), MOST_INSIDE))
    return [Column(".".join(path), path) for path in islice(found, 2 * MOST_COLUMNS)]


def _fullest(names: dict[str, None], rows: Sequence[Record]) -> list[str]:
    """Names of columns in their order, without the emptiest where there are too many."""
    if len(names) <= MOST_COLUMNS:
        return list(names)
    filled = dict.fromkeys(names, 0)
    for row in rows:
        for name, value in row.values.items():
            filled[name] += value is not None and value != ""
    kept = set(sorted(names, key=lambda name: -filled[name])[:MOST_COLUMNS])
    return [name for name in names if name in kept]


def _paths(inside: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, value in inside.items():
        if isinstance(value, dict) and len(path) < DEEPEST and not is_of_shares(value):
            yield from _paths(value, (*path, name))
        else:
            yield (*path, name)


def profile(column: Column, rows: Sequence[Record]) -> Profile:
    """Look at one column of the first rows."""
    filled = lettered = texts = words = 0
    distinct = set[Any]()
    labels = Counter[str]()
    spelled: dict[Any, str] = {}
    for row in rows:
        value = column.of(row.values)
        if value is None or value == "":
            continue
        if isinstance(value, str):
            cell = value[:LOOKED_AT].strip()
            if cell.casefold() in MISSING:
                continue
            distinct.add(hash(value))
            number = words_in(cell)
            texts += number > 0
            lettered += number > 0 or NO_LETTERS.fullmatch(cell) is None
            words += number * max(1, len(value) // LOOKED_AT)
            if len(value) <= LONGEST and len(spelled) < MOST_LABELS:
                if value not in spelled:
                    spelled[value] = canonical(value)
                labels[spelled[value]] += 1
        else:
            distinct.add(hash(str(value)[:LOOKED_AT]) if isinstance(value, (list, dict)) else value)
            labels[canonical(value)] += 1
        filled += 1
    mean = words / texts if texts else 0.0
    return Profile(column, len(rows), filled, lettered, texts, mean, len(distinct), labels)


def words_in(cell: str) -> int:
    """Count the words of a cell; 0 for numbers, dates, addresses and ids."""
    if NO_LETTERS.fullmatch(cell):
        return len(EMOJI.findall(cell))
    if ADDRESS.match(cell):
        return 0
    if len(unspaced := UNSPACED.findall(cell)) > 2:
        return len(unspaced) // 2
    parts = cell.split()
    found = sum(WORD.match(part.lstrip("\"'“”‘’«»([{*#@-–—…¡¿.")) is not None for part in parts)
    return found if 2 * found >= len(parts) or found >= 4 else 0
