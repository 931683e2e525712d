"""What the local cloud knows about each CloudFormation resource type: name, Ref and attributes.

A type that isn't in the table fails by name. Types that aren't "played" may stand in a template
although nothing happens for them here: log groups, alarms, bucket policies….
"""

import hashlib
from typing import NamedTuple


class ResourceType(NamedTuple):
    """Format strings over {name} {stack} {id} {account} {region} {hash} {short}."""

    name_property: str | None = None
    ref: str = "{name}"
    attributes: dict[str, str] = {}  # noqa: RUF012 (a NamedTuple field, never changed)
    default_name: str = "{stack}-{id}"
    lower: bool = False
    played: bool = True


_ID = {"Id": "{name}"}
_RANDOM = "{hash:.32}"
_GROUP_ARN = "arn:aws:sagemaker:{region}:{account}:model-package-group/{name}"


def _accepted(
    name_property: str | None = None, arn: str = "", ref: str = "{name}", **attributes: str
) -> ResourceType:
    if arn:
        attributes["Arn"] = arn
    return ResourceType(name_property, ref, attributes, played=False)


TYPES = {
    "AWS::S3::Bucket": ResourceType(
        "BucketName",
        attributes={
            "Arn": "arn:aws:s3:::{name}",
            "DomainName": "{name}.s3.amazonaws.com",
            "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
        },
        lower=True,
    ),
    "AWS::Serverless::Function": ResourceType(
        "FunctionName",
        attributes={"Arn": "arn:aws:lambda:{region}:{account}:function:{name}"},
    ),
    "AWS::Serverless::LayerVersion": ResourceType(
        "LayerName",
        ref="arn:aws:lambda:{region}:{account}:layer:{name}:1",
        attributes={"LayerVersionArn": "arn:aws:lambda:{region}:{account}:layer:{name}:1"},
    ),
    "AWS::Serverless::HttpApi": ResourceType(
        attributes={
            "ApiId": "{name}",
            "ApiEndpoint": "https://{name}.execute-api.{region}.amazonaws.com",
        },
        default_name="{hash:.10}",
    ),
    "AWS::IAM::Role": ResourceType(
        "RoleName",
        attributes={
            "Arn": "arn:aws:iam::{account}:role/{name}",
            "RoleId": "AROA{short}",
        },
    ),
    "AWS::SQS::Queue": ResourceType(
        "QueueName",
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes={
            "Arn": "arn:aws:sqs:{region}:{account}:{name}",
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}",
        },
    ),
    "AWS::SNS::Topic": ResourceType(
        "TopicName",
        ref="arn:aws:sns:{region}:{account}:{name}",
        attributes={
            "TopicArn": "arn:aws:sns:{region}:{account}:{name}",
            "TopicName": "{name}",
        },
    ),
    "AWS::SSM::Parameter": ResourceType("Name"),
    "AWS::ECR::Repository": ResourceType(
        "RepositoryName",
        attributes={
            "Arn": "arn:aws:ecr:{region}:{account}:repository/{name}",
            "RepositoryUri": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
        },
        lower=True,
    ),
    "AWS::SageMaker::ModelPackageGroup": ResourceType(
        "ModelPackageGroupName",
        ref=_GROUP_ARN,
        attributes={"ModelPackageGroupArn": _GROUP_ARN},
    ),
    "AWS::CloudFront::Distribution": ResourceType(
        attributes={"Id": "{name}", "DomainName": "d{hash:.13}.cloudfront.net"},
        default_name="E{short}",
    ),
    "AWS::CloudFront::ResponseHeadersPolicy": ResourceType(attributes=_ID, default_name=_RANDOM),
    "AWS::CloudFront::OriginAccessControl": ResourceType(
        attributes=_ID, default_name="E{short}", played=False
    ),
    "AWS::CloudFront::CachePolicy": ResourceType(
        attributes=_ID, default_name=_RANDOM, played=False
    ),
    "AWS::CloudFront::OriginRequestPolicy": ResourceType(
        attributes=_ID, default_name=_RANDOM, played=False
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": _accepted(),
    "AWS::ApplicationAutoScaling::ScalingPolicy": _accepted(),
    "AWS::CloudWatch::Alarm": _accepted(
        "AlarmName", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
    ),
    "AWS::CloudWatch::CompositeAlarm": _accepted(
        "AlarmName", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
    ),
    "AWS::CloudWatch::Dashboard": _accepted("DashboardName"),
    "AWS::Lambda::Permission": _accepted(),
    "AWS::Logs::LogGroup": _accepted(
        "LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"
    ),
    "AWS::Logs::MetricFilter": _accepted("FilterName"),
    "AWS::S3::BucketPolicy": _accepted(),
    "AWS::SNS::Subscription": _accepted(),
    "AWS::SNS::TopicPolicy": _accepted(),
    "AWS::SQS::QueuePolicy": _accepted(),
}


def fingerprint(stack: str, logical_id: str) -> dict[str, str]:
    """Stand-ins for the random ids that AWS hands out: the same for the same stack and resource."""
    digest = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()
    return {"hash": digest, "short": digest[:13].upper()}
