"""CloudFormation, as far as it is read: the stack, its parameters, outputs and resources."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from local.in_process import service_model
from local.sagemaker_shapes import check_output
from local.template import Resource, Stack
from local.wire import AwsError, Request, Response

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_NOT_ARGUMENTS = {"Action", "Version"}
_MADE_OF = {  # what CloudFormation makes of SAM's types
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
}


class CloudFormation:
    """One stack, complete since the local cloud started."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._id = f"arn:aws:cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/local"
        self._since = datetime.now(UTC).timestamp()
        self._operations: dict[str, tuple[set[str], Callable[[dict[str, str]], Any]]] = {
            "DescribeStacks": ({"StackName"}, self._describe_stacks),
            "DescribeStackResource": ({"StackName", "LogicalResourceId"}, self._describe_resource),
            "DescribeStackResources": (
                {"StackName", "LogicalResourceId"},
                self._describe_resources,
            ),
            "ListStackResources": ({"StackName"}, self._list_resources),
        }

    def answer(self, request: Request) -> Response:
        """One call, in the query protocol."""
        operation, given = request.operation, request.params.keys() - _NOT_ARGUMENTS
        if operation not in self._operations:
            text = f"The local cloud does not play CloudFormation's operation {operation!r}"
            raise AwsError("UnknownOperationException", text)
        played, play = self._operations[operation]
        if unknown := given - played:
            raise _invalid(f"The local cloud does not play {sorted(unknown)} in {operation}")
        answer = play(request.params)
        shape = service_model("cloudformation").operation_model(operation).output_shape
        check_output(shape, answer, operation)
        result = f"<{operation}Result>{_xml(shape, answer)}</{operation}Result>"
        known = (
            f"<ResponseMetadata><RequestId>{secrets.token_hex(8)}</RequestId></ResponseMetadata>"
        )
        body = f'<{operation}Response xmlns="{_NAMESPACE}">{result}{known}</{operation}Response>'
        encoded = body.encode()
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(encoded)))]
        return Response(200, headers, [encoded])

    def _describe_stacks(self, params: dict[str, str]) -> Any:
        if "StackName" in params:
            self._check(params["StackName"])
        pairs = self._stack.parameters.items()
        outputs = self._stack.outputs.items()
        stack = {
            "StackId": self._id,
            "StackName": self._stack.name,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in pairs],
            "CreationTime": self._since,
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs],
        }
        return {"Stacks": [stack]}

    def _describe_resource(self, params: dict[str, str]) -> Any:
        self._check(params.get("StackName", ""))
        resource = self._resource(params.get("LogicalResourceId", ""))
        shown = self._shown(resource, "LastUpdatedTimestamp")
        return {"StackResourceDetail": shown | {"StackName": self._stack.name}}

    def _describe_resources(self, params: dict[str, str]) -> Any:
        self._check(params.get("StackName", ""))
        wanted = self._stack.resources.values()
        if "LogicalResourceId" in params:
            wanted = [self._resource(params["LogicalResourceId"])]  # type: ignore[assignment]
        names = {"StackName": self._stack.name, "StackId": self._id}
        return {"StackResources": [self._shown(r, "Timestamp") | names for r in wanted]}

    def _list_resources(self, params: dict[str, str]) -> Any:
        self._check(params.get("StackName", ""))
        found = self._stack.resources.values()
        return {"StackResourceSummaries": [self._shown(r, "LastUpdatedTimestamp") for r in found]}

    def _check(self, name: str) -> None:
        if name not in (self._stack.name, self._id):
            raise _invalid(f"Stack with id {name} does not exist")

    def _resource(self, logical_id: str) -> Resource:
        if logical_id not in self._stack.resources:
            raise _invalid(f"Resource {logical_id} does not exist for stack {self._stack.name}")
        return self._stack.resources[logical_id]

    def _shown(self, resource: Resource, time: str) -> dict[str, Any]:
        return {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.ref,
            "ResourceType": _MADE_OF.get(resource.type, resource.type),
            time: self._since,
            "ResourceStatus": "CREATE_COMPLETE",
        }


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _xml(shape: Any, value: Any) -> str:
    """A value in the query protocol's XML."""
    if shape.type_name == "structure":
        members = ((name, shape.members[name], item) for name, item in value.items())
        return "".join(f"<{name}>{_xml(member, item)}</{name}>" for name, member, item in members)
    if shape.type_name == "list":
        return "".join(f"<member>{_xml(shape.member, item)}</member>" for item in value)
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    return escape(str(value))
