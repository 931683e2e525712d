"""/_local/… on the AWS address: how the command line and tests speak with the cloud itself."""

import json
import threading
from collections.abc import Callable
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from local.faults import Faults
from local.front import Front

_PREFIX = "/_local/"


class Controlled(Protocol):
    """What is spoken with: of the cloud, these parts."""

    front: Front
    faults: Faults
    stopping: threading.Event

    def status(self) -> dict[str, Any]: ...
    def functions(self) -> dict[str, Any]: ...
    def listen(self, address: str) -> None: ...
    def publish(self, source: str, detail_type: str, detail: Any) -> None: ...


class Control:
    """WSGI middleware: answers below /_local/ by itself, everything else is AWS's."""

    def __init__(self, cloud: Controlled) -> None:
        self._front = cloud.front
        self._answers: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "status"): lambda _: cloud.status(),
            ("GET", "functions"): lambda _: cloud.functions(),
            ("GET", "calls"): lambda _: cloud.front.calls,
            ("POST", "listen"): lambda given: cloud.listen(given["address"]),
            ("POST", "events"): lambda e: cloud.publish(e["source"], e["detail-type"], e["detail"]),
            ("POST", "faults"): cloud.faults.add,
            ("GET", "faults"): lambda _: cloud.faults.pending(),
            ("DELETE", "faults"): lambda _: cloud.faults.clear(),
            ("POST", "shutdown"): lambda _: cloud.stopping.set(),
        }

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        is_ours = request.path.startswith(_PREFIX)
        answer = self._answer(request) if is_ours else self._front.answer(request)
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        answer = self._answers.get((request.method, request.path.removeprefix(_PREFIX)))
        if answer is None:
            known = ", ".join(f"{method} {_PREFIX}{name}" for method, name in self._answers)
            return _json({"error": f"there is only {known}"}, 404)
        body = request.get_data()
        try:
            if body and request.mimetype != "application/json":  # a web page can't, unasked
                raise ValueError("send application/json")
            return _json(answer(json.loads(body or b"{}")))
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)


def _json(body: Any, status: int = 200) -> Response:
    text = json.dumps({} if body is None else body)
    return Response(text, status, content_type="application/json")
