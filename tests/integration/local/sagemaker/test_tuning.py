"""Hyperparameter tuning jobs of the local cloud, driven by boto3 with the stand-in container."""

import itertools
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.sagemaker.tuning_plan import values
from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import (
    CSV,
    channel,
    job_request,
    of,
    told,
    wait_for,
)

ENDED = ("Completed", "Failed", "Stopped")
STATUS = "HyperParameterTuningJobStatus"
FINAL = "FinalHyperParameterTuningJobObjectiveMetric"
RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "learning-rate", "MinValue": "0.0001", "MaxValue": "0.1"}
        | {"ScalingType": "Logarithmic"},
        {"Name": "momentum", "MinValue": "0.5", "MaxValue": "0.999"}
        | {"ScalingType": "ReverseLogarithmic"},
        {"Name": "dropout", "MinValue": "0", "MaxValue": "0.5"},
    ],
    "IntegerParameterRanges": [
        {"Name": "hidden", "MinValue": "1", "MaxValue": "1000", "ScalingType": "Logarithmic"},
        {"Name": "patience", "MinValue": "1", "MaxValue": "3", "ScalingType": "Linear"},
    ],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
}
GRID = {
    "CategoricalParameterRanges": [
        {"Name": "accuracy", "Values": ["0.5", "0.9", "0.7"]},
        {"Name": "kind", "Values": ["a", "b"]},
    ]
}


@pytest.fixture
def tune(machine: Machine, s3: Any, sagemaker: Any) -> Callable[..., str]:
    """Creates a tuning job on a dataset of that name; returns the tuning job's name."""

    def create(
        file: str = "reviews.csv",
        name: str = "tune",
        ranges: Any = None,
        jobs: int | None = 3,
        parallel: int = 2,
        tags: Any = (),
        definition: Any = None,
        **config: Any,
    ) -> str:
        s3.put_object(Bucket=machine.shelf, Key=f"in/{name}/{file}", Body=CSV)
        limits = {"MaxParallelTrainingJobs": parallel}
        sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "accuracy"},
                "ResourceLimits": limits | ({"MaxNumberOfTrainingJobs": jobs} if jobs else {}),
                "ParameterRanges": RANGES if ranges is None else ranges,
            }
            | config,
            TrainingJobDefinition=training_job(machine, f"in/{name}/{file}") | (definition or {}),
            Tags=list(tags),
        )
        return name

    return create


def training_job(machine: Machine, key: str) -> dict[str, Any]:
    data = [channel("dataset", f"s3://{machine.shelf}/{key}")]
    request = job_request(machine, "any", InputDataConfig=data)
    for member in ("TrainingJobName", "HyperParameters", "CheckpointConfig"):
        del request[member]
    return request | {"StaticHyperParameters": {"epochs": "3"}}


def describe(sagemaker: Any, name: str) -> dict[str, Any]:
    return dict(sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))


def ended(sagemaker: Any, name: str, seconds: float = 30) -> dict[str, Any]:
    def at_its_end() -> dict[str, Any] | None:
        described = describe(sagemaker, name)
        return described if described[STATUS] in ENDED else None

    return wait_for(at_its_end, seconds)


def trials(sagemaker: Any, name: str, **how: Any) -> list[dict[str, Any]]:
    operation = "list_training_jobs_for_hyper_parameter_tuning_job"
    pages = sagemaker.get_paginator(operation).paginate(HyperParameterTuningJobName=name, **how)
    return [dict(trial) for page in pages for trial in page["TrainingJobSummaries"]]


