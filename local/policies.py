"""What a role's policies say, the inline ones and the attached."""

from collections.abc import Iterator
from typing import Any


def policies(iam: Any, role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and document of each. ClientError if there is no such role."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield policy["PolicyName"], found["PolicyVersion"]["Document"]


def listed(value: Any) -> list[Any]:
    """What a policy has as a list, or as the one thing that would be in it."""
    return value if isinstance(value, list) else [value]
