"""/_local/… on the AWS address: how the command line and tests speak with the cloud itself."""

import json
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from local.events import Bus
from local.faults import Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_local/"
logger = logging.getLogger(__name__)


class Control:
    """WSGI middleware: answers below /_local/ by itself, everything else is AWS's."""

    def __init__(
        self,
        aws: "WSGIApplication",
        status: Callable[[], dict[str, Any]],
        functions: Callable[[], dict[str, Any]],
        listen: Callable[[str], None],
        calls: Callable[[], list[dict[str, Any]]],
        bus: Bus,
        faults: Faults,
        stop: Callable[[], None],
    ) -> None:
        self._aws = aws
        self._bus = bus
        self._faults = faults
        self._listen = listen
        self._stop = stop
        self._answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "status"): lambda _: status(),
            ("GET", "functions"): lambda _: functions(),
            ("GET", "calls"): lambda _: calls(),
            ("POST", "listen"): self._listen_too,
            ("POST", "events"): self._publish,
            ("POST", "faults"): self._add_fault,
            ("GET", "faults"): lambda _: self._faults.pending(),
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "shutdown"): self._shut_down,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(PREFIX):
            return self._aws(environ, start_response)
        return self._answer(Request(environ), path)(environ, start_response)

    def _answer(self, request: Request, path: str) -> Response:
        answer = self._answers.get((request.method, path.removeprefix(PREFIX)))
        if answer is None:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._answers)
            return _json({"error": f"there is only {known}"}, 404)
        try:
            return _json(answer(request))
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _publish(self, request: Request) -> Any:
        event = json.loads(request.get_data())
        return self._bus.publish(
            event["source"], event["detail-type"], event["detail"], event.get("resources")
        )

    def _add_fault(self, request: Request) -> Any:
        self._faults.add(json.loads(request.get_data()))
        return {}

    def _clear_faults(self, _: Request) -> Any:
        self._faults.clear()
        return {}

    def _listen_too(self, request: Request) -> Any:
        if request.mimetype != "application/json":  # what a foreign web page can't send unasked
            raise ValueError("send application/json")
        self._listen(request.get_json()["address"])
        return {}

    def _shut_down(self, _: Request) -> Any:
        logger.info("asked to stop")
        self._stop()
        return {"stopping": True}


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
