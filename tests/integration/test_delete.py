"""`operations/delete.py` as typed, where something is in its way: cut off, going on, gone."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from local.calls import read
from tests.conftest import ROOT, SharedCloud
from tests.integration.runs import GOOD
from tests.integration.typed import settings_of
from tests.signals import hear_ctrl_c

STACK, BESIDE = "verdict", "verdict-test"  # names that begin alike
KEPT = f"Nothing of {STACK} is left but what AWS keeps or other stacks share:\n"


@pytest.fixture
def settings(cloud: SharedCloud) -> dict[str, str]:
    """What leads a script of operations/ to the local cloud."""
    return settings_of(cloud) | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def started(settings):
    """Starts a deletion; its output is read line by line."""

    def start(*options: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, ROOT / "operations/delete.py", "--stack-name", STACK, *options],
            env=os.environ | settings | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=hear_ctrl_c,
        )

    return start


TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def serving_image(cloud):
    [package] = cloud.client("sagemaker").list_model_packages(ModelPackageGroupName=STACK)[
        "ModelPackageSummaryList"
    ]
    described = cloud.client("sagemaker").describe_model_package(
        ModelPackageName=package["ModelPackageArn"]
    )
    return described["InferenceSpecification"]["Containers"][0]["Image"]


@pytest.fixture
def delete(started):
    def start(*options: str, **more: str) -> tuple[int, str]:
        with started("--yes", *options, **more) as deletion:
            printed, _ = deletion.communicate(timeout=120)
            return deletion.returncode, printed

    return start


def live(cloud):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")


def nothing_is_left(cloud):
    sagemaker, s3 = cloud.client("sagemaker"), cloud.client("s3")
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert cloud.training_jobs() == []
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert [name for name in names if name.startswith(STACK)] == []


def test_a_deletion_by_hand_that_failed_is_brought_to_its_end(cloud, delete):
    live(cloud)
    buckets = cloud.bucket, cloud.run_bucket
    cloudformation = cloud.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)  # fails: the group holds a package

    def failed():
        found = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return found["StackStatus"] == "DELETE_FAILED"

    cloud.wait(failed, "the deletion to fail")
    there = cloud.client("lambda").list_functions()["Functions"]
    assert [f["FunctionName"] for f in there if f["FunctionName"].startswith(STACK)] == []
    there = [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]
    assert not set(there) & set(buckets)

    code, printed = delete()

    assert code == 0, printed
    assert KEPT in printed
    nothing_is_left(cloud)


def test_an_endpoint_that_is_being_made_is_waited_for(cloud, delete):
    cloud.fault("creating_slow", match={"endpoint": STACK}, seconds=6)
    cloud.drop("reviews.csv", GOOD)
    cloud.wait(cloud.endpoint, "the endpoint to be made")
    assert cloud.endpoint()["EndpointStatus"] == "Creating"

    code, printed = delete()

    assert code == 0, printed
    assert f"waiting for endpoint {STACK}: Creating\n" in printed
    nothing_is_left(cloud)


def test_two_deletions_at_once_get_to_the_end(cloud, delete):
    live(cloud)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(delete())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for _, printed in ended:
        is_late = printed.startswith(f"There is no stack {STACK} in us-east-1.\n")
        assert KEPT in printed or (is_late and "But there is" not in printed), printed
    assert 0 in [code for code, _ in ended]
    nothing_is_left(cloud)


def test_what_a_running_function_makes_anew_goes_after_the_stack(cloud, started, delete):
    live(cloud)
    name, image = f"{STACK}-0123456789ab-v9-89abcdef", serving_image(cloud)
    sagemaker = cloud.client("sagemaker")
    s3, iam, elsewhere = cloud.client("s3"), cloud.client("iam"), f"elsewhere-{cloud.account}"
    s3.create_bucket(Bucket=elsewhere)  # the stack's own are empty by then
    s3.put_object(Bucket=elsewhere, Key="m", Body=b"")
    may = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    trust = {**TRUST, "Principal": {"Service": "sagemaker.amazonaws.com"}}
    role = iam.create_role(RoleName="late", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="late", PolicyName="read", PolicyDocument=policy(may))

    container = {"Image": image, "ModelDataUrl": f"s3://{elsewhere}/m"}
    late = {"ExecutionRoleArn": role, "PrimaryContainer": container}

    with started("--yes") as deletion:
        for line in deletion.stdout:
            if line.startswith("emptied bucket"):
                break
        sagemaker.create_model(ModelName=name, **late)
        printed = deletion.stdout.read()

    assert deletion.returncode == 0, printed
    assert printed.index("deleted stack") < printed.index(f"deleted model {name}\n")
    nothing_is_left(cloud)

    cloud.client("ecr").create_repository(repositoryName=STACK)  # for an image to be found
    sagemaker.create_model(ModelName=name, **late)  # or later still
    told = f"There is no stack {STACK} in us-east-1.\n"
    assert delete() == (0, f"{told}deleted model {name}\n")

    sagemaker.create_model(ModelName="theirs", **late)
    size = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    variant = {"VariantName": "v", "ModelName": "theirs", "ServerlessConfig": size}
    sagemaker.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=STACK, EndpointConfigName="theirs")
    assert delete() == (1, f"{told}But there is by its name:\nendpoint {STACK}\n")
    assert sagemaker.describe_endpoint(EndpointName=STACK)["EndpointConfigName"] == "theirs"


def test_a_stack_that_is_not_there_is_no_deletion_and_what_has_its_name_is_told(cloud, delete):
    assert delete()[0] == 0
    told, logs = f"There is no stack {STACK} in us-east-1.\n", cloud.client("logs")
    logs.create_log_group(logGroupName=f"/verdict/{STACK}-two/late")

    assert delete() == (1, told)

    left = f"/aws/sagemaker/Endpoints/{STACK}"  # by a deletion that was cut off
    logs.create_log_group(logGroupName=left)
    assert delete() == (0, f"{told}deleted log group {left}\n")

    logs.create_log_group(logGroupName=f"/verdict/{STACK}/late")
    told += f"But there is by its name:\nlog group /verdict/{STACK}/late\n"
    assert delete() == (1, told)


def test_buckets_that_a_stack_has_left_behind_are_deleted_with_all_versions(cloud, delete):
    assert delete()[0] == 0
    s3, behind = cloud.client("s3"), f"-{cloud.account}-us-east-1"
    gone = [f"{STACK}-{what}{behind}" for what in ("datasets", "page", "runs")]
    others = [f"{BESIDE}-runs{behind}", f"{STACK}-film{behind}", f"{STACK}-runs-{cloud.account}"]
    for name in (*gone, *others):
        s3.create_bucket(Bucket=name)
        versioning = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        for content in (b"one", b"two"):
            s3.put_object(Bucket=name, Key="datasets/reviews.csv", Body=content)
        s3.delete_object(Bucket=name, Key="datasets/reviews.csv")

    code, printed = delete()

    told = [line for name in gone for line in (f"emptied bucket {name}", f"deleted bucket {name}")]
    lines = printed.splitlines()
    assert (code, lines[0]) == (0, f"There is no stack {STACK} in us-east-1.")
    assert sorted(lines[1:]) == sorted(told)
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert there & {*gone, *others} == set(others)
    assert delete() == (1, f"There is no stack {STACK} in us-east-1.\n")

    s3.create_bucket(Bucket=gone[0])  # in the way of a stack that has none of its own, therefore
    nothing = {"Resources": {"No": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName=STACK, TemplateBody=json.dumps(nothing))
    assert delete()[0] == 0
    assert gone[0] not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_without_anybody_to_type_the_name_nothing_is_deleted(cloud, started):
    with started() as deletion:
        printed, _ = deletion.communicate(timeout=60)

    what = f"stack {STACK} in us-east-1 with all datasets, runs and models"
    assert printed == f"This deletes {what}. Type its name: Nothing was deleted.\n"
    assert deletion.returncode == 1


def test_the_region_is_what_the_aws_cli_would_take(cloud, delete):
    told = f"There is no stack {STACK} in ap-south-1.\n"

    assert delete(AWS_REGION="ap-south-1") == (1, told)
    assert delete(AWS_DEFAULT_REGION="ap-south-1") == (1, told)


def test_a_protected_stack_keeps_its_data(cloud, delete):
    cloudformation = cloud.client("cloudformation")
    cloudformation.update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    live(cloud)

    code, printed = delete()

    assert code == 1
    assert printed.startswith(f"Nothing was deleted, for the stack {STACK} is protected")
    assert cloud.receipt("reviews.csv")["state"] == "live"
    assert switched_off(cloud) == []
    remedy = printed.splitlines()[-1].split()
    assert remedy[:3] == ["aws", "cloudformation", "update-termination-protection"]
    assert remedy[-4:] == ["--stack-name", STACK, "--region", "us-east-1"]
    cloudformation.update_termination_protection(StackName=STACK, EnableTerminationProtection=False)
    assert delete()[0] == 0


def test_nothing_of_a_stack_whose_name_begins_alike_is_touched(cloud, delete):
    live(cloud)
    sagemaker = cloud.client("sagemaker")
    [model] = [m["ModelName"] for m in sagemaker.list_models()["Models"]]
    [config] = [
        c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs()["EndpointConfigs"]
    ]
    made = sagemaker.describe_model(ModelName=model)
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    others = [  # of a neighbour, of one whose runs end in digits, of an experiment, made by hand
        f"{BESIDE}-0123456789ab-v1",
        f"{STACK}-2-0123456789ab-v1",
        f"{STACK}-film",
        f"{STACK}-0123456789ab-v",
        f"{STACK}-0123456789ab-v1-mine",
    ]
    served = [f"{STACK}-0123456789ab-2-v3-89abcdef", *others]
    for name in served:
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=made["ExecutionRoleArn"], Containers=made["Containers"]
        )
        variant = {
            "VariantName": "live",
            "ModelName": name,
            "ServerlessConfig": variants[0]["ServerlessConfig"],
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    code, printed = delete()

    assert code == 0, printed
    assert sorted(m["ModelName"] for m in sagemaker.list_models()["Models"]) == sorted(others)
    left = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    assert sorted(c["EndpointConfigName"] for c in left) == sorted(others)


def test_trainings_come_to_their_end_before_the_buckets_are_emptied(cloud, delete):
    cloud.drop("lingering.csv", GOOD)
    run = cloud.follow("lingering.csv", "training")["run"]
    log = cloud.state / "logs" / f"{run}.log"
    cloud.wait(lambda: log.exists() and "epoch=1" in log.read_text(), "the training to learn")
    sagemaker, running = cloud.client("sagemaker"), []

    def looking(request, answer):
        if read(request).operation == "DeleteObjects":
            jobs = sagemaker.list_training_jobs()["TrainingJobSummaries"]
            statuses = {job["TrainingJobStatus"] for job in jobs}
            running.append(statuses & {"InProgress", "Stopping"})
        return answer(request)

    with cloud.before(looking):
        code, printed = delete()

    assert code == 0, printed
    assert f"stopping training job {run}" in printed
    assert running
    assert not any(running)
    nothing_is_left(cloud)


def switched_off(cloud):
    """The functions that don't run."""
    functions = cloud.client("lambda")
    return [
        found["FunctionName"]
        for found in functions.list_functions()["Functions"]
        if functions.get_function_concurrency(FunctionName=found["FunctionName"]).get(
            "ReservedConcurrentExecutions"
        )
        == 0
    ]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_deletion_that_is_cut_off_leaves_the_functions_running(cloud, started, delete, how):
    cloud.fault("creating_slow", match={"endpoint": STACK}, seconds=8)
    cloud.drop("reviews.csv", GOOD)
    cloud.wait(cloud.endpoint, "the endpoint to be made")

    with started("--yes") as deletion:
        for line in deletion.stdout:
            if line.startswith("waiting for endpoint"):
                assert len(switched_off(cloud)) == 2
                deletion.send_signal(how)
                break
        printed = deletion.stdout.read()

    assert deletion.returncode == 1
    assert printed.endswith(
        "The deletion was cut off.\nStart the deletion again: it goes on where it stopped.\n"
    )
    assert switched_off(cloud) == []
    cloud.follow("reviews.csv", "live")
    assert delete()[0] == 0
    nothing_is_left(cloud)


