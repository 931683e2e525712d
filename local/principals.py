"""Who signs a call: a function, a role of the template, or the developer."""

from local.permissions import Need, allowed, denied
from local.programs import principal
from local.template import Resource, Stack
from local.wire import AwsError

_KINDS = ("AWS::Serverless::Function", "AWS::IAM::Role")


class Principals:
    """Access key ids and the policies behind them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known = {principal(r): r for kind in _KINDS for r in stack.of_type(kind)}

    def of(self, access_key: str | None) -> Resource | None:
        """The function or role that an access key id belongs to; None for the developer."""
        if access_key and access_key.startswith("LOCAL"):
            if access_key not in self._known:
                message = "The security token included in the request is invalid."
                raise AwsError("UnrecognizedClientException", message, 403)
            return self._known[access_key]
        return None

    def access_key(self, role_arn: str) -> str:
        """What a role signs with, once SageMaker has assumed it."""
        for role in self._stack.of_type("AWS::IAM::Role"):
            if role.arn == role_arn and _trusts(role, "sagemaker.amazonaws.com"):
                return principal(role)
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
            "principal 'sagemaker.amazonaws.com' to assume the role.",
        )

    def refusal(self, who: Resource, need: Need) -> str | None:
        """AWS's sentence if a permission is missing, else None."""
        statements = self._stack.statements(who.logical_id)
        context = {
            "aws:securetransport": "true",
            "aws:requestedregion": self._stack.region,
            "aws:principalaccount": self._stack.account,
            **need.context,
        }
        if allowed(statements, need.action, need.resource, context):
            return None
        why = f"because no identity-based policy allows the {need.action} action"
        if denied(statements, need.action, need.resource, context):
            why = "with an explicit deny in an identity-based policy"
        user = f"arn:aws:sts::{self._stack.account}:assumed-role/{self._role(who)}/{who.name}"
        return (
            f"User: {user} is not authorized to perform: {need.action} "
            f"on resource: {need.resource} {why}"
        )

    def _role(self, who: Resource) -> str:
        if who.type == "AWS::IAM::Role":
            return who.name
        for role in self._stack.of_type("AWS::IAM::Role"):
            mine = role.metadata.get("ForFunction") == who.logical_id
            if mine or role.arn == who.properties.get("Role"):
                return role.name
        return who.name


def _trusts(role: Resource, service: str) -> bool:
    document = role.properties.get("AssumeRolePolicyDocument", {})
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        trusted = statement.get("Principal", {}).get("Service", [])
        if statement.get("Effect") == "Allow" and service in (
            trusted if isinstance(trusted, list) else [trusted]
        ):
            return True
    return False
