"""What a tuning job asks for: checked, and turned into its training jobs' requests."""

import math

from local.sagemaker_search import grid
from local.sagemaker_store import Params, invalid

_FOR_JOBS = (  # from the definition to CreateTrainingJob as it is
    *("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "VpcConfig"),
    *("ResourceConfig", "StoppingCondition", "EnableNetworkIsolation", "RetryStrategy"),
    *("EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "Environment"),
)
_PLAYED_CONFIG = {
    *("Strategy", "HyperParameterTuningJobObjective", "ResourceLimits", "ParameterRanges"),
    *("RandomSeed", "TrainingJobEarlyStoppingType"),
}


def jobs_in_all(config: Params) -> int:
    """How many training jobs a tuning job may start."""
    limit: int | None = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    return len(grid(config)) if limit is None else limit


def training_job_request(definition: Params, name: str, tuned: dict[str, str]) -> Params:
    """CreateTrainingJob's input."""
    given = {member: definition[member] for member in _FOR_JOBS if member in definition}
    parameters = definition["StaticHyperParameters"] | tuned
    return given | {"TrainingJobName": name, "HyperParameters": parameters}


def check_played(params: Params) -> None:
    """What isn't played is refused by name."""
    config, definition = (
        params["HyperParameterTuningJobConfig"],
        params.get("TrainingJobDefinition"),
    )
    if definition is None:
        raise invalid("A tuning job needs a TrainingJobDefinition.")
    places = (
        ("HyperParameterTuningJobConfig", config.keys() - _PLAYED_CONFIG),
        ("TrainingJobDefinition", definition.keys() - {*_FOR_JOBS, "StaticHyperParameters"}),
        ("ResourceLimits", config["ResourceLimits"].keys() & {"MaxRuntimeInSeconds"}),
        ("ParameterRanges", config.get("ParameterRanges", {}).keys() & {"AutoParameters"}),
    )
    for place, unknown in places:
        if unknown:
            raise invalid(f"The local cloud does not play {sorted(unknown)} in {place}.")
    _check_strategy(config)
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("A tuning job needs a HyperParameterTuningJobObjective.")
    metrics = definition["AlgorithmSpecification"].get("MetricDefinitions", [])
    objective = config["HyperParameterTuningJobObjective"]["MetricName"]
    if objective not in [metric["Name"] for metric in metrics]:
        raise invalid(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric "
            "in the metric definitions."
        )


def _check_strategy(config: Params) -> None:
    """Random and Grid are played as they are, Bayesian is played as Random."""
    if config["Strategy"] == "Hyperband":
        raise invalid("The local cloud does not play the strategy Hyperband.")
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise invalid("The local cloud does not play TrainingJobEarlyStoppingType Auto.")
    limit = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] == "Grid":
        combinations = math.prod(
            len(item["Values"])
            for item in config.get("ParameterRanges", {}).get("CategoricalParameterRanges", [])
        )
        if limit not in (None, combinations):
            raise invalid(
                f"MaxNumberOfTrainingJobs must be left out or be {combinations}, the number of "
                "combinations, with the strategy Grid."
            )
    elif limit is None:
        raise invalid("MaxNumberOfTrainingJobs is missing in ResourceLimits.")
