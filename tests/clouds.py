"""Local clouds that tests drive with real boto3 clients."""

import contextlib
import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import Request as Asked
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from local import cloud as local_cloud
from local.calls import AwsError, read, refusal
from local.emulator import Emulator
from runs.states import END_STATES
from tests.described import Described
from tests.templates import ROOT

MINUTE_SECONDS = 3.0  # a schedule of five minutes fires four times a minute
ACCOUNTS = itertools.count(100_000_000_001)
Answer = Callable[[Request], Response]  # of one call on AWS's port
MAKING = threading.Lock()  # clients are safe in threads, making them isn't


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Cloud:
    """A local cloud in a process of its own, with its own emulator, and its user's clients."""

    account = local_cloud.ACCOUNT

    def __init__(self, folder: Path, template: Path, *options: str) -> None:
        self.folder, self.template, self.options = folder, template, options
        self.state = folder / "state"
        self.aws_port, self.port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def start(self) -> None:
        self.launch()
        self.wait(lambda: self.status().get("ready"), "the local cloud to be ready", 60)

    def launch(self) -> None:
        log = (self.folder / "cloud.log").open("ab")
        where = ["--port", str(self.port), "--aws-port", str(self.aws_port)]
        where += ["--state", str(self.state), "--template", str(self.template)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--minute", "0.5", *where, *self.options],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        log.close()

    def warm(self) -> None:
        """Let the functions that a schedule wakes at the start end: they stay for what follows."""
        self.wait(lambda: self.status().get("idle"), "the functions to have been woken")

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def restart(self, how: int = signal.SIGKILL) -> None:
        self.stop(how)
        self.start()

    # --- what its user does ---

    def client(self, service: str) -> Any:
        with MAKING:
            if service not in self._clients:
                self._clients[service] = self.new_client(service)
            return self._clients[service]

    def new_client(self, service: str) -> Any:
        """One that knows of what has just changed in the environment."""
        return boto3.client(
            service,
            endpoint_url=self.aws,
            region_name="us-east-1",
            aws_access_key_id=self.account,
            aws_secret_access_key="developer",
            config=Config(retries={"total_max_attempts": 1}),
        )

    @property
    def aws(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def bucket(self) -> str:
        return str(self.status()["outputs"]["DatasetUri"].split("/")[2])

    @cached_property
    def run_bucket(self) -> str:
        return str(self.status()["outputs"]["RunUri"].split("/")[2])

    def drop(self, name: str, content: bytes | str) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.client("s3").put_object(Bucket=self.bucket, Key=f"datasets/{name}", Body=body)

    def receipt(self, name: str) -> dict[str, Any] | None:
        return self.document(self.bucket, f"receipts/{name}.json")

    def document(self, bucket: str, key: str) -> dict[str, Any] | None:
        s3 = self.client("s3")
        try:
            return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError:
            return None

    def follow(self, name: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        """The receipt of `name` once it is in one of `states`, by default in any end state."""

        def arrived() -> dict[str, Any] | None:
            receipt = self.receipt(name)
            return receipt if receipt and receipt["state"] in (states or END_STATES) else None

        return self.wait(arrived, f"{name} to be {states or 'at an end'}", seconds)

    def ask(self, *texts: str) -> Any:
        """POST /api/sentiment on the page's address."""
        request = Asked(
            f"{self.page}/api/sentiment",
            json.dumps({"texts": texts}).encode(),
            {"content-type": "application/json"},
        )
        with urlopen(request, timeout=30) as response:
            return json.load(response)

    # --- what only a test does ---

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            assert self.process is None or self.process.poll() is None, self.log()
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds} s in vain for {what}\n{self.log()}")

    def log(self) -> str:
        names = [self.folder / "cloud.log", *sorted(self.state.glob("logs/*.log"))]
        told = []
        for name in filter(Path.exists, names):
            lines = [line for line in name.read_text().splitlines() if "botocore" not in line]
            told += [f"--- {name.name}", *(line[:600] for line in lines[-20:])]
        return "\n".join(told)

    def status(self) -> dict[str, Any]:
        return self.control("GET", "status")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = Asked(f"{self.aws}/_local/{path}", data, headers, method=method)
        try:
            with urlopen(request, timeout=10) as response:
                return json.load(response)
        except OSError:
            if method == "GET":
                return {}
            raise

    def fault(self, kind: str, **fields: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **fields})

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """For a while, nobody is told of uploads."""
        s3, bucket = self.client("s3"), self.bucket
        told = s3.get_bucket_notification_configuration(Bucket=bucket)
        told.pop("ResponseMetadata")
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        yield
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)

    def invoke(self, logical_id: str, event: dict[str, Any]) -> Any:
        """Invoke a function by its logical id, wait for its answer and return it."""
        answer = self.client("lambda").invoke(
            FunctionName=self.function(logical_id), Payload=json.dumps(event).encode()
        )
        payload = json.load(answer["Payload"])
        assert "FunctionError" not in answer, f"{payload}\n{self.log()}"
        return payload

    def function(self, logical_id: str) -> str:
        """The name that a function of the stack was given."""
        found = self.client("cloudformation").describe_stack_resource(
            StackName=self.status()["stack"], LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def training_jobs(self) -> list[str]:
        pages = self.client("sagemaker").get_paginator("list_training_jobs").paginate()
        return [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]

    def packages(self) -> list[dict[str, Any]]:
        """The group's packages, newest first."""
        group = self.status()["outputs"]["ModelPackageGroupArn"]
        paginator = self.client("sagemaker").get_paginator("list_model_packages")
        pages = paginator.paginate(ModelPackageGroupName=group)
        found = [package for page in pages for package in page["ModelPackageSummaryList"]]
        return sorted(found, key=lambda package: -package["ModelPackageVersion"])

    def endpoint(self) -> dict[str, Any] | None:
        name = self.status()["outputs"]["EndpointName"]
        try:
            return dict(self.client("sagemaker").describe_endpoint(EndpointName=name))
        except ClientError:
            return None


class Killing:
    """Whatever a function does after so many calls of AWS does not happen: it was killed."""

    def __init__(self, role: str, calls: int) -> None:
        self._role, self._left = role, calls
        self.happened = False

    def __call__(self, request: Request, answer: Answer) -> Response:
        call = read(request)
        if call.app == self._role:
            if self._left == 0:
                self.happened = True
                request.get_data()  # closing on unread bytes would reset the connection
                return refusal(call.service, call.operation, AwsError("Killed", "It is gone."))
            self._left -= 1
        return answer(request)


class SharedCloud(Cloud):
    """A local cloud in this process, in an account of its own of the tests' emulator."""

    def __init__(
        self,
        folder: Path,
        template: Path,
        emulator: Emulator,
        minute_seconds: float,
        **more: Any,
    ) -> None:
        """`more` are further arguments of the local cloud."""
        super().__init__(folder, template)
        self.account = str(next(ACCOUNTS))
        self._emulator, self._minute_seconds = emulator, minute_seconds
        self.more = {"page": ROOT / "frontend", **more}
        self._running: local_cloud.Cloud | None = None
        self._described: list[Described] = []

    @property
    def running(self) -> local_cloud.Cloud:
        """The local cloud itself."""
        assert self._running
        return self._running

    def start(self) -> None:
        self._running = local_cloud.Cloud(
            self.template,
            self.state,
            self._emulator,
            aws_port=self.aws_port,
            port=self.port,
            minute_seconds=self._minute_seconds,
            account=self.account,
            **self.more,
        )
        front = self._running.front
        front.answer = described = Described(front.answer)
        self._described.append(described)
        self._running.start()

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> "SharedCloud":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @contextlib.contextmanager
    def before(self, answer: Callable[[Request, Answer], Response]) -> Iterator[None]:
        """For a while, `answer` is asked first; it may ask whoever usually answers."""
        front = self.running.front
        usual = front.answer
        front.answer = lambda request: answer(request, usual)
        try:
            yield
        finally:
            front.answer = usual

    @contextlib.contextmanager
    def killing(self, logical_id: str, calls: int) -> Iterator["Killing"]:
        """For a while, a function gets no further than so many calls of AWS."""
        configuration = self.client("lambda").get_function_configuration(
            FunctionName=self.function(logical_id)
        )
        killing = Killing(configuration["Role"].rpartition("/")[2], calls)
        with self.before(killing):
            yield killing

    def end(self) -> None:
        """Stop, and leave no process of a function behind."""
        if self._running is not None:
            functions = self._running.identity.client("lambda")
            self.stop()
            for found in functions.list_functions()["Functions"]:
                functions.delete_function(FunctionName=found["FunctionName"])
        for described in self._described:
            described.check()
