"""What the SAM transform does with a template, as far as the local cloud plays it."""

from typing import Any

from local.intrinsics import TemplateError
from local.resource_types import TYPES

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
ROLE = "AWS::IAM::Role"
_GLOBALS = {"Function": FUNCTION, "HttpApi": HTTP_API}
_EVENTS = {"EventBridgeRule", "HttpApi", "S3", "Schedule", "ScheduleV2"}
_DESTINATIONS = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}
# What SAM writes into the role of every function: AWSLambdaBasicExecutionRole.
_LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
_MANAGED = {"AWSLambdaBasicExecutionRole": [_LOGS]}


def transform(template: dict[str, Any]) -> None:
    """Merge Globals and add what SAM would create: the functions' roles, the implicit HTTP API."""
    sections = template.get("Globals", {})
    for name in sections.keys() - _GLOBALS.keys():
        raise TemplateError(f"Globals.{name}: the local cloud doesn't play this")
    shared = {_GLOBALS[name]: properties for name, properties in sections.items()}
    resources = template["Resources"]
    for logical_id, resource in list(resources.items()):
        kind = resource.get("Type")
        if kind not in TYPES:
            raise TemplateError(f"Resources.{logical_id}: the local cloud doesn't play {kind}")
        if kind in shared:
            resource["Properties"] = _merged(shared[kind], resource.get("Properties", {}))
        if kind == FUNCTION:
            _check_events(logical_id, resource["Properties"])
        if kind == FUNCTION and "Role" not in resource["Properties"]:
            role = {"Type": ROLE, "Metadata": {"ForFunction": logical_id}}
            condition = {key: resource[key] for key in ("Condition",) if key in resource}
            resources[f"{logical_id}Role"] = role | condition
        if kind == FUNCTION and _needs_implicit_api(resource["Properties"]):
            implicit = {"Type": HTTP_API, "Properties": shared.get(HTTP_API, {})}
            resources.setdefault("ServerlessHttpApi", implicit)


def _check_events(logical_id: str, properties: dict[str, Any]) -> None:
    for name, event in properties.get("Events", {}).items():
        if event.get("Type") not in _EVENTS:
            path = f"Resources.{logical_id}.Properties.Events.{name}"
            raise TemplateError(f"{path}: the local cloud doesn't play {event.get('Type')} events")


def _needs_implicit_api(properties: dict[str, Any]) -> bool:
    events = properties.get("Events", {}).values()
    return any(e["Type"] == "HttpApi" and "ApiId" not in e.get("Properties", {}) for e in events)


def _merged(shared: Any, own: Any) -> Any:
    """As SAM merges Globals: maps by key, lists end to end, otherwise the resource's own value."""
    both_maps = isinstance(shared, dict) and isinstance(own, dict)
    if both_maps and not _is_intrinsic(shared) and not _is_intrinsic(own):
        both = {key: _merged(shared[key], own[key]) for key in shared.keys() & own.keys()}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list):
        return shared + own
    return own


def _is_intrinsic(value: dict[str, Any]) -> bool:
    return len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::"))


def statements(policies: list[Any], place: str) -> list[dict[str, Any]]:
    """The statements in a list of policy documents and managed policies."""
    found: list[dict[str, Any]] = []
    for policy in policies:
        if isinstance(policy, str) and policy.rsplit("/", 1)[-1] in _MANAGED:
            found += _MANAGED[policy.rsplit("/", 1)[-1]]
        elif isinstance(policy, dict) and "Statement" in policy:
            statement = policy["Statement"]
            found += statement if isinstance(statement, list) else [statement]
        else:
            named = policy if isinstance(policy, str) else ", ".join(policy)
            raise TemplateError(f"{place}.Policies: the local cloud doesn't know {named}")
    return found


def implied_statements(properties: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """What SAM adds to the role it makes: logs, and sending to the on-failure destination."""
    found = [_LOGS]
    invocation = properties.get("EventInvokeConfig", {})
    for destination in invocation.get("DestinationConfig", {}).values():
        if destination.get("Type") not in _DESTINATIONS:
            raise TemplateError(f"{place}.EventInvokeConfig: can't play {destination.get('Type')}")
        action = _DESTINATIONS[destination["Type"]]
        found.append({"Effect": "Allow", "Action": action, "Resource": destination["Destination"]})
    return found
