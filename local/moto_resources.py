"""Those resources of the template that moto plays and nobody keeps: made anew at every start."""

import json
from collections.abc import Callable
from typing import Any

from local.template import Resource, Stack


def furnish(stack: Stack, client: Callable[[str], Any]) -> None:
    """Make queues, topics, repositories, roles and parameters, as a deployment would."""
    makers: dict[str, tuple[str, Callable[[Any, Resource], object]]] = {
        "AWS::SQS::Queue": ("sqs", lambda sqs, r: sqs.create_queue(QueueName=r.name)),
        "AWS::SNS::Topic": ("sns", lambda sns, r: sns.create_topic(Name=r.name)),
        "AWS::ECR::Repository": (
            "ecr",
            lambda ecr, r: ecr.create_repository(repositoryName=r.name),
        ),
        "AWS::IAM::Role": ("iam", _make_role),
        "AWS::SSM::Parameter": ("ssm", _make_parameter),
    }
    for kind, (service, make) in makers.items():
        for resource in stack.of_type(kind):
            make(client(service), resource)


def _make_role(iam: Any, resource: Resource) -> None:
    policy = resource.properties.get("AssumeRolePolicyDocument", {"Version": "2012-10-17"})
    iam.create_role(RoleName=resource.name, AssumeRolePolicyDocument=json.dumps(policy))


def _make_parameter(ssm: Any, resource: Resource) -> None:
    properties = resource.properties
    ssm.put_parameter(Name=resource.name, Value=properties["Value"], Type=properties["Type"])
