"""What a training job is told of its dataset, and how much room it gets."""

import importlib

import pytest

GIB = 1 << 30
DATASET = {"bucket": "b", "key": "datasets/a.csv", "etag": "1", "version_id": None}


@pytest.fixture
def trainings(monkeypatch):
    """The module as in a function of a stack with flags of its own."""
    some = ("DATASET_BUCKET", "RUN_BUCKET", "RUN_PREFIX", "TOPIC_ARN", "MODEL_PACKAGE_GROUP")
    more = ("POWERTOOLS_METRICS_NAMESPACE", "TRAINING_IMAGE", "TRAINING_ROLE_ARN")
    for variable in (*some, *more):
        monkeypatch.setenv(variable, "some")
    monkeypatch.setenv("TRAINING_INSTANCE_TYPE", "ml.m5.large")
    monkeypatch.setenv("TRAINING_MAX_RUNTIME_SECONDS", "7200")
    monkeypatch.setenv("TRAINING_ON_SPOT", "true")
    monkeypatch.setenv("HYPERPARAMETERS", '{"epochs": "4", "text_column": "Review"}')
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return importlib.import_module("functions.start_training.trainings")


def test_the_time_limit_the_stack_s_flags_and_what_is_said_go_along(trainings):
    stack = {"max-runtime-seconds": "7200", "epochs": "4", "text-column": "Review"}
    said = {"text-column": "Comment", "positive": "good"}

    assert trainings.hyperparameters({**DATASET, "size_bytes": 1}) == stack
    assert trainings.hyperparameters({**DATASET, "size_bytes": 1, "said": said}) == stack | said


@pytest.mark.parametrize(
    ("size_bytes", "gigabytes"), [(0, 30), (GIB - 1, 30), (GIB, 46), (10 * GIB + 5, 190)]
)
def test_a_larger_dataset_gets_more_disk(trainings, size_bytes, gigabytes):
    request = trainings.training_job_request("run", {**DATASET, "size_bytes": size_bytes}, None)

    assert request["ResourceConfig"]["VolumeSizeInGB"] == gigabytes
