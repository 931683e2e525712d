"""What all tests share: events from events/, and a local cloud to drive with real boto3 clients."""

import contextlib
import gc
import itertools
import json
import os
import shutil
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
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from local import cloud as local_cloud
from local.calls import AwsError, read, refusal
from local.emulator import Emulator
from runs.states import END_STATES
from tests.described import Described
from tests.needs import need

ROOT = Path(__file__).parent.parent
STAND_IN = ROOT / "tests/data/container"
SMALL = ROOT / "tests/data/local"
MINUTE_SECONDS = 3.0  # a schedule of five minutes fires four times a minute
ACCOUNTS = itertools.count(100_000_000_001)
Answer = Callable[[Request], Response]  # of one call on AWS's port
MAKING = threading.Lock()  # clients are safe in threads, making them isn't
# Tests run side by side; what PyTorch's further threads do is wait for one another.
os.environ["OMP_NUM_THREADS"] = "1"
# What tests make is made as a person would, not as a part of `make test`.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage need go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests of a process, each in an account of its own; nothing is kept."""
    need((ROOT / ".venv-emulator/ready").exists(), "no emulator: `make .venv-emulator/ready`")
    folder = tmp_path_factory.mktemp("emulator")
    made = Emulator(folder, folder / "log", lasting=False)
    made.start(0.5)
    made.wait()
    yield made
    made.stop()


@pytest.fixture
def load_event() -> Callable[[str], dict[str, Any]]:
    """An event of events/ by its file's name."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text())


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


def small_template(folder: Path, *changes: tuple[str, str]) -> Path:
    """A template with nothing of Verdict in it, in a folder of its own, with its page beside it."""
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    path = folder / "template.yaml"
    text = path.read_text().replace("DockerContext: ../container", f"DockerContext: {STAND_IN}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def stand_in_template(folder: Path, change: Callable[[str], str] = lambda text: text) -> Path:
    """template.yaml with the stand-in container in place of ours: what it trains takes no time."""
    text = (ROOT / "template.yaml").read_text()
    for ours, theirs in (
        ("Dockerfile: training/Dockerfile\n", "Dockerfile: Dockerfile\n"),
        ("DockerContext: .\n", f"DockerContext: {STAND_IN}\n"),
        ("ContentUri: training/", f"ContentUri: {ROOT}/training/"),
        ("ContentUri: functions/", f"ContentUri: {ROOT}/functions/"),
        ("CodeUri: functions/", f"CodeUri: {ROOT}/functions/"),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    path = folder / "template.yaml"
    path.write_text(change(text))
    return path


@pytest.fixture
def new_process(tmp_path: Path) -> Iterator[Callable[..., Cloud]]:
    """Makes local clouds in processes of their own, and ends them after the test."""
    clouds: list[Cloud] = []

    def make(*options: str, template: Path | None = None, started: bool = True) -> Cloud:
        folder = tmp_path / f"process-{len(clouds)}"
        folder.mkdir()
        clouds.append(Cloud(folder, template or stand_in_template(folder), *options))
        if started:
            clouds[-1].start()
            clouds[-1].warm()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def new_cloud(tmp_path: Path, emulator: Emulator) -> Iterator[Callable[..., SharedCloud]]:
    """Makes local clouds, each with an account and a state of its own, and ends them."""
    clouds: list[SharedCloud] = []

    def make(template: Path | None = None, minute_seconds: float = MINUTE_SECONDS) -> SharedCloud:
        folder = tmp_path / f"cloud-{len(clouds)}"
        folder.mkdir()
        made = template or stand_in_template(folder)
        clouds.append(SharedCloud(folder, made, emulator, minute_seconds))
        clouds[-1].start()
        clouds[-1].warm()
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.end()


@pytest.fixture
def cloud(new_cloud: Callable[..., SharedCloud]) -> SharedCloud:
    """A local cloud with our template and functions, and the stand-in container."""
    return new_cloud()


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[SharedCloud]:
    """As `cloud`, but one for all tests of a module that look at their own datasets only."""
    folder = tmp_path_factory.mktemp("common")
    with SharedCloud(folder, stand_in_template(folder), emulator, MINUTE_SECONDS) as made:
        made.warm()
        yield made


@pytest.fixture(autouse=True)
def no_foreign_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the developer's AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
