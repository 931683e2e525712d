"""SageMaker's two protocols: what a call asks for, held against botocore's description in AWS's
words, and how an error looks on the way back.

botocore's ParamValidator stops at required members and types; AWS also minds patterns, lengths,
ranges and enums, and so do we.
"""

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.model import ServiceModel
from werkzeug.wrappers import Request, Response

CONTROL_PLANE, RUNTIME = "sagemaker", "sagemaker-runtime"
_NUMBERS = ("integer", "long", "float", "double", "timestamp")


class AwsError(Exception):
    """What a client gets to see as botocore's ClientError."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


def invalid(message: str) -> AwsError:
    """Most of what SageMaker refuses, it calls a ValidationException."""
    return AwsError("ValidationException", message)


def refuse(rules: Iterable[tuple[object, str]]) -> None:
    """ValidationException by the first of what must not be that is."""
    for is_wrong, sentence in rules:
        if is_wrong:
            raise invalid(sentence)


class Call(NamedTuple):
    """One call; the runtime's has a body that only the container understands."""

    service: str
    operation: str
    params: dict[str, Any]
    body: bytes = b""


@cache
def service_model(service: str) -> ServiceModel:
    """botocore's description of a service."""
    return botocore.session.Session().get_service_model(service)


def read(request: Request) -> Call:
    """Which operation is called and with what; one that nobody knows is told as it was asked.

    The body is read whole in any case: closing on unread bytes would reset the connection.
    """
    body = request.get_data()
    if target := request.headers.get("X-Amz-Target"):
        return Call(CONTROL_PLANE, target.rpartition(".")[2], _document(body))
    model = service_model(RUNTIME)
    for name in model.operation_names:
        operation: Any = model.operation_model(name)
        route = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
        found = re.fullmatch(route, request.path)
        if found and request.method == operation.http["method"]:
            headers = {  # of the members that travel in them
                member: request.headers.get(shape.serialization["name"])
                for member, shape in operation.input_shape.members.items()
                if shape.serialization.get("location") == "header"
            }
            given = {member: value for member, value in headers.items() if value is not None}
            return Call(RUNTIME, name, found.groupdict() | given, body)
    return Call(RUNTIME, f"{request.method} {request.path}", {}, body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"The body isn't JSON: {error}") from error
    if not isinstance(params, dict):
        raise AwsError("SerializationException", "The body isn't a JSON object")
    return params


def check_input(shape: Any, params: dict[str, Any]) -> None:
    """ValidationException that names every member which isn't as AWS wants it."""
    try:
        found = list(violations(shape, params))
    except WrongTypeError as error:
        raise AwsError("SerializationException", str(error)) from error
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise invalid(count + "; ".join(found))


class WrongTypeError(TypeError):
    """A value can't even be read as what the description says it is."""


def violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """A sentence for all that isn't as AWS wants it; WrongTypeError ends the search."""
    kind = shape.type_name
    if not _has_type(kind, value):
        name = type(value).__name__
        raise WrongTypeError(f"{name} can not be converted to {kind} at '{path}'")
    if kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield _sentence(None, join(path, name), "not be null")
        for name, member in value.items():
            if name in shape.members and member is not None:
                yield from violations(shape.members[name], member, join(path, name))
    elif kind == "list":
        for number, item in enumerate(value, 1):
            yield from violations(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        for key, item in value.items():
            yield from violations(shape.key, key, path)
            yield from violations(shape.value, item, f"{path}.{key}.member")
    yield from _constraints(shape, value, path)


def join(path: str, name: str) -> str:
    """The path of a structure's member, as AWS writes it."""
    lower = name[0].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _has_type(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int | float):
        return kind in (_NUMBERS if isinstance(value, int) else _NUMBERS[2:])
    types = {"structure": dict, "map": dict, "list": list, "string": str, "blob": str}
    return isinstance(value, types.get(kind, ()))


def _constraints(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    what, size = ("length", len(value)) if hasattr(value, "__len__") else ("value", value)
    if least is not None and size < least:
        yield _sentence(value, path, f"have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _sentence(value, path, f"have {what} less than or equal to {most}")
    if shape.type_name != "string":
        return
    if shape.enum and value not in shape.enum:
        yield _sentence(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and (regex := compiled(pattern)) and not regex.fullmatch(value):
        yield _sentence(value, path, f"satisfy regular expression pattern: {pattern}")


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what Python can't read, as Java's Unicode classes: nearly all text fits those."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _sentence(value: Any, path: str, constraint: str) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    shown = "null" if value is None else f"'{text}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def refusal(call: Call | None, error: AwsError) -> Response:
    """An error as an SDK expects it, its members by AWS's names."""
    shapes: list[Any] = []
    if call and call.operation in (model := service_model(call.service)).operation_names:
        shapes = model.operation_model(call.operation).error_shapes
    has_capital = any(s.error_code == error.code and "Message" in s.members for s in shapes)
    body = {"Message" if has_capital else "message": error.message, **error.members}
    headers = {"x-amzn-RequestId": secrets.token_hex(8)}
    if call and call.service == RUNTIME:
        headers |= {"x-amzn-errortype": error.code, "Content-Type": "application/json"}
    else:
        body["__type"] = error.code
        headers["Content-Type"] = "application/x-amz-json-1.1"
    return Response(json.dumps(body), error.status, headers)
