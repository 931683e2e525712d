"""The table of permissions agrees with AWS's reference and with what is played."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from local.containers.images import Images
from local.containers.processes import Processes
from local.faults import Faults
from local.sagemaker.api import SageMaker
from local.sagemaker.needs import TABLE, Need
from local.sagemaker.needs import needs as needs_of
from local.sagemaker.platform import Platform

ACCOUNT, REGION = "123456789012", "us-east-1"
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"


def needs(operation: str, **params: Any) -> list[Need]:
    return needs_of(operation, params, ACCOUNT, REGION)


def test_creating_a_training_job_also_takes_passing_the_role_and_tagging() -> None:
    role = "arn:aws:iam::123456789012:role/jobs"
    tags = [{"Key": "a", "Value": "b"}]

    job = f"{ARN}:training-job/run-1"
    assert needs("CreateTrainingJob", TrainingJobName="run-1", RoleArn=role, Tags=tags) == [
        Need("sagemaker:CreateTrainingJob", job),
        Need("sagemaker:AddTags", job),
        Need("iam:PassRole", role, {"iam:passedtoservice": "sagemaker.amazonaws.com"}),
    ]


def test_model_packages_are_named_by_their_group_or_arn() -> None:
    arn = f"{ARN}:model-package"
    group = {"ModelPackageGroupName": "verdict"}

    def resource(operation: str, **params: Any) -> str:
        return needs(operation, **params)[0].resource

    assert resource("CreateModelPackage", **group) == f"{arn}/verdict/*"
    assert resource("ListModelPackages", **group) == f"{arn}/verdict/*"
    assert resource("DescribeModelPackageGroup", **group) == f"{arn}-group/verdict"
    assert resource("UpdateModelPackage", ModelPackageArn=f"{arn}/verdict/3") == f"{arn}/verdict/3"
    assert resource("ListTrainingJobs") == "*"


def test_an_endpoint_is_invoked_by_its_name() -> None:
    need = Need("sagemaker:InvokeEndpoint", f"{ARN}:endpoint/e")

    assert needs("InvokeEndpoint", EndpointName="e") == [need]


def test_a_tuning_job_is_stopped_by_its_name_and_created_with_its_jobs_role() -> None:
    name, arn = {"HyperParameterTuningJobName": "tune"}, f"{ARN}:hyper-parameter-tuning-job/tune"

    assert needs("StopHyperParameterTuningJob", **name) == [
        Need("sagemaker:StopHyperParameterTuningJob", arn)
    ]
    created = needs("CreateHyperParameterTuningJob", TrainingJobDefinition={"RoleArn": "r"}, **name)
    assert [(need.action, need.resource) for need in created] == [
        ("sagemaker:CreateHyperParameterTuningJob", arn),
        ("iam:PassRole", "r"),
    ]


def test_what_the_table_lacks_fails_by_name() -> None:
    with pytest.raises(NotImplementedError, match="sagemaker CreateUniverse"):
        needs("CreateUniverse")


def test_the_table_holds_what_is_played(tmp_path: Path) -> None:
    images = Images(tmp_path / "Dockerfile", tmp_path, lambda _: True)
    platform = Platform(
        *(ACCOUNT, REGION, tmp_path, tmp_path),
        *(lambda *_: None, Faults(), lambda *_: None, Processes(), images),
    )

    assert TABLE.keys() == SageMaker(platform).played.keys() | {"InvokeEndpoint"}


def test_the_sagemaker_table_agrees_with_the_service_authorization_reference() -> None:
    """cfn-lint carries AWS's reference as data: action → kinds of resource."""
    cfnlint = find_spec("cfnlint")  # not imported: that takes a second
    assert cfnlint
    assert cfnlint.origin
    data = Path(cfnlint.origin).parent / "data/AdditionalSpecs/Policies.json"
    reference = json.loads(data.read_text())["sagemaker"]["Actions"]

    for operation, needs in TABLE.items():
        kinds = set(reference[operation.lower()].get("Resources", []))
        ours = set(needs)
        if operation == "CreateTrainingJob":  # only where the request names one
            kinds -= {"reserved-capacity", "training-plan"}
        if operation == "InvokeEndpoint":
            kinds -= {"inference-component"}
        assert ours == ({""} if "Tags" in operation else kinds), operation