def test_a_deletion_that_fails_says_why_and_leaves_the_functions_running(cloud, delete):
    live(cloud)
    refusal = {"code": "AccessDeniedException", "message": "You may not.", "status": 400}
    cloud.fault("error", match={"operation": "DeleteModelPackage"}, **refusal)

    code, printed = delete()

    assert code == 1
    assert "You may not." in printed
    assert printed.endswith("\nStart the deletion again: it goes on where it stopped.\n")
    assert "Traceback" not in printed
    assert switched_off(cloud) == []
    assert delete()[0] == 0
    nothing_is_left(cloud)


def test_a_stack_that_can_not_be_deleted_is_told_with_the_reason(cloud, delete):
    """Somebody puts a package into the registry in the last moment."""
    group, sagemaker = cloud.status()["outputs"]["ModelPackageGroupArn"], cloud.client("sagemaker")
    made = []

    def filling(request, answer):
        call = read(request)
        if (call.service, call.operation) == ("cloudformation", "DeleteStack"):
            made.append(sagemaker.create_model_package(ModelPackageGroupName=group))
        return answer(request)

    with cloud.before(filling):
        code, printed = delete()

    assert code == 1
    assert "\nModelPackageGroup: " in printed
    left = printed.partition("Left over:\n")[2].splitlines()
    assert f"model package {made[0]['ModelPackageArn']}" in left
    assert f"stack {STACK}" in left
    assert left[-1] == "Start the deletion again: it takes up the rest."
    assert switched_off(cloud) == []
    assert delete()[0] == 0
    nothing_is_left(cloud)


