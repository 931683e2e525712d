"""Where in a JSON document the rows are: in an array, or by key in an object, however deep.

APIs answer with pages, numbers of hits and links around them. Whoever holds most objects that read
like reviews has the rows.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from sentiment.dataset.tables.headers import TEXT_WORDS, words_of

# Arrays of objects that belong to one object, and aren't the rows.
PARTS = ("annotations", "predictions", "completions", "entities", "spans", "tokens", "schema")
HOLDERS = ("data", "records", "rows", "reviews", "items", "results", "documents", "examples")
DEEPEST = 6
SHOWN = 20  # of the objects, that tell what all are
FEWEST_BY_KEY = 5
TYPES = frozenset(("S", "N", "BOOL", "NULL", "L", "M", "B", "SS", "NS", "BS"))  # DynamoDB's
ALIKE = 0.5  # of the names that objects by key have, each has so many
LEAST_WORDS = 3  # of a text under a name that says nothing


class Place(NamedTuple):
    """The keys that lead to an array of rows, or to an object that has one for each key."""

    path: tuple[str, ...]
    has_text: bool
    is_named: bool
    rows: int


def place_of(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Find the rows in a whole document; None where it doesn't hold any, or only one."""
    if isinstance(document.get("columns"), list):
        return None  # arrays with names for their values
    found = max(_places(document, ()), key=lambda place: place[1:], default=None)
    return found.path if found and (found.has_text or found.is_named) else None


def _places(inside: Any, path: tuple[str, ...]) -> Iterator[Place]:
    if len(path) > DEEPEST or (path and path[-1] in PARTS):
        return
    if isinstance(inside, list):
        rows = [row for row in islice(inside, SHOWN) if isinstance(row, dict)]
        if path and 2 * len(rows) > min(SHOWN, len(inside)):
            yield Place(path, any(map(has_text, rows)), path[-1] in HOLDERS, len(inside))
    elif isinstance(inside, dict):
        if are_alike(list(inside.values())):
            rows = list(islice(inside.values(), SHOWN))
            yield Place(path, any(map(has_text, rows)), False, len(inside))
            return
        for key, value in inside.items():
            yield from _places(value, (*path, key))


def are_alike(values: list[Any]) -> bool:
    """Whether the values of an object are rows by key: objects that share most of their names."""
    if len(values) < FEWEST_BY_KEY or not all(isinstance(value, dict) for value in values):
        return False
    shown = values[:SHOWN]
    names = set().union(*shown)
    if len(names) < 2 or len(names) > 10 * len(values) or names <= TYPES:
        return False
    if all(name.isdigit() for name in names):
        return False  # columns
    return all(len(value) >= ALIKE * len(names) for value in shown)


def has_text(row: Mapping[str, Any], depth: int = 3) -> bool:
    """Whether an object holds what may be a review."""
    for name, value in row.items():
        if isinstance(value, str):
            is_called = not TEXT_WORDS.isdisjoint(words_of(name))
            if value and (is_called or len(value.split()) >= LEAST_WORDS):
                return True
        elif isinstance(value, dict) and depth and has_text(value, depth - 1):
            return True
    return False
