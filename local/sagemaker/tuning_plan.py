"""What a tuning job asks for: checked, and turned into its training jobs' requests.

A job's number and the tuning job's seed decide its values, so that a restart changes nothing.
"""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

from local.sagemaker.platform import Params
from local.sagemaker.wire import invalid

_CATEGORICAL = "CategoricalParameterRanges"
_NUMBERS: dict[str, Callable[[str], float]] = {
    "IntegerParameterRanges": int,
    "ContinuousParameterRanges": float,
}
_FOR_JOBS = {  # from the definition to CreateTrainingJob as it is
    *("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "VpcConfig"),
    *("ResourceConfig", "StoppingCondition", "EnableNetworkIsolation", "RetryStrategy"),
    *("EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "Environment"),
}
_PLAYED_CONFIG = {
    *("Strategy", "HyperParameterTuningJobObjective", "ResourceLimits", "ParameterRanges"),
    *("RandomSeed", "TrainingJobEarlyStoppingType"),
}
_SCALES: dict[str, Any] = {  # to where values lie evenly, and back; Auto is played as Linear
    "Logarithmic": (math.log, math.exp),
    "ReverseLogarithmic": (lambda x: math.log(1 - x), lambda y: 1 - math.exp(y)),
}


def jobs_in_all(config: Params) -> int:
    """How many training jobs a tuning job may start."""
    limit: int | None = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    return len(grid(config)) if limit is None else limit


def training_job_request(definition: Params, name: str, tuned: dict[str, str]) -> Params:
    """CreateTrainingJob's input."""
    given = {member: definition[member] for member in definition if member in _FOR_JOBS}
    parameters = definition.get("StaticHyperParameters", {}) | tuned
    return given | {"TrainingJobName": name, "HyperParameters": parameters}


def values(config: Params, seed: int, number: int) -> dict[str, str]:
    """The values of the tuning job's training job with this number, counted from 1."""
    if config["Strategy"] == "Grid":
        return grid(config)[number - 1]
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 (a search, no secret)
    return {item["Name"]: _draw(kind, item, chance) for kind, item in _ranges(config)}


def grid(config: Params) -> list[dict[str, str]]:
    """Every combination of the categorical values."""
    named = [[(item["Name"], value) for value in item["Values"]] for _, item in _ranges(config)]
    return [dict(chosen) for chosen in itertools.product(*named)]


def rules(params: Params) -> Iterator[tuple[object, str]]:
    """What must not be, for it isn't played or can't be searched; each counts on those before.

    Random and Grid are played as they are, Bayesian is played as Random.
    """
    yield "TrainingJobDefinition" not in params, "A tuning job needs a TrainingJobDefinition."
    config, definition = params["HyperParameterTuningJobConfig"], params["TrainingJobDefinition"]
    limits, given = config["ResourceLimits"], config.get("ParameterRanges", {})
    static = definition.get("StaticHyperParameters", {})
    for where, unknown in {
        "HyperParameterTuningJobConfig": config.keys() - _PLAYED_CONFIG,
        "TrainingJobDefinition": definition.keys() - _FOR_JOBS - {"StaticHyperParameters"},
        "ResourceLimits": limits.keys() & {"MaxRuntimeInSeconds"},
        "ParameterRanges": given.keys() & {"AutoParameters"},
    }.items():
        yield unknown, f"The local cloud does not play {sorted(unknown)} in {where}."
    strategy, most = config["Strategy"], limits.get("MaxNumberOfTrainingJobs")
    yield strategy == "Hyperband", "The local cloud does not play the strategy Hyperband."
    is_early = config.get("TrainingJobEarlyStoppingType", "Off") != "Off"
    yield is_early, "The local cloud does not play TrainingJobEarlyStoppingType Auto."
    is_grid, is_endless = strategy == "Grid", strategy != "Grid" and most is None
    yield is_endless, "MaxNumberOfTrainingJobs is missing in ResourceLimits."
    count = math.prod(len(item["Values"]) for item in given.get(_CATEGORICAL, []))
    yield (
        is_grid and most not in (None, count),
        f"MaxNumberOfTrainingJobs must be left out or be {count}, the number of combinations, "
        "with the strategy Grid.",
    )
    objective = config.get("HyperParameterTuningJobObjective")
    yield not objective, "A tuning job needs a HyperParameterTuningJobObjective."
    metrics = definition["AlgorithmSpecification"].get("MetricDefinitions", [])
    yield (
        objective["MetricName"] not in [metric["Name"] for metric in metrics],
        "A metric is required for this hyperparameter tuning job objective. Provide a metric in "
        "the metric definitions.",
    )
    ranges = list(_ranges(config))
    yield not ranges, "You must specify at least one hyperparameter range."
    names = [item["Name"] for _, item in ranges] + list(static)
    for kind, item in ranges:
        is_double = names.count(item["Name"]) > 1
        yield is_double, f"Hyperparameter [{item['Name']}] is given more than once."
        yield from _range_rules(kind, item, f"hyperparameter [{item['Name']}]")
    is_mixed = is_grid and any(kind != _CATEGORICAL for kind, _ in ranges)
    yield is_mixed, "The strategy Grid takes categorical hyperparameters only."


def _range_rules(kind: str, item: Params, name: str) -> Iterator[tuple[object, str]]:
    if kind == _CATEGORICAL:
        is_double = len(set(item["Values"])) < len(item["Values"])
        yield is_double, f"The values of {name} must be unique."
        return
    number, scaling = _NUMBERS[kind], item.get("ScalingType")
    try:
        low, high = number(item["MinValue"]), number(item["MaxValue"])
    except ValueError as error:
        what = "ints" if number is int else "floats"
        raise invalid(f"The bounds of {name} must be {what}.") from error
    is_range = math.isfinite(low) and math.isfinite(high) and low < high
    yield not is_range, f"MinValue of {name} must be less than its MaxValue."
    is_wrong = scaling == "Logarithmic" and low <= 0
    yield is_wrong, f"Logarithmic scaling of {name} takes values above 0 only."
    is_wrong = scaling == "ReverseLogarithmic" and (number is int or low < 0 or high >= 1)
    where = "a continuous range within 0 <= x < 1"
    yield is_wrong, f"ReverseLogarithmic scaling of {name} takes {where} only."


def _ranges(config: Params) -> list[tuple[str, Params]]:
    given = config.get("ParameterRanges", {})
    return [(kind, item) for kind in (*_NUMBERS, _CATEGORICAL) for item in given.get(kind, [])]


def _draw(kind: str, item: Params, chance: random.Random) -> str:
    if kind == _CATEGORICAL:
        return str(chance.choice(item["Values"]))
    low, high = (_NUMBERS[kind](item[name]) for name in ("MinValue", "MaxValue"))
    there, back = _SCALES.get(item.get("ScalingType", "Auto"), (float, float))
    # Half a unit on both sides, so that the bounds are as likely as their neighbours.
    more = 0.5 if kind == "IntegerParameterRanges" else 0
    drawn = back(chance.uniform(there(low - more), there(high + more)))
    return str(min(max(round(drawn) if more else drawn, low), high))
