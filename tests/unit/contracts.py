"""Whether a document is as its type says: TypedDicts, lists, tuples, unions and literals."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict


def faults(value: Any, hint: Any, path: str = "$") -> Iterator[str]:
    """What is missing, foreign or of another type, by its path in the document."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        yield from _members(value, hint, path)
    elif hint is Any:
        return
    elif origin in (UnionType, Union):
        tried = [list(faults(value, one, path)) for one in arguments]
        yield from min(tried, key=len)
    elif origin is Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is none of {arguments}"
    elif origin in (list, tuple, dict) and not isinstance(value, list | tuple | dict):
        yield f"{path}: {value!r} is no {origin.__name__}"
    elif origin in (list, tuple):
        kinds = arguments * len(value) if origin is list else arguments
        for number, (one, kind) in enumerate(zip(value, kinds, strict=True)):
            yield from faults(one, kind, f"{path}[{number}]")
    elif origin is dict:
        for name, one in value.items():
            yield from faults(one, arguments[1], f"{path}.{name}")
    elif type(value) is not hint and not (hint is float and type(value) is int):
        yield f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"


def _members(value: Any, hint: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no {hint.__name__}"
        return
    hints = get_type_hints(hint)
    for name in hint.__required_keys__ - value.keys():
        yield f"{path}: {name} is missing"
    for name in value.keys() - hints.keys():
        yield f"{path}: {name} is foreign"
    for name in value.keys() & hints.keys():
        yield from faults(value[name], hints[name], f"{path}.{name}")
