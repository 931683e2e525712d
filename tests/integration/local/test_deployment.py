"""A template on its way to a stack: deployed, changed, refused, and its model package group."""

import pytest
from botocore.exceptions import ClientError

from local import LocalError


@pytest.fixture
def changed(new_small):
    """A cloud whose template a test may change; `edit` replaces words of it."""
    cloud = new_small()

    def edit(*changes):
        text = cloud.template.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        cloud.template.write_text(text)
        cloud.restart()

    cloud.edit = edit
    return cloud


def stack(cloud):
    return cloud.client("cloudformation").describe_stacks(StackName="verdict")["Stacks"][0]


def test_a_stack_has_its_parameters_outputs_and_resources(shared):
    seen = stack(shared)
    told = {output["OutputKey"]: output["OutputValue"] for output in seen["Outputs"]}
    given = {p["ParameterKey"]: p["ParameterValue"] for p in seen["Parameters"]}
    pages = shared.client("cloudformation").get_paginator("list_stack_resources")
    types = {
        resource["LogicalResourceId"]: resource["ResourceType"]
        for page in pages.paginate(StackName="verdict")
        for resource in page["StackResourceSummaries"]
    }

    assert seen["StackStatus"] == "CREATE_COMPLETE"
    assert given == {"Colour": "blue", "Rate": "1000"}
    assert told == shared.status()["outputs"]
    assert types["Echo"] == "AWS::Lambda::Function"
    assert types["EchoRole"] == types["Worker"] == "AWS::IAM::Role"
    assert types["Inbox"] == "AWS::S3::Bucket"


def test_a_function_has_its_layer_and_the_declared_environment(shared, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")

    answer = shared.invoke("Echo", {"word": "schön"})

    assert answer["event"] == {"word": "schön"}
    assert answer["greeting"] == "hello from the layer"
    assert answer["name"] == "verdict-echo"
    environment = answer["environment"]
    assert (environment["STAGE"], environment["COLOUR"]) == ("test", "blue")
    assert environment["QUEUE"].startswith("verdict-Failures")
    assert environment["AWS_ENDPOINT_URL"] == shared.aws
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert "SECRET_OF_THE_DEVELOPER" not in environment


def test_a_changed_template_is_an_update_and_an_unchanged_one_is_none(changed):
    changed.edit()
    assert stack(changed)["StackStatus"] == "CREATE_COMPLETE"
    identity = stack(changed)["StackId"]

    changed.edit(
        ("STAGE: test", "STAGE: second"),
        ("  Diary:\n", "  Further:\n    Type: AWS::SQS::Queue\n\n  Diary:\n"),
    )

    assert stack(changed)["StackStatus"] == "UPDATE_COMPLETE"
    assert stack(changed)["StackId"] == identity
    assert changed.invoke("Echo", {})["environment"]["STAGE"] == "second"
    assert changed.function("Further")


def test_changed_code_is_deployed_too(changed):
    code = changed.template.parent / "code/app.py"
    code.write_text(code.read_text().replace('"greeting": GREETING', '"greeting": "new"'))
    changed.restart()

    assert changed.invoke("Echo", {})["greeting"] == "new"


def test_a_parameter_that_changes_is_an_update(changed):
    changed.more["parameters"] = {"Colour": "green"}
    changed.restart()

    assert changed.status()["outputs"]["Colour"] == "green"
    assert changed.invoke("Echo", {})["environment"]["COLOUR"] == "green"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Size": "1"}, "the template has no parameter 'Size'"),
        ({"Colour": "red"}, "Colour"),
        ({"Rate": "0"}, "Rate"),
    ],
)
def test_a_parameter_that_is_not_allowed_says_why(new_small, parameters, message):
    cloud = new_small(parameters=parameters, started=False)

    with pytest.raises(LocalError, match=message):
        cloud.start()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Resources:\n", "Resources: [\n"), "the template is no YAML"),
        (("CodeUri: code/", "CodeUri: nowhere/"), "there is no folder .*nowhere"),
        (("Layers: [!Ref Shared]", "Layers: [!Ref Nobody]"), "Nobody"),
    ],
)
def test_a_template_that_fails_says_which_resource_and_why(new_small, change, message):
    cloud = new_small(change, started=False)

    with pytest.raises(LocalError, match=message):
        cloud.start()


