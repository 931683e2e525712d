"""InvokeEndpoint for the SDK in front of a serve process, with a stopwatch."""

import http.client
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Relay(ThreadingHTTPServer):
    """InvokeEndpoint in front of a serve process; `seconds` is what each call took from here on."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.port = port
        self.seconds: list[float] = []


class _Relay(BaseHTTPRequestHandler):
    server: Relay
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def setup(self) -> None:
        super().setup()
        self.upstream = http.client.HTTPConnection("127.0.0.1", self.server.port)

    def do_POST(self) -> None:
        start = time.perf_counter()
        body = self.rfile.read(int(self.headers["content-length"]))
        self.upstream.request("POST", "/invocations", body, {"content-type": "application/json"})
        response = self.upstream.getresponse()
        content = response.read()
        self.send_response_only(response.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.seconds.append(time.perf_counter() - start)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads these."""