def test_a_stack_of_the_same_name_trains_on_the_same_dataset_again(cloud, delete):
    live(cloud)
    before = cloud.receipt("reviews.csv")
    assert delete()[0] == 0

    cloud.stop()
    cloud.start()
    cloud.drop("reviews.csv", GOOD)
    after = cloud.follow("reviews.csv", "live")

    assert after["run"] == before["run"]


def test_what_aws_keeps_is_named(cloud, delete):
    logs = cloud.client("logs")
    trainings, endpoint = "/aws/sagemaker/TrainingJobs", f"/aws/sagemaker/Endpoints/{STACK}"
    for name in (trainings, endpoint, f"{endpoint}-two"):
        logs.create_log_group(logGroupName=name)

    code, printed = delete()

    assert code == 0, printed
    kept = printed.partition(KEPT)[2].splitlines()
    assert kept == [
        f"log group {trainings}, of all training jobs",
        "the policy of CloudWatch Logs that lets API Gateway log",
        "metrics in CloudWatch, which fade within 15 months",
    ]
    found = logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/")["logGroups"]
    assert [group["logGroupName"] for group in found] == [f"{endpoint}-two", trainings]


def test_a_deployment_that_is_under_way_is_waited_for(cloud, delete):
    cloudformation = cloud.client("cloudformation")
    pause = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "3"},
    }
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"film-{cloud.account}"}}
    template = {"Resources": {"Handle": handle, "Pause": pause, "Bucket": bucket}}
    cloudformation.create_stack(StackName="film", TemplateBody=json.dumps(template))

    code, printed = delete("--stack-name", "film")

    assert code == 0, printed
    assert printed.startswith("waiting for stack film: CREATE_IN_PROGRESS\n")
