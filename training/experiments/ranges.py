"""`--range NAME=LOW:HIGH[:SCALE]` and `--range NAME=A,B,C` → what a tuning job searches."""

import math
from dataclasses import dataclass

from experiments.errors import ExperimentError

SCALES = {
    "auto": "Auto",
    "linear": "Linear",
    "log": "Logarithmic",
    "reverse-log": "ReverseLogarithmic",
}


@dataclass(frozen=True)
class Numbers:
    """Every number from `low` to `high`; whole ones if both are whole."""

    low: float
    high: float
    scale: str = "Auto"

    @property
    def is_whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


@dataclass(frozen=True)
class Choices:
    values: tuple[str, ...]


def parse_ranges(texts: list[str]) -> dict[str, Numbers | Choices]:
    """Hyperparameter → range; ExperimentError names the text that is none."""
    ranges: dict[str, Numbers | Choices] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise _wrong(text, "write it as NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=A,B,C")
        if name in ranges:
            raise _wrong(text, f"{name} has a range already")
        ranges[name] = _numbers(text, value) if ":" in value else _choices(text, value)
    return ranges


def _numbers(text: str, value: str) -> Numbers:
    low, high, *scale = value.split(":")
    if len(scale) > 1 or (scale and scale[0] not in SCALES):
        raise _wrong(text, f"after LOW:HIGH comes one of {', '.join(SCALES)}")
    try:
        least, most = _number(low), _number(high)
    except ValueError:
        raise _wrong(text, "LOW and HIGH must be numbers") from None
    if not least < most:
        raise _wrong(text, "LOW must be less than HIGH")
    chosen = SCALES[scale[0]] if scale else "Auto"
    if chosen == "Logarithmic" and least <= 0:
        raise _wrong(text, "a log scale takes numbers above 0 only")
    if chosen == "ReverseLogarithmic" and not 0 <= least < most < 1:
        raise _wrong(text, "a reverse-log scale takes numbers from 0 to below 1 only")
    return Numbers(least, most, chosen)


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not math.isfinite(number):
            raise
        return number


def _choices(text: str, value: str) -> Choices:
    values = tuple(value.split(","))
    if "" in values or len(set(values)) < len(values):
        raise _wrong(text, "every value must be there once, between commas")
    return Choices(values)


def _wrong(text: str, why: str) -> ExperimentError:
    return ExperimentError(f"--range {text}: {why}.")