def test_a_tuning_job_tries_values_within_the_ranges(
    sagemaker: Any, tune: Callable[..., str]
) -> None:
    described = ended(sagemaker, tune(jobs=6, parallel=3))

    assert described[STATUS] == "Completed"
    assert described["TrainingJobStatusCounters"]["Completed"] == 6
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 6, "Pending": 0, "Failed": 0}
    found = trials(sagemaker, "tune", SortBy="Name", SortOrder="Ascending")
    assert [trial["TrainingJobName"][:9] for trial in found] == [
        f"tune-00{n}-" for n in range(1, 7)
    ]
    for trial in found:
        tuned = trial["TunedHyperParameters"]
        assert 0.0001 <= float(tuned["learning-rate"]) <= 0.1
        assert 0.5 <= float(tuned["momentum"]) <= 0.999
        assert 0 <= float(tuned["dropout"]) <= 0.5
        assert 1 <= int(tuned["hidden"]) <= 1000
        assert tuned["patience"] in ("1", "2", "3")
        assert tuned["kind"] in ("a", "b")
        job = sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        assert job["HyperParameters"] == tuned | {
            "epochs": "3",
            "_tuning_objective_metric": "accuracy",
        }
        assert job["TuningJobArn"] == described["HyperParameterTuningJobArn"]
    assert len({trial["TunedHyperParameters"]["learning-rate"] for trial in found}) == 6
    assert described["HyperParameterTuningEndTime"] >= described["CreationTime"]


def test_every_scaling_spreads_values_as_it_says() -> None:
    """It takes many values to see that, so the search itself is asked."""
    config = {"Strategy": "Random", "ParameterRanges": RANGES}
    drawn = [values(config, 1, number) for number in range(1, 2001)]

    def median(name: str) -> float:
        return sorted(float(one[name]) for one in drawn)[1000]

    assert median("dropout") == pytest.approx(0.25, rel=0.1)
    assert median("learning-rate") == pytest.approx(math.sqrt(0.0001 * 0.1), rel=0.3)
    assert 1 - median("momentum") == pytest.approx(math.sqrt(0.5 * 0.001), rel=0.3)
    assert median("hidden") == pytest.approx(math.sqrt(1000), rel=0.4)
    assert {one["patience"] for one in drawn} == {"1", "2", "3"}
    assert {"1", "1000"} <= {one["hidden"] for one in drawn}
    assert drawn == [values(config, 1, number) for number in range(1, 2001)]
    assert drawn[0] != values(config, 2, 1)


def test_a_grid_tries_every_combination_once(sagemaker: Any, tune: Callable[..., str]) -> None:
    described = ended(sagemaker, tune(ranges=GRID, jobs=None, parallel=4, Strategy="Grid"))

    found = trials(sagemaker, "tune")
    tuned = [tuple(trial["TunedHyperParameters"].values()) for trial in found]
    assert sorted(tuned) == sorted(itertools.product(("0.5", "0.9", "0.7"), ("a", "b")))
    assert described["TrainingJobStatusCounters"]["Completed"] == 6


