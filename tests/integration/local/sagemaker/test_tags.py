"""What all of SageMaker's resources have in common: tags, refusals, bad manners."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import package_request


def test_tags(machine: Machine, sagemaker: Any, group: str) -> None:
    arn = f"{machine.arn}:model-package-group/stack"
    sagemaker.add_tags(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "none"])

    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.list_tags(ResourceArn=f"{machine.arn}:model/none")


def test_what_is_missing_is_named(machine: Machine, sagemaker: Any, group: str) -> None:
    missing: dict[str, list[Callable[[], Any]]] = {
        "Requested resource not found": [
            lambda: sagemaker.describe_training_job(TrainingJobName="x"),
            lambda: sagemaker.stop_training_job(TrainingJobName="x"),
            lambda: sagemaker.delete_training_job(TrainingJobName="x"),
        ],
        f'Could not find endpoint "{machine.arn}:endpoint/x"': [
            lambda: sagemaker.describe_endpoint(EndpointName="x"),
            lambda: sagemaker.delete_endpoint(EndpointName="x"),
            lambda: sagemaker.update_endpoint(EndpointName="x", EndpointConfigName="y"),
        ],
        f'Could not find endpoint configuration "{machine.arn}:endpoint-config/x"': [
            lambda: sagemaker.create_endpoint(EndpointName="y", EndpointConfigName="x"),
            lambda: sagemaker.delete_endpoint_config(EndpointConfigName="x"),
        ],
        f'Could not find model "{machine.arn}:model/x"': [
            lambda: sagemaker.delete_model(ModelName="x")
        ],
        f"ModelPackage {machine.arn}:model-package/stack/9 does not exist": [
            lambda: sagemaker.describe_model_package(
                ModelPackageName=f"{machine.arn}:model-package/stack/9"
            ),
            lambda: sagemaker.update_model_package(
                ModelPackageArn=f"{machine.arn}:model-package/stack/9",
                ModelApprovalStatus="Approved",
            ),
        ],
        f"ModelPackageGroup {machine.arn}:model-package-group/x does not exist": [
            lambda: sagemaker.list_model_packages(ModelPackageGroupName="x"),
            lambda: sagemaker.create_model_package(
                **package_request(machine, ModelPackageGroupName="x")
            ),
        ],
    }

    for message, calls in missing.items():
        for call in calls:
            with pytest.raises(ClientError) as error:
                call()
            assert error.value.response["Error"]["Code"] == "ValidationException"
            assert message in error.value.response["Error"]["Message"]


def test_what_nobody_plays_fails_by_name(machine: Machine, sagemaker: Any) -> None:
    with pytest.raises(ClientError, match=r"UnknownOperationException.*'ListNotebookInstances'"):
        sagemaker.list_notebook_instances()
    with pytest.raises(ClientError, match=r"UnknownOperationException.*'InvokeEndpointAsync'"):
        machine.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName="e", InputLocation="s3://a/b"
        )


def test_throttling_and_errors_on_request(machine: Machine) -> None:
    sagemaker = machine.client("sagemaker", attempts=1)
    match = {"service": "sagemaker", "operation": "List*"}
    machine.port.faults.add({"kind": "throttled", "match": match})
    machine.port.faults.add(
        {"kind": "error", "match": match, "code": "InternalFailure", "message": "oh", "status": 500}
    )

    with pytest.raises(ClientError, match="ThrottlingException"):
        sagemaker.list_models()
    with pytest.raises(ClientError, match=r"InternalFailure.*oh"):
        sagemaker.list_models()
    assert sagemaker.list_models()["Models"] == []

    machine.port.faults.add({"kind": "throttled", "match": match})
    assert machine.client("sagemaker", attempts=3).list_models()["Models"] == []  # tried again
