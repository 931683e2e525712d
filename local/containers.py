"""Containers as child processes: image addresses become programs, and folders become /opt/ml.

Nothing isolates a child process: it sees this machine's files and network, also where a job or
model asks for network isolation. On AWS it would not; the tests in tests/containers are for that.
"""

import http.client
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from local import children
from local.template import Stack
from local.wire import AwsError

PING_LIMIT_SECONDS = 180
INVOCATION_LIMIT_SECONDS = 60
_RESTART_DELAY_SECONDS = 1.0
_IMAGE = re.compile(r"(?P<registry>[^/]+)/(?P<repository>[^:@]+):(?P<tag>[\w.-]+)")


@dataclass(frozen=True)
class Program:
    """An image's ENTRYPOINT, the folder that its Dockerfile lies in, and its ENV."""

    argv: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


class Images:
    """Image addresses of the template's ECR repositories.

    A repository says in its Metadata, as SAM's functions do, which Dockerfile it is built from; the
    first segment of a tag (`train-1a2b3c`) is the Dockerfile's target.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def find(self, address: str) -> Program:
        """The program behind an address; ValidationException if there is no such image."""
        match = _IMAGE.fullmatch(address)
        for repository in self._stack.of_type("AWS::ECR::Repository"):
            uri = repository.attributes["RepositoryUri"]
            if match and uri == f"{match['registry']}/{match['repository']}":
                metadata = repository.metadata
                if "DockerContext" not in metadata:
                    raise NotImplementedError(f"{repository.logical_id}: no Metadata.DockerContext")
                folder = self._stack.folder(metadata["DockerContext"])
                dockerfile = folder / metadata.get("Dockerfile", "Dockerfile")
                target = match["tag"].partition("-")[0]
                return _program(dockerfile.read_text(encoding="utf-8"), target, folder, address)
        raise AwsError("ValidationException", f"Requested image {address} not found.")


def _program(dockerfile: str, target: str, folder: Path, address: str) -> Program:
    """Read as much of a Dockerfile as it takes to run it: FROM … AS, exec-form ENTRYPOINT, ENV."""
    entrypoints: dict[str, list[str]] = {}
    environments: dict[str, dict[str, str]] = {}
    stage = ""
    for line in re.sub(r"\\\n", " ", dockerfile).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "FROM":
            parent, _, stage = re.sub(r"(?i) +as +", " AS ", rest).partition(" AS ")
            entrypoints[stage] = entrypoints.get(parent, [])
            environments[stage] = dict(environments.get(parent, {}))
        elif word.upper() == "ENTRYPOINT":
            if not rest.strip().startswith("["):
                raise NotImplementedError(f"ENTRYPOINT of {address} isn't in exec form")
            entrypoints[stage] = json.loads(rest)
        elif word.upper() == "ENV":
            pairs = [pair.partition("=") for pair in shlex.split(rest) if "$" not in pair]
            environments[stage] |= {name: value for name, _, value in pairs if name != "PATH"}
    if not entrypoints.get(target):
        raise AwsError("ValidationException", f"Requested image {address} not found.")
    argv = [sys.executable if arg == "python" else arg for arg in entrypoints[target]]
    return Program(argv, folder, environments[target])


def run(
    program: Program, verb: str, base: Path, environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start a container's program with `base` for /opt/ml and none of our own environment."""
    return children.start(
        [*program.argv, verb],
        cwd=program.folder,
        env={
            "PATH": os.environ["PATH"],
            **program.environment,
            "SAGEMAKER_BASE_DIR": str(base),
            **environment,
        },
        log=log,
    )


def pack(folder: Path, archive: Path) -> None:
    """A .tar.gz of what is in a folder."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)


def unpack(archive: Path, folder: Path) -> None:
    """The reverse; members that would leave the folder are refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


class NotHealthyError(Exception):
    """The container ended, or its /ping didn't answer 200 in time."""


class Server:
    """A serving container: one process on a free port, started again whenever it dies."""

    def __init__(
        self, program: Program, base: Path, environment: dict[str, str], log: Path
    ) -> None:
        self._program, self._base, self._log = program, base, log
        self.port = _free_port()
        self._environment = environment | {
            "BIND_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "SM_MODEL_DIR": str(base / "model"),
        }
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()

    def start(self, limit_seconds: float = PING_LIMIT_SECONDS) -> None:
        """Return once /ping answers 200; NotHealthyError if it never does."""
        process = self._launch()
        deadline = time.monotonic() + limit_seconds
        while not self._ping():
            if process.poll() is not None or time.monotonic() > deadline or self._ending.is_set():
                self.end()
                raise NotHealthyError
            self._ending.wait(0.02)
        threading.Thread(target=self._watch, daemon=True, name=f"watch-{self.port}").start()

    def end(self) -> None:
        """SIGTERM, then SIGKILL."""
        self._ending.set()
        with self._lock:
            process = self._process
        if process is not None:
            children.end(process, grace_seconds=5)

    def request(
        self, body: bytes, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """POST /invocations. OSError if the process isn't there, TimeoutError if it is too slow."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=INVOCATION_LIMIT_SECONDS
        )
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ending.is_set():
                raise NotHealthyError
            process = run(self._program, "serve", self._base, self._environment, self._log)
            self._process = process
            return process

    def _ping(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _watch(self) -> None:
        while self._process is not None:
            self._process.wait()
            if self._ending.wait(_RESTART_DELAY_SECONDS):
                return
            try:
                self._launch()
            except NotHealthyError:
                return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