def test_the_best_training_job_has_the_best_objective(
    sagemaker: Any, tune: Callable[..., str]
) -> None:
    tune(name="most", ranges=GRID, jobs=6, parallel=3, Strategy="Grid")
    objective = {"Type": "Minimize", "MetricName": "accuracy"}
    grid = {"Strategy": "Grid", "HyperParameterTuningJobObjective": objective}
    tune(name="least", ranges=GRID, jobs=6, parallel=3, **grid)

    most, least = (ended(sagemaker, name)["BestTrainingJob"] for name in ("most", "least"))

    assert most["TunedHyperParameters"]["accuracy"] == "0.9"
    assert most[FINAL] == {"Type": "Maximize", "MetricName": "accuracy", "Value": 0.9}
    assert least["TunedHyperParameters"]["accuracy"] == "0.5"
    ranked = trials(sagemaker, "most", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert [trial[FINAL]["Value"] for trial in ranked] == [0.9, 0.9, 0.7, 0.7, 0.5, 0.5]


def test_no_more_jobs_run_at_once_than_allowed(sagemaker: Any, tune: Callable[..., str]) -> None:
    tune("slow.csv", jobs=4, parallel=2)
    seen = set()

    while (described := describe(sagemaker, "tune"))[STATUS] == "InProgress":
        seen.add(described["TrainingJobStatusCounters"]["InProgress"])
        time.sleep(0.05)

    assert max(seen) == 2
    assert described["TrainingJobStatusCounters"]["Completed"] == 4


def test_stopping_ends_its_jobs_and_starts_no_more(
    sagemaker: Any, tune: Callable[..., str]
) -> None:
    tune("stuck.csv", jobs=5, parallel=2)
    wait_for(lambda: len(trials(sagemaker, "tune")) == 2)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")

    described = ended(sagemaker, "tune")

    assert described[STATUS] == "Stopped"
    assert described["TrainingJobStatusCounters"]["Stopped"] == 2
    assert len(trials(sagemaker, "tune", StatusEquals="Stopped")) == 2
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")


def test_a_tuning_job_fails_when_all_its_jobs_do(sagemaker: Any, tune: Callable[..., str]) -> None:
    described = ended(sagemaker, tune("failing.csv", jobs=2))

    assert described[STATUS] == "Failed"
    assert described["FailureReason"].startswith("All training jobs failed.")
    assert described["TrainingJobStatusCounters"]["NonRetryableError"] == 2
    assert described["ObjectiveStatusCounters"]["Failed"] == 2
    assert "BestTrainingJob" not in described
    reasons = [trial["FailureReason"] for trial in trials(sagemaker, "tune")]
    assert all("There is no label column" in reason for reason in reasons)
    assert trials(sagemaker, "tune", SortBy="FinalObjectiveMetricValue") == []


def test_one_job_that_fails_is_no_failure(
    machine: Machine, sagemaker: Any, tune: Callable[..., str]
) -> None:
    machine.port.faults.add(
        {"kind": "training_failed", "match": {"job": "tune-00*"}}
        | {"reason": "InternalServerError: We encountered an internal error."}
    )
    described = ended(sagemaker, tune(jobs=3, parallel=1))

    assert described[STATUS] == "Completed"
    assert described["TrainingJobStatusCounters"]["RetryableError"] == 1
    assert described["TrainingJobStatusCounters"]["Completed"] == 2


def test_data_that_goes_away_fails_it_with_the_reason(
    machine: Machine, s3: Any, sagemaker: Any, tune: Callable[..., str]
) -> None:
    tune("slow.csv", jobs=3, parallel=1)
    s3.delete_object(Bucket=machine.shelf, Key="in/tune/slow.csv")

    described = ended(sagemaker, "tune")

    assert described[STATUS] == "Failed"
    assert "No S3 objects found under S3 URL" in described["FailureReason"]


def test_it_goes_on_after_a_restart(machine: Machine, tune: Callable[..., str]) -> None:
    tune("slow.csv", jobs=4, parallel=2)
    before = wait_for(lambda: trials(machine.client("sagemaker"), "tune"))
    machine.restart()
    sagemaker = machine.client("sagemaker")

    described = ended(sagemaker, "tune", 60)

    assert described[STATUS] == "Completed"
    found = {trial["TrainingJobName"] for trial in trials(sagemaker, "tune")}
    assert len(found) == 4
    assert {trial["TrainingJobName"] for trial in before} <= found


def test_every_change_is_told(machine: Machine, sagemaker: Any, tune: Callable[..., str]) -> None:
    ended(sagemaker, tune(tags=[{"Key": "team", "Value": "a"}]))

    names = (STATUS, "HyperParameterTuningJobArn")
    kind = "HyperParameter Tuning Job"
    arn = f"{machine.arn}:hyper-parameter-tuning-job/tune"
    assert told(machine, kind, *names) == [("InProgress", arn), ("Completed", arn)]
    detail = machine.port.diary.details(kind)[-1]
    assert detail["Tags"] == {"team": "a"}
    assert detail["TrainingJobStatusCounters"]["Completed"] == 3
    jobs = machine.port.diary.details("Training Job")
    assert all(job["Tags"] == {"team": "a"} for job in jobs)


def test_tuning_jobs_are_listed_tagged_and_deleted(
    machine: Machine, sagemaker: Any, tune: Callable[..., str]
) -> None:
    for name in ("one", "two"):
        ended(sagemaker, tune(name=name, jobs=1))
    arn = f"{machine.arn}:hyper-parameter-tuning-job/one"
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])

    pages = sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        PaginationConfig={"PageSize": 1}
    )

    summaries = [item for page in pages for item in page["HyperParameterTuningJobSummaries"]]
    assert [item["HyperParameterTuningJobName"] for item in summaries] == ["two", "one"]
    assert summaries[0]["TrainingJobStatusCounters"]["Completed"] == 1
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="one")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        describe(sagemaker, "one")
    with pytest.raises(ClientError, match="There is no tuning job with the name one"):
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="one")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        tune(name="two")


