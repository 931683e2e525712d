"""Lambda on the wire: invoking the template's functions, and saying what they are."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.in_process import service_model
from local.intrinsics import text
from local.lambdas import (
    Functions,
    Invocation,
    ThrottledError,
    TooLargeError,
    UnknownFunctionError,
)
from local.sagemaker_shapes import check_input, check_output
from local.template import Resource, Stack
from local.wire import AwsError, Request, Response

_NOT_PLAYED = ("ClientContext", "DurableExecutionName", "TenantId", "MasterRegion")
Params = dict[str, Any]


class LambdaApi:
    """The operations on functions; each is checked on the way in and on the way out."""

    def __init__(self, stack: Stack, functions: Functions) -> None:
        self._stack, self._functions = stack, functions
        self._model = service_model("lambda")
        self._deployed_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        self._operations: dict[str, Callable[[Params], Params]] = {
            "GetFunction": self._get_function,
            "GetFunctionConfiguration": self._get_function_configuration,
            "ListFunctions": self._list_functions,
        }

    def played(self) -> set[str]:
        """The operations that are played."""
        return {"Invoke", *self._operations}

    def answer(self, request: Request) -> Response:
        """One call."""
        operation, params = request.operation, request.params
        if operation not in self.played():
            said = f"The local cloud does not play Lambda's operation {operation!r}"
            raise AwsError("UnknownOperationException", said, 404)
        shapes = self._model.operation_model(operation)
        check_input(shapes.input_shape, params)
        for name in _NOT_PLAYED:
            if name in params:
                raise _invalid(f"The local cloud does not play {name} of {operation}")
        if operation == "Invoke":
            return self._invoke(request)
        answer = self._operations[operation](params)
        check_output(shapes.output_shape, answer, operation)
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return Response(200, headers, [body])

    # --- Invoking ---------------------------------------------------------------------------

    def _invoke(self, request: Request) -> Response:
        """Synchronous, queued, or a dry run."""
        params = request.params
        arn = self._function(params).arn
        kind = params.get("InvocationType", "RequestResponse")
        headers = [("X-Amz-Executed-Version", "$LATEST"), ("Content-Type", "application/json")]
        if kind == "DryRun":
            return Response(204, headers, [])
        try:
            payload = request.body() or b"{}"
            if kind == "Event":
                self._functions.invoke_async(arn, json.loads(payload))
                return Response(202, [*headers, ("Content-Length", "0")], [])
            result = self._functions.invoke(arn, payload)
        except TooLargeError as error:
            raise AwsError("RequestTooLargeException", str(error), 413, Type="User") from error
        except ThrottledError as error:
            more = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, **more) from error
        except ValueError as error:
            said = f"Could not parse request body into json: {error}"
            raise AwsError("InvalidRequestContentException", said, Type="User") from error
        return Response(200, [*headers, *_outcome(result, params)], [result.payload])

    def _function(self, params: Params) -> Resource:
        """By its name, ARN, or (here only) logical id; there are no versions and no aliases."""
        given = params["FunctionName"]
        name, qualifier = _split(given)
        qualifier = params.get("Qualifier", qualifier or "$LATEST")
        try:
            resource = self._functions.resource(name)
        except UnknownFunctionError as error:
            raise self._unknown(given) from error
        if qualifier != "$LATEST":
            raise self._unknown(f"{resource.arn}:{qualifier}")
        return resource

    def _unknown(self, name: str) -> AwsError:
        if not name.startswith("arn:"):
            name = f"arn:aws:lambda:{self._stack.region}:{self._stack.account}:function:{name}"
        return AwsError(
            "ResourceNotFoundException", f"Function not found: {name}", 404, Type="User"
        )

    # --- Telling ----------------------------------------------------------------------------

    def _get_function(self, params: Params) -> Params:
        function = self._function(params)
        answer: Params = {"Configuration": self._configuration(function)}
        if tags := function.properties.get("Tags"):
            answer["Tags"] = {key: str(value) for key, value in tags.items()}
        if (reserved := function.properties.get("ReservedConcurrentExecutions")) is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": int(reserved)}
        return answer

    def _get_function_configuration(self, params: Params) -> Params:
        return self._configuration(self._function(params))

    def _list_functions(self, params: Params) -> Params:
        known = sorted(self._functions.resources, key=lambda function: function.name)
        left = [function for function in known if function.name > params.get("Marker", "")]
        shown = left[: params.get("MaxItems", 50)]
        answer: Params = {"Functions": [self._configuration(function) for function in shown]}
        return answer | ({"NextMarker": shown[-1].name} if len(shown) < len(left) else {})

    def _configuration(self, function: Resource) -> Params:
        properties = function.properties
        variables = properties.get("Environment", {}).get("Variables", {})
        place = f"{function.logical_id}.Environment"
        return {
            "FunctionName": function.name,
            "FunctionArn": function.arn,
            "Runtime": properties["Runtime"],
            "Handler": properties["Handler"],
            "Description": properties.get("Description", ""),
            "Timeout": int(properties.get("Timeout", 3)),
            "MemorySize": int(properties.get("MemorySize", 128)),
            "LastModified": self._deployed_at,
            "Version": "$LATEST",
            "Environment": {"Variables": {k: text(v, place) for k, v in variables.items()}},
            "TracingConfig": {"Mode": properties.get("Tracing", "PassThrough")},
            "Layers": [{"Arn": arn} for arn in properties.get("Layers", [])],
            "PackageType": "Zip",
            "Architectures": properties.get("Architectures", ["x86_64"]),
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }


def _split(name: str) -> tuple[str, str]:
    """Function and qualifier of `name`, `function:name`, `account:function:name` or an ARN."""
    if name.startswith("arn:"):
        parts = name.split(":")
        return ":".join(parts[:7]), ":".join(parts[7:])
    plain, _, qualifier = re.sub(r"^(\d{12}:)?(function:)?", "", name).partition(":")
    return plain, qualifier


def _outcome(result: Invocation, params: Params) -> list[tuple[str, str]]:
    headers = [("Content-Length", str(len(result.payload)))]
    if result.function_error:
        headers.append(("X-Amz-Function-Error", result.function_error))
    if params.get("LogType") == "Tail":
        tail = base64.b64encode(result.log).decode()
        headers.append(("X-Amz-Log-Result", tail))
    return headers


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, Type="User")