def test_what_failed_at_first_is_replaced_and_only_the_last_reasons_are_told(shared, new_small):
    name, taken = '!Sub "${AWS::StackName}-inbox-${AWS::AccountId}"', shared.bucket
    cloud = new_small((f"BucketName: {name}", f"BucketName: {taken}"), started=False)
    with pytest.raises(LocalError, match=r"template\.yaml: Inbox: .*exist"):
        cloud.start()
    cloud.stop()

    text = cloud.template.read_text()
    cloud.template.write_text(text.replace(taken, name))
    cloud.start()
    assert stack(cloud)["StackStatus"] == "CREATE_COMPLETE"

    further = f"  Further: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {taken}}}}}\n\n"
    cloud.template.write_text(
        text.replace(taken, name).replace("  Pages:\n", f"{further}  Pages:\n")
    )
    with pytest.raises(LocalError, match="Further") as failed:
        cloud.restart()
    assert "Inbox" not in str(failed.value)


def test_a_reference_to_nothing_is_taken(new_small):
    """On AWS it is an error of the template, as it is for `make check`."""
    cloud = new_small(("QUEUE: !GetAtt Failures.QueueName", "QUEUE: !Ref Nobody"))

    assert cloud.status()["ready"]


# --- The model package group --------------------------------------------------------------------


def groups(cloud):
    found = cloud.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    return {group["ModelPackageGroupName"]: group for group in found}


def test_the_group_is_made_with_its_stack_and_its_references_are_filled_in(shared):
    group = groups(shared)["verdict-packages"]

    assert group["ModelPackageGroupDescription"] == "What was made"
    outputs = shared.status()["outputs"]
    assert outputs["GroupArn"] == outputs["GroupName"] == group["ModelPackageGroupArn"]


def test_a_renamed_group_is_replaced(changed):
    changed.edit(('"${AWS::StackName}-packages"', '"${AWS::StackName}-other"'))

    changed.wait(lambda: groups(changed).keys() == {"verdict-other"}, "the old group to go")
    assert changed.status()["outputs"]["GroupArn"].endswith("/verdict-other")


def test_a_group_goes_with_its_stack_unless_it_holds_packages(new_small):
    cloud = new_small()
    sagemaker, cloudformation = cloud.client("sagemaker"), cloud.client("cloudformation")
    image = f"{cloud.account}.dkr.ecr.us-east-1.amazonaws.com/stand-ins:serve-1"
    package = sagemaker.create_model_package(
        ModelPackageGroupName="verdict-packages",
        InferenceSpecification={
            "Containers": [{"Image": image}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]

    def deleted():
        cloudformation.delete_stack(StackName="verdict")

        def ended():
            try:
                status = stack(cloud)["StackStatus"]
            except ClientError:
                return "gone"
            return not status.endswith("IN_PROGRESS") and status

        return cloud.wait(ended, "the end of the deletion")

    assert deleted() == "DELETE_FAILED"
    assert groups(cloud).keys() == {"verdict-packages"}
    sagemaker.delete_model_package(ModelPackageName=package)
    assert deleted() == "gone"
    assert groups(cloud) == {}


def test_buckets_go_with_their_stack_objects_included(new_small):
    """On AWS the deletion fails."""
    cloud = new_small()
    s3, bucket = cloud.client("s3"), cloud.bucket
    s3.put_object(Bucket=bucket, Key="left", Body=b"x")

    cloud.client("cloudformation").delete_stack(StackName="verdict")

    def is_gone():
        return bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]

    cloud.wait(is_gone, "the bucket to go")
