"""IAM for the local cloud: which permissions a call needs, and whether a policy grants them.

The table follows AWS's Service Authorization Reference. It holds what this project's functions and
jobs may sensibly call; for a function, an operation that isn't in it fails by name, since a wrong
guess here would be a wrong policy on AWS. Developers may do everything.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from local.wire import Request


class Need(NamedTuple):
    """One permission that a call can't do without."""

    action: str
    resource: str
    context: dict[str, str] = {}  # noqa: RUF012 (a NamedTuple field, never changed)


Statement = dict[str, Any]


def allowed(
    statements: Iterable[Statement], action: str, resource: str, context: dict[str, str]
) -> bool:
    """Whether identity-based policies grant an action: some Allow, and no Deny."""
    effects = {s["Effect"] for s in statements if _applies(s, action, resource, context)}
    return "Allow" in effects and "Deny" not in effects


def denied(
    statements: Iterable[Statement], action: str, resource: str, context: dict[str, str]
) -> bool:
    """Whether a Deny says so explicitly: AWS words that differently."""
    return any(s["Effect"] == "Deny" and _applies(s, action, resource, context) for s in statements)


_PLAYED = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


def _applies(statement: Statement, action: str, resource: str, context: dict[str, str]) -> bool:
    if unknown := statement.keys() - _PLAYED:
        raise NotImplementedError(f"the local cloud doesn't play {sorted(unknown)} in a policy")
    # Actions ignore case; everything else in a policy minds it.
    actions = [item.lower() for item in _list(statement.get("Action", statement.get("NotAction")))]
    resources = _list(statement.get("Resource", statement.get("NotResource", "*")))
    if any(_like(action.lower(), item) for item in actions) is ("Action" not in statement):
        return False
    if any(_like(resource, item) for item in resources) is ("NotResource" in statement):
        return False
    return all(
        _condition(operator, wanted, context.get(key.lower()))
        for operator, pairs in statement.get("Condition", {}).items()
        for key, wanted in pairs.items()
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(value: str, pattern: str) -> bool:
    """Policy wildcards: * and ? only; fnmatch would also see character classes."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _condition(operator: str, wanted: Any, actual: str | None) -> bool:
    name, optional = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    values = [str(v).lower() if isinstance(v, bool) else str(v) for v in _list(wanted)]
    if name == "Null":
        return (actual is None) is (values == ["true"])
    negative = "Not" in name
    name = name.replace("Not", "", 1)
    if name == "StringEquals":
        hit = actual in values
    elif name == "StringEqualsIgnoreCase":
        hit = (actual or "").lower() in [value.lower() for value in values]
    elif name in ("StringLike", "ArnLike", "ArnEquals"):
        hit = actual is not None and any(_like(actual, value) for value in values)
    elif name == "Bool":
        hit = (actual or "").lower() in values
    else:
        raise NotImplementedError(f"the local cloud doesn't play the condition {operator!r}")
    if actual is None:
        return optional or negative
    return hit is not negative


# SageMaker operation → kind of ARN and the parameter that names it; None: the action has no
# resource-level permissions.
_SAGEMAKER: dict[str, tuple[tuple[str, str], ...]] = {
    "CreateTrainingJob": (("training-job", "TrainingJobName"),),
    "DescribeTrainingJob": (("training-job", "TrainingJobName"),),
    "StopTrainingJob": (("training-job", "TrainingJobName"),),
    "DeleteTrainingJob": (("training-job", "TrainingJobName"),),
    "ListTrainingJobs": (),
    **{
        f"{verb}HyperParameterTuningJob": (
            ("hyper-parameter-tuning-job", "HyperParameterTuningJobName"),
        )
        for verb in ("Create", "Describe", "Stop", "Delete", "ListTrainingJobsFor")
    },
    "ListHyperParameterTuningJobs": (),
    "CreateModel": (("model", "ModelName"),),
    "DescribeModel": (("model", "ModelName"),),
    "DeleteModel": (("model", "ModelName"),),
    "ListModels": (),
    "CreateEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "DescribeEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "DeleteEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "ListEndpointConfigs": (),
    "CreateEndpoint": (
        ("endpoint", "EndpointName"),
        ("endpoint-config", "EndpointConfigName"),
    ),
    "UpdateEndpoint": (
        ("endpoint", "EndpointName"),
        ("endpoint-config", "EndpointConfigName"),
    ),
    "DescribeEndpoint": (("endpoint", "EndpointName"),),
    "DeleteEndpoint": (("endpoint", "EndpointName"),),
    "ListEndpoints": (),
    "CreateModelPackageGroup": (("model-package-group", "ModelPackageGroupName"),),
    "DescribeModelPackageGroup": (("model-package-group", "ModelPackageGroupName"),),
    "DeleteModelPackageGroup": (("model-package-group", "ModelPackageGroupName"),),
    "ListModelPackageGroups": (),
    "CreateModelPackage": (("model-package", "ModelPackageGroupName"),),
    "DescribeModelPackage": (("model-package", "ModelPackageName"),),
    "UpdateModelPackage": (("model-package", "ModelPackageArn"),),
    "DeleteModelPackage": (("model-package", "ModelPackageName"),),
    "ListModelPackages": (("model-package", "ModelPackageGroupName"),),
    "AddTags": (("", "ResourceArn"),),
    "ListTags": (("", "ResourceArn"),),
    "DeleteTags": (("", "ResourceArn"),),
}
# S3 operation → action; lower-case "object"/"bucket" is what the ARN names.
_S3 = {
    "HeadObject": ("s3:GetObject", "object"),
    "GetObject": ("s3:GetObject", "object"),
    "GetObjectTagging": ("s3:GetObjectTagging", "object"),
    "PutObject": ("s3:PutObject", "object"),
    "PutObjectTagging": ("s3:PutObjectTagging", "object"),
    "CopyObject": ("s3:PutObject", "object"),
    "DeleteObject": ("s3:DeleteObject", "object"),
    "CreateMultipartUpload": ("s3:PutObject", "object"),
    "UploadPart": ("s3:PutObject", "object"),
    "UploadPartCopy": ("s3:PutObject", "object"),
    "CompleteMultipartUpload": ("s3:PutObject", "object"),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload", "object"),
    "ListParts": ("s3:ListMultipartUploadParts", "object"),
    "ListObjects": ("s3:ListBucket", "bucket"),
    "ListObjectsV2": ("s3:ListBucket", "bucket"),
    "ListObjectVersions": ("s3:ListBucketVersions", "bucket"),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads", "bucket"),
    "HeadBucket": ("s3:ListBucket", "bucket"),
    "GetBucketLocation": ("s3:GetBucketLocation", "bucket"),
    "GetBucketVersioning": ("s3:GetBucketVersioning", "bucket"),
}
_VERSIONED = {"s3:GetObject", "s3:DeleteObject", "s3:GetObjectTagging"}


def needs(request: Request, account: str, region: str) -> list[Need]:
    """The permissions that a call takes; NotImplementedError where the table has no entry."""
    operation, params = request.operation, request.params
    if request.service == "s3" and operation in {*_S3, "DeleteObjects"}:
        return list(_s3_needs(request))
    if request.service == "sagemaker" and operation in _SAGEMAKER:
        return list(_sagemaker_needs(operation, params, account, region))
    match request.service, operation:
        case "sagemaker-runtime", "InvokeEndpoint":
            arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/{params['EndpointName']}"
            return [Need("sagemaker:InvokeEndpoint", arn)]
        case "sns", "Publish":
            return [Need("sns:Publish", params.get("TopicArn", "*"))]
        case "sqs", "SendMessage" | "ReceiveMessage" | "DeleteMessage" | "GetQueueAttributes":
            queue = params.get("QueueUrl", "").rpartition("/")[2]
            return [Need(f"sqs:{operation}", f"arn:aws:sqs:{region}:{account}:{queue}")]
        case "lambda", "Invoke":
            name = params["FunctionName"].rpartition(":function:")[2]
            arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
            return [Need("lambda:InvokeFunction", arn)]
        case "cloudwatch", "PutMetricData":
            namespace = {"cloudwatch:namespace": str(params.get("Namespace", ""))}
            return [Need("cloudwatch:PutMetricData", "*", namespace)]
        case "logs", "CreateLogGroup" | "CreateLogStream" | "PutLogEvents" | "DescribeLogStreams":
            stream = f":log-stream:{params['logStreamName']}" if "logStreamName" in params else ""
            group = f"log-group:{params.get('logGroupName', '')}"
            return [Need(f"logs:{operation}", f"arn:aws:logs:{region}:{account}:{group}{stream}")]
        case "ssm", "GetParameter":
            name = params.get("Name", "").lstrip("/")
            return [Need("ssm:GetParameter", f"arn:aws:ssm:{region}:{account}:parameter/{name}")]
        case "sts", "GetCallerIdentity":
            return []  # needs no permission at all
    raise NotImplementedError(
        f"local/permissions.py doesn't say which permissions {request.service} {operation} takes"
    )


def _s3_needs(request: Request) -> Iterable[Need]:
    operation, params = request.operation, request.params
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if operation == "DeleteObjects":
        for item in params["Objects"]:
            action = "s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject"
            yield Need(action, f"{bucket}/{item['Key']}")
        return
    action, kind = _S3[operation]
    if "versionId" in request.query and action in _VERSIONED:
        action = action.replace("Object", "ObjectVersion")
    context = {f"s3:{k}": v for k, v in request.query.items() if k in ("prefix", "delimiter")}
    yield Need(action, bucket if kind == "bucket" else f"{bucket}/{params['Key']}", context)
    if source := params.get("CopySource"):
        read = "s3:GetObjectVersion" if "VersionId" in source else "s3:GetObject"
        yield Need(read, f"arn:aws:s3:::{source['Bucket']}/{source['Key']}")
    if request.header("x-amz-tagging"):
        yield Need("s3:PutObjectTagging", f"{bucket}/{params['Key']}")


def _sagemaker_needs(
    operation: str, params: dict[str, Any], account: str, region: str
) -> Iterable[Need]:
    def arn(kind: str, parameter: str) -> str:
        name = str(params.get(parameter, ""))
        if kind == "model-package" and parameter == "ModelPackageGroupName":
            name = f"{name.rpartition('/')[2]}/*".lstrip("/")  # which version, nobody knows yet
        if name.startswith("arn:"):
            return name
        return f"arn:aws:sagemaker:{region}:{account}:{kind}/{name}"

    resources = [arn(*place) for place in _SAGEMAKER[operation]]
    for resource in resources or ["*"]:
        yield Need(f"sagemaker:{operation}", resource)
    if operation.startswith("Create") and params.get("Tags"):
        yield Need("sagemaker:AddTags", resources[0])
    definition = params.get("TrainingJobDefinition", {})
    for role in (params.get("RoleArn"), params.get("ExecutionRoleArn"), definition.get("RoleArn")):
        if role:
            yield Need("iam:PassRole", role, {"iam:passedtoservice": "sagemaker.amazonaws.com"})
