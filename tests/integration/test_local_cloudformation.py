"""The stack as CloudFormation shows it, read by boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.aws_fixtures import Machine, machine

__all__ = ["machine"]


@pytest.fixture
def cloudformation(machine: Machine) -> Any:
    return machine.client("cloudformation")


def test_a_stack_has_its_parameters_and_outputs(cloudformation: Any) -> None:
    [stack] = cloudformation.describe_stacks(StackName="stack")["Stacks"]

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Parameters"] == [{"ParameterKey": "Colour", "ParameterValue": "red & blue"}]
    assert stack["Outputs"] == [
        {"OutputKey": "Place", "OutputValue": "s3://stack-shelf/<in> & out"}
    ]
    assert cloudformation.describe_stacks()["Stacks"] == [stack]
    assert cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"] == [stack]
    cloudformation.get_waiter("stack_create_complete").wait(StackName="stack")


def test_resources_are_those_of_the_template(cloudformation: Any) -> None:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="stack")
    found = [item for page in pages for item in page["StackResourceSummaries"]]

    names = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}
    types = {item["LogicalResourceId"]: item["ResourceType"] for item in found}
    assert names["Shelf"] == "stack-shelf"
    assert names["Worker"] == "stack-Worker"
    assert types["OnFiled"] == "AWS::Lambda::Function"
    assert types["Shared"] == "AWS::Lambda::LayerVersion"
    assert names["OnFiledRole"].startswith("stack-OnFiledRole")

    described = cloudformation.describe_stack_resources(StackName="stack")["StackResources"]
    assert [item["LogicalResourceId"] for item in described] == list(names)
    one = cloudformation.describe_stack_resource(StackName="stack", LogicalResourceId="Shelf")
    assert one["StackResourceDetail"]["PhysicalResourceId"] == "stack-shelf"
    [same] = cloudformation.describe_stack_resources(StackName="stack", LogicalResourceId="Shelf")[
        "StackResources"
    ]
    assert same["ResourceType"] == "AWS::S3::Bucket"


def test_what_is_not_there_or_not_played_is_refused_by_name(cloudformation: Any) -> None:
    calls = [
        (cloudformation.describe_stacks, {"StackName": "other"}, "other does not exist"),
        (
            cloudformation.describe_stack_resource,
            {"StackName": "stack", "LogicalResourceId": "None"},
            "Resource None does not exist for stack stack",
        ),
        (
            cloudformation.describe_stack_resources,
            {"PhysicalResourceId": "stack-shelf"},
            "does not play .'PhysicalResourceId'.",
        ),
        (
            cloudformation.delete_stack,
            {"StackName": "stack"},
            "does not play CloudFormation's operation 'DeleteStack'",
        ),
    ]
    for call, arguments, message in calls:
        with pytest.raises(ClientError, match=message):
            call(**arguments)
