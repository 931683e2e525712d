"""What SageMaker runs: images by their addresses, and containers with a folder for /opt/ml.

Two engines can start them: local/processes.py as child processes, which needs nothing and isolates
nothing, and local/docker.py in Docker.
"""

import json
import re
import shlex
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local.template import Stack
from local.wire import AwsError

_IMAGE = re.compile(r"(?P<registry>[^/]+)/(?P<repository>[^:@]+):(?P<tag>[\w.-]+)")


@dataclass(frozen=True)
class Program:
    """An image's ENTRYPOINT and ENV, its Dockerfile, and the folder that it is built from."""

    address: str
    dockerfile: Path
    target: str
    argv: list[str]
    context: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the program lies: beside its Dockerfile."""
        return self.dockerfile.parent


@dataclass(frozen=True)
class Container:
    """What is to be started: `base` stands for /opt/ml, and a serverless one has no instance."""

    name: str
    program: Program
    verb: str
    base: Path
    environment: dict[str, str]
    log: Path
    instance_type: str = ""
    serverless_mb: int = 0
    is_isolated: bool = False


class EngineError(Exception):
    """A container can't be started here; the message says what to do."""


class Running(Protocol):
    """A container that was started."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where its port 8080 answers; OSError as long as there is none."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def wait(self) -> int:
        """Its exit code, once it has ended."""

    def end(self, grace_seconds: float) -> None:
        """SIGTERM and, after the grace, SIGKILL; returns when it has ended."""


class Engine(Protocol):
    """Who runs containers."""

    def open(self) -> None:
        """Remove what a local cloud with the same state left behind."""

    def close(self) -> None:
        """Leave nothing behind."""

    def prepare(self, program: Program) -> None:
        """Have the image; EngineError if there is no way to it."""

    def start(self, container: Container) -> Running:
        """Start a container; EngineError if that can't be."""


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
                context = self._stack.folder(metadata["DockerContext"])
                dockerfile = context / metadata.get("Dockerfile", "Dockerfile")
                return _program(dockerfile, match["tag"].partition("-")[0], context, address)
        raise AwsError("ValidationException", f"Requested image {address} not found.")


def _program(dockerfile: Path, target: str, context: Path, address: str) -> Program:
    """Read as much of a Dockerfile as it takes to run it: FROM … AS, exec-form ENTRYPOINT, ENV."""
    entrypoints: dict[str, list[str]] = {}
    environments: dict[str, dict[str, str]] = {}
    stage = ""
    text = dockerfile.read_text(encoding="utf-8")
    for line in re.sub(r"\\\n", " ", text).splitlines():
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
    return Program(address, dockerfile, target, argv, context, environments[target])


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
