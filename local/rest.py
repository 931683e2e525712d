"""Calls of AWS's REST protocol: which operation is meant, and with which parameters."""

import re
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from local.in_process import service_model


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    constants: dict[str, str]  # of the query
    operation: str
    input_shape: Any


def read(
    service: str, method: str, path: str, query: dict[str, str], headers: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    """Operation and parameters of a call, but for its body; without an operation, what was asked.

    `headers` are lower-case.
    """
    for route in _routes(service):
        is_meant = route.method == method and route.constants.items() <= query.items()
        if is_meant and (found := route.pattern.fullmatch(path)):
            places = {"uri": found.groupdict(), "querystring": query, "header": headers}
            return route.operation, _params(route.input_shape, places)
    return f"{method} {path}", {}


@cache
def _routes(service: str) -> list[_Route]:
    model = service_model(service)
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri, _, constants = operation.http["requestUri"].partition("?")
        parts = re.split(r"\{(\w+)\+?\}", uri)
        pattern = "".join(
            f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
        wanted = dict(parse_qsl(constants, keep_blank_values=True))
        method, shape = operation.http["method"], operation.input_shape
        routes.append(_Route(method, re.compile(f"{pattern}/?"), wanted, name, shape))
    return sorted(routes, key=lambda route: -len(route.constants))


def _params(shape: Any, places: dict[str, dict[str, str]]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, member in shape.members.items():
        place = member.serialization.get("location")
        known = places.get(place, {})
        wire_name = member.serialization.get("name", name)
        key = wire_name.lower() if place == "header" else wire_name
        if key in known:
            params[name] = _typed(known[key], member.type_name)
    return params


def _typed(value: str, kind: str) -> Any:
    """A number where one is wanted; what isn't one is refused with the other checks."""
    return int(value) if kind == "integer" and re.fullmatch(r"-?\d+", value) else value
