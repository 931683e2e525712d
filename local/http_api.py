"""API Gateway's HTTP API: its routes, their throttling, and the errors it answers by itself."""

import binascii
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import Any

from werkzeug.wrappers import Request, Response

from local.intrinsics import TemplateError
from local.lambdas import Functions, StoppingError, ThrottledError, TooLargeError
from local.proxy import Gateway, to_event, to_response
from local.template import Event, Resource, Stack

BODY_LIMIT_BYTES = 10_000_000
INTEGRATION_SECONDS = 30
_PLAYED = {
    *("AccessLogSettings", "DefaultRouteSettings", "Description", "FailOnWarnings", "Name"),
    *("RouteSettings", "StageName", "Tags"),
}
_EVENT = {"ApiId", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "TimeoutInMillis"}


class Throttle:
    """A token bucket: `rate` requests a second, `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._filled = burst, time.monotonic()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Take a token, if one is there."""
        with self._lock:
            now = time.monotonic()
            self._tokens += (now - self._filled) * self._rate
            self._tokens, self._filled = min(self._tokens, self._burst), now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class _Route:
    """One HttpApi event of a function."""

    def __init__(self, event: Event, settings: dict[str, Any]) -> None:
        self.function = event.function.logical_id
        self.method = str(event.properties.get("Method", "ANY")).upper()
        path = event.properties.get("Path")
        self.key = f"{self.method} {path}" if path else "$default"
        self.seconds = int(event.properties.get("TimeoutInMillis", 30_000)) / 1000
        parts = re.split(r"(\{[\w.-]+\+?\})", path or "/{proxy+}")
        self.pattern = re.compile("".join(_segment(part) for part in parts))
        variables = [part for part in parts if part.startswith("{")]
        # Smaller is more specific: literal paths, then variables, greedy ones, and $default last.
        greedy = any(part.endswith("+}") for part in variables)
        self.rank = (path is None, greedy, len(variables), self.method == "ANY")
        own = settings.get(self.key, {}) | event.properties.get("RouteSettings", {})
        limits = settings.get("*", {}) | own
        rate = float(limits.get("ThrottlingRateLimit", 10_000))
        self.throttle = Throttle(rate, float(limits.get("ThrottlingBurstLimit", 5_000)))

    def variables(self, request: Request) -> dict[str, str]:
        """The path's parameters."""
        match = self.pattern.fullmatch(request.path)
        return match.groupdict() if match and self.key != "$default" else {}


class HttpApi:
    """One AWS::Serverless::HttpApi; `answer` is what its address would answer."""

    def __init__(self, api: Resource, stack: Stack, functions: Functions) -> None:
        if unknown := api.properties.keys() - _PLAYED:
            raise TemplateError(
                f"Resources.{api.logical_id}: the local cloud doesn't play {sorted(unknown)}"
            )
        self.api = api
        self.domain = api.attributes["ApiEndpoint"].removeprefix("https://")
        self._gateway = Gateway(stack.account, api.ref, self.domain)
        self._functions = functions
        if api.properties.get("StageName", "$default") != "$default":
            raise TemplateError(f"Resources.{api.logical_id}.StageName: only $default is played")
        settings = {"*": api.properties.get("DefaultRouteSettings", {})}
        settings |= api.properties.get("RouteSettings", {})
        self._routes = sorted(
            (_Route(_checked(event), settings) for event in self._events(stack)),
            key=lambda route: route.rank,
        )
        self._pool = ThreadPoolExecutor(32, "http-api")

    def answer(self, request: Request) -> Response:
        """Route a request to its function and make its result an HTTP response."""
        route = next((r for r in self._routes if _fits(r, request)), None)
        if route is None:
            return _message(404, "Not Found")
        if not route.throttle.admits():
            return _message(429, "Too Many Requests")
        body = _body(request)
        if body is None:
            return _message(413, "Request Entity Too Large")
        event = json.dumps(
            to_event(self._gateway, route.key, route.variables(request), request, body)
        )
        try:
            call = self._pool.submit(self._functions.invoke, route.function, event.encode())
            invocation = call.result(min(route.seconds, INTEGRATION_SECONDS))
        except (LateError, StoppingError, ThrottledError):
            return _message(503, "Service Unavailable")
        except TooLargeError:
            return _message(413, "Request Entity Too Large")
        if invocation.function_error:
            return _message(500, "Internal Server Error")
        try:
            return to_response(json.loads(invocation.payload or b"null"))
        except (TypeError, ValueError, AttributeError, binascii.Error):
            return _message(500, "Internal Server Error")

    def stop(self) -> None:
        """Take no further request."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _events(self, stack: Stack) -> list[Event]:
        """The events that name this API, or none where it is the implicit one."""
        implicit = self.api.ref if self.api.logical_id == "ServerlessHttpApi" else None
        events = stack.events("HttpApi")
        return [e for e in events if e.properties.get("ApiId", implicit) == self.api.ref]


def _checked(event: Event) -> Event:
    path = f"Resources.{event.function.logical_id}.Properties.Events.{event.name}"
    if unknown := event.properties.keys() - _EVENT:
        raise TemplateError(f"{path}: the local cloud doesn't play {sorted(unknown)}")
    if str(event.properties.get("PayloadFormatVersion", "2.0")) != "2.0":
        raise TemplateError(f"{path}: only payload format 2.0 is played")
    return event


def _segment(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}+")
    return f"(?P<{name}>.+)" if part.endswith("+}") else f"(?P<{name}>[^/]+)"


def _fits(route: _Route, request: Request) -> bool:
    method_fits = route.method in ("ANY", request.method)
    return method_fits and (
        route.key == "$default" or route.pattern.fullmatch(request.path) is not None
    )


def _body(request: Request) -> bytes | None:
    """The whole body, or None if it is too large (read to its end, so that the client hears so)."""
    body = request.stream.read(BODY_LIMIT_BYTES + 1)
    if len(body) <= BODY_LIMIT_BYTES:
        return body
    while request.stream.read(1 << 20):
        pass
    return None


def _message(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status, content_type="application/json")
