"""A container that serves: healthy before it gets requests, and started again when it dies."""

import http.client
import threading
import time

from local.containers import Container, Engine, EngineError, Running

PING_LIMIT_SECONDS = 180
INVOCATION_LIMIT_SECONDS = 60
_RESTART_DELAY_SECONDS = 1.0


class NotHealthyError(Exception):
    """The container ended, or its /ping didn't answer 200 in time."""


class Server:
    """A serving container, started again whenever it dies."""

    def __init__(self, engine: Engine, container: Container) -> None:
        self._engine, self._container = engine, container
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._ending = threading.Event()

    def start(self, limit_seconds: float = PING_LIMIT_SECONDS) -> None:
        """Return once /ping answers 200; NotHealthyError or EngineError if it never does."""
        self._engine.prepare(self._container.program)
        running = self._launch()
        deadline = time.monotonic() + limit_seconds
        while not _ping(running):
            if running.poll() is not None or time.monotonic() > deadline or self._ending.is_set():
                self.end()
                raise NotHealthyError
            self._ending.wait(0.02)
        name = f"watch-{self._container.name}"
        threading.Thread(target=self._watch, args=(running,), daemon=True, name=name).start()

    def end(self) -> None:
        """SIGTERM, then SIGKILL."""
        self._ending.set()
        with self._lock:
            running = self._running
        if running is not None:
            running.end(grace_seconds=5)

    def request(
        self, body: bytes, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """POST /invocations. OSError if nobody answers, TimeoutError if it is too slow."""
        if self._running is None:
            raise ConnectionRefusedError
        connection = _connection(self._running, INVOCATION_LIMIT_SECONDS)
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def _launch(self) -> Running:
        with self._lock:
            if self._ending.is_set():
                raise NotHealthyError
            self._running = self._engine.start(self._container)
            return self._running

    def _watch(self, running: Running) -> None:
        while True:
            running.wait()
            if self._ending.wait(_RESTART_DELAY_SECONDS):
                return
            try:
                running = self._launch()
            except (NotHealthyError, EngineError):
                return


def _ping(running: Running) -> bool:
    connection = None
    try:
        connection = _connection(running, 2)
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        if connection:
            connection.close()


def _connection(running: Running, seconds: float) -> http.client.HTTPConnection:
    host, port = running.address
    return http.client.HTTPConnection(host, port, timeout=seconds)
