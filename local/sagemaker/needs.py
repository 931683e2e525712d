"""Which permissions SageMaker's operations take, by AWS's Service Authorization Reference.

The table holds what is played here. An operation that isn't in it fails by name, since a wrong
guess would be a wrong policy on AWS. `local/identity.py` asks a role's policies.
"""

from typing import Any, NamedTuple


class Need(NamedTuple):
    """One permission that a call can't do without."""

    action: str
    resource: str
    context: dict[str, str] = {}  # noqa: RUF012 (a NamedTuple field, never changed)


_VERBS = {  # a kind of resource: its ARN's name, and what can be done to one of it
    "TrainingJob": "training-job Create Describe Stop Delete",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job Create Describe Stop Delete "
    "ListTrainingJobsFor",
    "Model": "model Create Describe Delete",
    "EndpointConfig": "endpoint-config Create Describe Delete",
    "Endpoint": "endpoint Create Update Describe Delete Invoke",
    "ModelPackageGroup": "model-package-group Create Describe Delete",
    "ModelPackage": "model-package Describe Delete",
}
# Operation → kinds of ARN and the parameters that name them; none: the action has no
# resource-level permissions.
TABLE: dict[str, dict[str, str]] = {f"List{kind}s": {} for kind in _VERBS}
for _kind, (_arn, *_verbs) in ((kind, text.split()) for kind, text in _VERBS.items()):
    TABLE |= {f"{verb}{_kind}": {_arn: f"{_kind}Name"} for verb in _verbs}
TABLE["CreateEndpoint"]["endpoint-config"] = "EndpointConfigName"
TABLE["UpdateEndpoint"]["endpoint-config"] = "EndpointConfigName"
TABLE["CreateModelPackage"] = {"model-package": "ModelPackageGroupName"}
TABLE["ListModelPackages"] = {"model-package": "ModelPackageGroupName"}
TABLE["UpdateModelPackage"] = {"model-package": "ModelPackageArn"}
TABLE |= {f"{verb}Tags": {"": "ResourceArn"} for verb in ("Add", "List", "Delete")}


def needs(operation: str, params: dict[str, Any], account: str, region: str) -> list[Need]:
    """The permissions that a call takes; NotImplementedError where the table has no entry."""
    if operation not in TABLE:
        raise NotImplementedError(f"which permissions sagemaker {operation} takes isn't known here")
    resources = []
    for kind, parameter in TABLE[operation].items():
        name = str(params.get(parameter, ""))
        if kind == "model-package" and parameter == "ModelPackageGroupName":
            name = f"{name.rpartition('/')[2]}/*".lstrip("/")  # which version, nobody knows yet
        is_arn = name.startswith("arn:")
        resources.append(name if is_arn else f"arn:aws:sagemaker:{region}:{account}:{kind}/{name}")
    found = [Need(f"sagemaker:{operation}", resource) for resource in resources or ["*"]]
    if operation.startswith("Create") and params.get("Tags"):
        found.append(Need("sagemaker:AddTags", resources[0]))
    definition = params.get("TrainingJobDefinition", {})
    for role in (params.get("RoleArn"), params.get("ExecutionRoleArn"), definition.get("RoleArn")):
        if role:
            service = {"iam:passedtoservice": "sagemaker.amazonaws.com"}
            found.append(Need("iam:PassRole", role, service))
    return found
