"""Labels that stand in several columns, one for each: a 1 below the one that is meant.

As pandas' get_dummies writes them, or a survey: positive, negative, neutral; star_1 to star_5.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sentiment.dataset.columns import (
    BETWEEN,
    BLAME,
    OTHER_THINGS,
    PRAISE,
    has_word,
    plain,
    words_of,
)
from sentiment.dataset.label_words import NEGATIVE, NEUTRAL, POLAR, POSITIVE
from sentiment.dataset.records import Record
from sentiment.dataset.sample import Column, Profile, profile
from sentiment.dataset.values import canonical

YES = frozenset(("1", "true", "yes", "y", "x", "✓", "✔", "ja", "oui", "sí", "si"))
NO = frozenset(("", "0", "false", "no", "n", "-", "nein", "non"))
ONE = 0.95  # of the rows have one 1 at most, and so many of those one
FEWEST_ROWS = 10
NUMBERED = re.compile(r"(.*?)[ _.:-]*([1-9]|10|0)")
MOST = 11


class OneHot(Column):
    """Several columns as one: what stands in a row is the label of the column with the 1."""

    labels: tuple[tuple[Column, str], ...]

    @classmethod
    def made(cls, name: str, labels: Sequence[tuple[Column, str]]) -> "OneHot":
        """Join columns, each with what a 1 below it means."""
        made = cls(name, (labels[0][0].path[-1],))
        made.labels = tuple(labels)
        return made

    def of(self, values: Mapping[str, Any]) -> Any:
        """The label of the only 1; "neither" where all columns say 0 and none is for the middle."""
        cells = [canonical(column.of(values)) for column, _ in self.labels]
        told = [label for cell, (_, label) in zip(cells, self.labels, strict=True) if cell in YES]
        if len(told) == 1:
            return told[0]
        is_complete = len(self.labels) > 2
        return "neither" if not told and all(cells) and not is_complete else None


def one_hot(
    profiles: Sequence[Profile], rows: Sequence[Record]
) -> tuple[list[Profile], list[Profile]]:
    """The columns that are one label together, as one each; and those they are made of."""
    flags = [one for one in profiles if one.labels and set(one.labels) <= YES | NO
             and len(one.labels) <= 2]  # fmt: skip
    found: list[Profile] = []
    parts: list[Profile] = []
    for name, labels in (*_by_words(flags), *_by_numbers(flags)):
        column = OneHot.made(name, [(one.column, label) for one, label in labels])
        made = profile(column, rows)
        if len(rows) >= FEWEST_ROWS and _is_one(column, rows):
            found.append(made)
            parts.extend(one for one, _ in labels)
    return found, parts


def _is_one(column: OneHot, rows: Sequence[Record]) -> bool:
    """Whether nearly every row has one 1 at most, and a 1 stands in every column."""
    ones = [
        [label for part, label in column.labels if canonical(part.of(row.values)) in YES]
        for row in rows
    ]
    at_most = sum(len(labels) <= 1 for labels in ones)
    told = [labels[0] for labels in ones if len(labels) == 1]
    enough = ONE * len(rows) if len(column.labels) > 2 else len(rows) / 2
    return at_most >= ONE * len(rows) and len(told) >= enough and len(set(told)) > 1


def _by_words(flags: Sequence[Profile]) -> list[tuple[str, list[tuple[Profile, str]]]]:
    """Columns named after labels: "positive", "sentiment_negative", "Very Positive"."""
    labels = [(one, label) for one in flags if (label := _label(one)) is not None]
    meant = {POLAR[label] for _, label in labels}
    if not {POSITIVE, NEGATIVE} <= meant or len({label for _, label in labels}) < len(labels):
        return []
    if len(labels) == 2 and _says_all(labels[0][0], labels[1][0]):
        return []
    return [(", ".join(one.name for one, _ in labels), labels)]


def _says_all(one: Profile, other: Profile) -> bool:
    """Whether each of two columns says yes or no to every row, and the other the opposite."""
    ones = sum(n for each in (one, other) for value, n in each.labels.items() if value in YES)
    return ones == one.rows == one.filled == other.filled


def _label(one: Profile) -> str | None:
    name = one.column.path[-1]
    if has_word(OTHER_THINGS, name):
        return None
    spelled = " ".join(words_of(name))
    for kind, others, label in (
        (PRAISE, f"{BLAME} {BETWEEN}", POSITIVE),
        (BLAME, f"{PRAISE} {BETWEEN}", NEGATIVE),
        (BETWEEN, f"{PRAISE} {BLAME}", NEUTRAL),
    ):
        if has_word(kind, name) and not has_word(f"{others} not non", name):
            if spelled in POLAR:
                return spelled
            strong = next((word for word in ("very", "extremely") if has_word(word, name)), "")
            plainly = {POSITIVE: "positive", NEGATIVE: "negative", NEUTRAL: "neutral"}[label]
            return f"{strong} {plainly}".strip()
    return None


def _by_numbers(flags: Sequence[Profile]) -> list[tuple[str, list[tuple[Profile, str]]]]:
    """Columns named after a label and its number: star_1 to star_5, label_0 and label_1."""
    series: dict[str, list[tuple[Profile, str]]] = {}
    for one in flags:
        if match := NUMBERED.fullmatch(one.name):
            series.setdefault(plain(match[1]), []).append((one, match[2]))
    return [
        (f"{labels[0][0].name} … {labels[-1][0].name}", labels)
        for prefix, labels in series.items()
        if prefix and 1 < len(labels) <= MOST and len({n for _, n in labels}) == len(labels)
    ]
