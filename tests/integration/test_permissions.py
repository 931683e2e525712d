"""Least privilege, both ways: every call is allowed by the template, every permission is used.

The emulator and our SageMaker enforce the roles as CloudFormation made them, so a missing
permission breaks the loop. Here the calls of a whole life (trained, refused, rejected, rolled back)
are held against each statement of the roles to find what nobody needs.
"""

from urllib.request import urlopen

import pytest

from local.cli.granted import roles
from tests.clouds import MINUTE_SECONDS
from tests.integration.real_time import real_time
from tests.integration.runs import GOOD, another, approve

# What AWS's services themselves do with a role, and what one machine has no need of: by statement.
SAGEMAKER_PULLS_IMAGES = {
    "PullOurImage": {
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
    },
    "LogInToTheRegistry": {"ecr:GetAuthorizationToken"},
}
BEYOND_THE_LOCAL_CLOUD = SAGEMAKER_PULLS_IMAGES | {
    "WriteLogs": {"logs:DescribeLogStreams"},
    "WriteMetrics": {"cloudwatch:PutMetricData"},
    # What the container renames is deleted in S3; here checkpoints are copied once, at the end.
    "TidyCheckpoints": {"s3:DeleteObject"},
    # Here the log of an endpoint is a file.
    "WriteEndpointLogs": {
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:DescribeLogStreams",
    },
    # Of a snapshot over 5 GiB that can't be copied to its end: tests/integration/test_snapshots.py.
    "TakeSnapshots": {"s3:AbortMultipartUpload"},
    # Here no traffic is shifted.
    "WatchTheRollbackAlarm": {"cloudwatch:DescribeAlarms"},
    # AWS's guide to the model registry asks for these, its reference of permissions doesn't.
    "MakeModelsOfPackages": {"sagemaker:CreateModel"},
    "LookAtOurImages": {"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories"},
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
            ModelPackageDescription=f"verdict-{number:012x}",
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
def cloud(emulator, tmp_path):
    """With an endpoint by instances, whose updates take more calls than a serverless one's."""
    with real_time(emulator, tmp_path, MINUTE_SECONDS) as made:
        yield made


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
    assert len(found) == 5  # three functions, trainings and the endpoint

    for role in found:
        assert role.foreign == role.refused == {}, role.name
        for statement in role.statements:
            if not statement.has_sid or statement.name in UNSEEN:  # SAM's own have none
                continue
            used = {action for action, _ in statement.used}
            left = set(statement.actions) - BEYOND_THE_LOCAL_CLOUD.get(statement.name, set())
            assert sorted(left) == sorted(used), f"{role.name}: {statement.name}"


def test_no_function_makes_its_log_group_anew_when_the_stack_is_gone(common):
    functions, iam = common.client("lambda"), common.client("iam")
    for name in ("StartTrainingFunction", "DeployEndpointFunction", "PredictSentimentFunction"):
        role = functions.get_function_configuration(FunctionName=common.function(name))["Role"]
        [told] = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=["logs:CreateLogGroup"]
        )["EvaluationResults"]
        assert told["EvalDecision"] == "explicitDeny", name


def what_it_may(cloud, logical_id, action, *resources):
    """Whether a role of the stack may do this to that, one after the other."""
    role = cloud.function(logical_id)  # of any resource
    asked = {
        "PolicySourceArn": f"arn:aws:iam::{cloud.account}:role/{role}",
        "ActionNames": [action],
    }
    simulate = cloud.client("iam").simulate_principal_policy
    told = [simulate(**asked, ResourceArns=[resource]) for resource in resources]
    return [one["EvaluationResults"][0]["EvalDecision"] == "allowed" for one in told]


def test_what_answers_the_public_reads_its_model_and_nothing_else(common):
    objects = (
        "runs/verdict-0123456789ab/output/model.tar.gz",
        "runs/verdict-0123456789ab/output/output.tar.gz",
        "runs/verdict-0123456789ab/dataset/dataset.csv",
        "runs/verdict-0123456789ab/uploads/0123.json",
        "runs/verdict-0123456789ab/receipt.json",
        "checkpoints/verdict-0123456789ab/last.pt",
    )
    arns = [f"arn:aws:s3:::{common.run_bucket}/{key}" for key in objects]

    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        may = what_it_may(common, "ServingRole", action, *arns)

        assert may == [action == "s3:GetObject", *[False] * 5]
    assert what_it_may(common, "ServingRole", "s3:ListBucket", arns[0].partition("/")[0]) == [False]


@pytest.mark.parametrize(
    ("role", "action", "kind", "behind"),
    [
        ("StartTrainingFunctionRole", "sagemaker:CreateTrainingJob", "training-job", ""),
        ("DeployEndpointFunctionRole", "sagemaker:DescribeTrainingJob", "training-job", ""),
        ("DeployEndpointFunctionRole", "sagemaker:DeleteModel", "model", "-v3-89abcdef"),
        (
            "DeployEndpointFunctionRole",
            "sagemaker:DeleteEndpointConfig",
            "endpoint-config",
            "-v3-89abcdef",
        ),
        (
            "DeployEndpointFunctionRole",
            "sagemaker:UpdateEndpoint",
            "endpoint-config",
            "-v12-89abcdef",
        ),
    ],
)
def test_no_role_reaches_a_stack_whose_name_begins_like_this_one_s(
    common, role, action, kind, behind
):
    stacks = {"verdict": True, "verdict-two": False, "verdict-eu-central-1": False, "other": False}
    runs = [f"{stack}-0123456789ab{n}" for stack in stacks for n in ("", "-2", "-34")]
    arns = [f"arn:aws:sagemaker:us-east-1:{common.account}:{kind}/{run}{behind}" for run in runs]

    may = what_it_may(common, role, action, *arns)

    assert may == [allowed for allowed in stacks.values() for _ in range(3)]
