"""Every answer and every error of our SageMaker, held against botocore's description of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.wrappers import Request, Response

from local.sagemaker import wire
from local.sagemaker.wire import AwsError, SageMakerCall, join, violations

COMMON = {  # what every operation may answer, with its HTTP statuses
    "AccessDeniedException": {400, 403},
    "ExpiredTokenException": {400, 403},
    "InternalFailure": {500},
    "SerializationException": {400},
    "ServiceUnavailable": {503},
    "ThrottlingException": {400},
    "UnknownOperationException": {400, 404},
    "UnrecognizedClientException": {400, 403},
    "ValidationException": {400},
}


class Described:
    """Stands before whatever answers requests; what isn't AWS's is refused and kept.

    Whoever has it looks at `complaints` in the end: a client may have tried again.
    """

    def __init__(self, answer: Callable[..., Response]) -> None:
        self._answer = answer
        self.complaints: list[str] = []

    def __call__(self, request: Request, *rest: Any) -> Response:
        response = self._answer(request, *rest)
        if _is_sagemakers(request) and (found := mistakes(request, response)):
            self.complaints.append(found)
            raise AssertionError(found)
        return response

    def check(self) -> None:
        """AssertionError if there was a complaint."""
        assert not self.complaints, "\n".join(self.complaints)


def _is_sagemakers(request: Request) -> bool:
    target = request.headers.get("X-Amz-Target", "")
    return target.startswith("SageMaker.") or request.path.startswith("/endpoints/")


def mistakes(request: Request, response: Response) -> str:
    """What AWS would not have answered to a request; nothing if it might have."""
    try:
        call = wire.read(request)
    except AwsError:
        call = SageMakerCall(wire.CONTROL_PLANE, "", {})
    model, operation = wire.service_model(call.service), None
    if call.operation in model.operation_names:
        operation = model.operation_model(call.operation)
    if response.status_code < 400:
        what, found = "answer", list(_in_answer(call, operation, response))
    else:
        code, members = _error(call, response)
        what = f"error {code}"
        found = list(_in_error(operation, code, members, response.status_code))
    return f"the {what} of {call.operation} isn't AWS's: {'; '.join(found)}" if found else ""


def _in_answer(call: SageMakerCall, operation: Any, response: Response) -> Iterator[str]:
    if operation is None:
        yield "there is no such operation"
    elif call.service == wire.RUNTIME:
        members = operation.output_shape.members
        headers = {name: shape.serialization.get("name", "") for name, shape in members.items()}
        told = {n: response.headers[h] for n, h in headers.items() if h in response.headers}
        yield from _in_value(operation.output_shape, told | {"Body": response.get_data().hex()})
    else:
        told = json.loads(response.get_data())
        if operation.output_shape is not None:
            yield from _in_value(operation.output_shape, told)
        elif told != {}:
            yield "it answers nothing"


def _error(call: SageMakerCall, response: Response) -> tuple[str, dict[str, Any]]:
    members = json.loads(response.get_data())
    if call.service == wire.RUNTIME:
        return response.headers["x-amzn-errortype"], members
    return members.pop("__type"), members


def _in_error(operation: Any, code: str, members: dict[str, Any], status: int) -> Iterator[str]:
    shapes = operation.error_shapes if operation else []
    shape = next((shape for shape in shapes if shape.error_code == code), None)
    if shape is None:
        statuses = COMMON.get(code, set())
        yield from (f"there is no member '{name}'" for name in members.keys() - {"message"})
    else:
        # As the JSON protocols have it, unless the description says otherwise.
        statuses = {int(shape.metadata.get("error", {}).get("httpStatusCode", 400))}
        yield from _in_value(shape, members)
    if not statuses:
        yield "there is no such code"
    elif status not in statuses:
        yield f"its status is {status} instead of {sorted(statuses)}"


def _in_value(shape: Any, value: Any) -> Iterator[str]:
    """What an SDK would not understand, or not find in the description."""
    try:
        yield from violations(shape, value)
        yield from _strangers(shape, value)
    except AwsError as error:
        yield str(error)


def _strangers(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """A client may send what the description lacks, or null; an answer may hold neither."""
    if shape.type_name == "structure":
        for name, member in value.items():
            below = join(path, name)
            if name not in shape.members:
                yield f"there is no member '{below}'"
            elif member is None:
                yield f"'{below}' is null instead of absent"
            else:
                yield from _strangers(shape.members[name], member, below)
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _strangers(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _strangers(shape.value, item, f"{path}.{key}.member")
