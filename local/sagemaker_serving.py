"""The processes behind endpoints, and the calls to them."""

import http.client
import json
import secrets
import shutil
import tarfile
import threading
from collections import Counter
from pathlib import Path

from botocore.exceptions import ClientError

from local.containers import Container, EngineError, Images, unpack
from local.sagemaker_models import Models, is_serverless, variants
from local.sagemaker_store import Params, Platform, Record, address
from local.server import INVOCATION_LIMIT_SECONDS, NotHealthyError, Server
from local.wire import AwsError, Request, Response

_SERVERLESS_LIMIT_BYTES = 4 * 1024 * 1024
_LIMIT_BYTES = 6_291_456


class DeploymentError(Exception):
    """Why an endpoint can't have a config; becomes its FailureReason."""


class Serving:
    """One server for each endpoint that is, or was last, in service."""

    def __init__(self, platform: Platform, images: Images, models: Models) -> None:
        self._platform, self._images, self._models = platform, images, models
        self._folder = platform.state / "endpoints"
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)
        self._servers: dict[str, tuple[Server, Path]] = {}
        self._starting: set[Server] = set()
        self._deletions: Counter[str] = Counter()
        self._busy: Counter[Server] = Counter()  # requests that each is answering

    def start(self) -> None:
        """Model folders are unpacked anew each time."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """End every server at once."""
        with self._lock:
            servers = [server for server, _ in self._servers.values()] + list(self._starting)
        threads = [threading.Thread(target=server.end) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def replace(self, endpoint: str, config: Record) -> None:
        """Serve an endpoint by a config. DeploymentError if it fails: the old server stays."""
        variant = variants(config)[0]
        base = self._folder / endpoint / secrets.token_hex(4)
        with self._lock:
            deletions = self._deletions[endpoint]
        server = self._server(variant, endpoint, base)
        self._start(server, variant["VariantName"])
        with self._lock:
            is_wanted = self._deletions[endpoint] == deletions
            is_wanted = is_wanted and not self._platform.closing.is_set()
            old = self._servers.get(endpoint)
            if is_wanted:
                self._servers[endpoint] = server, base
        if not is_wanted:
            server.end()
            raise DeploymentError("The endpoint was deleted meanwhile.")
        if old:
            self._drain(old[0])
            old[0].end()
            shutil.rmtree(old[1], ignore_errors=True)

    def _start(self, server: Server, variant: str) -> None:
        with self._lock:
            if self._platform.closing.is_set():
                raise DeploymentError("The local cloud is going down.")
            self._starting.add(server)
        try:
            server.start()
        except (EngineError, NotHealthyError) as error:
            unhealthy = (
                f"The primary container for production variant {variant} did not "
                "pass the ping health check. Please check CloudWatch logs for this endpoint."
            )
            raise DeploymentError(str(error) or unhealthy) from error
        finally:
            with self._lock:
                self._starting.discard(server)

    def _drain(self, server: Server) -> None:
        """Let a server that gets no more requests answer those it has."""
        with self._answered:
            self._answered.wait_for(
                lambda: not self._busy[server] or self._platform.closing.is_set(),
                INVOCATION_LIMIT_SECONDS,
            )
            del self._busy[server]

    def end(self, endpoint: str) -> None:
        """End an endpoint's server."""
        with self._lock:
            self._deletions[endpoint] += 1
            server = self._servers.pop(endpoint, None)
        if server:
            server[0].end()
        shutil.rmtree(self._folder / endpoint, ignore_errors=True)

    def summary(self, variant: Params) -> Params:
        """What DescribeEndpoint tells of a variant in service."""
        shown = {
            "VariantName": variant["VariantName"],
            "CurrentWeight": variant["InitialVariantWeight"],
            "DesiredWeight": variant["InitialVariantWeight"],
        }
        if "ServerlessConfig" in variant:
            return shown | {"CurrentServerlessConfig": variant["ServerlessConfig"]}
        count = variant.get("InitialInstanceCount", 1)
        return shown | {"CurrentInstanceCount": count, "DesiredInstanceCount": count}

    def _server(self, variant: Params, endpoint: str, base: Path) -> Server:
        try:
            model = self._models.model(variant["ModelName"])
            container = self._models.container(model)
            program = self._images.find(container["Image"])
        except AwsError as error:
            raise DeploymentError(error.message) from error
        self._download(container["ModelDataUrl"], model.shown["ExecutionRoleArn"], base)
        environment = container.get("Environment", {}) | {"AWS_REGION": self._platform.stack.region}
        log = self._platform.state / "logs" / f"{endpoint}.log"
        started = Container(
            name=endpoint,
            program=program,
            verb="serve",
            base=base,
            environment=environment,
            log=log,
            instance_type=variant.get("InstanceType", ""),
            serverless_mb=variant.get("ServerlessConfig", {}).get("MemorySizeInMB", 0),
            is_isolated=model.shown["EnableNetworkIsolation"],
        )
        return Server(self._platform.engine, started)

    def _download(self, url: str, role_arn: str, base: Path) -> None:
        bucket, key = address(url)
        archive = base / "model.tar.gz"
        try:
            base.mkdir(parents=True)
            s3 = self._platform.client("s3", role_arn)
            body = s3.get_object(Bucket=bucket, Key=key)["Body"]
            with archive.open("wb") as file:
                shutil.copyfileobj(body, file, 1 << 20)
            unpack(archive, base / "model")
            archive.unlink()
        except (ClientError, AwsError, OSError, tarfile.TarError, EOFError) as error:
            raise DeploymentError(
                f'Failed to download model data for container "container_1" from URL: "{url}". '
                "Please ensure that there is an object located at the URL and that the role "
                "passed to CreateModel has permissions to download the model."
            ) from error

    # --- InvokeEndpoint ---------------------------------------------------------------------

    def invoke(self, request: Request, config: Record) -> Response:
        """Pass a call on to the container, with the limits and errors of a real endpoint."""
        name = request.params["EndpointName"]
        self._misbehave(name)
        variant = variants(config)[0]
        limit = _SERVERLESS_LIMIT_BYTES if is_serverless(config) else _LIMIT_BYTES
        body = request.body()
        if len(body) > limit:
            raise AwsError(
                "ValidationError",
                "1 validation error detected: Value at 'body' failed to satisfy constraint: "
                f"Member must have length less than or equal to {limit}",
            )
        most = variant.get("ServerlessConfig", {}).get("MaxConcurrency")
        server = self._taken(name, most)
        try:
            status, headers, answer = self._pass_on(server, request, body, name)
        finally:
            with self._answered:
                self._busy[server] -= 1
                self._answered.notify_all()
        if status >= 400:
            raise self._model_error(name, status, answer.decode("utf-8", "replace"))
        shown = [
            ("Content-Type", headers.get("Content-Type", "application/octet-stream")),
            ("x-Amzn-Invoked-Production-Variant", variant["VariantName"]),
            ("Content-Length", str(len(answer))),
        ]
        if custom := headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            shown.append(("X-Amzn-SageMaker-Custom-Attributes", custom))
        return Response(200, shown, [answer])

    def _taken(self, name: str, most: int | None) -> Server:
        """An endpoint's server, which from now on is one request busier."""
        with self._lock:
            if name not in self._servers:  # after a restart its process is only just starting
                raise AwsError("ModelNotReadyException", "The model is not ready yet.", 429)
            server = self._servers[name][0]
            if most and self._busy[server] >= most:
                raise AwsError("ThrottlingException", "Rate exceeded", 400)
            self._busy[server] += 1
            return server

    def _misbehave(self, name: str) -> None:
        faults = self._platform.faults
        if faults.take("endpoint_throttled", endpoint=name):
            raise AwsError("ThrottlingException", "Rate exceeded")
        if faults.take("cold_start", endpoint=name):
            raise AwsError("ModelNotReadyException", "The model is not ready yet.", 429)
        if fault := faults.take("model_error", endpoint=name):
            message = fault.get("message", json.dumps({"error": "On request."}))
            raise self._model_error(name, fault.get("status", 500), message)

    def _pass_on(
        self, server: Server, request: Request, body: bytes, name: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Content-Type": str(request.environ.get("CONTENT_TYPE") or "application/json")}
        for header in ("Accept", "X-Amzn-SageMaker-Custom-Attributes"):
            if value := request.header(header):
                headers[header] = value
        try:
            return server.request(body, headers)
        except TimeoutError as error:
            text = "Your invocation timed out while waiting for a response from container primary."
            raise self._model_error(name, 0, text) from error
        except (OSError, http.client.HTTPException) as error:
            raise AwsError("ServiceUnavailable", "The service is unavailable.", 503) from error

    def _model_error(self, name: str, status: int, message: str) -> AwsError:
        region, account = self._platform.stack.region, self._platform.stack.account
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
