"""What the values of a label column mean: negative (0), positive (1) or neutral.

Words have fixed meanings. Numbers are understood together once the whole column has been read: two
distinct values are a pair, more of them a scale.
"""

from collections import Counter
from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

from sentiment.dataset.files import DatasetError, listed

NEGATIVE, POSITIVE, NEUTRAL = 0, 1, -1
WORDS = {
    **dict.fromkeys(("negative", "neg", "bad", "false", "no", "-", "very negative"), NEGATIVE),
    **dict.fromkeys(("positive", "pos", "good", "true", "yes", "+", "very positive"), POSITIVE),
    **dict.fromkeys(("neutral", "mixed", "neither", "unsure", "average"), NEUTRAL),
}
MISSING = ("nan", "none", "null", "n/a", "na")
FIX = "Write positive or negative, 1 or 0, or a rating from 1 to 5 or 1 to 10."

LabelOf = Callable[[float], int | None]


class Meaning(NamedTuple):
    """NEGATIVE, POSITIVE or NEUTRAL by canonical value; a value that isn't in it can't be told."""

    labels: dict[str, int]
    note: str | None = None


def canonical(value: Any) -> str:
    """Bring a label to one spelling, "" where it is missing: " Positive", 1.0, "__label__2"."""
    if not isinstance(value, (bool, int, float, str)):
        return ""
    plain = " ".join(str(value)[:100].casefold().removeprefix("__label__").split())
    number = _number(plain)
    if number is not None:
        return f"{number:g}"
    return "" if plain in MISSING else plain.replace("_", " ")


def meaning(values: Counter[str], column: str, is_rating: bool) -> Meaning:
    """Decide what the canonical values of a column mean; raises DatasetError where nobody can."""
    labels = {value: WORDS[value] for value in values if value in WORDS}
    numbers = {value: number for value in values if (number := _number(value)) is not None}
    note = None
    if numbers:
        counts = Counter({number: values[value] for value, number in numbers.items()})
        label_of, note = (_fixed, None) if labels else _scale(counts, is_rating)
        for value, number in numbers.items():
            label = label_of(number)
            if label is not None:
                labels[value] = label
    if not labels:
        seen = [value for value, _ in values.most_common() if value]
        raise DatasetError(
            f"The values of column {listed([column])} can't be read as negative and positive"
            f" ({listed(seen) if seen else 'all are empty'}). {FIX}"
        )
    return Meaning(labels, note and f"In column {listed([column])} {note}.")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


# --- Numbers ----------------------------------------------------------------------------------


def _scale(counts: Counter[float], is_rating: bool) -> tuple[LabelOf, str | None]:
    """Learn the scale from the values that matter, not from one that a broken line left behind."""
    enough = max(2, counts.total() / 100)
    usual = sorted(value for value, count in counts.items() if count >= enough) or sorted(counts)
    low, high = usual[0], usual[-1]
    if len(usual) == 2 and not (is_rating and high > 1):
        return _pair(low, high), f"{low:g} was read as negative and {high:g} as positive"
    if low < 0:
        return _sign, "the sign of a number was read as its sentiment"
    if (low, high) == (0, 4) and not is_rating:
        return _range(0, 1, 3, 4), "0 and 1 were read as negative, 3 and 4 as positive"
    if is_rating or high >= 4:
        if high <= 5:
            return _range(0, 2, 4, 5), "ratings up to 2 were read as negative, from 4 as positive"
        if high <= 10:
            return _range(0, 4, 7, 10), "ratings up to 4 were read as negative, from 7 as positive"
    return (_fixed if len(usual) == 1 else _nothing), None


def _pair(low: float, high: float) -> LabelOf:
    return {low: NEGATIVE, high: POSITIVE}.get


def _sign(number: float) -> int | None:
    return NEUTRAL if number == 0 else int(number > 0)


def _range(lowest: float, negative: float, positive: float, highest: float) -> LabelOf:
    def label_of(number: float) -> int | None:
        if not lowest <= number <= highest:
            return None
        return NEGATIVE if number <= negative else POSITIVE if number >= positive else NEUTRAL

    return label_of


def _fixed(number: float) -> int | None:
    return {-1.0: NEGATIVE, 0.0: NEGATIVE, 1.0: POSITIVE}.get(number)


def _nothing(_: float) -> int | None:
    return None
