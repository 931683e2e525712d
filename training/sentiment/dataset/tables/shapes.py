"""What the rows of a table look like: learnt from the first ones, to tell rows from fragments."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

FEWEST_ROWS = 8  # that show what is usual in a column
MOST_USUAL = 20
LONGEST_USUAL = 40
CLEARLY = 1.5  # times as long are the other columns, if the text is taken to be elsewhere
DOMINANCE = 3  # the one column of free text is so many times longer than any other

Kind = frozenset[str] | str  # the values that occur, else "number", "word" (without blanks), "text"


class Shape(NamedTuple):
    """The number of columns, and what their values look like where that is known."""

    width: int
    kinds: tuple[Kind, ...] = ()
    text: int | None = None  # the one column of free text, if there is just one
    is_quoted: bool = False  # fields stand between quotation marks
    measure: str = "header has"  # who says so: "the … 3"

    def fits(self, fields: Sequence[str]) -> bool:
        """Whether values look like those of their columns, as far as there are any."""
        return all(map(_fits, self.kinds, fields))


def _fits(kind: Kind, value: str) -> bool:
    value = value.strip().strip('"')
    if isinstance(kind, frozenset):
        return value.casefold() in kind
    if kind == "text" or not value:
        return True
    return is_number(value) if kind == "number" else " " not in value


def is_number(value: str) -> bool:
    """Whether a value is a number, with a point or a comma in it."""
    try:
        float(value.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def shape_of(rows: Sequence[Sequence[str]], width: int, is_quoted: bool, measure: str) -> Shape:
    """Learn from rows of that width what is usual in each column."""
    table = [row for row in rows if len(row) == width]
    if len(table) < FEWEST_ROWS:
        return Shape(width, ("text",) * width, 0 if width == 1 else None, is_quoted, measure)
    columns = [[value.strip() for value in column] for column in zip(*table, strict=True)]
    kinds = tuple(map(_kind, columns))
    lengths = [sum(map(len, column)) / len(column) for column in columns]
    order = sorted(range(width), key=lambda place: -lengths[place])
    longest = order[0]
    second = lengths[order[1]] if width > 1 else 0.0
    is_alone = kinds[longest] == "text" and lengths[longest] >= DOMINANCE * second
    return Shape(width, kinds, longest if is_alone else None, is_quoted, measure)


def learnt(rows: Sequence[Sequence[str]], width: int, is_quoted: bool, measure: str) -> Shape:
    """Learn from rows of any width: where most are wider, where the text is that has the rest.

    There it is known only if every other column then has values of one kind.
    """
    shape = shape_of(rows, width, is_quoted, measure)
    wider = [row for row in rows if len(row) > width]
    if shape.text is not None or len(wider) < FEWEST_ROWS:
        padded = [[*row, *[""] * (width - len(row))] for row in rows if len(row) <= width]
        return shape if shape.text is not None else shape_of(padded, width, is_quoted, measure)
    found: list[tuple[int, Shape]] = []  # by the length of what isn't the text
    for place in range(width):
        whole = [merged(row, width, place) for row in rows if len(row) >= width]
        tried = shape_of(whole, width, is_quoted, measure)
        if all(kind != "text" for at, kind in enumerate(tried.kinds) if at != place):
            rest = sum(len(value) for row in whole for value in row[:place] + row[place + 1 :])
            found.append((rest, tried._replace(text=place)))
    found.sort(key=lambda pair: pair[0])
    if not found or (len(found) > 1 and found[1][0] < CLEARLY * found[0][0]):
        return shape
    return found[0][1]


def merged(row: Sequence[str], width: int, place: int, delimiter: str = ",") -> list[str]:
    """A row with more fields than columns, of which those that are too many belong to one text."""
    after = place + len(row) - width + 1
    return [*row[:place], delimiter.join(row[place:after]), *row[after:]]


def _kind(column: Sequence[str]) -> Kind:
    values = [value for value in column if value]
    if not values:
        return "text"
    counts = Counter(value.casefold() for value in values)
    usual = {value for value, count in counts.items() if count >= max(2, len(values) / 200)}
    covered = sum(counts[value] for value in usual)
    if (
        2 <= len(usual) <= min(MOST_USUAL, len(values) // 4)
        and covered >= 0.9 * len(values)
        and max(map(len, usual)) <= LONGEST_USUAL
    ):
        empty = len(column) - len(values)
        return frozenset(usual | {""} if empty >= max(2, len(column) / 100) else usual)
    if sum(map(is_number, values)) >= 0.98 * len(values):
        return "number"
    if sum(" " not in value for value in values) >= 0.98 * len(values):
        return "word"
    return "text"
