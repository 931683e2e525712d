"""Least privilege, both ways: every call is allowed by the template, every permission is used.

The local cloud enforces the template's statements, so a missing permission breaks the loop. Here
the calls of a whole life (trained, refused, rejected, rolled back) are held against the statements
to find those that nobody needs.
"""

from urllib.request import urlopen

import pytest

from local.template import load
from tests.conftest import ROOT
from tests.integration.test_deploy_endpoint import another, approve
from tests.integration.test_start_training import GOOD

# What SageMaker itself does with the role, and what a child process on one machine has no need of.
BEYOND_THE_LOCAL_CLOUD = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogStreams",
    "cloudwatch:PutMetricData",
}


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def live_through_everything(cloud):
    sagemaker = cloud.client("sagemaker")
    group = cloud.status()["outputs"]["ModelPackageGroupArn"]
    for number in range(22):  # more packages than are kept
        sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Rejected",
            ModelPackageDescription=f"older {number}",
        )
    for number in range(5):  # more models than are kept
        name = f"{'slow ' if number == 0 else ''}reviews {number}.csv"
        cloud.drop(name, another(number))
        cloud.follow(name, "live")
    cloud.drop("reviews 3.csv", GOOD)
    cloud.drop("empty.csv", b"")
    cloud.drop("failing.csv", another(7))
    cloud.follow("failing.csv")
    approve(cloud, 27, "Rejected")
    for package in cloud.packages():
        if package["ModelApprovalStatus"] == "Approved":  # the oldest are being deleted
            sagemaker.update_model_package(
                ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Rejected"
            )
    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone")


@pytest.fixture
def calls(cloud):
    live_through_everything(cloud)
    cloud.drop("last.csv", another(8))
    cloud.follow("last.csv", "live")
    cloud.ask("a good film")
    with urlopen(f"{cloud.page}/api/model", timeout=30) as response:
        assert response.status == 200
    return cloud.control("GET", "calls")


def test_every_permission_is_used_and_every_call_is_permitted(cloud, calls):
    stack = load(ROOT / "template.yaml")
    functions = [resource.logical_id for resource in stack.of_type("AWS::Serverless::Function")]
    roles = {resource.logical_id for resource in stack.of_type("AWS::IAM::Role")}
    roles -= {f"{name}Role" for name in functions}  # made by SAM of the function's statements
    assert [call for call in calls if not call["allowed"]] == []
    for principal in [*functions, *roles]:
        granted = {
            action
            for statement in stack.statements(principal, implied=False)
            for action in actions(statement)
            if statement["Effect"] == "Allow"
        }
        used = {call["action"] for call in calls if call["principal"] == principal}

        assert sorted(granted - BEYOND_THE_LOCAL_CLOUD) == sorted(used), principal
