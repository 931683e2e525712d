"""`operations/deploy.py` as typed; tests/clients/test_make.py runs it in `make deploy`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.calls import read
from tests.clouds import free_port
from tests.templates import ROOT


@pytest.fixture
def run(common):
    """Runs a step of a deployment; gives its exit code and output."""

    def start(*arguments: str | Path, **more: str) -> tuple[int, str]:
        settings = {
            "AWS_ENDPOINT_URL": common.aws,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": common.account,
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        done = subprocess.run(
            [sys.executable, ROOT / "operations/deploy.py", *arguments],
            env=os.environ | settings | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    return start


@pytest.fixture
def begin(run, tmp_path):
    """Runs what `make deploy` begins with; gives its exit code, output and parameters."""

    def start(stack: str, parameters: str = "", **more: str) -> tuple[int, str, object]:
        file = tmp_path / "new" / "parameters.yaml"
        given = ("--stack-name", stack, "--parameters", parameters, "--to", file)
        code, printed = run("begin", *given, **more)
        return code, printed, json.loads(file.read_text()) if file.exists() else None

    return start


@pytest.fixture
def make(common):
    """Makes a stack of these resources, and doesn't wait for it."""

    def create(stack: str, **resources: dict[str, object]) -> None:
        common.client("cloudformation").create_stack(
            StackName=stack, TemplateBody=json.dumps({"Resources": resources})
        )

    return create


def pause(seconds):
    """Resources that take so long and then fail the stack, for nobody signals."""
    waiting = {"Handle": {"Ref": "Handle"}, "Timeout": str(seconds)}
    return {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Pause": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waiting},
    }


def status_of(common, stack):
    found = common.client("cloudformation").describe_stacks()["Stacks"]
    return next((one["StackStatus"] for one in found if one["StackName"] == stack), None)


def test_where_there_is_no_stack_only_the_parameters_are_looked_at(begin):
    assert begin("nowhere", "LogRetentionDays=7") == (0, "", {"LogRetentionDays": "7"})


def test_a_first_deployment_that_is_failing_is_waited_for_and_cleared_away(common, begin, make):
    make("film", **pause(12))  # a busy machine takes seconds until it looks

    code, printed, told = begin("film")

    assert (code, told) == (0, {})
    lines = printed.splitlines()
    assert lines[0] == "waiting for stack film: CREATE_IN_PROGRESS"
    assert "The first deployment of film failed. What is left of it goes first. It said:" in lines
    assert [line for line in lines if line.startswith("Pause: ") and len(line) > 10]
    assert status_of(common, "film") is None


def test_a_deletion_that_failed_is_for_make_delete(common, begin, make):
    group = {"ModelPackageGroupName": "stuck"}
    make("stuck", Group={"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": group})
    common.wait(lambda: status_of(common, "stuck") == "CREATE_COMPLETE", "the stack")
    sagemaker = common.client("sagemaker")
    sagemaker.create_model_package(**group)
    common.client("cloudformation").delete_stack(StackName="stuck")

    code, printed, told = begin("stuck")

    assert (code, told) == (1, None)
    remedy = "Type `make delete STACK=stuck REGION=us-east-1`, then deploy again."
    assert printed.splitlines()[-1] == f"The stack stuck is DELETE_FAILED. {remedy}"
    assert len(sagemaker.list_model_packages(**group)["ModelPackageSummaryList"]) == 1


def test_a_stack_of_verdict_0_1_gets_words_for_what_was_empty_in_it(common, begin):
    names = ("EndpointInstanceType", "NotificationEmail", "Gone")
    template = {
        "Parameters": {name: {"Type": "String", "Default": ""} for name in names},
        "Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    }
    common.client("cloudformation").create_stack(StackName="old", TemplateBody=json.dumps(template))

    _, _, told = begin("old", "EndpointInstanceType=ml.c6i.large")

    assert told == {"EndpointInstanceType": "ml.c6i.large", "NotificationEmail": "nobody"}


def test_without_aws_it_ends_with_a_sentence(begin):
    nobody = f"http://127.0.0.1:{free_port()}"

    code, printed, told = begin("film", AWS_ENDPOINT_URL=nobody, AWS_MAX_ATTEMPTS="1")

    assert (code, told) == (1, None)
    assert printed == f'Could not connect to the endpoint URL: "{nobody}/"\n'


# --- Once the stack is there --------------------------------------------------------------------


@pytest.mark.parametrize("is_there", [False, True])
def test_the_endpoint_s_logs_expire_whoever_makes_their_group_first(common, run, is_there):
    logs, name = common.client("logs"), "/aws/sagemaker/Endpoints/verdict"
    there = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    for group in there:
        logs.delete_log_group(logGroupName=group["logGroupName"])
    if is_there:
        logs.create_log_group(logGroupName=name)

    code, printed = run("end", "--stack-name", "verdict")

    assert code == 0, printed
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (name, 30)


def test_a_subscription_counts_once_it_is_confirmed(common, run):
    """The emulator takes everybody as having agreed; AWS answers so until somebody has."""
    sns, topic = common.client("sns"), common.status()["outputs"]["NoticesArn"]

    def waiting(request, usual):
        is_asked = read(request).operation == "ListSubscriptionsByTopic"
        answer = usual(request)
        if is_asked:
            arn = b"(?<=<SubscriptionArn>)[^<]+"
            answer.set_data(re.sub(arn, b"PendingConfirmation", answer.get_data()))
        return answer

    said = [run("end", "--stack-name", "verdict")[1]]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.org")
    with common.before(waiting):
        said.append(run("end", "--stack-name", "verdict")[1])
    said.append(run("end", "--stack-name", "verdict")[1])

    assert said == [
        "Nobody hears of alarms: PARAMETERS='NotificationEmail=you@example.org' changes that.\n",
        "Nobody hears of alarms: somebody@example.org has to follow the link in AWS's first "
        "message.\n",
        "",
    ]