def categorical(*values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": "kind", "Values": list(values)}]}


def continuous(low: str, high: str, scaling: str = "Linear") -> dict[str, Any]:
    bounds = {"MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"ContinuousParameterRanges": [{"Name": "rate"} | bounds]}


def integer(low: str, high: str, scaling: str = "Linear") -> dict[str, Any]:
    bounds = {"MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"IntegerParameterRanges": [{"Name": "size"} | bounds]}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"Strategy": "Hyperband"}, "does not play the strategy Hyperband"),
        ({"TrainingJobEarlyStoppingType": "Auto"}, "does not play TrainingJobEarlyStoppingType"),
        (
            {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.9}},
            "does not play .'TuningJobCompletionCriteria'. in HyperParameterTuningJobConfig",
        ),
        (
            {"ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}},
            "does not play .'MaxRuntimeInSeconds'. in ResourceLimits",
        ),
        (
            {"definition": {"CheckpointConfig": {"S3Uri": "s3://SHELF/checkpoints/"}}},
            "does not play .'CheckpointConfig'. in TrainingJobDefinition",
        ),
        ({"jobs": None}, "MaxNumberOfTrainingJobs is missing"),
        ({"Strategy": "Grid", "jobs": None}, "The strategy Grid takes categorical hyperparam"),
        ({"Strategy": "Grid", "ranges": GRID, "jobs": 5}, "must be left out or be 6"),
        ({"ranges": {}}, "at least one hyperparameter range"),
        ({"ranges": continuous("1", "1")}, "MinValue of hyperparameter .rate. must be less"),
        ({"ranges": continuous("a", "1")}, "The bounds of hyperparameter .rate. must be floats"),
        ({"ranges": continuous("nan", "1")}, "MinValue of hyperparameter .rate. must be less"),
        ({"ranges": continuous("0", "1", "Logarithmic")}, "takes values above 0 only"),
        ({"ranges": continuous("0", "1", "ReverseLogarithmic")}, "within 0 <= x < 1 only"),
        ({"ranges": integer("1.5", "3")}, "The bounds of hyperparameter .size. must be ints"),
        ({"ranges": integer("0", "3", "ReverseLogarithmic")}, "takes a continuous range"),
        ({"ranges": categorical("a", "a")}, "The values of hyperparameter .kind. must be unique"),
        (
            {"definition": {"StaticHyperParameters": {"kind": "a"}}},
            "Hyperparameter .kind. is given more than once",
        ),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "f1"}},
            "Provide a metric in the metric definitions",
        ),
        (
            {"definition": {"InputDataConfig": [channel("dataset", "s3://SHELF/nothing/")]}},
            "No S3 objects found",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused_by_name(
    machine: Machine,
    sagemaker: Any,
    tune: Callable[..., str],
    how: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        tune(**of(machine, how))

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    found = sagemaker.list_hyper_parameter_tuning_jobs()
    assert found["HyperParameterTuningJobSummaries"] == []


def test_warm_start_is_refused_by_name(sagemaker: Any) -> None:
    parents = [{"HyperParameterTuningJobName": "before"}]
    with pytest.raises(ClientError, match="does not play WarmStartConfig"):
        sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="tune",
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "ResourceLimits": {"MaxParallelTrainingJobs": 1},
            },
            WarmStartConfig={
                "ParentHyperParameterTuningJobs": parents,
                "WarmStartType": "TransferLearning",
            },
        )


def test_bayesian_is_played_as_random(sagemaker: Any, tune: Callable[..., str]) -> None:
    """Written down in docs/local-cloud.md: values don't depend on what came out before."""
    first = tune(name="bayesian", Strategy="Bayesian", RandomSeed=7)
    second = tune(name="random", RandomSeed=7)

    tuned = []
    for name in (first, second):
        ended(sagemaker, name)
        found = trials(sagemaker, name, SortBy="Name")
        tuned.append([trial["TunedHyperParameters"] for trial in found])

    assert tuned[0] == tuned[1]
