"""SageMaker's model registry, driven by boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import package_request, told

pytestmark = pytest.mark.usefixtures("group")


def test_packages_are_versions_of_their_group(machine: Machine, sagemaker: Any) -> None:
    first = sagemaker.create_model_package(**package_request(machine, ClientToken="once"))
    again = sagemaker.create_model_package(**package_request(machine, ClientToken="once"))
    second = sagemaker.create_model_package(
        **package_request(machine, ModelApprovalStatus="Approved")
    )
    sagemaker.delete_model_package(ModelPackageName=second["ModelPackageArn"])
    third = sagemaker.create_model_package(**package_request(machine))

    assert first == first | {"ModelPackageArn": again["ModelPackageArn"]}
    assert [a["ModelPackageArn"].rpartition(":")[2] for a in (first, second, third)] == [
        *("model-package/stack/1", "model-package/stack/2", "model-package/stack/3")
    ]
    described = sagemaker.describe_model_package(ModelPackageName=first["ModelPackageArn"])
    assert described["ModelPackageStatus"] == "Completed"
    assert described["ModelPackageVersion"] == 1
    assert described["CustomerMetadataProperties"] == {"run": "job", "rows": "100"}
    assert told(machine, "Model Package", "ModelPackageVersion") == [1, 2, 3]


def test_a_deleted_version_is_never_used_again_even_after_a_restart(machine: Machine) -> None:
    sagemaker = machine.client("sagemaker")
    arn = sagemaker.create_model_package(**package_request(machine))["ModelPackageArn"]
    sagemaker.delete_model_package(ModelPackageName=arn)

    machine.restart()

    arn = machine.client("sagemaker").create_model_package(**package_request(machine))[
        "ModelPackageArn"
    ]
    assert arn.endswith("stack/2")


def test_approving_by_hand_is_told(machine: Machine, sagemaker: Any) -> None:
    arn = sagemaker.create_model_package(**package_request(machine))["ModelPackageArn"]

    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks good",
        CustomerMetadataProperties={"attempts": "1"},
        CustomerMetadataPropertiesToRemove=["rows"],
    )

    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["ApprovalDescription"] == "looks good"
    assert described["CustomerMetadataProperties"] == {"run": "job", "attempts": "1"}
    event = machine.port.diary.events[-1]
    detail = event["detail"]
    assert event["resources"] == [arn]
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageGroupName"] == "stack"
    assert detail["LastModifiedTime"].endswith("Z")
    assert told(machine, "Model Package", "ModelApprovalStatus") == [
        *("PendingManualApproval", "Approved")
    ]


def test_packages_are_listed_as_asked(machine: Machine, sagemaker: Any) -> None:
    for number in range(5):
        status = "Approved" if number % 2 else "Rejected"
        sagemaker.create_model_package(**package_request(machine, ModelApprovalStatus=status))

    def versions(**filters: Any) -> list[int]:
        pages = sagemaker.get_paginator("list_model_packages").paginate(MaxResults=2, **filters)
        packages = [p for page in pages for p in page["ModelPackageSummaryList"]]
        assert all(p["ModelPackageDescription"] == "a run" for p in packages)
        return [p["ModelPackageVersion"] for p in packages]

    group = {"ModelPackageGroupName": "stack"}
    assert versions(**group) == [1, 2, 3, 4, 5]
    assert versions(**group, SortOrder="Descending") == [5, 4, 3, 2, 1]
    assert versions(**group, ModelApprovalStatus="Approved") == [2, 4]
    assert versions(ModelPackageGroupName=f"{machine.arn}:model-package-group/stack") == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert versions() == []  # without a group: unversioned ones, of which there are none
    assert len(versions(ModelPackageType="Both")) == 5


def test_groups(machine: Machine, sagemaker: Any) -> None:
    arn = f"{machine.arn}:model-package-group/mine"
    assert (
        sagemaker.create_model_package_group(
            ModelPackageGroupName="mine", ModelPackageGroupDescription="of mine"
        )["ModelPackageGroupArn"]
        == arn
    )
    with pytest.raises(ClientError, match="Model Package Group already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName="mine")
    package = sagemaker.create_model_package(
        **package_request(machine, ModelPackageGroupName="mine")
    )
    listed = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in listed] == ["stack", "mine"]

    with pytest.raises(sagemaker.exceptions.ConflictException, match="still holds"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="mine")
    sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName="mine")

    with pytest.raises(ClientError, match=f"ModelPackageGroup {arn} does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="mine")
