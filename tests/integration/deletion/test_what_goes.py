"""What a deletion takes, what it leaves alone, and what it says where there is no stack."""

import json

from tests.integration.deletion.stack import (
    BESIDE,
    KEPT,
    STACK,
    live,
    nothing_is_left,
    switched_off,
)
from tests.integration.runs import GOOD

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
