"""A function's worker: AWS's own runtime client (awslambdaric) in a child process.

It asks the Runtime API that we serve for work; one worker answers one invocation at a time.
"""

import json
import queue
import re
import secrets
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any, NamedTuple

from local import children
from local.programs import Program

INIT_SECONDS = (
    60  # Lambda gives 10 s, then starts again within the time-out; a busy laptop is slower
)
RESPONSE_LIMIT_BYTES = 6_291_556
_LOOK_SECONDS = 0.1  # how often a busy process's memory is looked at
_API = "/2018-06-01/runtime"


class Invocation(NamedTuple):
    """What an invocation ended with: `function_error` is None, or "Unhandled" as on Lambda."""

    payload: bytes
    function_error: str | None = None
    log: bytes = b""  # the end of what it wrote into its log


class _Request(NamedTuple):
    id: str
    arn: str
    payload: bytes
    deadline_ms: int


class Worker:
    """One warm process. `call` isn't for two threads at once; `alive` says whether to keep it."""

    def __init__(self, program: Program) -> None:
        self._requests: queue.Queue[_Request | None] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ready = False
        self._log = program.log
        self._memory_mb = int(program.environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self._server = _RuntimeApi(self._requests, self._answers)
        threading.Thread(target=self._serve, daemon=True).start()
        self._process = children.start(
            [sys.executable, "-m", "awslambdaric", program.handler],
            cwd=program.folder,
            env=program.environment | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.port}"},
            log=program.log,
        )
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, request_id: str, arn: str, payload: bytes, timeout_seconds: int) -> Invocation:
        """Hand an invocation to the process and wait for what becomes of it."""
        if not self._ready:
            kind, body = self._answer(INIT_SECONDS)
            if kind != "ready":
                self.stop()
                return self._broken(kind, body, request_id, INIT_SECONDS)
            self._ready = True
        deadline_ms = int((time.time() + timeout_seconds) * 1000)
        self._requests.put(_Request(request_id, arn, payload, deadline_ms))
        kind, body = self._answer(timeout_seconds)
        if kind == "response" and len(body) <= RESPONSE_LIMIT_BYTES:
            return Invocation(body)
        return self._broken(kind, body, request_id, timeout_seconds)

    def stop(self) -> None:
        """Kill the process; whoever waits for its answer learns of it."""
        children.end(self._process)
        self._requests.put(None)
        threading.Thread(target=self._server.shutdown, daemon=True).start()  # takes half a second

    def _serve(self) -> None:
        with self._server:
            self._server.serve_forever()

    def _answer(self, seconds: float) -> tuple[str, bytes]:
        """What the process says within this time and within its memory."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                found = self._answers.get(timeout=min(left, _LOOK_SECONDS))
            except queue.Empty:
                found = None
            if found and found[0] == "exit":
                return found
            if _peak_mb(self._process.pid) > self._memory_mb:
                self.stop()
                return "exit", b"with error: signal: killed"
            if found:
                return found
        return "timeout", b""

    def _broken(self, kind: str, body: bytes, request_id: str, seconds: int) -> Invocation:
        if kind in ("error", "init_error"):
            return Invocation(body, "Unhandled")
        if kind == "response":
            self.stop()  # its runtime client ends by itself at such an answer
            message = "Response payload size exceeded maximum allowed payload size"
            message += f" ({RESPONSE_LIMIT_BYTES} bytes)."
            error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        elif kind == "timeout":
            self.stop()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            error = {"errorType": "Sandbox.Timedout", "errorMessage": message}
        else:
            message = f"RequestId: {request_id} Error: Runtime exited {body.decode()}"
            error = {"errorType": "Runtime.ExitError", "errorMessage": message}
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{error['errorMessage']}\n")
        return Invocation(json.dumps(error).encode(), "Unhandled")

    def _watch(self) -> None:
        code = self._process.wait()
        how = "without providing a reason"
        if code < 0:
            how = f"with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
        elif code > 0:
            how = f"with error: exit status {code}"
        self._answers.put(("exit", how.encode()))


def _trace() -> str:
    """A trace that nobody samples, as where tracing is off."""
    root = f"1-{int(time.time()):x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"


def _peak_mb(pid: int) -> int:
    """The most memory that a process has held so far, by the kernel's account; 0 but on Linux."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) // 1024 if found else 0


class _RuntimeApi(ThreadingTCPServer):
    """Lambda's Runtime API for one worker, on a port of its own."""

    daemon_threads = True

    def __init__(
        self,
        requests: "queue.Queue[_Request | None]",
        answers: "queue.Queue[tuple[str, bytes]]",
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = requests
        self.answers = answers
        self.asked = False
        self.port = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed leaves a broken connection; `_watch` tells about it."""


class _Handler(BaseHTTPRequestHandler):
    server: _RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def do_GET(self) -> None:
        if self.path != f"{_API}/invocation/next":
            self.send_error(404)
            return
        if not self.server.asked:
            self.server.asked = True
            self.server.answers.put(("ready", b""))
        request = self.server.requests.get()
        if request is None:
            self.close_connection = True
            return
        self._send(
            200,
            request.payload,
            {
                "Lambda-Runtime-Aws-Request-Id": request.id,
                "Lambda-Runtime-Deadline-Ms": str(request.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": request.arn,
                "Lambda-Runtime-Trace-Id": _trace(),
            },
        )

    def do_POST(self) -> None:
        body = self._body()
        kind = {"response": "response", "error": "error"}.get(self.path.rsplit("/", 1)[-1])
        if kind is None or not self.path.startswith(_API):
            self.send_error(404)
            return
        if self.path == f"{_API}/init/error":
            kind = "init_error"
        if kind == "response" and len(body) > RESPONSE_LIMIT_BYTES:
            self._send(413, b'{"errorType":"RequestEntityTooLarge"}', {})
        else:
            self._send(202, b'{"status":"OK"}', {})
        self.server.answers.put((kind, body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads these."""
