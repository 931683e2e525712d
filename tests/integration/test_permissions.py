"""Least privilege, both ways: every call is allowed by the template, every permission is used.

The emulator and our SageMaker enforce the roles as CloudFormation made them, so a missing
permission breaks the loop. Here the calls of a whole life (trained, refused, rejected, rolled back)
are held against each statement of the roles to find what nobody needs.
"""

from urllib.request import urlopen

import pytest

from local.cli.granted import roles
from tests.integration.runs import GOOD, another, approve

# What SageMaker itself does with the role, and what a child process on one machine has no need of.
BEYOND_THE_LOCAL_CLOUD = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogStreams",
    "cloudwatch:PutMetricData",
}
# Statements that no call shows here, though AWS asks for them.
UNSEEN = {"FindReceipts"}  # who may list learns by a 404 that there is no receipt, else by a 403


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
        newest = cloud.follow(name, "live")["run"]
    cloud.drop("reviews 3.csv", GOOD)
    cloud.drop("empty.csv", b"")
    cloud.drop("failing.csv", another(7))
    cloud.follow("failing.csv")
    approve(cloud, newest, "Rejected")

    def is_gone():
        for package in cloud.packages():
            if package["ModelApprovalStatus"] == "Approved":  # some only just now
                sagemaker.update_model_package(
                    ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Rejected"
                )
        return cloud.endpoint() is None

    cloud.wait(is_gone, "the endpoint to be gone")


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
    assert [call for call in calls if not call["allowed"]] == []
    found = roles(cloud.client, cloud.status()["stack"], calls)  # as `python -m local permissions`
    assert len(found) == 4  # three functions and the containers

    for role in found:
        assert role.foreign == role.refused == {}, role.name
        for statement in role.statements:
            if not statement.has_sid or statement.name in UNSEEN:  # SAM's own have none
                continue
            used = {action for action, _ in statement.used}
            left = set(statement.actions) - BEYOND_THE_LOCAL_CLOUD
            assert sorted(left) == sorted(used), f"{role.name}: {statement.name}"


def test_no_function_makes_its_log_group_anew_when_the_stack_is_gone(common):
    functions, iam = common.client("lambda"), common.client("iam")
    for name in ("StartTrainingFunction", "DeployEndpointFunction", "PredictSentimentFunction"):
        role = functions.get_function_configuration(FunctionName=common.function(name))["Role"]
        [told] = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=["logs:CreateLogGroup"]
        )["EvaluationResults"]
        assert told["EvalDecision"] == "explicitDeny", name
