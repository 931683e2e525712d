"""The processes behind endpoints, and the calls to them."""

import contextlib
import http.client
import json
import logging
import secrets
import shutil
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Response

from local import LocalError
from local.calls import AwsError
from local.containers.processes import Container, Processes, Running
from local.sagemaker.artifacts import download
from local.sagemaker.models import Models, variant_of
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Resource
from local.sagemaker.wire import SageMakerCall

_PING_SECONDS, _INVOCATION_SECONDS, _RESTART_SECONDS = 180, 60, 1.0
_SERVERLESS_BYTES, _BYTES = 4 * 1024 * 1024, 6_291_456
_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"
_NOT_READY = ("ModelNotReadyException", "The model is not ready yet.", 429)
_THROTTLED = ("ThrottlingException", "Rate exceeded")
_Answer = tuple[int, http.client.HTTPMessage, bytes]
logger = logging.getLogger(__name__)


class Server:
    """A serving container: healthy before it gets requests, started again whenever it dies."""

    def __init__(self, engine: Processes, container: Container) -> None:
        self._engine, self.container = engine, container
        self._running: Running | None = None
        self._launching, self._ending = threading.Lock(), threading.Event()
        self._busy, self._changed = 0, threading.Condition()  # requests that it is answering

    def start(self) -> bool:
        """Whether /ping answers 200 in time; LocalError if there can be no container."""
        self._engine.prepare(self.container.program)
        running = self._launch()
        deadline = time.monotonic() + _PING_SECONDS
        while running and not _ping(running):
            if running.poll() is not None or time.monotonic() > deadline or self._ending.is_set():
                return False
            self._ending.wait(0.02)
        name = f"watch-{self.container.name}"
        threading.Thread(target=self._watch, args=(running,), daemon=True, name=name).start()
        return running is not None

    def end(self) -> None:
        """SIGTERM, then SIGKILL."""
        self._ending.set()
        with self._launching:
            running = self._running
        if running is not None:
            running.end(grace_seconds=5)

    def take(self, most: int | None) -> bool:
        """Announce a request, unless there are as many as there may be."""
        with self._changed:
            is_free = not most or self._busy < most
            self._busy += is_free
            return is_free

    def request(self, body: bytes, headers: dict[str, str]) -> _Answer:
        """POST /invocations, announced before. OSError if nobody answers; TimeoutError is one."""
        try:
            if self._running is None:
                raise ConnectionRefusedError
            seconds = _INVOCATION_SECONDS
            return _ask(self._running, seconds, "POST", "/invocations", body, headers)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def drain(self, is_over: Callable[[], bool]) -> None:
        """Let a server that gets no more requests answer those it has."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy or is_over(), _INVOCATION_SECONDS)

    def _launch(self) -> Running | None:
        with self._launching:
            if not self._ending.is_set():
                self._running = self._engine.start(self.container)
                return self._running
        return None

    def _watch(self, running: Running | None) -> None:
        with contextlib.suppress(LocalError):
            while running:
                running.wait()
                self._ending.wait(_RESTART_SECONDS)
                running = self._launch()


def _ping(running: Running) -> bool:
    try:
        return _ask(running, 2, "GET", "/ping")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def _ask(running: Running, seconds: float, method: str, path: str, *rest: Any) -> _Answer:
    connection = http.client.HTTPConnection(*running.address, timeout=seconds)
    with contextlib.closing(connection):
        connection.request(method, path, *rest)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


class Serving:
    """One server for each endpoint that is, or was last, in service."""

    def __init__(self, platform: Platform, models: Models) -> None:
        self._platform, self._models = platform, models
        self._folder = platform.state / "endpoints"
        self._lock = threading.Lock()
        self._live: dict[str, Server] = {}
        self._all: set[Server] = set()  # those that start and those that drain among them

    def start(self) -> None:
        """Model folders are unpacked anew each time."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """End every server at once."""
        with self._lock, ThreadPoolExecutor() as pool:
            list(pool.map(Server.end, self._all))

    def replace(self, endpoint: Resource, config: Resource) -> None:
        """Serve an endpoint by a config. LocalError if it fails: the old server stays."""
        variant, is_closing = variant_of(config), self._platform.closing.is_set
        server = Server(self._platform.engine, self._container(endpoint.name, variant))
        try:
            with self._lock:
                if is_closing():
                    raise LocalError("The local cloud is going down.")
                self._all.add(server)
            if not server.start():
                name = variant["VariantName"]
                raise LocalError(
                    f"The primary container for production variant {name} did not pass the ping "
                    "health check. Please check CloudWatch logs for this endpoint."
                )
            with self._lock:
                if endpoint.shown["EndpointStatus"] == "Deleting" or is_closing():
                    raise LocalError("The endpoint was deleted meanwhile.")
                old = self._live.get(endpoint.name)
                self._live[endpoint.name] = server
        except LocalError:
            self._end(server)
            raise
        if old:
            old.drain(is_closing)
            self._end(old)

    def end(self, endpoint: str) -> None:
        """End an endpoint's server."""
        with self._lock:
            server = self._live.pop(endpoint, None)
        if server:
            self._end(server)
        shutil.rmtree(self._folder / endpoint, ignore_errors=True)

    def _end(self, server: Server) -> None:
        server.end()
        shutil.rmtree(server.container.base, ignore_errors=True)
        with self._lock:
            self._all.discard(server)

    def _container(self, endpoint: str, variant: Params) -> Container:
        base = self._folder / endpoint / secrets.token_hex(4)
        model = self._models.models.find(variant["ModelName"])
        container = self._models.container(model.shown)
        program = self._platform.program(container["Image"])
        url, archive = container["ModelDataUrl"], base / "model.tar.gz"
        try:
            s3 = self._platform.assume("s3", model.shown["ExecutionRoleArn"])
            download(s3, url, archive)
            shutil.unpack_archive(archive, base / "model", filter="data")
            archive.unlink()
        except (ClientError, BotoCoreError, AwsError, OSError, tarfile.TarError, EOFError) as error:
            raise LocalError(
                f'Failed to download model data for container "container_1" from URL: "{url}". '
                "Please ensure that there is an object located at the URL and that the role "
                "passed to CreateModel has permissions to download the model."
            ) from error
        return Container(
            name=endpoint,
            program=program,
            verb="serve",
            base=base,
            environment=container.get("Environment", {}) | {"AWS_REGION": self._platform.region},
            log=self._platform.logs / f"{endpoint}.log",
            instance_type=variant.get("InstanceType", ""),
            serverless_mb=variant.get("ServerlessConfig", {}).get("MemorySizeInMB", 0),
            is_isolated=model.shown["EnableNetworkIsolation"],
        )

    # --- InvokeEndpoint ---------------------------------------------------------------------

    def invoke(self, call: SageMakerCall, config: Resource) -> Response:
        """Pass a call on to the container, with the limits and errors of a real endpoint."""
        name, variant = call.params["EndpointName"], variant_of(config)
        try:
            self._misbehave(name)
            _, headers, answer = self._pass_on(name, self._taken(call, variant), call)
        except AwsError as error:
            status = error.members.get("OriginalStatusCode", 500)
            if error.code in ("ModelError", "ServiceUnavailable") and not 400 <= status < 500:
                self._measure(EndpointName=name, VariantName=variant["VariantName"])
            raise
        response = Response(answer)
        response.headers["Content-Type"] = headers.get("Content-Type", "application/octet-stream")
        response.headers["x-Amzn-Invoked-Production-Variant"] = variant["VariantName"]
        if custom := headers.get(_CUSTOM):
            response.headers[_CUSTOM] = custom
        return response

    def _misbehave(self, name: str) -> None:
        faults = self._platform.faults
        for kind, error in (("endpoint_throttled", _THROTTLED), ("cold_start", _NOT_READY)):
            if faults.take(kind, endpoint=name):
                raise AwsError(*error)
        if fault := faults.take("model_error", endpoint=name):
            message = fault.get("message", json.dumps({"error": "On request."}))
            raise self._model_error(name, fault.get("status", 500), message)

    def _taken(self, call: SageMakerCall, variant: Params) -> Server:
        """The server, which knows of the call: replaced from now on, it answers before it ends."""
        serverless = variant.get("ServerlessConfig")
        limit = _BYTES if serverless is None else _SERVERLESS_BYTES
        if len(call.body) > limit:
            text = "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            text += f"Member must have length less than or equal to {limit}"
            raise AwsError("ValidationError", text)
        with self._lock:
            server = self._live.get(call.params["EndpointName"])
            if server is None:  # after a restart its process is only just starting
                raise AwsError(*_NOT_READY)
            if not server.take((serverless or {}).get("MaxConcurrency")):
                raise AwsError(*_THROTTLED)
        return server

    def _pass_on(self, name: str, server: Server, call: SageMakerCall) -> _Answer:
        given = {"Accept": call.params.get("Accept"), _CUSTOM: call.params.get("CustomAttributes")}
        given |= {"Content-Type": call.params.get("ContentType") or "application/json"}
        try:
            answer = server.request(call.body, {name: told for name, told in given.items() if told})
        except TimeoutError as error:
            text = "Your invocation timed out while waiting for a response from container primary."
            raise self._model_error(name, 0, text) from error
        except (OSError, http.client.HTTPException) as error:
            raise AwsError("ServiceUnavailable", "The service is unavailable.", 503) from error
        if answer[0] >= 400:
            raise self._model_error(name, answer[0], answer[2].decode("utf-8", "replace"))
        return answer

    def _measure(self, **dimensions: str) -> None:
        try:
            self._platform.measure("AWS/SageMaker", "Invocation5XXErrors", 1.0, **dimensions)
        except Exception:  # whoever calls shall hear of what failed, not of the count
            logger.exception("an error of %s wasn't counted", dimensions["EndpointName"])

    def _model_error(self, name: str, status: int, message: str) -> AwsError:
        region, account = self._platform.region, self._platform.account
        group = f"/aws/sagemaker/Endpoints/{name}"
        console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        side = "client" if 400 <= status < 500 else "server"
        return AwsError(
            "ModelError",
            f'Received {side} error ({status}) from primary with message "{message}". '
            f"See {console}#logEventViewer:group={group} in account {account} "
            "for more information.",
            424,
            OriginalStatusCode=status,
            OriginalMessage=message,
            LogStreamArn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
        )
