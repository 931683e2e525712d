"""What a call of SageMaker asks for, held against botocore's description in AWS's words.

botocore's ParamValidator stops at required members and types; AWS also minds patterns, lengths,
ranges and enums, and so do we.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from werkzeug.wrappers import Request

from local.calls import AwsError, route, service_model

CONTROL_PLANE, RUNTIME = "sagemaker", "sagemaker-runtime"
_NUMBERS = ("integer", "long", "float", "double", "timestamp")


def invalid(message: str) -> AwsError:
    """Most of what SageMaker refuses, it calls a ValidationException."""
    return AwsError("ValidationException", message)


def refuse(rules: Iterable[tuple[object, str]]) -> None:
    """ValidationException by the first of what must not be that is."""
    for is_wrong, sentence in rules:
        if is_wrong:
            raise invalid(sentence)


class SageMakerCall(NamedTuple):
    """One call; the runtime's has a body that only the container understands."""

    service: str
    operation: str
    params: dict[str, Any]
    body: bytes = b""


def read(request: Request) -> SageMakerCall:
    """Which operation is called and with what; one that nobody knows is told as it was asked.

    The body is read whole in any case: closing on unread bytes would reset the connection.
    """
    body = request.get_data()
    if target := request.headers.get("X-Amz-Target"):
        return SageMakerCall(CONTROL_PLANE, target.rpartition(".")[2], _document(body))
    operation, params = route(RUNTIME, request)
    model = service_model(RUNTIME)
    if operation in model.operation_names:
        for member, shape in model.operation_model(operation).input_shape.members.items():
            header = shape.serialization.get("name", "")
            if shape.serialization.get("location") == "header" and header in request.headers:
                params[member] = request.headers[header]
    return SageMakerCall(RUNTIME, operation, params, body)


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
    if found := list(violations(shape, params)):
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise invalid(count + "; ".join(found))


def violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """A sentence for all that isn't as AWS wants it; SerializationException for a wrong type."""
    kind = shape.type_name
    if not _has_type(kind, value):
        text = f"{type(value).__name__} can not be converted to {kind} at '{path}'"
        raise AwsError("SerializationException", text)
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
