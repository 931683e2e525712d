"""Least privilege, both ways: every call is allowed by the template, every permission is used.

The emulator and our SageMaker enforce the roles as CloudFormation made them, so a missing
permission breaks the loop. Here the calls of a whole life (trained, refused, rejected, rolled back)
are held against the roles' statements to find those that nobody needs.
"""

from urllib.request import urlopen

import pytest

from tests.conftest import MINUTE_SECONDS, SharedCloud, stand_in_template
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
    # Here no traffic is shifted.
    "WatchTheRollbackAlarm": {"cloudwatch:DescribeAlarms"},
    # AWS's guide to the model registry asks for these, its reference of permissions doesn't.
    "MakeModelsOfPackages": {"sagemaker:CreateModel"},
    "LookAtOurImages": {"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories"},
}
# Where an operation of S3 isn't called as its permissions are.
S3 = {
    "HeadObject": {"s3:GetObject"},
    "ListObjectsV2": {"s3:ListBucket"},
    "CopyObject": {"s3:GetObject", "s3:PutObject"},
    "CreateMultipartUpload": {"s3:PutObject"},
    "UploadPart": {"s3:PutObject"},
    "CompleteMultipartUpload": {"s3:PutObject"},
}


def needed(action):
    service, _, operation = action.partition(":")
    return S3.get(operation, {action}) if service == "s3" else {action}


def granted(cloud, role):
    """What the template's own statements allow and can be seen; those that SAM adds have no Sid."""
    iam = cloud.client("iam")
    allowed = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for statement in document["Statement"]:
            if "Sid" in statement and statement["Effect"] == "Allow":
                actions = statement["Action"]
                named = {actions} if isinstance(actions, str) else set(actions)
                allowed |= named - BEYOND_THE_LOCAL_CLOUD.get(statement["Sid"], set())
    return allowed


def roles(cloud):
    """The roles that CloudFormation made for the stack, by their names."""
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources")
    return [
        found["PhysicalResourceId"]
        for page in pages.paginate(StackName=cloud.status()["stack"])
        for found in page["StackResourceSummaries"]
        if found["ResourceType"] == "AWS::IAM::Role"
    ]


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
def cloud(emulator, tmp_path):
    """With an endpoint by instances, whose updates take more calls than a serverless one's."""
    made = SharedCloud(
        *(tmp_path, stand_in_template(tmp_path), emulator, MINUTE_SECONDS),
        parameters={"EndpointInstanceType": "ml.c6i.large"},
    )
    made.start()
    made.warm()
    yield made
    made.end()


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
    found = roles(cloud)
    assert len(found) == 5  # three functions, trainings and the endpoint

    for role in found:
        used = {
            action
            for call in calls
            if call["principal"] == role
            for action in needed(call["action"])
        }

        assert sorted(granted(cloud, role)) == sorted(used), role


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
    [role] = [name for name in roles(cloud) if f"-{logical_id}-" in name]
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
        ("DeployEndpointFunctionRole", "sagemaker:DeleteModel", "model", "-v3"),
        ("DeployEndpointFunctionRole", "sagemaker:DeleteEndpointConfig", "endpoint-config", "-v3"),
        ("DeployEndpointFunctionRole", "sagemaker:UpdateEndpoint", "endpoint-config", "-v12"),
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
