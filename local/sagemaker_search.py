"""Which hyperparameter values a tuning job tries: pure functions of its ranges and a seed.

A job's number and the tuning job's seed decide its values, so that a restart changes nothing.
"""

import itertools
import math
import random
from collections.abc import Iterator

from local.sagemaker_store import Params, invalid

_KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


def values(config: Params, seed: int, number: int) -> dict[str, str]:
    """The values of the tuning job's training job with this number, counted from 1."""
    if config["Strategy"] == "Grid":
        return grid(config)[number - 1]
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 (a search, no secret)
    return {item["Name"]: _draw(kind, item, chance) for kind, item in _ranges(config)}


def grid(config: Params) -> list[dict[str, str]]:
    """Every combination of the categorical values."""
    ranges = [item for _, item in _ranges(config)]
    names = [item["Name"] for item in ranges]
    products = itertools.product(*(item["Values"] for item in ranges))
    return [dict(zip(names, chosen, strict=True)) for chosen in products]


def check(config: Params, static: dict[str, str]) -> None:
    """ValidationException for ranges that can't be searched."""
    found = list(_ranges(config))
    if not found:
        raise invalid("You must specify at least one hyperparameter range.")
    names = [item["Name"] for _, item in found]
    for name in names:
        if names.count(name) > 1 or name in static:
            raise invalid(f"Hyperparameter [{name}] is given more than once.")
    for kind, item in found:
        if kind == "CategoricalParameterRanges":
            if len(set(item["Values"])) < len(item["Values"]):
                raise invalid(f"The values of hyperparameter [{item['Name']}] must be unique.")
        else:
            _check_bounds(kind, item)
    if config["Strategy"] == "Grid" and any(kind != _KINDS[2] for kind, _ in found):
        raise invalid("The strategy Grid takes categorical hyperparameters only.")


def _check_bounds(kind: str, item: Params) -> None:
    name, scaling = item["Name"], item.get("ScalingType", "Auto")
    number = int if kind == "IntegerParameterRanges" else float
    try:
        low, high = number(item["MinValue"]), number(item["MaxValue"])
    except ValueError as error:
        raise invalid(
            f"The bounds of hyperparameter [{name}] must be {number.__name__}s."
        ) from error
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise invalid(f"MinValue of hyperparameter [{name}] must be less than its MaxValue.")
    if scaling == "Logarithmic" and low <= 0:
        raise invalid(f"Logarithmic scaling of hyperparameter [{name}] takes values above 0 only.")
    if scaling == "ReverseLogarithmic" and (number is int or low < 0 or high >= 1):
        raise invalid(
            f"ReverseLogarithmic scaling of hyperparameter [{name}] takes a continuous range "
            "within 0 <= x < 1 only."
        )


def _ranges(config: Params) -> Iterator[tuple[str, Params]]:
    for kind in _KINDS:
        for item in config.get("ParameterRanges", {}).get(kind, []):
            yield kind, item


def _draw(kind: str, item: Params, chance: random.Random) -> str:
    if kind == "CategoricalParameterRanges":
        return str(chance.choice(item["Values"]))
    scaling = item.get("ScalingType", "Auto")
    if kind == "IntegerParameterRanges":
        low, high = int(item["MinValue"]), int(item["MaxValue"])
        if scaling != "Logarithmic":
            return str(chance.randint(low, high))
        # Half a unit on both sides, so that the bounds are as likely as their neighbours.
        drawn = round(math.exp(chance.uniform(math.log(low - 0.5), math.log(high + 0.5))))
        return str(min(max(drawn, low), high))
    return repr(_continuous(float(item["MinValue"]), float(item["MaxValue"]), scaling, chance))


def _continuous(low: float, high: float, scaling: str, chance: random.Random) -> float:
    """Auto is played as Linear."""
    if scaling == "Logarithmic":
        drawn = math.exp(chance.uniform(math.log(low), math.log(high)))
    elif scaling == "ReverseLogarithmic":
        drawn = 1 - math.exp(chance.uniform(math.log(1 - high), math.log(1 - low)))
    else:
        drawn = chance.uniform(low, high)
    return min(max(drawn, low), high)
