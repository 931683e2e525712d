"""Whether the files of one dataset count on different scales: 0 and 1 in one, 1 to 5 in another.

Nothing is concluded from what a part of the same scale may show, as where each film has a file of
its own, or rows stand in the order of their labels.
"""

from collections import Counter

from sentiment.dataset.files import DatasetError, listed, shown
from sentiment.dataset.found import Found
from sentiment.dataset.values import number_of

MOST_FILES = 10_000  # whose scales are compared
FEWEST_ROWS = 20
FEWEST_OF_SCALE, TOP_SHARE = 50, 0.15  # rows with numbers up to 5, and of them 5: it's the highest
TWO = frozenset((0.0, 1.0))
COMPLETE = {5: {1, 2, 4, 5}, 10: {1, 2, 3, 4, 7, 8, 9, 10}}  # by the highest; the middle may lack
FURTHER = 1.5  # times as far goes another scale


def check_scales(found: Found, column: str) -> None:
    """Raise DatasetError where the numbers of two files can't be on one scale."""
    if not 1 < len(found.file_names) <= MOST_FILES:
        return
    counts = _counts(found)
    usual = {file: _usual(numbers) for file, numbers in counts.items()}
    for file, numbers in counts.items():
        if numbers.total() < FEWEST_ROWS or not usual[file]:
            continue
        for other, values in usual.items():
            if values and _is_apart(numbers, usual[file], values):
                first, second = (
                    f"{_told(usual[each])} in {_name(found.file_names[each])}"
                    for each in (file, other)
                )
                raise DatasetError(
                    f"Parts of the dataset are on different scales: column {listed([column])} has"
                    f" {first} and {second}. Write positive and negative in all of them, or drop"
                    " each by itself."
                )


def _counts(found: Found) -> dict[int, Counter[float]]:
    """How many rows of each file have which number."""
    values = found.values[0]
    numbers = {
        place: number
        for place, value in enumerate(values.spelled)
        if (number := number_of(value)) is not None
    }
    counts: dict[int, Counter[float]] = {}
    if len(numbers) > 1:
        pairs = Counter(zip(found.files, values.numbers, strict=True))
        for (file, place), rows in pairs.items():
            if place in numbers:
                counts.setdefault(file, Counter())[numbers[place]] += rows
    return counts


def _usual(numbers: Counter[float]) -> frozenset[float]:
    enough = max(2, numbers.total() / 100)
    return frozenset(number for number, rows in numbers.items() if rows >= enough)


def _is_apart(numbers: Counter[float], usual: frozenset[float], others: frozenset[float]) -> bool:
    if usual == TWO:
        return max(others) > 1 or min(others) < 0
    highest = next((high for high, values in COMPLETE.items() if max(usual) <= high), None)
    if highest is None or not usual >= COMPLETE[highest] or numbers.total() < FEWEST_OF_SCALE:
        return False
    is_highest = numbers[highest] >= TOP_SHARE * numbers.total()
    return is_highest and max(others) >= FURTHER * highest


def _name(file: str | None) -> str:
    return shown(file) if file else "the first sheet"


def _told(usual: frozenset[float]) -> str:
    join = "and" if len(usual) == 2 else "to"
    return f"{min(usual):g} {join} {max(usual):g}" if len(usual) > 1 else f"{min(usual):g}"
