"""The local cloud as a whole: what is played by whom, on which ports, from start to stop."""

import contextlib
import fcntl
import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.addresses import AWS_PORT, HOST, PAGE_PORT
from local.aws import Aws
from local.containers import Engine, EngineError
from local.control import Control
from local.docker import Docker
from local.events import Bus
from local.faults import Faults
from local.lambdas import Functions
from local.programs import variables
from local.template import load
from local.web import Web

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)


class CloudError(Exception):
    """The local cloud can't start here; the message says what to do."""


class Cloud:
    """Everything in the template, running. Both ports are taken from here on, `start` answers them.

    `port` and `aws_port` fail if they are taken; None is the usual port, or any free one.
    """

    def __init__(
        self,
        template: Path,
        state: Path,
        *,
        aws_port: int | None = None,
        port: int | None = None,
        minute_seconds: float = 10,
        page: Path | None = None,
        api_url: str | None = None,
        with_docker: bool = False,
        parameters: dict[str, str] | None = None,
        stack_name: str = "verdict",
    ) -> None:
        self.stack = load(template, parameters, stack_name)
        self.state = state.resolve()
        self._lock = _locked(self.state)
        with contextlib.ExitStack() as undo:
            undo.callback(self._lock.close)
            self._aws_server = _server(aws_port, AWS_PORT)
            undo.callback(self._aws_server.server_close)
            self._page_server = _server(port, PAGE_PORT)
            undo.callback(self._page_server.server_close)
            engine = _docker(self.state) if with_docker else None
            page = page or self.stack.path.parent / "frontend"
            self._build(minute_seconds, page, api_url, engine)
            undo.pop_all()

    def _build(
        self, minute_seconds: float, page: Path, api_url: str | None, engine: Engine | None
    ) -> None:
        self.aws_url = f"http://{HOST}:{self._aws_server.port}"
        self.page_url = f"http://{HOST}:{self._page_server.port}/"
        self.faults = Faults()
        self.functions = Functions(self.stack, self.aws_url, self.state, minute_seconds)
        self.bus = Bus(self.stack, self.functions, self.faults, minute_seconds)
        self.aws = Aws(self.stack, self.state, self.bus, self.functions, self.faults, engine)
        self.web = Web(self.stack, self.functions, page, api_url)
        self.stopping = threading.Event()
        self._ready = False
        self._serving: list[BaseWSGIServer] = []
        self._listening: set[str] = set()
        self._aws_server.app = Control(
            self.aws.app,
            status=self.status,
            functions=self._functions,
            listen=self.listen,
            calls=lambda: self.aws.calls,
            bus=self.bus,
            faults=self.faults,
            stop=self.stopping.set,
        )
        self._page_server.app = self.web

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Restore the state, then answer. Who calls earlier waits: the ports already listen.

        `prepare` is called before a schedule fires, so that the functions' first look finds it.
        """
        self.aws.start()
        for server in (self._aws_server, self._page_server):
            self._serve(server)
        prepare()
        self.bus.start()
        self._ready = True

    def listen(self, address: str) -> None:
        """Answer AWS's calls on one more of this machine's private addresses, such as Docker's."""
        if not ipaddress.ip_address(address).is_private or address in ("0.0.0.0", "::"):  # noqa: S104 (to refuse it)
            raise ValueError(f"{address} may be reachable from anywhere")
        if address not in self._listening:
            port = self._aws_server.port
            try:
                server = _server(port, port, address)
            except CloudError as error:
                raise ValueError(f"{address} can't be had: {error}") from error
            server.app = self._aws_server.app
            self._serve(server)
            self._listening.add(address)

    def stop(self) -> None:
        """End every process and give the ports and the state back."""
        self._ready = False
        self.stopping.set()
        self._quietly(self.bus.stop)
        self._quietly(self.web.stop)
        self._quietly(self.functions.stop)
        self._quietly(self.aws.stop)
        for server in self._serving:
            self._quietly(server.shutdown)
        for server in (self._page_server, self._aws_server, *self._serving):
            self._quietly(server.server_close)
        self._lock.close()

    def status(self) -> dict[str, Any]:
        """What /_local/status tells."""
        triggers = (event.properties["Bucket"] for event in self.stack.events("S3"))
        return {
            "ready": self._ready,
            "pid": os.getpid(),
            "aws_url": self.aws_url,
            "page_url": self.page_url,
            "ports": {"aws": self._aws_server.port, "page": self._page_server.port},
            "template": str(self.stack.path),
            "state": str(self.state),
            "stack": self.stack.name,
            "account": self.stack.account,
            "region": self.stack.region,
            "outputs": self.stack.outputs,
            "functions": {r.logical_id: r.arn for r in self.functions.resources},
            "trigger_buckets": sorted(set(triggers)),
            "faults": self.faults.pending(),
        }

    def _functions(self) -> dict[str, Any]:
        """What /_local/functions tells: how else than here each function could be run."""
        return {
            resource.logical_id: {
                "runtime": resource.properties["Runtime"],
                "architecture": resource.properties.get("Architectures", ["x86_64"])[0],
                "variables": variables(resource, self.stack, self.aws_url),
            }
            for resource in self.functions.resources
        }

    def _serve(self, server: BaseWSGIServer) -> None:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        self._serving.append(server)

    def _quietly(self, step: Callable[[], None]) -> None:
        """One part that can't stop mustn't keep the others from it."""
        try:
            step()
        except Exception:
            logger.exception("while stopping")


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for every request."""


def _server(port: int | None, usual: int, host: str = HOST) -> BaseWSGIServer:
    def nothing_yet(_environ: Any, _start_response: Any) -> list[bytes]:
        raise RuntimeError("not started")

    app: WSGIApplication = nothing_yet
    for number in [usual, 0] if port is None else [port]:
        # werkzeug ends the process when a port is taken, so it gets a socket that already listens.
        listener = _listener(host, number)
        if listener is not None:
            server = make_server(
                host, number, app, threaded=True, request_handler=_Handler, fd=listener
            )
            os.close(listener)
            return server
    raise CloudError(f"port {port} is taken; choose another one or end what uses it")


def _listener(host: str, port: int) -> int | None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return None
        listener.listen(128)
        return listener.detach()


def _docker(state: Path) -> Docker:
    try:
        return Docker(state)
    except EngineError as error:
        raise CloudError(str(error)) from error


def _locked(state: Path) -> IO[str]:
    """The state folder's lock, held until it is closed or this process dies."""
    state.mkdir(parents=True, exist_ok=True)
    lock = (state / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read()
        lock.close()
        raise CloudError(
            f"{state} belongs to a local cloud that runs already (process {owner}); stop it with"
            " `python -m local down`, or give this one a state folder of its own with --state"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
