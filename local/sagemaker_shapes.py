"""Checks input and output against botocore's own description of the API, in AWS's words.

botocore's ParamValidator stops at required members and types; AWS also minds patterns, lengths,
ranges and enums, and so do we.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from local.wire import AwsError

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "blob": (str,),
}


def check_input(shape: Shape | None, value: Any) -> None:
    """ValidationException that names every member which isn't as AWS wants it."""
    if shape is None:
        return
    found = list(_violations(shape, value, ""))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise AwsError("ValidationException", count + "; ".join(found))


def check_output(shape: Shape | None, value: Any, operation: str) -> None:
    """An answer that no SDK would understand is our mistake: RuntimeError."""
    if shape is not None and (found := mistakes(shape, value)):
        raise RuntimeError(f"the answer of {operation} isn't AWS's: {'; '.join(found)}")


def mistakes(shape: Shape, value: Any) -> list[str]:
    """What an SDK would not understand, or not find in the description, about a value of ours."""
    try:
        return [*_unknown(shape, value, ""), *_violations(shape, value, "")]
    except AwsError as error:  # a value of a wrong type
        return [error.message]


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not _has_type(shape, value):
        kind = type(value).__name__
        raise AwsError(
            "SerializationException",
            f"{kind} can not be converted to {shape.type_name} at '{path}'",
        )
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield _sentence(None, _join(path, name), "not be null")
        for name, member in value.items():
            if name in shape.members and member is not None:
                yield from _violations(shape.members[name], member, _join(path, name))
    elif shape.type_name == "list":
        yield from _length(shape, value, path)
        for number, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _violations(shape.key, key, path)
            yield from _violations(shape.value, item, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _length(shape, value, path)
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path)


def _has_type(shape: Any, value: Any) -> bool:
    expected = _TYPES[shape.type_name]
    return isinstance(value, expected) and (bool in expected or not isinstance(value, bool))


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _sentence(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
        yield _sentence(value, path, f"satisfy regular expression pattern: {pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for Java's Unicode classes, which tags and descriptions use: nearly all text fits."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _sentence(value, path, f"have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _sentence(value, path, f"have length less than or equal to {most}")


def _range(shape: Any, value: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _sentence(value, path, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _sentence(value, path, f"have value less than or equal to {most}")


def _sentence(value: Any, path: str, constraint: str) -> str:
    shown = (
        "null" if value is None else f"'{value if isinstance(value, str) else json.dumps(value)}'"
    )
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _join(path: str, name: str) -> str:
    lower = name[0].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _unknown(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name not in shape.members:
                yield f"there is no member '{_join(path, name)}'"
            elif member is None:
                yield f"'{_join(path, name)}' is null instead of absent"
            else:
                yield from _unknown(shape.members[name], member, _join(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _unknown(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(shape.value, item, f"{path}.{key}.member")
