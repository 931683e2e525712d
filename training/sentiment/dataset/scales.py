"""On which scale the numbers of a label column are: known only when all of them are.

A scale is learnt from the values that matter, not from one that a broken line left behind. Numbers
without an upper end, such as votes, are no scale.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sentiment.dataset.label_words import NEGATIVE, NEUTRAL, POSITIVE

LabelOf = Callable[[float], int | None]
NOT_RATED = frozenset((99, 98, 97, 88, 77, 999, 998, 9999, -9, -99, -999, -9999))
ENOUGH_VALUES = 5  # different ones, for scales that are less usual than 1 to 5 and 1 to 10
NEAR_NONE = 0.05
BEST_MARKS, WORST_MARK = 2, 6
CONTINUOUS = 0.9  # of the rows are in values that are frequent, else it is no handful of values


class Scale(NamedTuple):
    """What a number means, and how it is told; `is_sure` is False where people differ in use."""

    label_of: LabelOf
    note: str | None
    is_sure: bool = True


class Bounds(NamedTuple):
    """Numbers from `lowest` to `negative` and from `positive` to `highest` have a label."""

    lowest: float
    negative: float
    positive: float
    highest: float

    def label_of(self, number: float) -> int | None:
        """Between them is the middle, outside nothing."""
        if not self.lowest <= number <= self.highest:
            return None
        if number <= self.negative:
            return NEGATIVE
        return POSITIVE if number >= self.positive else NEUTRAL


BY_EXACT_VALUES: dict[
    tuple[float, ...], tuple[Bounds, str]
] = {  # few values, each of them there: (the scale, the note)
    (0, 1, 2): (Bounds(0, 0, 2, 2), "0 was read as negative and 2 as positive, 1 as neutral"),
    (1, 2, 3): (Bounds(1, 1, 3, 3), "1 was read as negative and 3 as positive, 2 as neutral"),
    (0, 1, 2, 3): (Bounds(0, 1, 2, 3), "0 and 1 were read as negative, 2 and 3 as positive"),
    (1, 2, 3, 4): (Bounds(1, 2, 3, 4), "1 and 2 were read as negative, 3 and 4 as positive"),
}
OUT_OF = {  # "3/4" says itself what the highest number is
    3: Bounds(0, 1, 3, 3),
    4: Bounds(0, 2, 3, 4),
    5: Bounds(0, 2, 4, 5),
    6: Bounds(0, 2, 5, 6),
    7: Bounds(0, 3, 5, 7),
    10: Bounds(0, 4, 7, 10),
    20: Bounds(0, 8, 14, 20),
    100: Bounds(0, 40, 60, 100),
}


STARS_OUT_OF_A_HUNDRED = Bounds(0, 40, 80, 100)


def are_stars(numbers: Iterable[float]) -> bool:
    """Whether numbers out of 100 are one to five stars: 20, 40, 60, 80 and 100, most of them."""
    different = set(numbers)
    return len(different) > 2 and different <= {0, 20, 40, 60, 80, 100}


def of_highest(number: float, highest: float) -> int | None:
    """Read "4/5", the number 4 out of 5."""
    bounds = OUT_OF.get(int(highest)) if highest == int(highest) else None
    if bounds is None and highest > 0:
        bounds = Bounds(0, 0.4 * highest, 0.65 * highest, highest)
    return bounds.label_of(number) if bounds else None


def scale(counts: Counter[float], is_rating: bool) -> Scale | None:
    """Learn the scale from all numbers of a column; None where they are none."""
    missing = _not_rated(counts)
    known = Counter({value: count for value, count in counts.items() if value not in missing})
    found = _scale(known, is_rating)
    if found is None or not missing:
        return found
    told = " and ".join(f"{value:g}" for value in sorted(missing))
    return Scale(
        lambda number: NEUTRAL if number in missing else found.label_of(number),
        f"{found.note or 'ratings were read'}; {told} stands for no rating",
        found.is_sure,
    )


def marks(counts: Counter[float]) -> Scale | None:
    """Read marks of a school, from 1, the best, to 5 or 6; None where they are none."""
    usual = _usual(counts)
    if not usual or usual[0] < 1 or usual[-1] > WORST_MARK:
        return None
    worst = 5 if usual[-1] > 5 else 4  # Austria's marks end at 5

    def label_of(number: float) -> int | None:
        if not 1 <= number <= WORST_MARK:
            return None
        if number <= BEST_MARKS:
            return POSITIVE
        return NEGATIVE if number >= worst else NEUTRAL

    told = f"up to {BEST_MARKS} were read as positive, from {worst} as negative"
    return Scale(label_of, f"marks {told}", is_sure=False)


def promoters(counts: Counter[float]) -> Scale | None:
    """Read answers from 0 to 10 as the Net Promoter Score does; None where they are others."""
    usual = _usual(counts)
    if not usual or usual[0] < 0 or not 7 <= usual[-1] <= 10 or len(usual) < ENOUGH_VALUES:
        return None
    note = "up to 6 were read as negative (detractors), from 9 as positive (promoters)"
    return Scale(Bounds(0, 6, 9, 10).label_of, note)


def signs(counts: Counter[float]) -> Scale | None:
    """Read scores from -1 to 1 as VADER's: what is near 0 is neutral; None where they are others.

    Such a score is computed from the words of a text, which is told.
    """
    if any(not -1 <= number <= 1 for number in counts) or min(counts) >= 0:
        return None
    told = f"up to -{NEAR_NONE:g} were read as negative, from {NEAR_NONE:g} as positive"
    return Scale(Bounds(-1, -NEAR_NONE, NEAR_NONE, 1).label_of, f"scores {told}")


def _not_rated(counts: Counter[float]) -> set[float]:
    """Values that say that nothing was rated: 99, or a 0 or -1 that is rare beside 1 to 5."""
    inside = {value: count for value, count in counts.items() if value not in NOT_RATED}
    high = max(inside, default=0)
    missing = set(counts) - set(inside) if 2 <= high <= 10 and len(inside) > 2 else set()
    positive = [value for value in inside if value > 0]
    mean = sum(inside[value] for value in positive) / max(len(positive), 1)
    whole = all(value == int(value) for value in inside)
    if whole and len(positive) >= 4 and 4 < high <= 10 and min(inside) in (0, -1):
        low = min(inside)
        is_rare = low == 0 and inside[low] < mean / 2
        is_frequent = low == -1 and inside[low] >= _enough(counts)
        if missing or is_rare or is_frequent:
            missing |= {low}
    return missing


def _scale(counts: Counter[float], is_rating: bool) -> Scale | None:
    usual = _usual(counts)
    if not usual:
        return None
    low, high = usual[0], usual[-1]
    if len(usual) == 2 and not (is_rating and high > 1):
        return _pair(low, high)
    if low < 0:
        return _signed(low, high)
    if exact := BY_EXACT_VALUES.get(tuple(usual)):
        return Scale(exact[0].label_of, exact[1], is_sure=False)
    if high <= 1 and len(usual) > 2:
        note = "shares up to 0.4 were read as negative, from 0.6 as positive"
        return Scale(Bounds(0, 0.4, 0.6, 1).label_of, note)
    if (low, high, max(counts)) == (0.5, 4, 4) and len(usual) >= ENOUGH_VALUES:
        return _up_to(Bounds(0, 1.5, 3, 4), is_sure=False)  # half stars, of four
    if (low, high) == (0, 4):
        note = "0 and 1 were read as negative, 3 and 4 as positive"
        return Scale(Bounds(0, 1, 3, 4).label_of, note)
    if is_rating or high >= 4:
        return _rating(usual, counts)
    return Scale(fixed, None) if len(usual) == 1 else None


def _enough(counts: Counter[float]) -> float:
    return max(2, counts.total() / 100)


def _usual(counts: Counter[float]) -> list[float]:
    """Sort the values that matter: those of some rows each, else all but the outermost."""
    total = counts.total()
    enough = _enough(counts)
    frequent = sorted(value for value, count in counts.items() if count >= enough)
    if sum(counts[value] for value in frequent) >= CONTINUOUS * total:
        return frequent
    edge, seen, within = total / 100, 0, []
    for value, count in sorted(counts.items()):
        if seen + count > edge and seen < total - edge:
            within.append(value)
        seen += count
    return within


def _pair(low: float, high: float) -> Scale:
    note = f"{low:g} was read as negative and {high:g} as positive"
    return Scale({low: NEGATIVE, high: POSITIVE}.get, note, (low, high) in ((0, 1), (-1, 1)))


def _signed(low: float, high: float) -> Scale | None:
    """Numbers on both sides of 0, about as far; what is counted goes far on one side."""
    if high > 0 and (max(-low, high) > 100 or max(-low, high) > 5 * min(-low, high)):
        return None
    return Scale(_sign, "the sign of a number was read as its sentiment")


def _rating(usual: list[float], counts: Counter[float]) -> Scale | None:
    low, high = usual[0], usual[-1]
    if high <= 5:
        return _up_to(Bounds(0, 2, 4, 5))
    if (
        high == 6 and low >= 1 and len(usual) >= ENOUGH_VALUES
    ):  # school marks go from 1, the best, to 6
        return _up_to(Bounds(1, 2, 5, 6), is_sure=False)
    if (low, high) == (0, 6) and len(usual) >= ENOUGH_VALUES:
        return _up_to(Bounds(0, 2, 4, 6), is_sure=False)
    if high in (6, 7) and len(usual) >= ENOUGH_VALUES:
        return _up_to(Bounds(0, 3, 5, 7), is_sure=False)
    if high <= 10:
        return _up_to(Bounds(0, 4, 7, 10))
    if _is_out_of_twenty(usual, counts):
        return _up_to(OUT_OF[20], is_sure=False)
    if high == 100 and are_stars(usual):
        return _up_to(STARS_OUT_OF_A_HUNDRED)
    return _up_to(Bounds(0, 40, 60, 100)) if _is_out_of_a_hundred(usual, counts) else None


def _up_to(bounds: Bounds, *, is_sure: bool = True) -> Scale:
    told = f"up to {bounds.negative:g} were read as negative, from {bounds.positive:g} as positive"
    return Scale(bounds.label_of, f"ratings {told}", is_sure)


def _is_out_of_twenty(usual: list[float], counts: Counter[float]) -> bool:
    """Whether values are marks up to 20, as in France; what is counted has many small ones."""
    if not (14 < usual[-1] <= 20 and usual[0] >= 0 and len(usual) > ENOUGH_VALUES):
        return False
    upper = sum(count for value, count in counts.items() if value >= OUT_OF[20].negative)
    return 2 * upper >= counts.total() and counts[0] * 4 <= counts.total()


def _is_out_of_a_hundred(usual: list[float], counts: Counter[float]) -> bool:
    """Whether many values fill 0 to 100; what is counted has many a 0 and few large ones."""
    high, total = usual[-1], counts.total()
    if not (80 <= high <= 100 and len(usual) >= ENOUGH_VALUES):
        return False
    upper = sum(count for value, count in counts.items() if value >= 30)
    return 2 * upper >= total and counts[0] * 4 <= total


def _sign(number: float) -> int:
    return NEUTRAL if number == 0 else int(number > 0)


def fixed(number: float) -> int | None:
    """Read a number that stands among words."""
    return {-1.0: NEGATIVE, 0.0: NEGATIVE, 1.0: POSITIVE}.get(number)
